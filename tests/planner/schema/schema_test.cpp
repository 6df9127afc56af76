// Schemas of any format: dispatch, files, the order of a roll-out.
#include <catch2/catch_all.hpp>

#include "planner/rollout/roll_decision.h"
#include "planner/schema/compatibility.h"
#include "planner/schema/schema_file.h"
#include "tests/support/memory_tree.h"

using namespace cloudflow;

namespace {

std::string messages(const PortSchema& reader, const PortSchema& writer) {
  std::string out;
  for (const Incompatibility& one : compare_schemas(reader, writer).reasons)
    out += one.kind + " " + one.path + " " + one.message + "\n";
  return out;
}

PortSchema avro_fields(const std::string& fields) {
  const auto schema =
      port_schema(SchemaFormat::avro, R"({"type":"record","name":"shop.Call","fields":[)" + fields + "]}", "call.avsc");
  REQUIRE(schema);
  return *schema;
}

const char* id = R"({"name":"id","type":"int"})";
const char* id_rate = R"({"name":"id","type":"int"},{"name":"rate","type":"int"})";
const char* id_default_rate = R"({"name":"id","type":"int"},{"name":"rate","type":"int","default":0})";
const char* id_text = R"({"name":"id","type":"string"})";

RollTopic change(const PortSchema& old_producer, const PortSchema& new_producer, const PortSchema& old_consumer,
                 const PortSchema& new_consumer) {
  return {.old_producers = {{"a.out", old_producer}},
          .new_producers = {{"a.out", new_producer}},
          .old_consumers = {{"b.in", old_consumer}},
          .new_consumers = {{"b.in", new_consumer}}};
}

std::string decided(const RollTopic& topic) {
  const RollDecision decision = decide_roll_order(topic);
  std::string out(name_of(decision.order));
  if (decision.drain_first) out += " after draining";
  for (const RollConflict& one : decision.conflicts) out += "\n" + one.text();
  for (const RollDoubt& one : decision.doubts) out += "\n" + one.text();
  return out;
}

}  // namespace

TEST_CASE("schemas meet by format, then fingerprint, then text", "[planner][schema]") {
  const std::string avro = R"({"type":"fixed","name":"F","size":1})";
  CHECK(messages({"F", "", "abc", "avro"}, {"G", "", "abc", "avro"}).empty());
  CHECK(messages({"F", "garbage", "abc", "avro"}, {"F", "more garbage", "abc", "avro"}).empty());
  const std::string swapped = R"({"type":"record","name":"R","fields":[{"name":"a","type":"int","aliases":["b"]},)"
                              R"({"name":"b","type":"int"}]})";
  const std::string plain =
      R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]})";
  CHECK(
      messages({"R", swapped, "abc", "avro"}, {"R", plain, "abc", "avro"}) ==
      "AMBIGUOUS_READER_FIELD /fields/0 field \"a\" takes fields \"a\" and \"b\" of the writer: an alias must lead to "
      "one\nWRITER_FIELD_TAKEN /fields/1 field \"b\" of the writer goes to another field than \"b\", which names it "
      "too\n");
  CHECK(messages({"F", "", "abc", "avro"}, {"F", "", "abc", "proto"}) ==
        "format-mismatch  the reader has format \"avro\", the writer \"proto\"\n");
  CHECK(messages({"F", "", "abc", "bytearray"}, {"F", "", "abc", "avro"}) ==
        "format-mismatch  the reader has format \"bytearray\", the writer \"avro\"\n");
  CHECK(messages({"", "", "a", "bytearray"}, {"", "", "b", "bytearray"}).empty());
  CHECK(messages({"F", "", "a", "thrift"}, {"F", "", "b", "thrift"}) ==
        "unknown-format  the fingerprints differ, and format \"thrift\" cannot be compared\n");
  CHECK(messages({"F", "", "a", "thrift"}, {"F", "", "a", "thrift"}).empty());
  CHECK(messages({"F", "", "a", "avro"}, {"F", avro, "b", "avro"}) ==
        "unknown-schema  the fingerprints differ, and the text of the reader's schema is not known\n");
  CHECK(messages({"F", avro, "a", "avro"}, {"F", "", "b", "avro"}) ==
        "unknown-schema  the fingerprints differ, and the text of the writer's schema is not known\n");
  CHECK(messages({"F", avro, "", "avro"}, {"F", "\"int\"", "", "avro"}) ==
        "TYPE_MISMATCH  reader has fixed \"F\", writer has int\n");
  CHECK(messages({"F", avro, "a", "avro"}, {"F", "{\n \"type\":\"nt\"}", "b", "avro"}) ==
        "invalid-schema  the writer's schema: 2:9: type \"nt\" is not defined (at /type)\n");
  CHECK(messages(
            {"M", "message M { optional int64 a = 1; }", "a", "protobuf"},
            {"M", "name: \"M\" field { name: \"a\" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }", "b", "proto"})
            .empty());
  CHECK(messages({"M", "message M { optional float a = 1; }", "a", "proto"},
                 {"M", "message M { optional int32 a = 1; }", "b", "proto"}) ==
        "FIELD_SCALAR_KIND_CHANGED /M/1 field \"a\": reader has float, writer has int32\n");
  CHECK(messages({"M", "message {", "a", "proto"}, {"M", "message M {}", "b", "proto"}) ==
        "invalid-schema  the reader's schema: 1:9: expected the name of the message, found \"{\"\n");
  CHECK(messages({"J", R"({"type":"string"})", "a", "jsonschema"}, {"J", R"({"type":"integer"})", "b", "json"}) ==
        "TYPE_CHANGED  reader has string, writer has integer\n");
}

TEST_CASE("a schema file becomes a port's schema", "[planner][schema]") {
  const testing::MemoryTree tree(
      {{"s/call.avsc",
        "{ \"type\":\"record\", // note\n \"name\":\"shop.Call\", "
        "\"fields\":[{\"name\":\"id\",\"type\":\"int\",\"default\":7}] }"},
       {"s/order.proto", "syntax = \"proto3\"; package shop; message Order { string id = 1; } // note"},
       {"s/rate.schema.json", "{ \"type\": \"integer\", \"maximum\": 5 }"},
       {"s/titled.json", R"({"title":"Rate"})"},
       {"s/bad.avsc", "{\n  \"type\": \"recrd\"\n}"},
       {"s/x.xsd", ""}});
  const auto avro = read_schema_file(tree, "s/call.avsc");
  REQUIRE(avro);
  CHECK(avro->name == "shop.Call");
  CHECK(avro->text == R"({"fields":[{"default":7,"name":"id","type":"int"}],"name":"shop.Call","type":"record"})");
  CHECK(avro->fingerprint == "1dUBvFOjbzCphq11MkeWKDCkVwNub/nhF4vKBP2i+Dk=");
  CHECK(avro->format == "avro");
  const auto proto = read_schema_file(tree, "s/order.proto");
  REQUIRE(proto);
  CHECK(proto->name == "shop.Order");
  CHECK(proto->text == "syntax = \"proto3\";\npackage shop;\nmessage Order {\n  string id = 1;\n}\n");
  CHECK(proto->format == "proto");
  const auto json = read_schema_file(tree, "s/rate.schema.json");
  REQUIRE(json);
  CHECK(json->name == "rate");
  CHECK(json->text == R"({"maximum":5,"type":"integer"})");
  CHECK(json->format == "json");
  CHECK(read_schema_file(tree, "s/titled.json")->name == "Rate");
  const auto bad = read_schema_file(tree, "s/bad.avsc");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().where->text() == "s/bad.avsc:2:11");
  CHECK(bad.error().message == "type \"recrd\" is not defined (at /type)");
  CHECK(read_schema_file(tree, "s/x.xsd").error().message == "\"s/x.xsd\" is no schema file that can be read");
  CHECK(read_schema_file(tree, "s/none.avsc").error().message == "no file \"s/none.avsc\"");
}

TEST_CASE("what a schema imports from the tree belongs to it", "[planner][schema][protobuf]") {
  const auto schema = [](const std::string& line_type, const std::string& line_package) {
    const testing::MemoryTree tree(
        {{"a/schemas/shop/order.proto",
          "syntax = \"proto3\"; package shop; import \"shop/line.proto\"; message Order { " + line_package +
              ".Line line = 1; }"},
         {"a/schemas/shop/line.proto",
          "syntax = \"proto3\"; package " + line_package + "; message Line { " + line_type + " amount = 1; }"}});
    const auto read = read_schema_file(tree, "a/schemas/shop/order.proto");
    REQUIRE(read);
    return *read;
  };
  const PortSchema number = schema("int64", "shop");
  CHECK(number.name == "shop.Order");
  CHECK(messages(schema("int64", "other"), number).empty());
  CHECK(messages(schema("string", "shop"), number) ==
        "FIELD_SCALAR_KIND_CHANGED /Line/1 field \"amount\": reader has string, writer has int64\n");
  // The same message inside the file.
  const auto single = port_schema(SchemaFormat::protobuf,
                                  "syntax = \"proto3\"; package shop; message Order { Line line = 1; } message Line { "
                                  "int64 amount = 1; }",
                                  "order.proto");
  REQUIRE(single);
  CHECK(messages(*single, number).empty());
  CHECK(messages(number, *single).empty());
}

TEST_CASE("a Protobuf file without features keeps the fingerprint that it had", "[planner][schema][protobuf]") {
  const auto fingerprint = [](const char* text) {
    const auto schema = port_schema(SchemaFormat::protobuf, text, "x.proto");
    REQUIRE(schema);
    return schema->fingerprint;
  };
  CHECK(
      fingerprint("syntax = \"proto3\"; package shop; import \"google/protobuf/timestamp.proto\"; message Order { "
                  "string id = 1; optional int32 n = 2; google.protobuf.Timestamp at = 3; map<string, E> m = 4; enum E "
                  "{ A = 0; } }") == "BAdBUF+72T0bFFIlqGogDxHg46isIMpiPFZQq1S4Py0=");
  CHECK(fingerprint("package shop; message Order { required string id = 1 [default = \"x\"]; oneof o { int32 a = 2; } "
                    "reserved 5 to 7; }") == "6DRsuNrCRzW1FiXrfGQq0CTVS7Za7pVX95ddxVStbEs=");
  CHECK(fingerprint("edition = \"2023\"; message Order { string id = 1; }") ==
        "nWizVwr4Zqgs7HeYEjot+06BJ4HO9hdwveFVItjLzKI=");
}

TEST_CASE("fingerprints of a file by algorithm", "[planner][schema]") {
  const auto facts = schema_facts(SchemaFormat::avro, "\"int\"", "x.avsc");
  REQUIRE(facts);
  CHECK(schema_fingerprint(facts->canonical, FingerprintAlgorithm::crc_64_avro) == "7275d51a3f395c8f");
  CHECK(schema_fingerprint(facts->canonical, FingerprintAlgorithm::md5) == "ef524ea1b91e73173d938ade36c1db32");
  CHECK(schema_fingerprint(facts->canonical, FingerprintAlgorithm::sha_256) ==
        "3f2b87a9fe7cc9b13835598c3981cd45e3e355309e5090aa0933d7becb6fba45");
}

TEST_CASE("a roll-out's order follows from who reads whom", "[planner][schema][rollout]") {
  const PortSchema base = avro_fields(id);
  const PortSchema rate = avro_fields(id_rate);
  const PortSchema optional_rate = avro_fields(id_default_rate);
  const PortSchema text = avro_fields(id_text);
  CHECK(decided(change(base, base, base, base)) == "any");
  CHECK(decided(change(base, optional_rate, base, optional_rate)) == "any");
  CHECK(decided(change(base, base, base, optional_rate)) == "any");
  // The new consumer needs the field that only new producers write.
  CHECK(decided(change(base, rate, base, rate)) ==
        "producers first after draining\nnew consumer b.in cannot read what old producer a.out writes: /fields/1: "
        "field \"rate\" of record \"shop.Call\" is not written and has no default");
  // Old consumers need a field that new producers leave out.
  CHECK(decided(change(rate, base, rate, base)) ==
        "consumers first\nold consumer b.in cannot read what new producer a.out writes: /fields/1: field \"rate\" of "
        "record \"shop.Call\" is not written and has no default");
  CHECK(decided(change(base, text, base, text)) ==
        "none\nnew consumer b.in cannot read what old producer a.out writes: /fields/0/type: reader has string, writer "
        "has int\n"
        "old consumer b.in cannot read what new producer a.out writes: /fields/0/type: reader has int, writer has "
        "string");
  CHECK(decided(change(base, base, base, rate)) ==
        "none\nnew consumer b.in cannot read what new producer a.out writes: /fields/1: field \"rate\" of record "
        "\"shop.Call\" is not written and has no default");
}

TEST_CASE("a roll-out of several ports", "[planner][schema][rollout]") {
  const PortSchema base = avro_fields(id);
  const PortSchema rate = avro_fields(id_rate);
  // Only b changes; c keeps reading; a new consumer d joins and needs the new field.
  RollTopic topic = change(base, rate, base, base);
  topic.old_consumers.push_back({"c.in", base});
  topic.new_consumers.push_back({"c.in", base});
  CHECK(decided(topic) == "any");
  topic.new_consumers.push_back({"d.in", rate});
  CHECK(decided(topic) ==
        "producers first after draining\nnew consumer d.in cannot read what old producer a.out writes: /fields/1: "
        "field \"rate\" of record \"shop.Call\" is not written and has no default");
  // What never worked does not decide the order.
  const PortSchema text = avro_fields(id_text);
  CHECK(decided(change(text, base, base, base)) == "any");
  CHECK(decided(RollTopic{}) == "any");
}

TEST_CASE("a roll-out says of whom it is not known what they can read", "[planner][schema][rollout]") {
  const auto json = [](const std::string& text) {
    const auto schema = port_schema(SchemaFormat::json, text, "call.schema.json");
    REQUIRE(schema);
    return *schema;
  };
  const PortSchema plain = json(R"({"type":"string"})");
  const PortSchema elsewhere = json(R"({"$ref":"http://other/x"})");
  const PortSchema longer = json(R"({"type":"string","minLength":1})");
  const std::string part = "not compared: $ref \"http://other/x\" leads to no schema that is known";
  CHECK(decided(change(plain, plain, plain, elsewhere)) ==
        "any\nwhether new consumer b.in can read what old producer a.out writes is not known: " + part +
            " (reader /$ref)");
  CHECK(decided(change(plain, elsewhere, plain, plain)) ==
        "any\nwhether old consumer b.in can read what new producer a.out writes is not known: " + part +
            " (writer /$ref)");
  // Those two met in these versions before.
  CHECK(decided(change(elsewhere, elsewhere, plain, plain)) == "any");
  // What is known decides the order; the doubt stays.
  CHECK(decided(change(plain, longer, elsewhere, longer)).starts_with("producers first after draining\n"));
  CHECK(decided(change(plain, longer, elsewhere, longer)).ends_with(part + " (reader /$ref)"));
}
