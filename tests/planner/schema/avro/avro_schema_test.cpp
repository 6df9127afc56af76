// Reading Avro schemas: what is accepted, canonical forms, fingerprints.
#include "planner/schema/avro/avro_schema.h"

#include <catch2/catch_all.hpp>

#include "planner/schema/avro/avro_canonical.h"
#include "planner/schema/avro/avro_fingerprint.h"
#include "sdk/support/digest.h"

using namespace cloudflow;

namespace {

/// "line:column message [hint]" of what is wrong with the schema; its canonical form when nothing is.
std::string outcome(std::string_view text) {
  const auto schema = parse_avro_schema(text);
  if (schema) return avro_canonical_form(*schema);
  const Error& error = schema.error();
  std::string out =
      error.where ? std::to_string(error.where->line) + ":" + std::to_string(error.where->column) + " " : "";
  out += error.message;
  if (!error.hint.empty()) out += " [" + error.hint + "]";
  return out;
}

struct Row {
  const char* text;
  const char* expected;
};

std::string field(const std::string& type, const std::string& value) {
  return R"({"type":"record","name":"R","fields":[{"name":"f","type":)" + type + R"(,"default":)" + value + "}]}";
}

}  // namespace

TEST_CASE("the parsing canonical form", "[planner][schema][avro]") {
  const auto row = GENERATE(values<Row>({
      {R"("null")", R"("null")"},
      {R"({"type":"int"})", R"("int")"},
      {R"({"type":"int","logicalType":"date","doc":"x"})", R"("int")"},
      {R"([])", "[]"},
      {R"( [ "null" , { "type" : "string" } ] )", R"(["null","string"])"},
      {R"({"items":"int","type":"array","default":[]})", R"({"type":"array","items":"int"})"},
      {R"({"values":{"type":"long"},"type":"map"})", R"({"type":"map","values":"long"})"},
      {R"({"size":16,"name":"F","type":"fixed","namespace":"a.b"})", R"({"name":"a.b.F","type":"fixed","size":16})"},
      {R"({"size":16,"name":"c.F","type":"fixed","namespace":"a.b"})", R"({"name":"c.F","type":"fixed","size":16})"},
      {R"({"type":"enum","symbols":["B","A"],"name":"E","doc":"d","aliases":["X"],"default":"A"})",
       R"({"name":"E","type":"enum","symbols":["B","A"]})"},
      {R"({"type":"record","name":"R","doc":"x","aliases":["Q"],"fields":[{"doc":"y","type":"int","name":"a","default":1,"order":"ignore","aliases":["b"]}]})",
       R"({"name":"R","type":"record","fields":[{"name":"a","type":"int"}]})"},
      {R"({"type":"error","name":"R","fields":[]})", R"({"name":"R","type":"record","fields":[]})"},
      {R"({"type":"record","name":"a.R","fields":[{"name":"x","type":{"type":"fixed","name":"F","size":1}},{"name":"y","type":"F"},{"name":"z","type":"a.F"},{"name":"r","type":["null","R"]}]})",
       R"({"name":"a.R","type":"record","fields":[{"name":"x","type":{"name":"a.F","type":"fixed","size":1}},{"name":"y","type":"a.F"},{"name":"z","type":"a.F"},{"name":"r","type":["null","a.R"]}]})"},
      {R"({"type":"record","name":"R","namespace":"a","fields":[{"name":"x","type":{"type":"enum","name":"E","namespace":"","symbols":["A"]}},{"name":"y","type":"E"}]})",
       R"({"name":"a.R","type":"record","fields":[{"name":"x","type":{"name":"E","type":"enum","symbols":["A"]}},{"name":"y","type":"E"}]})"},
      {"// a comment\n{\"type\": /* here */ \"long\"}", R"("long")"},
      {"{\"type\":\"\\u0069nt\"}", R"("int")"},
      {R"({"type":"record","name":"R","fields":[{"name":"a","type":{"type":"R"}}]})",
       R"({"name":"R","type":"record","fields":[{"name":"a","type":"R"}]})"},
      {R"({"type":"enum","name":"Größe","symbols":["klein"]})",
       R"({"name":"Größe","type":"enum","symbols":["klein"]})"},
  }));
  CAPTURE(row.text);
  CHECK(outcome(row.text) == row.expected);
}

TEST_CASE("fingerprints have the values of the specification", "[planner][schema][avro]") {
  const auto crc = [](std::string_view name) {
    return static_cast<std::int64_t>(crc_64_avro("\"" + std::string(name) + "\""));
  };
  CHECK(crc("null") == 7195948357588979594);
  CHECK(crc("boolean") == -6970731678124411036);
  CHECK(crc("int") == 8247732601305521295);
  CHECK(crc("long") == -3434872931120570953);
  CHECK(crc_64_avro("") == 0xc15d213aa4d7a795U);
  // Little endian, as after the marker C3 01 of the single-object encoding.
  CHECK(hex(fingerprint_bytes(FingerprintAlgorithm::crc_64_avro, "\"int\"")) == "8f5c393f1ad57572");
  CHECK(avro_fingerprint(*parse_avro_schema("\"int\"")) == "PyuHqf58ybE4NVmMOYHNRePjVTCeUJCqCTPXvstvukU=");
  CHECK(hex(fingerprint_bytes(FingerprintAlgorithm::md5, "\"int\"")) == "ef524ea1b91e73173d938ade36c1db32");
  CHECK(fingerprint_algorithm("sha-256") == FingerprintAlgorithm::sha_256);
  CHECK_FALSE(fingerprint_algorithm("sha256").has_value());
}

TEST_CASE("the contract form keeps what the canonical form drops", "[planner][schema][avro]") {
  const auto contract = [](std::string_view text) { return avro_contract_form(*parse_avro_schema(text)); };
  CHECK(
      contract(
          R"({"type":"record","name":"a.R","doc":"no","aliases":["Q","b.P"],"fields":[{"name":"x","type":{"type":"bytes","logicalType":"decimal","precision":9},"default":"","aliases":["w","v"]}]})") ==
      R"({"name":"a.R","type":"record","fields":[{"name":"x","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":0},"aliases":["v","w"],"default":""}],"aliases":["a.Q","b.P"]})");
  CHECK(contract(R"({"type":"enum","name":"E","symbols":["A"],"default":"A"})") ==
        R"({"name":"E","type":"enum","symbols":["A"],"default":"A"})");
  CHECK(contract(R"({"type":"fixed","name":"F","size":12,"logicalType":"duration"})") ==
        R"({"name":"F","type":"fixed","size":12,"logicalType":"duration"})");
  const AvroSchema one = *parse_avro_schema(field("\"int\"", "1"));
  const AvroSchema two = *parse_avro_schema(field("\"int\"", "2"));
  CHECK(avro_canonical_form(one) == R"({"name":"R","type":"record","fields":[{"name":"f","type":"int"}]})");
  CHECK(avro_fingerprint(one) == avro_fingerprint(two));
  CHECK(avro_contract_fingerprint(one) != avro_contract_fingerprint(two));
}

TEST_CASE("what is no schema is refused with its place", "[planner][schema][avro]") {
  const auto row = GENERATE(values<Row>({
      {"",
       "1:1 avro schema is not valid JSON: syntax error while parsing value - unexpected end of input; expected '[', "
       "'{', or a literal"},
      {"{\n  \"type\": \"int\",\n}",
       "3:1 avro schema is not valid JSON: syntax error while parsing object key - unexpected '}'; expected string "
       "literal"},
      {"{\n  \"a\": [\"-1e400\", 1e40],\n  \"b\": -1e400\n}",
       "3:8 avro schema has the number -1e400, which is larger than this program can read (at most about 1.8e308)"},
      {"7", "1:1 an avro schema is a name, an object or a list, not number"},
      {"null", "1:1 an avro schema is a name, an object or a list, not null"},
      {"{}", "1:1 the schema has no \"type\""},
      {R"("strin")", "1:1 type \"strin\" is not defined [did you mean \"string\"?]"},
      {R"({"type":"strin"})", "1:9 type \"strin\" is not defined (at /type) [did you mean \"string\"?]"},
      {R"({"type":["int"]})", "1:9 \"type\" of a schema must be a string (at /type)"},
      {R"({"type":"array"})", "1:1 the array has no \"items\""},
      {R"({"type":"map","items":"int"})", "1:1 the map has no \"values\""},
      {R"({"type":"array","items":[["int"]]})", "1:26 a union must not directly contain a union (at /items/0)"},
      {R"(["int","int"])", "1:8 \"int\" is twice in the union (at /1)"},
      {R"([{"type":"array","items":"int"},{"type":"array","items":"long"}])",
       "1:33 \"array\" is twice in the union (at /1)"},
      {R"({"type":"record","fields":[]})", "1:1 the record has no \"name\""},
      {R"({"type":"record","name":"9a","fields":[]})",
       "1:25 \"9a\" is not a name: letters, digits and '_', not starting with a digit (at /name)"},
      {R"({"type":"record","name":"","fields":[]})",
       "1:25 \"\" is not a name: letters, digits and '_', not starting with a digit (at /name)"},
      {R"({"type":"record","name":"int","fields":[]})", "1:25 \"int\" is the name of a primitive type (at /name)"},
      {R"({"type":"record","name":"R"})", "1:1 record \"R\" has no list \"fields\""},
      {R"({"type":"record","name":"R","fields":[1]})", "1:39 a field must be an object, not number (at /fields/0)"},
      {R"({"type":"record","name":"R","fields":[{"type":"int"}]})", "1:39 the field has no \"name\" (at /fields/0)"},
      {R"({"type":"record","name":"R","fields":[{"name":"a"}]})", "1:39 field \"a\" has no \"type\" (at /fields/0)"},
      {R"({"type":"record","name":"R","fields":[{"name":"a-b","type":"int"}]})",
       "1:47 \"a-b\" is not a name: letters, digits and '_', not starting with a digit (at /fields/0/name)"},
      {R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]})",
       "1:73 field \"a\" is there twice (at /fields/1/name)"},
      {R"({"type":"record","name":"R","fields":[{"name":"a","type":"int","order":"up"}]})",
       "1:72 \"order\" must be \"ascending\", \"descending\" or \"ignore\" (at /fields/0/order)"},
      {R"({"type":"record","name":"R","aliases":"Q","fields":[]})",
       "1:39 \"aliases\" must be a list of names (at /aliases)"},
      {R"({"type":"record","name":"R","aliases":["9"],"fields":[]})", "1:40 \"9\" is not a name (at /aliases/0)"},
      {R"([{"type":"fixed","name":"F","size":1},{"type":"enum","name":"F","symbols":[]}])",
       "1:61 \"F\" is already defined (at /1/name)"},
      {R"({"type":"enum","name":"E"})", "1:1 enum \"E\" has no list \"symbols\""},
      {R"({"type":"enum","name":"E","symbols":["A","A"]})", "1:42 symbol \"A\" is there twice (at /symbols/1)"},
      {R"({"type":"enum","name":"E","symbols":["a b"]})",
       "1:38 \"a b\" is not a symbol: letters, digits and '_', not starting with a digit (at /symbols/0)"},
      {R"({"type":"enum","name":"E","symbols":["A"],"default":"B"})",
       "1:53 the enum's default \"B\" is not one of its symbols (at /default)"},
      {R"({"type":"fixed","name":"F"})", "1:1 fixed \"F\" has no whole number \"size\""},
      {R"({"type":"fixed","name":"F","size":"16"})", "1:35 fixed \"F\" has no whole number \"size\" (at /size)"},
      {R"({"type":"fixed","name":"F","size":-1})", "1:35 \"size\" must be 0 to 2147483647, not -1 (at /size)"},
      {R"({"type":"record","name":"x.R","fields":[{"name":"a","type":"y.R"}]})",
       "1:60 type \"y.R\" is not defined (at /fields/0/type) [did you mean \"x.R\"?]"},
      {"{\"type\":\"record\",\n \"name\":\"R\",\n \"fields\":[\n  {\"name\":\"a\", \"type\":\"int\", "
       "\"default\":\"1\"}]}",
       "4:40 default of field \"a\": \"1\" is not a value of type int (at /fields/0/default)"},
  }));
  CAPTURE(row.text);
  CHECK(outcome(row.text) == row.expected);
}

TEST_CASE("defaults must be legal for their type", "[planner][schema][avro]") {
  struct Default {
    const char* type;
    const char* value;
    const char* problem;  // "" when legal
  };
  const auto row = GENERATE(values<Default>({
      {R"("null")", "null", ""},
      {R"("null")", "0", "0 is not a value of type null"},
      {R"("boolean")", "true", ""},
      {R"("boolean")", "\"true\"", "\"true\" is not a value of type boolean"},
      {R"("int")", "2147483647", ""},
      {R"("int")", "-2147483648", ""},
      {R"("int")", "2147483648", "2147483648 is not a value of type int"},
      {R"("int")", "1.0", "1.0 is not a value of type int"},
      {R"("long")", "9223372036854775807", ""},
      {R"("long")", "9223372036854775808", "9223372036854775808 is not a value of type long"},
      {R"("float")", "1", ""},
      {R"("double")", "1.5e300", ""},
      {R"("double")", "\"NaN\"", ""},
      {R"("double")", "\"-Infinity\"", ""},
      {R"("float")", "\"many\"", "\"many\" is not a value of type float"},
      {R"("string")", "\"\"", ""},
      {R"("string")", "null", "null is not a value of type string"},
      {R"("bytes")", "\"\\u00ff\"", ""},
      {R"("bytes")", "\"\\u0100\"", "\"Ā\" is not a value of type bytes: a string of the characters U+0000 to U+00FF"},
      {R"({"type":"fixed","name":"F","size":2})", "\"\\u0000\\u00ff\"", ""},
      {R"({"type":"fixed","name":"F","size":2})", "\"a\"", "\"a\" is not a value of fixed \"F\": it must have 2 bytes"},
      {R"({"type":"enum","name":"E","symbols":["A"]})", "\"A\"", ""},
      {R"({"type":"enum","name":"E","symbols":["A"]})", "\"B\"", "\"B\" is not a symbol of enum \"E\""},
      {R"({"type":"array","items":"int"})", "[1,2]", ""},
      {R"({"type":"array","items":"int"})", "{}", "{} is not a value of type array"},
      {R"({"type":"map","values":"int"})", R"({"a":1})", ""},
      {R"({"type":"map","values":"int"})", "[]", "[] is not a value of type map"},
      {R"(["null","int"])", "null", ""},
      {R"(["null","int"])", "\"a\"", "\"a\" is not a value of any branch of the union"},
      {R"(["int","null"])", "1", ""},
      {R"([])", "null", "an empty union has no value"},
      {R"({"type":"record","name":"N","fields":[{"name":"x","type":"int"}]})", R"({"x":1})", ""},
      {R"({"type":"record","name":"N","fields":[{"name":"x","type":"int","default":3}]})", "{}", ""},
      {R"({"type":"record","name":"N","fields":[{"name":"x","type":"int"}]})", "{}",
       "field \"x\" of record \"N\" is missing"},
      {R"("R")", "{}", "a default of record \"R\" inside itself would never end"},
  }));
  CAPTURE(row.type, row.value);
  const auto schema = parse_avro_schema(field(row.type, row.value));
  CHECK(
      (schema ? "" : schema.error().message) ==
      (*row.problem == '\0' ? "" : "default of field \"f\": " + std::string(row.problem) + " (at /fields/0/default)"));
}

TEST_CASE("a wrong default is shown where it is", "[planner][schema][avro]") {
  CHECK(outcome(field(R"({"type":"array","items":"int"})", R"([1,"x"])")) ==
        "1:102 default of field \"f\": \"x\" is not a value of type int (at /fields/0/default/1)");
  CHECK(outcome(field(R"({"type":"map","values":"int"})", R"({"a/b":null})")) ==
        "1:105 default of field \"f\": null is not a value of type int (at /fields/0/default/a~1b)");
}

TEST_CASE("logical types that do not fit are ignored with a warning", "[planner][schema][avro]") {
  const auto warning = [](std::string_view text) {
    const auto schema = parse_avro_schema(text);
    REQUIRE(schema);
    return schema->warnings.empty() ? "" : schema->warnings[0];
  };
  CHECK(warning(R"({"type":"int","logicalType":"date"})").empty());
  CHECK(warning(R"({"type":"string","logicalType":"date"})") ==
        "logical type \"date\" at the top is ignored: does not go with type string");
  CHECK(warning(R"({"type":"int","logicalType":"money"})") ==
        "logical type \"money\" at the top is ignored: is not known");
  CHECK(warning(R"({"type":"array","items":{"type":"bytes","logicalType":"decimal"}})") ==
        "logical type \"decimal\" at /items is ignored: \"precision\" must be a whole number above 0");
  CHECK(warning(R"({"type":"bytes","logicalType":"decimal","precision":2,"scale":3})") ==
        "logical type \"decimal\" at the top is ignored: \"scale\" must be a whole number from 0 to the precision");
  CHECK(warning(R"({"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":5})") ==
        "logical type \"decimal\" at the top is ignored: 2 bytes hold only 4 digits");
  CHECK(warning(R"({"type":"fixed","name":"F","size":11,"logicalType":"duration"})") ==
        "logical type \"duration\" at the top is ignored: needs a fixed of 12 bytes");
}

TEST_CASE("deep and long texts are refused", "[planner][schema][avro]") {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += R"({"type":"array","items":)";
  CHECK(outcome(deep) == "1:2401 avro schema is nested more than 100 levels deep");
  CHECK(outcome(std::string(5 << 20, ' ')) == "1:1 avro schema has 5242880 bytes, at most 4194304 are read");
  CHECK(outcome(std::string(100000, '[')) == "1:101 avro schema is nested more than 100 levels deep");
}
