// What is said of two JSON Schemas as a whole: compatible, not compatible with an example, or not compared.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <ctime>

#include "planner/schema/json/json_schema_compatibility.h"
#include "planner/schema/schema_file.h"
#include "tests/planner/schema/incompatibilities.h"
#include "tests/support/memory_tree.h"

using namespace cloudflow;

namespace {

std::string verdict(std::string_view reader, std::string_view writer) {
  const Compatibility found = compare_json_schemas(reader, writer);
  std::string out(name_of(found.verdict()));
  if (!found.example.empty()) out += ": " + found.example;
  if (found.verdict() == Verdict::not_compared) out += ": " + not_compared_text(found.not_compared);
  return out;
}

using Row = testing::SchemaRow;

}  // namespace

TEST_CASE("a document that both branches of a reader's oneOf take is refused", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      {R"({"oneOf":[{"type":"integer"},{"type":"number"}]})", R"({"type":"integer"})", "not compatible: 0"},
      {R"({"oneOf":[{"type":"integer"},{"type":"number"}]})", R"({"type":"number","not":{"type":"integer"}})",
       "compatible"},
      {R"({"oneOf":[{"type":"integer"},{"type":"string"}]})", R"({"anyOf":[{"type":"string"},{"type":"integer"}]})",
       "compatible"},
      {R"({"oneOf":[{"required":["a"]},{"required":["b"]}]})", R"({"type":"object","required":["a"]})",
       R"(not compatible: {"a":null,"b":null})"},
      {R"({"oneOf":[{"required":["a"]},{"required":["b"]}]})",
       R"({"type":"object","required":["a"],"additionalProperties":false,"properties":{"a":{}}})", "compatible"},
      {R"({"oneOf":[{"properties":{"k":{"const":"x"},"v":{"type":"integer"}},"required":["k"]},
                    {"properties":{"k":{"const":"y"},"v":{"type":"string"}},"required":["k"]}]})",
       R"({"type":"object","properties":{"k":{"const":"y"},"v":{"type":"string"}},"required":["k"]})", "compatible"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(verdict(row.reader, row.writer) == row.expected);
}

TEST_CASE("every pattern that matches a property counts", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      {R"({"patternProperties":{"^x":{"type":"string"},"a$":{"type":"number"}}})",
       R"({"type":"object","properties":{"xa":{"type":"string"}},"required":["xa"],"additionalProperties":false})",
       R"(not compatible: {"xa":""})"},
      {R"({"properties":{"xa":{"type":"string"}},"patternProperties":{"^x":{"maxLength":3}}})",
       R"({"type":"object","properties":{"xa":{"type":"string","minLength":4}},"required":["xa"],"additionalProperties":false})",
       R"(not compatible: {"xa":"aaaa"})"},
      {R"({"properties":{"xa":{"type":"string"}},"patternProperties":{"^x":{"maxLength":3}}})",
       R"({"type":"object","properties":{"xa":{"type":"string","maxLength":3}},"additionalProperties":false})",
       "compatible"},
      {R"({"patternProperties":{"^[ab]$":true},"additionalProperties":false})",
       R"({"type":"object","propertyNames":{"enum":["a","b"]}})", "compatible"},
      {R"({"patternProperties":{"^[ab]$":true},"additionalProperties":false})",
       R"({"type":"object","propertyNames":{"maxLength":1}})", R"(not compatible: {"A":null})"},
      {R"({"type":"string","pattern":"^[a-z]+$"})", R"({"type":"string","pattern":"^[a-c]{2,5}$"})", "compatible"},
      {R"({"type":"string","pattern":"^[a-z]{2}$"})", R"({"type":"string","pattern":"^[a-c]{2,5}$"})",
       R"(not compatible: "aaa")"},
      {R"({"type":"string","minLength":1})", R"({"type":"string","pattern":"x"})", "compatible"},
      {R"x({"type":"string","pattern":"^(?=a)"})x", R"({"type":"string","pattern":"^a"})",
       R"x(not known: pattern "^(?=a)" (reader /pattern))x"},
      {R"x({"type":"string","pattern":"^(?=a)"})x", R"x({"type":"string","pattern":"^(?=a)","minLength":1})x",
       "compatible"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(verdict(row.reader, row.writer) == row.expected);
}

TEST_CASE("what is unevaluated is seen through branches and references", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      {R"({"allOf":[{"properties":{"a":{"type":"string"}}}],"unevaluatedProperties":false})",
       R"({"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false})", "compatible"},
      {R"({"allOf":[{"properties":{"a":{"type":"string"}}}],"unevaluatedProperties":false})",
       R"({"type":"object","properties":{"a":{"type":"string"},"b":{}},"required":["b"],"additionalProperties":false})",
       R"(not compatible: {"b":null})"},
      {R"({"$ref":"#/$defs/x","unevaluatedProperties":false,"$defs":{"x":{"properties":{"a":{"type":"string"}}}}})",
       R"({"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false})", "compatible"},
      {R"({"anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":{"const":1}},"required":["b"]}],
           "unevaluatedProperties":false})",
       R"({"type":"object","properties":{"a":{"const":1},"b":{"const":2}},"required":["a"],"additionalProperties":false})",
       R"(not compatible: {"a":1,"b":2})"},
      {R"({"if":{"required":["a"]},"then":{"properties":{"a":true}},"else":{"properties":{"b":true}},"unevaluatedProperties":false})",
       R"({"type":"object","properties":{"b":{}},"additionalProperties":false})", "compatible"},
      {R"({"prefixItems":[true],"contains":{"type":"string"},"unevaluatedItems":false})",
       R"({"type":"array","prefixItems":[{"type":"string"},{"type":"string"}],"minItems":2,"items":false})",
       "compatible"},
      {R"({"$schema":"https://json-schema.org/draft/2019-09/schema","items":[true],"contains":{"type":"string"},"unevaluatedItems":false})",
       R"({"$schema":"https://json-schema.org/draft/2019-09/schema","type":"array","items":{"type":"string"},"minItems":2,"maxItems":2})",
       "not known: unevaluatedItems beside contains, which validators of 2019-09 read in two ways (reader "
       "/unevaluatedItems)"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(verdict(row.reader, row.writer) == row.expected);
}

TEST_CASE("references are followed as each draft means them", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      // A relative reference against an absolute $id.
      {R"({"$id":"http://s.example/a/root.json","$ref":"item.json","$defs":{"i":{"$id":"item.json","type":"string"}}})",
       R"({"type":"integer"})", "not compatible: 0"},
      // A pointer inside an embedded schema starts there.
      {R"({"$id":"http://s.example/root.json","$ref":"item.json","$defs":{"n":{"type":"string"},
           "i":{"$id":"item.json","$ref":"#/$defs/n","$defs":{"n":{"type":"integer"}}}}})",
       R"({"type":"integer"})", "compatible"},
      {R"({"$ref":"b.json#n","$defs":{"b":{"$id":"b.json","$defs":{"x":{"$anchor":"n","type":"integer"}}}}})",
       R"({"type":"integer"})", "compatible"},
      // What the outermost schema calls "node" is meant, also inside the tree of another.
      {R"({"$id":"http://s.example/strict","$dynamicAnchor":"node","$ref":"tree","unevaluatedProperties":false,
           "$defs":{"tree":{"$id":"tree","$dynamicAnchor":"node","type":"object",
             "properties":{"data":true,"children":{"type":"array","items":{"$dynamicRef":"#node"}}}}}})",
       R"({"type":"object","properties":{"children":{"type":"array","items":{"type":"object","required":["daat"]},"minItems":1}},
           "required":["children"],"additionalProperties":false})",
       R"(not compatible: {"children":[{"children":null,"daat":null}]})"},
      {R"({"$schema":"https://json-schema.org/draft/2019-09/schema","$id":"http://s.example/strict","$recursiveAnchor":true,
           "$ref":"tree","unevaluatedProperties":false,
           "$defs":{"tree":{"$id":"tree","$recursiveAnchor":true,"type":"object",
             "properties":{"data":true,"children":{"type":"array","items":{"$recursiveRef":"#"}}}}}})",
       R"({"type":"object","properties":{"children":{"type":"array","items":{"type":"object","required":["daat"]},"minItems":1}},
           "required":["children"],"additionalProperties":false})",
       R"(not compatible: {"children":[{"children":null,"daat":null}]})"},
      {R"({"properties":{"a":{"$ref":"http://s.example/x"}}})",
       R"({"type":"object","properties":{"a":{"type":"string"}}})",
       R"(not known: $ref "http://s.example/x" leads to no schema that is known (reader /properties/a/$ref))"},
      {R"({"properties":{"a":{"$ref":"http://s.example/x"}}})",
       R"({"type":"object","properties":{"a":{"$ref":"http://s.example/x"},"b":{}}})", "compatible"},
      // The difference elsewhere decides, whatever the reference holds.
      {R"({"properties":{"a":{"$ref":"http://s.example/x"},"b":{"type":"string"}}})",
       R"({"type":"object","properties":{"b":{"type":"integer"}},"required":["b"],"additionalProperties":false})",
       R"(not compatible: {"b":0})"},
      {R"({"$schema":"http://s.example/my-draft","type":"string"})", R"({"type":"string","minLength":1})",
       R"(not known: $schema "http://s.example/my-draft" is not a known draft (reader /$schema))"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(verdict(row.reader, row.writer) == row.expected);
}

TEST_CASE("draft 4 is read as draft 4", "[planner][schema][json_schema]") {
  const std::string four = R"({"$schema":"http://json-schema.org/draft-04/schema#",)";
  CHECK(verdict(four + R"("type":"integer","minimum":0,"exclusiveMinimum":true})",
                R"({"type":"integer","minimum":1})") == "compatible");
  CHECK(verdict(four + R"("type":"integer","minimum":0,"exclusiveMinimum":true})",
                R"({"type":"integer","minimum":0})") == "not compatible: 0");
  CHECK(verdict(four + R"("type":"number","minimum":0,"exclusiveMinimum":false})",
                R"({"type":"number","minimum":0})") == "compatible");
  CHECK(verdict(four + R"("id":"http://s.example/r","$ref":"i","definitions":{"i":{"id":"i","type":"string"}}})",
                R"({"type":"string"})") == "compatible");
  // Later keywords mean nothing there.
  CHECK(verdict(four + R"("const":1,"contains":false,"propertyNames":false})", "true") == "compatible");
  CHECK(verdict(R"({"exclusiveMinimum":true,"minimum":0})", R"({"type":"integer","minimum":1})") == "compatible");
}

TEST_CASE("schemas that say the same in other words are compatible", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      {R"({"type":"string"})", R"({"enum":["a","b"]})", "compatible"},
      {R"({"type":["string","integer"]})", R"({"enum":["a",2]})", "compatible"},
      {R"({"enum":["a",2]})", R"({"enum":["a",2.0]})", "compatible"},
      {R"({"type":"integer","minimum":1})", R"({"type":"integer","exclusiveMinimum":0})", "compatible"},
      {R"({"type":"integer","exclusiveMinimum":0})", R"({"type":"integer","minimum":1})", "compatible"},
      {R"({"allOf":[{"minLength":1},{"minLength":1}]})", R"({"type":"string","minLength":1})", "compatible"},
      {R"({"allOf":[{"minimum":1},{"minimum":1}]})", R"({"allOf":[{"minimum":1}]})", "compatible"},
      {R"({"type":"number","multipleOf":2})", R"({"type":"integer","multipleOf":6})", "compatible"},
      {R"({"type":"number","minimum":0,"maximum":9})", R"({"enum":[1,5,9]})", "compatible"},
      {R"({"not":{"type":"string"}})", R"({"type":["integer","null"]})", "compatible"},
      {R"({"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"required":["v"]}})",
       R"({"type":"object","required":["v"]})", "compatible"},
      {R"({"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"required":["v"]}})",
       R"({"type":"object","properties":{"k":{"const":1}},"required":["k"]})", R"(not compatible: {"k":1})"},
      {R"({"dependentRequired":{"a":["b"]}})", R"({"type":"object","required":["b"]})", "compatible"},
      {R"({"type":"array","contains":{"type":"string"}})", R"({"type":"array","items":{"type":"string"},"minItems":1})",
       "compatible"},
      {R"({"type":"array","uniqueItems":true})", R"({"type":"array","maxItems":1})", "compatible"},
      {R"({"type":"array","uniqueItems":true})", R"({"type":"array","items":{"type":"boolean"},"minItems":3})",
       "not compatible: [false,false,false]"},
      {R"({"minProperties":2})", R"({"type":"object","required":["a","b"]})", "compatible"},
      // A reader puts in the default of what is missing.
      {R"({"properties":{"a":{"type":"string","default":"x"}},"required":["a"]})",
       R"({"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false})", "compatible"},
      {R"({"properties":{"a":{"type":"string","default":"x"}},"required":["a"]})",
       R"({"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false})",
       R"(not compatible: {"a":0})"},
      {R"({"type":"string","format":"date"})", R"({"type":"string","format":"date","maxLength":10})", "compatible"},
      {R"({"type":"string","format":"date"})", R"({"type":"string"})",
       R"(not known: format "date", which validators may check or not (reader /format))"},
      {R"({"type":"object","properties":{"next":{"$ref":"#"},"v":{"type":["integer","string"]}},"required":["v"]})",
       R"({"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"},"v":{"type":"integer"}},"required":["v"]}}})",
       "compatible"},
      {R"({"type":"object","properties":{"next":{"$ref":"#"},"v":{"type":"integer"}},"required":["v"]})",
       R"({"type":"object","properties":{"v":{"type":"integer"},"next":{"properties":{"next":{"$ref":"#"},"v":{"type":"integer"}},"type":"object"}},"required":["v"]})",
       R"(not compatible: {"next":{},"v":0})"},
      // Nothing at all fits the writer's: a list inside a list for ever.
      {R"({"type":"string"})", R"({"type":"array","items":{"$ref":"#"},"minItems":1})", "compatible"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(verdict(row.reader, row.writer) == row.expected);
}

TEST_CASE("references lead to other files of the tree", "[planner][schema][json_schema]") {
  const testing::MemoryTree tree({
      {"s/order.schema.json",
       R"({"title":"Order","type":"object","properties":{"item":{"$ref":"parts/item.json"},"price":{"$ref":"../common/money.json#/definitions/price"}}})"},
      {"s/parts/item.json", R"({"type":"object","properties":{"size":{"$ref":"size.json"}}})"},
      {"s/parts/size.json", R"({"type":"integer","minimum":1})"},
      {"common/money.json", R"({"definitions":{"price":{"type":"number"}}})"},
      {"s/named.json", R"({"$id":"https://s.example/named.json","$ref":"other.json"})"},
      {"s/there.json", R"({"$id":"https://s.example/other.json","type":"string"})"},
      {"s/seven.json", R"({"$schema":"http://json-schema.org/draft-07/schema#","$ref":"eight.json"})"},
      {"s/eight.json", R"({"$ref":"parts/size.json"})"},
      {"s/circle.json", R"({"type":"array","items":{"$ref":"round.json"}})"},
      {"s/round.json", R"({"type":"array","items":{"$ref":"circle.json"}})"},
      {"s/gone.json", R"({"$ref":"nothing.json"})"},
      {"s/nowhere.json", R"({"$ref":"parts/size.json#/definitions/x"})"},
      {"s/broken.json", R"({"$ref":"parts/broken.json"})"},
      {"s/parts/broken.json", "{\n  \"type\": \"strin\"\n}"},
  });
  const auto text = [&](const std::string& path) {
    const auto schema = read_schema_file(tree, path);
    REQUIRE(schema);
    return schema->text;
  };
  const std::string order = text("s/order.schema.json");
  CHECK(
      order ==
      R"({"$defs":{"file ../common/money.json":{"$id":"../common/money.json","definitions":{"price":{"type":"number"}}},)"
      R"("file parts/item.json":{"$id":"parts/item.json","properties":{"size":{"$ref":"size.json"}},"type":"object"},)"
      R"("file parts/size.json":{"$id":"parts/size.json","minimum":1,"type":"integer"}},)"
      R"("properties":{"item":{"$ref":"parts/item.json"},"price":{"$ref":"../common/money.json#/definitions/price"}},)"
      R"("title":"Order","type":"object"})");
  const std::string writer =
      R"({"type":"object","properties":{"item":{"type":"object","properties":{"size":{"type":"integer","minimum":)";
  const std::string end =
      R"(}},"required":["size"],"additionalProperties":false}},"required":["item"],"additionalProperties":false})";
  CHECK(verdict(order, writer + "1" + end) == "compatible");
  CHECK(verdict(order, writer + "0" + end) == R"(not compatible: {"item":{"size":0}})");
  CHECK(verdict(text("s/named.json"), R"({"type":"integer"})") == "not compatible: 0");
  CHECK(verdict(text("s/named.json"), R"({"type":"string","maxLength":1})") == "compatible");
  CHECK(verdict(text("s/seven.json"), R"({"type":"integer"})") == "not compatible: 0");
  CHECK(verdict(text("s/seven.json"), R"({"type":"integer","minimum":2})") == "compatible");
  CHECK(verdict(text("s/circle.json"), R"({"type":"array","items":{"type":"string"},"minItems":1})") ==
        R"(not compatible: [""])");
  CHECK(verdict(text("s/gone.json"), R"({"type":"integer"})") ==
        R"(not known: $ref "nothing.json" leads to no schema that is known (reader /$ref))");
  CHECK(read_schema_file(tree, "s/nowhere.json").error().message ==
        R"("parts/size.json#/definitions/x" leads nowhere (at /$ref))");
  const auto broken = read_schema_file(tree, "s/broken.json");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().where->text() == "s/parts/broken.json:2:11");
}

TEST_CASE("large schemas and large numbers end with an answer soon", "[planner][schema][json_schema][slow]") {
  const std::clock_t start = std::clock();
  // An event of many kinds, told apart by one property; the reader knows one kind more, and one property less exactly.
  const auto events = [](int kinds, int properties, const char* last) {
    std::string out;
    for (int kind = 0; kind < kinds; ++kind) {
      out += fmt::format(R"({}{{"type":"object","properties":{{"kind":{{"const":"k{}"}})", kind == 0 ? "" : ",", kind);
      for (int i = 0; i < properties; ++i)
        out += fmt::format(R"(,"p{}":{{"type":{}}})", i, i + 1 < properties ? R"("string")" : last);
      out += R"(},"required":["kind"],"additionalProperties":false})";
    }
    return R"({"oneOf":[)" + out + "]}";
  };
  CHECK(verdict(events(31, 8, R"(["integer","null"])"), events(30, 8, R"("integer")")) == "compatible");
  CHECK(verdict(events(30, 8, R"("integer")"), events(31, 8, R"("integer")")) == R"(not compatible: {"kind":"k30"})");
  CHECK(verdict(events(30, 8, R"("integer")"), events(30, 8, R"(["integer","null"])")).starts_with("not compatible: "));
  CHECK(verdict(events(1, 300, R"(["integer","null"])"), events(1, 300, R"("integer")")) == "compatible");
  CHECK(verdict(R"({"type":"string","minLength":1000000000})", R"({"type":"string","minLength":999999999})") ==
        "not known: texts of these lengths");
  CHECK(verdict(R"({"type":"array","minItems":1000000000})", R"({"type":"array","minItems":999999999})") ==
        "not known: lists of more than 300 items");
  CHECK(verdict(R"({"minProperties":1000000000})", R"({"type":"object","minProperties":999999999})") ==
        "not known: objects of more than 400 properties");
  CHECK(verdict(R"({"contains":{"type":"string"},"minContains":900})",
                R"({"type":"array","contains":{"const":"a"},"minContains":900,"maxItems":900})") ==
        "not known: lists of more than 300 items");
  CHECK(verdict(R"({"type":"string","maxLength":1000000000})", R"({"type":"string","maxLength":5})") == "compatible");
  CHECK(verdict(R"({"type":"integer","maximum":9223372036854775806})",
                R"({"type":"integer","maximum":9223372036854775807})") == "not compatible: 9223372036854775807");
  CHECK((std::clock() - start) / CLOCKS_PER_SEC < 60);  // of the processor: the machine may be busy
}
