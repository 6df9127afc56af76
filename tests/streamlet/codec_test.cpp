// Values to bytes and back, and what Avro's own library says of the same bytes.
#include "cloudflow/streamlet/codec.h"

#include <avro.h>

#include <catch2/catch_all.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "tests/streamlet/readings.h"

namespace cloudflow::testing {
namespace {

/// Records inside records.
struct Nested {
  std::vector<Nested> inner{};
};

/// A type in three versions.
struct FirstSensor {
  std::string name{};
};
struct SecondSensor {
  std::string name{};
  std::int32_t floor = 0;
};
struct Sensor {
  std::string name{};
  std::int32_t floor = 0;
  std::optional<std::string> room{};

  bool operator==(const Sensor&) const = default;
};

}  // namespace
}  // namespace cloudflow::testing

namespace cloudflow::streamlet {

template <>
struct Schema<testing::FirstSensor> : Record<testing::FirstSensor> {
  static constexpr auto name = "Sensor";
  static constexpr auto fields = std::tuple{field("name", &testing::FirstSensor::name)};
};
template <>
struct Schema<testing::SecondSensor> : Record<testing::SecondSensor> {
  static constexpr auto name = "Sensor";
  static constexpr auto fields =
      std::tuple{field("name", &testing::SecondSensor::name), field("floor", &testing::SecondSensor::floor)};
};
template <>
struct Schema<testing::Sensor> : Record<testing::Sensor> {
  using T = testing::Sensor;
  static constexpr auto name = "Sensor";
  static constexpr auto fields =
      std::tuple{field("name", &T::name), field("floor", &T::floor), field("room", &T::room)};
  static constexpr auto earlier = std::tuple{
      written_as<testing::SecondSensor>([](const testing::SecondSensor& old) { return T{old.name, old.floor, {}}; }),
      written_as<testing::FirstSensor>([](const testing::FirstSensor& old) { return T{old.name, -1, {}}; })};
};

}  // namespace cloudflow::streamlet

template <>
struct cloudflow::streamlet::Schema<cloudflow::testing::Nested> : Record<cloudflow::testing::Nested> {
  static constexpr auto name = "Nested";
  static constexpr auto fields = std::tuple{field("inner", &cloudflow::testing::Nested::inner)};
};

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
  CHECK_THROWS_WITH(codec.decode(good + "x"), "1 bytes are left after the value");
  CHECK_THROWS_WITH(codec.decode("\x01"), "a text has the length -1");
  CHECK_THROWS_WITH(codec.decode("\x04"
                                 "a"),
                    "1 bytes are missing at the end");
  CHECK_THROWS_WITH(codec.decode(std::string("\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11)),
                    "a number has more than 64 bits");
  CHECK_THROWS_WITH(AsAvro<std::int32_t>().decode("\xff\xff\xff\xff\x1f"), "-4294967296 is no number of 32 bits");
  CHECK_THROWS_WITH(AsAvro<bool>().decode("\x02"), "a boolean is neither 0 nor 1");
  CHECK_THROWS_WITH(AsAvro<std::optional<bool>>().decode("\x04\x01"),
                    "a union or an enum has no number 2, only 2 of them");
  CHECK_THROWS_WITH(AsAvro<Unit>().decode("\x01"), "a union or an enum has no number -1, only 2 of them");
  CHECK_THROWS_WITH(AsAvro<std::vector<bool>>().decode(std::string("\x0a\1\0", 3)),
                    "an array or a map has 5 items in 2 bytes");
}

TEST_CASE("arrays may come in blocks, and with their sizes") {
  // Two items; then one with its size in bytes.
  CHECK(AsAvro<std::vector<std::int32_t>>().decode(std::string("\x04\x02\x04\x01\x02\x06\x00", 7)) ==
        std::vector{1, 2, 3});
}

TEST_CASE("records inside records end somewhere") {
  AsAvro<Nested> codec;
  Nested deep;
  for (int i = 1; i < 500; ++i) deep = Nested{{deep}};
  CHECK(codec.encode(codec.decode(codec.encode(deep))) == codec.encode(deep));
  CHECK_THROWS_WITH(codec.decode(codec.encode(Nested{{deep}})), "records are nested more than 500 deep");
}

TEST_CASE("no bytes do harm") {
  std::mt19937 random(Catch::rngSeed());
  AsAvro<Everything> codec;
  const std::string good = codec.encode(full());
  int read = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = good;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    try {
      const Everything value = codec.decode(bytes);
      REQUIRE(codec.encode(codec.decode(codec.encode(value))) == codec.encode(value));
      ++read;
    } catch (const CodecError&) {
      continue;
    }
  }
  CHECK(read > 0);
  CHECK(read < 20000);
}

TEST_CASE("the library reads random values as they were written") {
  std::mt19937 random(Catch::rngSeed());
  const std::string schema = avro_schema<Reading>();
  for (int i = 0; i < 300; ++i) {
    const auto bits = static_cast<std::int64_t>((static_cast<std::uint64_t>(random()) << 32U) | random());
    const Reading value{std::string(random() % 200, 'x'), bits >> (random() % 64), std::ldexp(random(), -10)};
    const Json read = Json::parse(as_library_reads(schema, AsAvro<Reading>().encode(value)));
    CHECK(read == Json{{"device", value.device}, {"at", value.at}, {"celsius", value.celsius}});
  }
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

TEST_CASE("what earlier versions of a type wrote is read as today's") {
  AsAvro<Sensor> codec;
  const Sensor now{"a", 2, "lab"};
  CHECK(codec.decode(codec.encode(now)) == now);
  CHECK(codec.decode(AsAvro<SecondSensor>().encode({"a", 2})) == Sensor{"a", 2, std::nullopt});
  CHECK(codec.decode(AsAvro<FirstSensor>().encode({"a"})) == Sensor{"a", -1, std::nullopt});
  CHECK_THROWS_AS(codec.decode("\x02"), CodecError);
  CHECK_THROWS_AS(codec.decode(codec.encode(now) + "x"), CodecError);
  // What is written, and what the descriptor says, is today's alone.
  CHECK(codec.contract().schema.find("room") != std::string::npos);
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
