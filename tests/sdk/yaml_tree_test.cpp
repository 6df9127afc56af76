// YAML as a tree: what stands where, aliases, and what is refused.
#include <catch2/catch_all.hpp>

#include "sdk/support/yaml_tree.h"

using namespace cloudflow;

namespace {

/// "line:column: message" of a text that is refused.
std::string refusal(std::string_view text) {
  const auto read = read_yaml_tree(text);
  if (read) return "";
  return std::to_string(read.error().at.line) + ":" + std::to_string(read.error().at.column) + ": " +
         read.error().message;
}

}  // namespace

TEST_CASE("a YAML document is a tree with places", "[sdk][yaml]") {
  const auto read = read_yaml_tree("a: &x {b: [1, 'two']}\nc: *x\nd: ~\n---\nnot: wanted\n");
  REQUIRE(read);
  const YamlNode& root = *read;
  REQUIRE(root.is_map());
  REQUIRE(root["a"]["b"].items.size() == 2);
  CHECK(root["a"]["b"].items[0].text == "1");
  CHECK(root["a"]["b"].items[0].plain);
  CHECK_FALSE(root["c"]["b"].items[1].plain);
  CHECK(root["c"]["b"].at.line == 1);
  CHECK(root["c"]["b"].at.column == 11);
  CHECK_FALSE(root["d"].is_there());
  CHECK_FALSE(root["not"].is_there());
  CHECK_FALSE(root["none"]["of"]["these"].is_there());
}

TEST_CASE("an empty YAML text is nothing", "[sdk][yaml]") {
  for (const char* text : {"", "# only\n", "~", "---\n"}) {
    CAPTURE(text);
    const auto read = read_yaml_tree(text);
    CHECK((read && !read->is_there()));
  }
}

TEST_CASE("YAML that stands for too much is refused at once", "[sdk][yaml]") {
  CHECK(refusal("a: *b") == "1:4: no value has the anchor \"b\"");
  CHECK(refusal("a: &a [*a]") == "1:8: no value has the anchor \"a\"");
  CHECK(refusal(std::string(1'000'000, '[')) == "1:101: this is nested too deep");
  std::string bomb = "a: &l0 x\n";
  for (int i = 1; i < 9; ++i) {
    bomb += "b" + std::to_string(i) + ": &l" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ", *l" : "*l") + std::to_string(i - 1);
    bomb += "]\n";
  }
  CHECK(refusal(bomb) == "6:25: this stands for too many values");
  CHECK(refusal("a: \x01") == "1:4: control characters are not allowed");
}
