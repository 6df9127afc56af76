// Rates and lags of what flows.
#include "cli/sandbox/flow.h"

#include <catch2/catch_all.hpp>

#include "cli/sandbox/flow_page.h"

using namespace cloudflow;
using namespace std::chrono_literals;

TEST_CASE("counts of two looks make rates", "[sandbox]") {
  const std::map<std::string, RunningTopic> topics{{"words", {.name = "shop-words", .readers = {{"sink.in", "g"}}}},
                                                   {"gone", {.name = "gone"}}};
  CHECK(groups_of(topics) ==
        std::map<std::string, std::set<std::string>>{{"shop-words", {"g"}}, {"gone", std::set<std::string>()}});
  Flow flow;
  const std::chrono::steady_clock::time_point start{};
  auto first = flow.next(topics, {{"shop-words", {.partitions = 3, .written = 10, .lag = {{"g", 4}}}}}, start);
  REQUIRE(first.size() == 2);
  CHECK_FALSE(first[0].is_there);
  CHECK(first[1].is_there);
  CHECK(first[1].written == 10);
  CHECK(first[1].readers.at(0).lag == 4);
  CHECK_FALSE(first[1].rate);
  auto second = flow.next(topics, {{"shop-words", {.partitions = 3, .written = 30, .lag = {{"g", 10}}}}}, start + 2s);
  CHECK(second[1].rate == 10.0);
  CHECK(second[1].readers.at(0).rate == 7.0);  // 6 → 20
  // Made anew, with fewer records than before.
  auto third = flow.next(topics, {{"shop-words", {.partitions = 1, .written = 5, .lag = {{"g", 5}}}}}, start + 3s);
  CHECK(third[1].rate == 0.0);
  CHECK(third[1].readers.at(0).rate == 0.0);
  CHECK(flow_json(second)[1]["perSecond"] == 10.0);
  CHECK(flow_json(first)[1]["readers"][0]["perSecond"].is_null());
}

TEST_CASE("rates are written for people", "[sandbox]") {
  CHECK(rate_text(std::nullopt).empty());
  CHECK(rate_text(9.96) == "10.0/s");
  CHECK(rate_text(1234.4) == "1,234/s");
}

TEST_CASE("names in the page are escaped, and nothing is loaded from elsewhere", "[sandbox]") {
  Application application{.id = "a", .version = "</svg><script>"};
  application.streamlets.push_back({.name = "x\"><script>"});
  const std::string html = flow_page_html(application);
  CHECK(html.find("</svg><script>") == std::string::npos);
  CHECK(html.find("x\"><script>") == std::string::npos);
  std::string without_namespaces = html;
  for (std::size_t at = 0; (at = without_namespaces.find("http://www.w3.org/2000/svg")) != std::string::npos;)
    without_namespaces.erase(at, 26);
  CHECK(without_namespaces.find("http") == std::string::npos);
}
