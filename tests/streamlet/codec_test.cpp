// Values to bytes and back, and what Avro's own library says of the same bytes.
#include "cloudflow/streamlet/codec.h"

#include <avro.h>

#include <catch2/catch_all.hpp>
#include <limits>

#include "tests/streamlet/readings.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;

Everything full() {
  return {.yes = true,
          .small = -7,
          .large = std::numeric_limits<std::int64_t>::min(),
          .rough = 0.5F,
          .fine = -2.25,
          .text = std::string("gr\xc3\xbc\xc3\x9f\0e", 8),
          .bytes = {std::string("\0\xff", 2)},
          .unit = Unit::kelvin,
          .place = {"here", std::nullopt},
          .other = Place{"there", 12.5},
          .words = {"", "b"},
          .places = {{"x", {{"p", 1.0}}}, {"y", {}}},
          .flags = {true, false, true}};
}

/// The value as JSON by Avro's library, which decodes it by the schema alone.
std::string as_library_reads(const std::string& schema_text, const std::string& bytes) {
  avro_schema_t schema = nullptr;
  REQUIRE(avro_schema_from_json_length(schema_text.data(), schema_text.size(), &schema) == 0);
  avro_value_iface_t* type = avro_generic_class_from_schema(schema);
  avro_value_t value{};
  REQUIRE(avro_generic_value_new(type, &value) == 0);
  avro_reader_t reader = avro_reader_memory(bytes.data(), static_cast<std::int64_t>(bytes.size()));
  REQUIRE(avro_value_read(reader, &value) == 0);
  char* text = nullptr;
  REQUIRE(avro_value_to_json(&value, 1, &text) == 0);
  std::string out = text;
  free(text);
  avro_reader_free(reader);
  avro_value_decref(&value);
  avro_value_iface_decref(type);
  avro_schema_decref(schema);
  return out;
}

}  // namespace

TEST_CASE("every kind of field survives its way through bytes") {
  AsAvro<Everything> codec;
  CHECK(codec.decode(codec.encode(full())) == full());
  CHECK(codec.decode(codec.encode({})) == Everything{});
  CHECK(codec.decode(codec.encode(full())) == full());  // nothing is left of the one before
}

TEST_CASE("bytes are those of the specification") {
  // Its example of a record: a long 27 and a string "foo" are 36 06 66 6f 6f; a double is 8 bytes, little endian.
  AsAvro<Reading> codec;
  CHECK(codec.encode({"foo", 27, 0.0}) == std::string("\x06"
                                                      "foo"
                                                      "\x36"
                                                      "\0\0\0\0\0\0\0\0",
                                                      13));
  CHECK(codec.encode({"", -64, 1.0}) == std::string("\0\x7f"
                                                    "\0\0\0\0\0\0\xf0\x3f",
                                                    10));
}

TEST_CASE("the library reads by the schema alone what the codec wrote") {
  Everything value = full();
  value.text = "plain";  // in JSON the library ends texts at a zero byte
  const Json read = Json::parse(as_library_reads(avro_schema<Everything>(), AsAvro<Everything>().encode(value)));
  CHECK(read.at("yes") == true);
  CHECK(read.at("small") == -7);
  CHECK(read.at("large") == std::numeric_limits<std::int64_t>::min());
  CHECK(read.at("rough") == 0.5);
  CHECK(read.at("text") == "plain");
  CHECK(read.at("unit") == "KELVIN");
  CHECK(read.at("place") == Json{{"name", "here"}, {"height", nullptr}});
  CHECK(read.at("other").at("Place") == Json{{"name", "there"}, {"height", {{"double", 12.5}}}});
  CHECK(read.at("places") == Json{{"x", {{{"name", "p"}, {"height", {{"double", 1.0}}}}}}, {"y", Json::array()}});
  CHECK(read.at("flags") == Json{true, false, true});
}

TEST_CASE("bytes that are no value are told") {
  AsAvro<Reading> codec;
  const std::string good = codec.encode({"device", 1, 2.0});
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK_THROWS_AS(codec.decode(good.substr(0, size)), CodecError);
  }
  CHECK_THROWS_WITH(codec.decode(good + "x"), "bytes are left after the value");
  CHECK(codec.decode(good) == Reading{"device", 1, 2.0});  // it works on after that
  CHECK_THROWS_AS(codec.decode("\x01"), CodecError);       // a text of length -1
}

TEST_CASE("a value of an enum without a symbol cannot be written") {
  AsAvro<Everything> codec;
  Everything value;
  value.unit = static_cast<Unit>(7);
  CHECK_THROWS_WITH(codec.encode(value), "a value of the enum com.example.Unit has no symbol");
}

TEST_CASE("schemas are written as Avro's libraries write them") {
  CHECK(avro_schema<Reading>() ==
        R"({"type":"record","name":"Reading","namespace":"com.example","fields":[{"name":"device","type":"string"},)"
        R"({"name":"at","type":"long"},{"name":"celsius","type":"double"}]})");
  // A type in full where it is first, then by its name, in full where its namespace is another.
  const Json all = Json::parse(avro_schema<Everything>());
  const Json& fields = all.at("fields");
  CHECK(fields.at(7).at("type") == Json{{"type", "enum"}, {"name", "Unit"}, {"symbols", {"CELSIUS", "KELVIN"}}});
  CHECK(fields.at(8).at("type").at("namespace") == "com.example.geo");
  CHECK(fields.at(9).at("type") == Json{"null", "com.example.geo.Place"});
  CHECK(fields.at(9).at("default") == nullptr);
  CHECK(fields.at(9).contains("default"));
}

TEST_CASE("the canonical form leaves out what does not matter for decoding") {
  CHECK(
      avro::canonical_form(
          R"({"type":"record","name":"R","namespace":"a.b","doc":"x","fields":[{"name":"f","type":{"type":"int"},)"
          R"("default":1},{"name":"self","type":["null","R"],"default":null},)"
          R"({"name":"e","type":{"type":"enum","name":"c.E","symbols":["X"]}}]})") ==
      R"({"name":"a.b.R","type":"record","fields":[{"name":"f","type":"int"},{"name":"self","type":["null","a.b.R"]},)"
      R"({"name":"e","type":{"name":"c.E","type":"enum","symbols":["X"]}}]})");
  CHECK_THROWS_AS(avro::canonical_form("{"), CodecError);
}

TEST_CASE("JSON and bytes pass as they are") {
  AsJson<std::vector<int>> json;
  CHECK(json.encode({1, 2}) == "[1,2]");
  CHECK(json.decode(" [3] ") == std::vector{3});
  CHECK_THROWS_AS(json.decode("{"), CodecError);
  CHECK_THROWS_AS(json.decode("\"x\""), CodecError);
  AsBytes<std::string> bytes;
  CHECK(bytes.decode(bytes.encode(std::string("\0x", 2))) == std::string("\0x", 2));
  CHECK(DefaultCodec<Bytes>().encode({"x"}) == "x");
}

}  // namespace cloudflow::testing
