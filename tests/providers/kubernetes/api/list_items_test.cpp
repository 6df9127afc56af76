#include "providers/kubernetes/api/list_items.h"

#include <catch2/catch_all.hpp>
#include <string>
#include <vector>

#include "cloudflow/json.h"

using namespace cloudflow;

namespace {

Result<std::vector<std::string>> items(std::string_view page) {
  std::vector<std::string> out;
  const Result<void> cut = for_each_item(page, [&](std::string_view item) -> Result<void> {
    out.emplace_back(item);
    return {};
  });
  if (!cut) return std::unexpected(cut.error());
  return out;
}

}  // namespace

TEST_CASE("a list is cut into its items as they stand", "[kubernetes][list]") {
  using Texts = std::vector<std::string>;
  CHECK(*items(R"({"items":[]})") == Texts{});
  CHECK(*items(R"({"items":null})") == Texts{});
  CHECK(
      *items(
          R"({"kind":"PodList","metadata":{"continue":"a\"]"},"items":[{"a":1},{"b":"}\\"},{"c":[{"d":"\\\""}]}]})") ==
      Texts{R"({"a":1})", R"({"b":"}\\"})", R"({"c":[{"d":"\\\""}]})"});
  CHECK(*items(" { \"x\" : 1.5e3 , \"items\" : [ 1 , \"two\" , [3] , null ] , \"z\" : true } ") ==
        Texts{"1", "\"two\"", "[3]", "null"});
}

TEST_CASE("what is no list is said, wherever it breaks off", "[kubernetes][list]") {
  const std::string whole = R"({"kind":"PodList","metadata":{"continue":"a\"]"},"items":[{"a":[1,"x\\"]},{"b":"}"}]})";
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    CAPTURE(length);
    const Result<std::vector<std::string>> cut = items(std::string_view(whole).substr(0, length));
    REQUIRE_FALSE(cut);
    CHECK(cut.error().message == "the answer is not a List in JSON");
  }
  for (const std::string_view text : {"[]", "{}", "null", "\"items\"", R"({"kind":"Pod"})", R"({"items":{}})",
                                      R"({"items":[1 2]})", R"({"items" [])", R"({"items":[,]})"}) {
    CAPTURE(text);
    CHECK_FALSE(items(text));
  }
}

TEST_CASE("a deep item needs no stack", "[kubernetes][list]") {
  const std::string deep(200000, '[');
  const std::string item = deep + std::string(deep.size(), ']');
  CHECK(items("{\"items\":[" + item + "]}")->at(0) == item);
}

TEST_CASE("an error of the callback ends the cutting", "[kubernetes][list]") {
  int calls = 0;
  const Result<void> cut = for_each_item(R"({"items":[1,2,3]})", [&](std::string_view) -> Result<void> {
    if (++calls == 2) return failure(ErrorKind::invalid_input, "no");
    return {};
  });
  CHECK(calls == 2);
  CHECK(cut.error().message == "no");
}
