// Blueprints and descriptors in all their forms.
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <map>

#include "planner/blueprint/read_blueprint.h"
#include "planner/blueprint/read_descriptors.h"
#include "tests/support/memory_tree.h"

namespace cloudflow {
namespace {

constexpr const char* hocon = R"(
registry = 3
blueprint {
  streamlets { gen = a.Gen, log = { class-name = a.Log, image = "i:1", replicas = 2 } }
  topics {
    "data.v1" { producers = [gen.out], consumers = [log.in], cluster = big, partitions = ${registry}, topic { name = real, retention.ms = 5 }, managed = no }
    empty { }
  }
}
)";

TEST_CASE("a topic is where its name is, also where its settings stand below", "[blueprint]") {
  const testing::MemoryTree tree({{"b.yaml", R"(blueprint:
  streamlets: {gen: a.Gen}
  topics:
    calls:
      # a remark
      producers: [gen.out]

    flow: {producers: [gen.more]}
    'quoted.name':

      consumers:
        - gen.in
)"},
                                  {"b.conf", "blueprint { streamlets { gen = a.Gen }\ntopics {\n calls\n {\n } } }"}});
  const auto place_of = [&](const std::string& file, const std::string& id) {
    Diagnostics problems;
    const auto blueprint = read_blueprint(tree, file, "", {}, problems);
    REQUIRE(blueprint.has_value());
    const auto topic = std::ranges::find(blueprint->topics, id, &BlueprintTopic::id);
    REQUIRE(topic != blueprint->topics.end());
    return topic->where.text();
  };
  CHECK(place_of("b.yaml", "calls") == "b.yaml:4:5");
  CHECK(place_of("b.yaml", "flow") == "b.yaml:8:11");
  CHECK(place_of("b.yaml", "quoted.name") == "b.yaml:9:5");
  CHECK(place_of("b.conf", "calls") == "b.conf:4:2");
}

TEST_CASE("what a streamlet names is where its name is, also where the rest stands below", "[blueprint]") {
  const testing::MemoryTree tree({{"b.yaml", R"(blueprint:
  streamlets:
    store:
      image: shop/store:1
      inlets:
        calls:
          # a remark
          schema: bytearray
        stats: {schema: bytearray}
        plain: bytearray
      outlets:
        'out.put':

          schema: bytearray
      config-parameters:
        rate:
          type: int32
      volume-mounts:
        data:
          path: /data
    gen:
      class-name: a.Gen
      replicas: 2
)"},
                                  {"unused", ""}});
  Diagnostics problems;
  const auto blueprint = read_blueprint(tree, "b.yaml", "", {}, problems);
  REQUIRE(blueprint.has_value());
  REQUIRE(blueprint->streamlets.size() == 2);
  const auto streamlet = [&](const std::string& name) -> const BlueprintStreamlet& {
    return *std::ranges::find(blueprint->streamlets, name, &BlueprintStreamlet::name);
  };
  CHECK(streamlet("gen").where.text() == "b.yaml:21:5");
  CHECK(streamlet("store").where.text() == "b.yaml:3:5");
  const Descriptor& own = *streamlet("store").descriptor;
  CHECK(own.where.text() == "b.yaml:3:5");
  std::map<std::string, std::string> places;
  for (const std::vector<Port>* ports : {&own.inlets, &own.outlets}) {
    for (const Port& port : *ports) places[port.name] = port.where.text();
  }
  CHECK(places ==
        std::map<std::string, std::string>{
            {"calls", "b.yaml:6:9"}, {"out.put", "b.yaml:12:9"}, {"plain", "b.yaml:10:16"}, {"stats", "b.yaml:9:16"}});
  REQUIRE(own.parameters.size() == 1);
  CHECK(own.parameters[0].where.text() == "b.yaml:16:9");
  REQUIRE(own.volume_mounts.size() == 1);
  CHECK(own.volume_mounts[0].where.text() == "b.yaml:19:9");
}

TEST_CASE("what a descriptor lists is where its name is, in whatever order its members stand", "[blueprint]") {
  const testing::MemoryTree tree({{"d.yaml", R"(class_name: a.Store
runtime: akka
inlets:
  - schema: bytearray
    name: in
outlets:
  - name: out
    schema: bytearray
config_parameters:
  - validation_type: int32
    key: rate
volume_mounts:
  - path: /data
    access_mode: ReadWriteMany
    name: data
)"},
                                  {"d.json", R"({
  "class_name": "a.Other", "runtime": "akka",
  "inlets": [
    {
      "schema": "bytearray",
      "name": "in"
    }
  ]
})"}});
  Diagnostics problems;
  const std::vector<PlacedText> paths{{"d.yaml", {}}, {"d.json", {}}};
  const std::vector<Descriptor> read = read_descriptors(tree, paths, "", {}, problems);
  REQUIRE(read.size() == 2);
  CHECK(read[0].inlets.at(0).where.text() == "d.json:6:15");
  CHECK(read[1].inlets.at(0).where.text() == "d.yaml:5:11");
  CHECK(read[1].outlets.at(0).where.text() == "d.yaml:7:5");
  CHECK(read[1].parameters.at(0).where.text() == "d.yaml:11:10");
  CHECK(read[1].volume_mounts.at(0).where.text() == "d.yaml:15:11");
}

TEST_CASE("HOCON and YAML make the same blueprint", "[blueprint]") {
  const testing::MemoryTree tree({{"b.conf", hocon}, {"b.yaml", R"(
blueprint:
  streamlets:
    gen: a.Gen
    log: {class-name: a.Log, image: "i:1", replicas: 2}
  topics:
    data.v1: {producers: [gen.out], consumers: log.in, cluster: big, partitions: 3, topic: {name: real, retention.ms: 5}, managed: no}
    empty: {}
)"}});
  for (const std::string file : {"b.conf", "b.yaml"}) {
    CAPTURE(file);
    Diagnostics problems;
    const auto blueprint = read_blueprint(tree, file, "", {}, problems);
    REQUIRE(blueprint.has_value());
    CHECK(problems.empty());
    REQUIRE(blueprint->streamlets.size() == 2);
    CHECK(blueprint->streamlets[0].class_name == "a.Gen");
    CHECK(blueprint->streamlets[1].class_name == "a.Log");
    CHECK_FALSE(blueprint->streamlets[1].descriptor.has_value());
    CHECK(blueprint->streamlets[1].image.value == "i:1");
    CHECK(blueprint->streamlets[1].replicas == 2);
    REQUIRE(blueprint->topics.size() == 2);
    const BlueprintTopic& data = blueprint->topics[0];
    CHECK(data.id == "data.v1");
    CHECK(data.producers[0].value == "gen.out");
    CHECK(data.consumers[0].value == "log.in");
    CHECK(data.cluster.value == "big");
    CHECK(data.config.find("managed")->as_bool() == false);
    CHECK(data.config.find("partitions")->as_int() == 3);
    CHECK(data.config.at({"topic", "retention", "ms"})->as_int() == 5);
    CHECK(data.config.members().size() == 3);
  }
}

TEST_CASE("ports of a topic may be written with numbers as keys", "[blueprint]") {
  Diagnostics problems;
  const testing::MemoryTree tree({{"b.conf",
                                   "blueprint { streamlets { a = A, b = B }, topics.t { producers.0 = a.out, "
                                   "consumers { 1 = b.in, 0 = c.in } } }"},
                                  {"unused", ""}});
  const auto blueprint = read_blueprint(tree, "b.conf", "", {}, problems);
  CHECK(problems.empty());
  REQUIRE(blueprint);
  REQUIRE(blueprint->topics.size() == 1);
  REQUIRE(blueprint->topics[0].consumers.size() == 2);
  CHECK(blueprint->topics[0].producers.at(0).value == "a.out");
  CHECK(blueprint->topics[0].consumers[0].value == "c.in");
  CHECK(blueprint->topics[0].consumers[1].value == "b.in");
}

TEST_CASE("connections of version 1 are shown as topics", "[blueprint]") {
  Diagnostics problems;
  const ConfigValue root =
      read_hocon_text("connections { gen.out = [log.in, store.in], \"b.c\" = x.y }", "b.conf", {}, problems);
  CHECK(migrate_connections(*root.find("connections")) == R"(topics {
  b-c {
    producers = [b.c]
    consumers = [x.y]
  }
  gen-out {
    producers = [gen.out]
    consumers = [log.in, store.in]
  }
}
)");
  CHECK(migrate_connections(ConfigValue()) == "");
}

TEST_CASE("descriptors are read from files of every form and from folders", "[blueprint]") {
  const testing::MemoryTree tree({
      {"d/single.json",
       R"({"class_name": "a.Single", "runtime": "akka", "labels": ["x"], "description": "does", "inlets": [], "outlets": [], "attributes": [{"attribute_name": "server", "config_path": "p"}]})"},
      {"d/list.json",
       R"([{"class_name": "a.First", "runtime": "spark", "inlets": [], "outlets": []}, {"class_name": "a.Second", "runtime": "flink", "inlets": [], "outlets": []}])"},
      {"d/sub/streamlet-descriptors.conf",
       "\"a.Quoted$\" { class_name = \"a.Quoted$\", runtime = akka, project_id = p, image = i, inlets = [], outlets = "
       "[] }\na.b.Plain { runtime = akka, inlets = [], outlets = [] }\n"},
      {"d/y.yaml",
       "a.Yaml: {runtime: akka, inlets: [{name: in, schema: {name: n, schema: '', fingerprint: f, format: avro}}], "
       "outlets: [{name: out, schema: s.proto}]}\n"},
      {"d/s.proto", "syntax = \"proto3\";\nmessage M { int32 x = 1; }\n"},
      {"d/readme.md", "nothing"},
      {"same.json", R"({"class_name": "a.Single", "runtime": "akka", "inlets": [], "outlets": []})"},
  });
  Diagnostics problems;
  const std::vector<PlacedText> paths{{"d", {}}, {"same.json", {}}};
  const auto descriptors = read_descriptors(tree, paths, "", {}, problems);
  for (const Diagnostic& problem : problems.all()) UNSCOPED_INFO(problem.where.text() + ": " + problem.message);
  CHECK(problems.empty());
  std::vector<std::string> names;
  for (const Descriptor& descriptor : descriptors) names.push_back(descriptor.class_name);
  CHECK(names == std::vector<std::string>{"a.First", "a.Quoted$", "a.Second", "a.Single", "a.Yaml", "a.b.Plain"});
  CHECK(descriptors[1].project_id == "p");
  CHECK(descriptors[1].image == "i");
  CHECK(descriptors[3].labels == std::vector<std::string>{"x"});
  CHECK(descriptors[3].description == "does");
  CHECK(descriptors[3].has_attribute("server"));
  CHECK(descriptors[4].inlet("in")->schema.fingerprint == "f");
  CHECK(descriptors[4].outlet("out")->schema.format == "proto");
  CHECK(descriptors[4].outlet("out")->schema.name == "M");
  CHECK(descriptors[4].outlet("none") == nullptr);
  CHECK(descriptors[3].where.text() == "d/single.json:1:1");
}

TEST_CASE("what Maven extracted is read through its list", "[blueprint]") {
  const testing::MemoryTree tree({
      {"target/streamlets.txt", "a.In$\na.Out\na.Gone\n"},
      {"target/a.In%24", R"({"class_name":"a.In$","runtime":"akka","inlets":[],"outlets":[],"project_id":"p"})"},
      {"target/a.Out", R"({"class_name":"a.Out","runtime":"akka","inlets":[],"outlets":[]})"},
      {"target/application.conf", "akka.loglevel = DEBUG"},
  });
  Diagnostics problems;
  const std::vector<PlacedText> paths{{"target/streamlets.txt", {"cloudflow.yaml", 3, 1}}};
  const std::vector<Descriptor> descriptors = read_descriptors(tree, paths, "", {}, problems);
  REQUIRE(descriptors.size() == 2);
  CHECK(descriptors[0].class_name == "a.In$");
  CHECK(descriptors[1].class_name == "a.Out");
  REQUIRE(problems.all().size() == 1);
  CHECK(problems.all()[0].where.text() == "target/streamlets.txt:3:1");
  CHECK(problems.all()[0].message == "there is no file \"target/a.Gone\" for class \"a.Gone\"");
}

TEST_CASE("a schema takes what it imports from the tree, and says what is not there", "[blueprint]") {
  const testing::MemoryTree tree(
      {{"app/schemas/shop/order.proto",
        "syntax = \"proto3\"; package shop; import \"shop/line.proto\"; import \"lost/money.proto\"; message Order { "
        "Line "
        "line = 1; lost.Money money = 2; }"},
       {"app/schemas/shop/line.proto", "syntax = \"proto3\"; package shop; message Line { int64 amount = 1; }"}});
  Diagnostics problems;
  const SchemaSource place{&tree, "app/blueprint.conf", "app"};
  const auto read = [&](const char* yaml) {
    return read_port_schema(*parse_yaml(yaml, "b.yaml", problems).find("schema"), "inlet \"a.in\"", place, problems);
  };
  const auto schema = read("schema: schemas/shop/order.proto");
  REQUIRE(schema.has_value());
  CHECK(schema->text.contains("message Line {\n  int64 amount = 1;\n}\n"));
  REQUIRE(problems.all().size() == 1);
  CHECK(problems.all()[0].severity == Severity::warning);
  CHECK(problems.all()[0].where.text() == "app/schemas/shop/order.proto:1:1");
  CHECK(problems.all()[0].message ==
        "the schema needs \"lost/money.proto\", which is neither beside it nor in a folder above: changes of what it "
        "defines are not seen");
}

TEST_CASE("a schema may be a file, a text, an object or bytes", "[blueprint]") {
  const testing::MemoryTree tree(
      {{"app/s/a.avsc", R"({"type": "string"})"}, {"app/schemas/b.json", R"({"title": "B", "type": "object"})"}});
  const SchemaSource place{&tree, "app/s/blueprint.yaml", "app"};
  struct Row {
    const char* yaml;
    const char* format;
    const char* name;
  };
  const auto row = GENERATE(values<Row>({
      {"schema: a.avsc", "avro", "string"},
      {"schema: schemas/b.json", "json", "B"},
      {"schema: bytearray", "bytearray", "ByteArraySchema"},
      {"schema: {format: bytearray}", "bytearray", "ByteArraySchema"},
      {"schema: {path: a.avsc, name: mine}", "avro", "mine"},
      {"schema: {type: record, name: R, namespace: n, fields: []}", "avro", "n.R"},
      {"schema: {text: '\"long\"'}", "avro", "long"},
      {"schema: {format: proto, text: 'syntax = \"proto3\"; message P {}'}", "proto", "P"},
      {"schema: {name: x, schema: '', fingerprint: f, format: avro}", "avro", "x"},
  }));
  CAPTURE(row.yaml);
  Diagnostics problems;
  const auto schema =
      read_port_schema(*parse_yaml(row.yaml, "b.yaml", problems).find("schema"), "inlet \"a.in\"", place, problems);
  for (const Diagnostic& problem : problems.all()) UNSCOPED_INFO(problem.where.text() + ": " + problem.message);
  CHECK(problems.empty());
  REQUIRE(schema.has_value());
  CHECK(schema->format == row.format);
  CHECK(schema->name == row.name);
}

}  // namespace
}  // namespace cloudflow
