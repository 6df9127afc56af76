// Values from JSON: what is taken, and what is said of the rest.
#include "cloudflow/streamlet/json_type.h"

#include <catch2/catch_all.hpp>
#include <limits>
#include <string>

#include "tests/streamlet/readings.h"

namespace cloudflow::testing {

/// Holds itself.
struct JsonTree {
  std::vector<JsonTree> below{};

  bool operator==(const JsonTree&) const = default;
};

}  // namespace cloudflow::testing

template <>
struct cloudflow::streamlet::Schema<cloudflow::testing::JsonTree> : Record<cloudflow::testing::JsonTree> {
  static constexpr auto name = "JsonTree";
  static constexpr auto fields = std::tuple{field("below", &cloudflow::testing::JsonTree::below)};
};

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;

const Json whole = Json::parse(R"({"yes": true, "small": -2147483648, "large": 9223372036854775807, "rough": 0.5,
  "fine": 3, "text": "ä€", "bytes": "aÿ\u0000", "unit": "KELVIN", "place": {"name": "here", "height": 1.5},
  "other": null, "words": ["a", "b"], "places": {"x": [{"name": "there"}]}, "flags": [true, false]})");

template <class T>
T read(const Json& json) {
  T out{};
  read_json(JsonPlace(), json, out);
  return out;
}

/// What is said of the whole with another value at a place; "" where it is taken.
std::string said(const std::string& place, const Json& value) {
  Json changed = whole;
  changed[Json::json_pointer(place)] = value;
  try {
    read<Everything>(changed);
    return "";
  } catch (const CodecError& problem) {
    return problem.what();
  }
}

}  // namespace

TEST_CASE("JSON becomes a value of every type", "[streamlet][json]") {
  const Everything expected{.yes = true,
                            .small = std::numeric_limits<std::int32_t>::min(),
                            .large = std::numeric_limits<std::int64_t>::max(),
                            .rough = 0.5F,
                            .fine = 3,
                            .text = "ä€",
                            .bytes = {std::string("a\xFF\0", 3)},
                            .unit = Unit::kelvin,
                            .place = {"here", 1.5},
                            .other = {},
                            .words = {"a", "b"},
                            .places = {{"x", {{"there", {}}}}},
                            .flags = {true, false}};
  CHECK(read<Everything>(whole) == expected);
}

TEST_CASE("JSON that is no value says where and why", "[streamlet][json]") {
  CHECK(said("/yes", 1) == "yes: wanted true or false, found a number");
  CHECK(said("/small", 2'147'483'648) == "small: the number does not fit into 32 bits");
  CHECK(said("/small", -2'147'483'649) == "small: the number does not fit into 32 bits");
  CHECK(said("/large", std::numeric_limits<std::uint64_t>::max()) == "large: the number does not fit into 64 bits");
  CHECK(said("/large", 1.0) == "large: wanted a whole number, found a number with a fraction");
  CHECK(said("/rough", 1e39) == "rough: the number does not fit into 32 bits");
  CHECK(said("/fine", "3") == "fine: wanted a number, found text");
  CHECK(said("/fine", 1e300).empty());
  CHECK(said("/text", nullptr) == "text: wanted text, found null");
  CHECK(said("/bytes", "€") == "bytes: a character is no byte: it is above U+00FF");
  CHECK(said("/unit", "RANKINE") == "unit: wanted one of CELSIUS, KELVIN");
  CHECK(said("/place/height", true) == "place.height: wanted a number, found a boolean");
  CHECK(said("/place/hieght", 1) == "place.hieght: there is no such field");
  CHECK(said("/words", Json::object()) == "words: wanted a list, found an object");
  CHECK(said("/words/1", 5) == "words[1]: wanted text, found a number");
  CHECK(said("/places/x/0/name", 5) == "places.x[0].name: wanted text, found a number");
  Json less = whole;
  less.erase("text");
  CHECK_THROWS_WITH(read<Everything>(less), "text: it is missing");
  CHECK_THROWS_WITH(read<Everything>(Json(5)), "wanted an object, found a number");
}

TEST_CASE("a value that holds itself without end is refused, not followed", "[streamlet][json]") {
  std::string text = R"({"below":[]})";
  for (int i = 0; i < 20; ++i) text = R"({"below":[)" + text + "]}";
  CHECK(read<JsonTree>(Json::parse(text)).below.size() == 1);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"below":[)";
  deep += text;
  for (int i = 0; i < 100'000; ++i) deep += "]}";
  CHECK_THROWS_WITH(read<JsonTree>(Json::parse(deep)),
                    Catch::Matchers::EndsWith(": values are too deep inside of each other"));
}

}  // namespace cloudflow::testing
