// The history of an application on a real API server.
#include <catch2/catch_all.hpp>

#include "tests/providers/kubernetes/cluster.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

Json entry(const std::string& id) { return {{"id", id}, {"command", "apply"}, {"subject", std::string(200, 's')}}; }

}  // namespace

TEST_CASE("a history keeps its last fifty entries, each once", "[servers][history]") {
  Cluster cluster("history");
  const OpenedCluster opened = cluster.open();
  ApplicationHistory history = opened.cluster->history();
  CHECK(history.read({})->empty());
  for (int i = 1; i <= 53; ++i) REQUIRE(history.add({entry("run " + std::to_string(i))}, {}));
  REQUIRE(history.add({entry("run 53"), entry("run 54")}, {}));  // an answer was lost
  const auto entries = history.read({});
  REQUIRE(entries);
  CHECK(entries->size() == longest_history);
  CHECK(entries->front().at("revision") == 5);
  CHECK(entries->back().at("revision") == 54);
  CHECK(entries->back().at("id") == "run 54");

  REQUIRE(history.remove({}));
  REQUIRE(history.remove({}));
  CHECK(history.read({})->empty());
}

TEST_CASE("a history that somebody edited is said, and begins anew", "[servers][history]") {
  Cluster cluster("history");
  const OpenedCluster opened = cluster.open();
  ApplicationHistory history = opened.cluster->history();
  REQUIRE(history.add({entry("a")}, {}));
  const std::string name = std::string("cloudflow-shop-history");
  for (const std::string text : {"oops", "{}", R"([{"id": "a"}])", R"([{"revision": "1", "id": "a"}])", "[7]"}) {
    CAPTURE(text);
    cluster.edit("ConfigMap", name, {{"data", {{"history.json", text}}}});
    const auto read = history.read({});
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, ContainsSubstring("somebody has edited the history (configmap/" + name + ")"));
    const auto added = history.add({entry("b")}, {});
    REQUIRE_FALSE(added);
    CHECK_THAT(added.error().message, ContainsSubstring("and begins anew"));
    CHECK(history.read({})->size() == 1);
  }
}
