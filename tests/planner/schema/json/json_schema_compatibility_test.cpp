// Which JSON Schemas accept what others describe.
#include "planner/schema/json/json_schema_compatibility.h"

#include <catch2/catch_all.hpp>

#include "tests/planner/schema/incompatibilities.h"

using namespace cloudflow;

namespace {

std::string kinds(std::string_view reader, std::string_view writer) {
  const Compatibility found = compare_json_schemas(reader, writer);
  return found.verdict() == Verdict::not_compared ? "not compared: " + not_compared_text(found.not_compared)
                                                  : testing::kinds_of(found.reasons);
}

std::string messages(std::string_view reader, std::string_view writer) {
  return testing::messages_of(compare_json_schemas(reader, writer).reasons);
}

using Row = testing::SchemaRow;

}  // namespace

TEST_CASE("plain types of JSON Schema", "[planner][schema][json_schema]") {
  const std::vector<std::string> types = {"null", "boolean", "integer", "number", "string", "array", "object"};
  for (const std::string& reader : types) {
    for (const std::string& writer : types) {
      CAPTURE(reader, writer);
      const bool widened = reader == "number" && writer == "integer";
      const bool narrowed = reader == "integer" && writer == "number";
      const std::string expected = reader == writer || widened ? ""
                                   : narrowed                  ? "TYPE_NARROWED@/type"
                                                               : "TYPE_CHANGED@";
      CHECK(kinds(R"({"type":")" + reader + "\"}", R"({"type":")" + writer + "\"}") == expected);
    }
  }
}

TEST_CASE("schemas that say all or nothing", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      {"true", "true", ""},
      {"{}", R"({"type":"string"})", ""},
      {"true", R"({"enum":[1]})", ""},
      {R"({"title":"x","description":"y","default":1})", R"({"type":"string"})", ""},
      {R"({"type":"string"})", "true", "TYPE_CHANGED@"},
      {R"({"type":"string"})", "{}", "TYPE_CHANGED@"},
      {R"({"type":"string"})", "false", ""},
      {"false", R"({"type":"string"})", "TYPE_CHANGED@"},
      {"false", "false", ""},
      {R"({"type":"string","title":"new","$id":"b"})", R"({"type":"string","title":"old","$id":"a"})", ""},
      {R"({"type":["string","null"]})", R"({"type":"string"})", ""},
      {R"({"type":"string"})", R"({"type":["string","null"]})", "TYPE_CHANGED@"},
      {R"({"type":["null","number"]})", R"({"type":["integer","null"]})", ""},
      {R"({"type":["string"]})", R"({"type":"string"})", ""},
      {R"({"type":["string","null"]})", R"({"type":["string","null","integer"]})", "SUM_TYPE_NARROWED@"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds(row.reader, row.writer) == row.expected);
}

TEST_CASE("limits may be loosened, not tightened", "[planner][schema][json_schema]") {
  struct Limit {
    const char* type;
    const char* looser;
    const char* tighter;
    const char* expected;  // reader tighter, writer looser
  };
  const auto row = GENERATE(values<Limit>({
      {"number", R"("maximum":10)", R"("maximum":5)", "MAXIMUM_DECREASED@/maximum"},
      {"number", R"("x":0)", R"("maximum":5)", "MAXIMUM_ADDED@/maximum"},
      {"number", R"("minimum":1)", R"("minimum":2)", "MINIMUM_INCREASED@/minimum"},
      {"number", R"("x":0)", R"("minimum":2)", "MINIMUM_ADDED@/minimum"},
      {"number", R"("exclusiveMaximum":10)", R"("exclusiveMaximum":9)", "MAXIMUM_DECREASED@/maximum"},
      {"number", R"("maximum":10)", R"("exclusiveMaximum":10)", "MAXIMUM_DECREASED@/maximum"},
      {"number", R"("x":0)", R"("exclusiveMinimum":0)", "MINIMUM_ADDED@/minimum"},
      {"integer", R"("x":0)", R"("multipleOf":2)", "MULTIPLE_OF_ADDED@/multipleOf"},
      {"integer", R"("multipleOf":2)", R"("multipleOf":4)", "MULTIPLE_OF_CHANGED@/multipleOf"},
      {"number", R"("multipleOf":0.5)", R"("multipleOf":1)", "MULTIPLE_OF_CHANGED@/multipleOf"},
      {"string", R"("maxLength":10)", R"("maxLength":5)", "MAX_LENGTH_DECREASED@/maxLength"},
      {"string", R"("x":0)", R"("maxLength":5)", "MAX_LENGTH_ADDED@/maxLength"},
      {"string", R"("minLength":1)", R"("minLength":2)", "MIN_LENGTH_INCREASED@/minLength"},
      {"string", R"("x":0)", R"("minLength":2)", "MIN_LENGTH_ADDED@/minLength"},
      {"string", R"("x":0)", R"("pattern":"^a")", "PATTERN_ADDED@/pattern"},
      {"array", R"("maxItems":10)", R"("maxItems":5)", "MAX_ITEMS_DECREASED@/maxItems"},
      {"array", R"("x":0)", R"("minItems":1)", "MIN_ITEMS_ADDED@/minItems"},
      {"array", R"("uniqueItems":false)", R"("uniqueItems":true)", "UNIQUE_ITEMS_ADDED@/uniqueItems"},
      {"array", R"("x":0)", R"("contains":{"type":"string"})", "CONTAINS_ADDED@/contains"},
      {"array", R"("contains":true,"maxContains":3)", R"("contains":true,"maxContains":2)",
       "MAX_CONTAINS_DECREASED@/maxContains"},
      {"array", R"("contains":true)", R"("contains":true,"maxContains":2)", "MAX_CONTAINS_ADDED@/maxContains"},
      {"array", R"("contains":true)", R"("contains":true,"minContains":2)", "MIN_CONTAINS_INCREASED@/minContains"},
      {"array", R"("items":{"type":"number"})", R"("items":{"type":"integer"})", "TYPE_NARROWED@/items/type"},
      {"array", R"("x":0)", R"("items":{"type":"integer"})", "ADDITIONAL_ITEMS_NARROWED@/items"},
      {"object", R"("maxProperties":10)", R"("maxProperties":5)", "MAX_PROPERTIES_DECREASED@/maxProperties"},
      {"object", R"("x":0)", R"("minProperties":5)", "MIN_PROPERTIES_ADDED@/minProperties"},
      {"object", R"("x":0)", R"("propertyNames":{"pattern":"a"})", "PROPERTY_NAMES_ADDED@/propertyNames"},
      {"object", R"("x":0)", R"("dependentRequired":{"a":["b"]})", "DEPENDENCY_ARRAY_ADDED@/dependentRequired/a"},
      {"object", R"("dependencies":{"a":["b"]})", R"("dependencies":{"a":["b","c"]})",
       "DEPENDENCY_ARRAY_EXTENDED@/dependentRequired/a"},
      {"object", R"("x":0)", R"("dependentSchemas":{"a":{"required":["b"]}})",
       "DEPENDENCY_SCHEMA_ADDED@/dependentSchemas/a"},
      {"object", R"("dependencies":{"a":{"type":"object"}})",
       R"("dependencies":{"a":{"type":"object","minProperties":2}})",
       "MIN_PROPERTIES_ADDED@/dependentSchemas/a/minProperties"},
  }));
  CAPTURE(row.type, row.looser, row.tighter);
  const auto schema = [&](const char* limit) { return R"({"type":")" + std::string(row.type) + "\"," + limit + "}"; };
  CHECK(kinds(schema(row.tighter), schema(row.looser)) == row.expected);
  CHECK(kinds(schema(row.looser), schema(row.tighter)).empty());
  CHECK(kinds(schema(row.tighter), schema(row.tighter)).empty());
}

TEST_CASE("enum, const, pattern and tuples", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      {R"({"enum":["a","b"]})", R"({"enum":["a"]})", ""},
      {R"({"enum":["a"]})", R"({"enum":["a","b"]})", "ENUM_ARRAY_NARROWED@/enum"},
      {R"({"enum":["b","a"]})", R"({"enum":["a","b"]})", ""},
      {R"({"const":1})", R"({"const":1})", ""},
      {R"({"const":1})", R"({"const":2})", "ENUM_ARRAY_NARROWED@/enum"},
      {R"({"enum":[1,2]})", R"({"const":2})", ""},
      {R"({"enum":[{"a":1}]})", R"({"enum":[{"a":1}]})", ""},
      {R"({"type":"string","enum":["a"]})", R"({"type":"string"})", "PRODUCT_TYPE_EXTENDED@"},
      {R"({"type":"string"})", R"({"type":"string","enum":["a"]})", ""},
      {R"({"type":"string","enum":["a","b"]})", R"({"type":"string","enum":["a"]})", ""},
      {R"({"type":"string","enum":["a"]})", R"({"type":"string","enum":["a","b"]})", "ENUM_ARRAY_NARROWED@/enum"},
      {R"({"type":"string","pattern":"a"})", R"({"type":"string","pattern":"b"})", "PATTERN_CHANGED@/pattern"},
      {R"({"type":"array","prefixItems":[{"type":"number"}]})",
       R"({"type":"array","prefixItems":[{"type":"integer"}]})", ""},
      {R"({"type":"array","items":[{"type":"number"}]})", R"({"type":"array","prefixItems":[{"type":"integer"}]})", ""},
      {R"({"type":"array","prefixItems":[{"type":"string"}]})",
       R"({"type":"array","prefixItems":[{"type":"integer"}]})", "TYPE_CHANGED@/items/0"},
      {R"({"type":"array","prefixItems":[true,{"type":"string"}]})", R"({"type":"array","prefixItems":[true]})",
       "ITEM_ADDED_TO_OPEN_CONTENT_MODEL@/items/1"},
      {R"({"type":"array","prefixItems":[true,{"type":"string"}]})",
       R"({"type":"array","prefixItems":[true],"items":false})", ""},
      {R"({"type":"array","prefixItems":[true],"items":false})",
       R"({"type":"array","prefixItems":[true,{"type":"string"}],"items":false})", "TYPE_CHANGED@/items/1"},
      {R"({"type":"array","prefixItems":[true]})", R"({"type":"array","prefixItems":[true,{"type":"string"}]})", ""},
      {R"({"type":"array","items":[true],"additionalItems":{"type":"integer"}})",
       R"({"type":"array","items":[true],"additionalItems":{"type":"number"}})", "TYPE_NARROWED@/items/type"},
      {R"({"type":"array","contains":{"type":"number"}})", R"({"type":"array","contains":{"type":"integer"}})", ""},
      {R"({"not":{"type":"string"}})", R"({"not":{"type":"string"}})", ""},
      {R"({"not":{"type":"integer"}})", R"({"not":{"type":"number"}})", ""},
      {R"({"not":{"type":"number"}})", R"({"not":{"type":"integer"}})", "NOT_TYPE_EXTENDED@/not"},
      {R"({"if":{"type":"string"},"then":{"minLength":1}})", R"({"if":{"type":"string"},"then":{"minLength":1}})", ""},
      {R"({"if":{"type":"string"},"then":{"minLength":2}})", R"({"if":{"type":"string"},"then":{"minLength":1}})",
       "TYPE_CHANGED@"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds(row.reader, row.writer) == row.expected);
}

TEST_CASE("properties of open, closed and partly open objects", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      {R"("properties":{"a":{"type":"number"}})", R"("properties":{"a":{"type":"integer"}})", ""},
      {R"("properties":{"a":{"type":"string"}})", R"("properties":{"a":{"type":"integer"}})",
       "TYPE_CHANGED@/properties/a"},
      {R"("properties":{"a/b":{"type":"string"}})", R"("properties":{"a/b":{"type":"integer"}})",
       "TYPE_CHANGED@/properties/a~1b"},
      // added
      {R"("properties":{"a":{"type":"string"}})", R"("x":0)", "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL@/properties/a"},
      {R"("properties":{"a":{}})", R"("x":0)", ""},
      {R"("properties":{"a":{"type":"string"}})", R"("additionalProperties":false)", ""},
      {R"("properties":{"a":{"type":"string"}},"additionalProperties":false)", R"("additionalProperties":false)", ""},
      {R"("properties":{"a":{"type":"string"}},"required":["a"])", R"("additionalProperties":false)",
       "REQUIRED_PROPERTY_ADDED@/properties/a"},
      {R"("properties":{"a":{"type":"string","default":""}},"required":["a"])", R"("additionalProperties":false)", ""},
      {R"("properties":{"a":{"type":"string"}},"additionalProperties":{"type":"string"})",
       R"("additionalProperties":{"type":"string"})", ""},
      {R"("properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"})",
       R"("additionalProperties":{"type":"string"})",
       "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL@/properties/a"},
      {R"("properties":{"ax":{"type":"string"}},"patternProperties":{"^a":{"type":"string"}},"additionalProperties":false)",
       R"("patternProperties":{"^a":{"type":"string"}},"additionalProperties":false)", ""},
      {R"("properties":{"a":{"type":"string"}},"unevaluatedProperties":false)", R"("unevaluatedProperties":false)", ""},
      // removed
      {R"("x":0)", R"("properties":{"a":{"type":"string"}})", ""},
      {R"("additionalProperties":false)", R"("properties":{"a":{"type":"string"}},"additionalProperties":false)",
       "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL@/properties/a"},
      {R"("additionalProperties":false)", R"("properties":{"a":false},"additionalProperties":false)", ""},
      {R"("additionalProperties":{"type":"number"})",
       R"("properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"number"})", ""},
      {R"("additionalProperties":{"type":"number"})",
       R"("properties":{"a":{"type":"string"}},"additionalProperties":{"type":"number"})",
       "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL@/properties/a"},
      {R"("patternProperties":{"^a":{"type":"string"}},"additionalProperties":false)",
       R"("properties":{"ab":{"type":"string"}},"patternProperties":{"^a":{"type":"string"}},"additionalProperties":false)",
       ""},
      // required
      {R"("properties":{"a":{"type":"string"}})", R"("properties":{"a":{"type":"string"}},"required":["a"])", ""},
      {R"("properties":{"a":{"type":"string"}},"required":["a"])", R"("properties":{"a":{"type":"string"}})",
       "REQUIRED_ATTRIBUTE_ADDED@/required"},
      {R"("properties":{"a":{"type":"string","default":"x"}},"required":["a"])",
       R"("properties":{"a":{"type":"string"}})", ""},
      {R"("required":["a"])", R"("x":0)", "REQUIRED_PROPERTY_ADDED@/properties/a"},
      // the rest
      {R"("additionalProperties":true)", R"("additionalProperties":false)", ""},
      {R"("additionalProperties":false)", R"("x":0)", "ADDITIONAL_PROPERTIES_NARROWED@/additionalProperties"},
      {R"("x":0)", R"("additionalProperties":{"type":"string"})", ""},
      {R"("additionalProperties":{"type":"string"})", R"("x":0)",
       "ADDITIONAL_PROPERTIES_NARROWED@/additionalProperties"},
      {R"("additionalProperties":{"type":"string"})", R"("additionalProperties":false)", ""},
      {R"("additionalProperties":{"type":"integer"})", R"("additionalProperties":{"type":"number"})",
       "TYPE_NARROWED@/additionalProperties/type"},
      {R"("patternProperties":{"^a":{"type":"integer"}})", R"("patternProperties":{"^a":{"type":"number"}})",
       "TYPE_NARROWED@/patternProperties/^a/type"},
      {R"("patternProperties":{"^a":{"type":"integer"}})", R"("x":0)", "PATTERN_PROPERTY_ADDED@/patternProperties/^a"},
      {R"("patternProperties":{"^a":{"type":"integer"}})", R"("additionalProperties":false)", ""},
      {R"("x":0)", R"("patternProperties":{"^a":{"type":"integer"}})", ""},
      {R"("additionalProperties":false)",
       R"("patternProperties":{"^a":{"type":"integer"}},"additionalProperties":false)",
       "PATTERN_PROPERTY_REMOVED@/patternProperties/^a"},
  }));
  CAPTURE(row.reader, row.writer);
  const auto object = [](const char* rest) { return R"({"type":"object",)" + std::string(rest) + "}"; };
  CHECK(kinds(object(row.reader), object(row.writer)) == row.expected);
}

TEST_CASE("combined schemas", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      {R"({"anyOf":[{"type":"string"},{"type":"integer"}]})", R"({"anyOf":[{"type":"integer"},{"type":"string"}]})",
       ""},
      {R"({"oneOf":[{"type":"string"},{"type":"integer"}]})", R"({"oneOf":[{"type":"string"}]})", ""},
      {R"({"oneOf":[{"type":"string"}]})", R"({"oneOf":[{"type":"string"},{"type":"integer"}]})", "SUM_TYPE_NARROWED@"},
      {R"({"allOf":[{"type":"string"}]})", R"({"allOf":[{"type":"string"},{"minLength":1}]})", ""},
      {R"({"allOf":[{"type":"string"},{"minLength":1}]})", R"({"allOf":[{"type":"string"}]})",
       "PRODUCT_TYPE_EXTENDED@/allOf"},
      {R"({"anyOf":[{"type":"string"},{"type":"number"}]})", R"({"anyOf":[{"type":"string"},{"type":"boolean"}]})",
       "COMBINED_TYPE_SUBSCHEMAS_CHANGED@/anyOf"},
      {R"({"anyOf":[{"type":"string"},{"type":"number"}]})", R"({"oneOf":[{"type":"string"},{"type":"integer"}]})", ""},
      {R"({"oneOf":[{"type":"string"},{"type":"integer"}]})", R"({"anyOf":[{"type":"string"},{"type":"integer"}]})",
       ""},
      {R"({"oneOf":[{"type":"string"}]})", R"({"allOf":[{"type":"string"}]})", ""},
      {R"({"anyOf":[{"type":"string"},{"type":"integer"}]})", R"({"type":"string"})", ""},
      {R"({"oneOf":[{"type":"boolean"},{"type":"integer"}]})", R"({"type":"string"})", "TYPE_CHANGED@"},
      {R"({"type":"string"})", R"({"allOf":[{"type":"string"},{"minLength":1}]})", ""},
      {R"({"type":"string"})", R"({"oneOf":[{"type":"string"}]})", ""},
      {R"({"allOf":[{"type":"string"}]})", R"({"type":"string"})", ""},
      {R"({"allOf":[{"type":"string"},{"maxLength":2}]})", R"({"type":"string"})",
       "MAX_LENGTH_ADDED@/allOf/1/maxLength"},
      // Numbers that are no integers.
      {R"({"oneOf":[{"type":"number"},{"type":"string"}]})", R"({"oneOf":[{"type":"integer"},{"type":"number"}]})", ""},
      {R"({"oneOf":[{"type":"number"},{"type":"integer"}]})", R"({"oneOf":[{"type":"integer"},{"type":"number"}]})",
       ""},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds(row.reader, row.writer) == row.expected);
}

TEST_CASE("references are followed inside the text", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      {R"({"$ref":"#/$defs/n","$defs":{"n":{"type":"number"}}})", R"({"type":"integer"})", ""},
      {R"({"type":"integer"})", R"({"$ref":"#/definitions/n","definitions":{"n":{"type":"number"}}})",
       "TYPE_NARROWED@/type"},
      {R"({"$ref":"#n","$defs":{"x":{"$anchor":"n","type":"number"}}})", R"({"type":"integer"})", ""},
      {R"({"$id":"http://a/b","$ref":"http://a/b#/$defs/a~1b%25","$defs":{"a/b%":{"type":"string"}}})",
       R"({"type":"string"})", ""},
      {R"({"$ref":"#"})", R"({"type":"string"})", ""},
      {R"({"type":"object","properties":{"next":{"$ref":"#"},"v":{"type":"number"}},"additionalProperties":false})",
       R"({"type":"object","properties":{"next":{"$ref":"#"},"v":{"type":"integer"}},"additionalProperties":false})",
       ""},
      {R"({"type":"object","properties":{"next":{"$ref":"#"},"v":{"type":"integer"}},"additionalProperties":false})",
       R"({"type":"object","properties":{"next":{"$ref":"#"},"v":{"type":"number"}},"additionalProperties":false})",
       "TYPE_NARROWED@/properties/v/type"},
      // Draft 7 ignores what stands beside $ref, 2020-12 does not.
      {R"({"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/n","minLength":5,"definitions":{"n":{"type":"string"}}})",
       R"({"type":"string"})", ""},
      {R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$ref":"#/$defs/n","minLength":5,"$defs":{"n":{"type":"string"}}})",
       R"({"type":"string"})", "MIN_LENGTH_ADDED@/minLength"},
  }));
  CAPTURE(row.reader, row.writer);
  CHECK(kinds(row.reader, row.writer) == row.expected);
}

TEST_CASE("a reference to a schema that is not known is named, never judged", "[planner][schema][json_schema]") {
  const Compatibility found = compare_json_schemas(R"({"type":"object","properties":{"a":{"$ref":"http://other/x"}}})",
                                                   R"({"type":"object","properties":{"a":{"type":"string"}}})");
  CHECK(found.verdict() == Verdict::not_compared);
  CHECK(not_compared_text(found.not_compared) ==
        "$ref \"http://other/x\" leads to no schema that is known (reader /properties/a/$ref)");
}

TEST_CASE("incompatible JSON Schemas say what is wrong and where", "[planner][schema][json_schema]") {
  CHECK(
      messages(
          R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer","maximum":5}},"required":["b"],"additionalProperties":false})",
          R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer","maximum":9},"c":{}},"additionalProperties":false})") ==
      "TYPE_CHANGED /properties/a reader has string, writer has integer\n"
      "MAXIMUM_DECREASED /properties/b/maximum reader has maximum 5, writer has 9\n"
      "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL /properties/c property \"c\" is written, the reader allows no other "
      "properties\n"
      "REQUIRED_ATTRIBUTE_ADDED /required the reader requires property \"b\", which is not always written and has no "
      "default\n");
  CHECK(messages(R"({"enum":["a"]})", R"({"enum":["a","b"]})") == "ENUM_ARRAY_NARROWED /enum the reader lacks \"b\"\n");
  CHECK(messages(R"({"properties":{"a":{"type":"string"}}})", R"({"type":"object"})") ==
        "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL /properties/a the writer may put anything into property \"a\", the "
        "reader wants string\n");
  CHECK(messages(R"({"type":"string","pattern":"a"})", R"({"type":"string"})") ==
        "PATTERN_ADDED /pattern reader has pattern \"a\", writer has none\n");
  CHECK(messages(R"({"anyOf":[{"type":"string"}]})", R"({"type":"null"})") ==
        "TYPE_CHANGED  no branch of the reader's anyOf takes null\n");
}

TEST_CASE("what is no JSON Schema is refused", "[planner][schema][json_schema]") {
  const auto row = GENERATE(values<Row>({
      {"3", "", "a schema must be an object or a boolean, not number"},
      {R"({"type":"strin"})", "", "\"strin\" is not a type (at /type)"},
      {R"({"type":[]})", "", "\"type\" must be a type or a list of types (at /type)"},
      {R"({"properties":[]})", "", "\"properties\" must be an object of schemas (at /properties)"},
      {R"({"properties":{"a":1}})", "", "a schema must be an object or a boolean, not number (at /properties/a)"},
      {R"({"enum":1})", "", "\"enum\" must be a list (at /enum)"},
      {R"({"anyOf":[]})", "", "\"anyOf\" must be a list of schemas (at /anyOf)"},
      {R"({"required":["a",1]})", "", "a list of property names is wanted (at /required)"},
      {R"({"type":"number","maximum":"5"})", "", "\"maximum\" must be a number (at /maximum)"},
      {R"({"multipleOf":0})", "", "\"multipleOf\" must be above 0 (at /multipleOf)"},
      {R"({"$ref":"#/x"})", "", "\"#/x\" leads nowhere (at /$ref)"},
      {R"({"$ref":5})", "", "\"$ref\" must be a string (at /$ref)"},
      {"{", "",
       "json schema is not valid JSON: syntax error while parsing object key - unexpected end of input; expected "
       "string literal"},
      {R"({"maximum":1e400})", "",
       "json schema has the number 1e400, which is larger than this program can read (at most about 1.8e308)"},
  }));
  CAPTURE(row.reader);
  CHECK(messages(row.reader, "true") == "invalid-schema  the reader's schema: " + std::string(row.expected) + "\n");
  CHECK(messages("true", row.reader) == "invalid-schema  the writer's schema: " + std::string(row.expected) + "\n");
}

TEST_CASE("hostile JSON Schemas end with an answer", "[planner][schema][json_schema]") {
  CHECK(kinds(std::string(100000, '['), "true") == "invalid-schema@");
  // Every definition refers to the one before in two ways; pairs are judged once.
  std::string defs = R"({"$ref":"#/$defs/d60","$defs":{"d0":{"type":"string"})";
  for (int i = 1; i <= 60; ++i) {
    const std::string before = R"({"$ref":"#/$defs/d)" + std::to_string(i - 1) + "\"}";
    defs += ",\"d" + std::to_string(i) + R"(":{"oneOf":[)" + before + R"(,{"type":"array","items":)" + before + "}]}";
  }
  CHECK(kinds(defs + "}}", defs + "}}").empty());
  // A pattern that would take a backtracking matcher for ever.
  const std::string name(40, 'a');
  CHECK(
      kinds(R"({"type":"object","patternProperties":{"^(a|a)*$":{"type":"string"}},"additionalProperties":false})",
            R"({"type":"object","properties":{")" + name + R"(b":{"type":"string"}},"additionalProperties":false})") ==
      "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL@/properties/" + name + "b");
}
