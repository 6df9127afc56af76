#include "planner/schema/avro/avro_json.h"

#include <catch2/catch_all.hpp>

#include <random>

#include "sdk/support/text.h"

using namespace cloudflow;

namespace {

std::string bytes(const std::string& digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return out;
}

Result<Json> decode(const std::string& schema, const std::string& digits) {
  const auto parsed = parse_avro_schema(schema);
  REQUIRE(parsed);
  return avro_to_json(bytes(digits), *parsed);
}

const std::string everything = R"({"type": "record", "name": "R", "fields": [
  {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}},
  {"name": "next", "type": ["null", "R"]},
  {"name": "m", "type": {"type": "map", "values": "double"}},
  {"name": "f", "type": {"type": "fixed", "name": "F", "size": 2}},
  {"name": "l", "type": {"type": "array", "items": ["null", "long", "string"]}}]})";

}  // namespace

TEST_CASE("values in Avro's binary encoding are read as the specification writes them", "[avro]") {
  struct Row {
    std::string schema;
    std::string digits;
    std::string json;
  };
  const auto row = GENERATE(values<Row>({
      {R"("long")", "00", "0"},
      {R"("long")", "01", "-1"},
      {R"("long")", "7f", "-64"},
      {R"("int")", "8001", "64"},
      {R"("long")", "ffffffffffffffffff01", "-9223372036854775808"},
      {R"("string")", "06666f6f", R"("foo")"},
      {R"("bytes")", "04ff41",
       "\"\xc3\xbf"
       "A\""},
      {R"("boolean")", "01", "true"},
      {R"("double")", "000000000000f83f", "1.5"},
      {R"("float")", "0000c0ff", R"("NaN")"},
      {R"("float")", "000080ff", R"("-Infinity")"},
      {R"({"type": "array", "items": "long"})", "04063600", "[3,27]"},
      {R"({"type": "array", "items": "long"})", "03040636020600", "[3,27,3]"},
      {R"(["null", "string"])", "020261", R"("a")"},
      {R"(["null", "string"])", "00", "null"},
      {everything,
       "020000"
       "414200",
       R"({"e":"B","f":"AB","l":[],"m":{},"next":null})"},
      // R{A, R{B, null, {}, "AB", []}, {"k": 1}, "CD", [27, null, "a"]}
      {everything,
       "00"
       "02"
       "0200004142"
       "00"
       "02026b000000000000f03f00"
       "4344"
       "06"
       "0236"
       "00"
       "040261"
       "00",
       R"({"e":"A","f":"CD","l":[27,null,"a"],"m":{"k":1.0},"next":{"e":"B","f":"AB","l":[],"m":{},"next":null}})"},
  }));
  CAPTURE(row.schema, row.digits);
  const auto value = decode(row.schema, row.digits);
  INFO((value ? "" : value.error().message));
  REQUIRE(value);
  CHECK(dump(*value) == row.json);
}

TEST_CASE("bytes that are no value of the schema say where", "[avro]") {
  struct Row {
    std::string schema;
    std::string digits;
    std::string message;
  };
  const auto row = GENERATE(values<Row>({
      {R"("long")", "", "at byte 0: the number does not end"},
      {R"("long")", "0000", "at byte 1: 1 bytes are left after the value"},
      {R"("string")", "06666f", "at byte 1: 3 bytes are wanted and 2 are there"},
      {R"("string")", "01", "at byte 1: a length is negative"},
      {R"("double")", "0000", "at byte 0: 8 bytes are wanted and 2 are there"},
      {R"(["null", "string"])", "04", "at byte 1: branch 2 of 2"},
      {R"({"type": "enum", "name": "E", "symbols": ["A"]})", "01", "at byte 1: symbol -1 of 1"},
      {R"({"type": "array", "items": "null"})", "fefffffffffffffff001",
       "at byte 10: too many elements without content"},
  }));
  CAPTURE(row.schema, row.digits);
  const auto value = decode(row.schema, row.digits);
  REQUIRE_FALSE(value);
  CHECK(value.error().message == row.message);
}

TEST_CASE("no bytes are too strange to be read", "[avro]") {
  const auto schema = parse_avro_schema(everything);
  REQUIRE(schema);
  std::mt19937 random(7);
  int values = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n)
      text += static_cast<char>(random() % 3 == 0 ? random() : random() % 4);
    values += avro_to_json(text, *schema) ? 1 : 0;
  }
  CHECK(values > 0);
}
