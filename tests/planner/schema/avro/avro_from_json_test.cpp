#include "planner/schema/avro/avro_from_json.h"

#include <catch2/catch_all.hpp>

#include <random>

#include "planner/schema/avro/avro_json.h"
#include "sdk/support/digest.h"
#include "tests/planner/schema/avro/random_avro.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

Result<std::string> encode(const std::string& schema, const std::string& json) {
  const auto parsed = parse_avro_schema(schema);
  REQUIRE(parsed);
  return json_to_avro(Json::parse(json), *parsed);
}

const std::string reading = R"({"type": "record", "name": "Reading", "fields": [
  {"name": "device", "type": "string"},
  {"name": "celsius", "type": "double", "default": 20},
  {"name": "note", "type": ["null", "string"], "default": null},
  {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}, "default": "B"}]})";

/// A value of the type, as avro_to_json gives it.
Json random_value(const AvroSchema& schema, std::size_t index, std::mt19937& random, int depth) {
  const AvroType& type = schema.at(index);
  const auto some = [&](unsigned most) { return depth > 6 ? 0 : random() % most; };
  switch (type.kind) {
    case AvroKind::null:
      return nullptr;
    case AvroKind::boolean:
      return random() % 2 == 0;
    case AvroKind::int_:
      return static_cast<std::int64_t>(static_cast<std::int32_t>(random()));
    case AvroKind::long_:
      return static_cast<std::int64_t>(random()) * static_cast<std::int64_t>(random()) * (random() % 2 == 0 ? 1 : -1);
    case AvroKind::float_:
      return static_cast<double>(static_cast<std::int32_t>(random() % 4096)) / 8;
    case AvroKind::double_:
      return random() % 9 == 0 ? Json("NaN") : Json(static_cast<double>(random()) / 3);
    case AvroKind::bytes:
      return random() % 2 == 0 ? "a\xC3\xBF" : "";
    case AvroKind::string:
      return random() % 2 == 0 ? "grüße" : "";
    case AvroKind::fixed:
      return std::string(static_cast<std::size_t>(type.size), 'x');
    case AvroKind::enum_:
      return type.symbols[random() % type.symbols.size()];
    case AvroKind::union_:
      return random_value(schema, type.inner[some(static_cast<unsigned>(type.inner.size()))], random, depth + 1);
    case AvroKind::array: {
      Json out = Json::array();
      for (auto n = some(4); n > 0; --n) out.push_back(random_value(schema, type.inner.front(), random, depth + 1));
      return out;
    }
    case AvroKind::map: {
      Json out = Json::object();
      for (auto n = some(4); n > 0; --n)
        out[std::to_string(n)] = random_value(schema, type.inner.front(), random, depth + 1);
      return out;
    }
    case AvroKind::record: {
      Json out = Json::object();
      for (const AvroField& field : type.fields) out[field.name] = random_value(schema, field.type, random, depth + 1);
      return out;
    }
  }
  return nullptr;
}

}  // namespace

TEST_CASE("values are written in Avro's binary encoding as the specification has it", "[avro]") {
  struct Row {
    std::string schema;
    std::string json;
    std::string digits;
  };
  const auto row = GENERATE(values<Row>({
      {R"("long")", "-64", "7f"},
      {R"("int")", "64", "8001"},
      {R"("long")", "-9223372036854775808", "ffffffffffffffffff01"},
      {R"("string")", R"("foo")", "06666f6f"},
      {R"("bytes")", "\"\xC3\xBF\"", "02ff"},
      {R"("float")", "1.5", "0000c03f"},
      {R"({"type": "array", "items": "long"})", "[3,27]", "04063600"},
      {R"({"type": "array", "items": "long"})", "[]", "00"},
      {R"(["null", "string"])", R"("a")", "020261"},
      {R"(["int", "double"])", "3", "0006"},
      {R"(["int", "double"])", R"({"double": 1.5})", "02000000000000f83f"},
      {reading, R"({"device": "a"})",
       "0261000000000000344000"
       "02"},
      {reading, R"({"device": "a", "note": "n", "kind": "A"})",
       "0261000000000000344002026e"
       "00"},
  }));
  CAPTURE(row.schema, row.json);
  const auto bytes = encode(row.schema, row.json);
  INFO((bytes ? "" : bytes.error().message));
  REQUIRE(bytes);
  CHECK(hex(*bytes) == row.digits);
}

TEST_CASE("values that do not fit say where and what is wanted", "[avro]") {
  struct Row {
    std::string schema;
    std::string json;
    std::string message;
  };
  const auto row = GENERATE(values<Row>({
      {R"("int")", "2147483648", "2147483648 is no int"},
      {R"("long")", "18446744073709551615", "18446744073709551615 is no long"},
      {R"("long")", "1.5", "1.5 is no long"},
      {R"("bytes")", "\"\xE2\x82\xAC\"", "\"\xE2\x82\xAC\" is no text with a character for each byte"},
      {R"({"type": "fixed", "name": "F", "size": 2})", R"("a")", "2 bytes are wanted and 1 are there"},
      {R"(["null", "string"])", "5", "5 is no string"},
      {R"(["int", "string"])", "null", "null is no int or string"},
      {reading, R"({"celsius": 1})", "field \"device\" of record Reading is missing"},
      {reading, R"({"device": "a", "celsiu": 1})", "record Reading has no field \"celsiu\"; did you mean \"celsius\"?"},
      {reading, R"({"device": "a", "kind": "C"})", "at /kind: \"C\" is no Kind: A, B"},
      {R"({"type": "map", "values": "long"})", R"({"a": {"b": 1}})", R"(at /a: {"b":1} is no long)"},
  }));
  CAPTURE(row.schema, row.json);
  const auto bytes = encode(row.schema, row.json);
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().message == row.message);
}

TEST_CASE("what is written is read back, whatever the schema", "[avro]") {
  std::mt19937 random(11);
  int values = 0;
  for (int i = 0; i < 2'000; ++i) {
    const std::string text = random_avro(random).dump();
    const auto schema = parse_avro_schema(text);
    if (!schema) continue;
    const Json value = random_value(*schema, schema->root, random, 0);
    CAPTURE(text, value.dump());
    const auto bytes = json_to_avro(value, *schema);
    INFO((bytes ? "" : bytes.error().message));
    REQUIRE(bytes);
    const auto back = avro_to_json(*bytes, *schema);
    REQUIRE(back);
    // Of a union the first branch counts that fits; what it reads back is the same value.
    CHECK(json_to_avro(*back, *schema) == *bytes);
    values += *back == value ? 1 : 0;
  }
  CHECK(values > 1'500);
}
