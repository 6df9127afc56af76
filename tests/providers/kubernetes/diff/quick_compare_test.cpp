// The quick look never overlooks what the thorough comparison finds.
#include "providers/kubernetes/diff/quick_compare.h"

#include <catch2/catch_all.hpp>
#include <random>

#include "providers/kubernetes/diff/compare.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"

using namespace cloudflow;
using namespace cloudflow::testing;

TEST_CASE("a flat document finds what Json finds", "[kubernetes][quick]") {
  const std::string text = R"( {"a" : [1, "x\"y", {"b": null}], "c\u0041": {"d": "e"}, "f": {}} )";
  const auto flat = FlatJson::parse(text);
  REQUIRE(flat.has_value());
  CHECK(flat->text_at({"cA", "d"}) == "e");
  REQUIRE(flat->at({"a"}) != nullptr);
  CHECK(flat->at({"a"})->size == 3);
  CHECK(unescaped(flat->next(*flat->first(*flat->at({"a"})))->text) == "x\"y");
  CHECK(flat->at({"f"})->size == 0);
  CHECK(flat->at({"none"}) == nullptr);
  CHECK(flat->text_at({"a"}).empty());
  for (const char* bad : {"", "{", "[1", "{\"a\"}", "{\"a\":}", "[1 2]", "{} x", "\"a", "{\"a\":1,,}"}) {
    CAPTURE(bad);
    CHECK_FALSE(FlatJson::parse(bad).has_value());
  }
  CHECK_FALSE(FlatJson::parse(std::string(300, '[') + std::string(300, ']')).has_value());
}

namespace {

/// All places of a document where a value can be changed.
void places(const Json& value, const Json::json_pointer& at, std::vector<Json::json_pointer>& out) {
  if (!at.empty()) out.push_back(at);
  if (value.is_object()) {
    for (const auto& [key, below] : value.items()) places(below, at / key, out);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) places(value[i], at / i, out);
  }
}

/// One small damage to a document.
void mutate(Json& document, std::mt19937& random) {
  std::vector<Json::json_pointer> all;
  places(document, Json::json_pointer(), all);
  const Json::json_pointer at = all[random() % all.size()];
  Json& parent = document[at.parent_pointer()];
  switch (random() % 4) {
    case 0:
      if (parent.is_object()) parent.erase(at.back());
      break;
    case 1:
      document[at] = "other";
      break;
    case 2:
      if (parent.is_object()) parent["extra"] = random() % 2 == 0 ? Json(1) : Json{{"x", "y"}};
      break;
    default:
      if (document[at].is_array()) document[at].push_back(document[at].empty() ? Json("more") : document[at][0]);
      if (document[at].is_number()) document[at] = document[at].get<double>() + 1;
  }
}

}  // namespace

TEST_CASE("whatever is changed, the quick look is sure only where nothing differs", "[kubernetes][quick][servers]") {
  Cluster cluster("quick");
  const ApplySet set{.application = "shop", .ns = cluster.ns, .version = "1.0.0"};
  const auto provider = cluster.open();
  Resource hidden = secret(cluster.ns, "b", R"({"rate": 5, "password": "x"})");
  hidden.secrets = {"/stringData/secret.conf#/password"};
  const std::vector<Resource> all = {
      deployment(cluster.ns, "a", 0), hidden, config_map(cluster.ns, "c", "{\"a\": \"b\\n\"}"),
      manifest(cluster.ns,
               R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "d", "labels": {"x/y.z": "1"}},
        "spec": {"selector": {"app": "a"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}})")};
  for (const Resource& desired : all) {
    CAPTURE(desired.id.text());
    const auto made = provider->apply({.id = desired.id, .action = Action::create, .desired = desired}, {});
    REQUIRE(made.has_value());
    const Json live = cluster.get(desired.id.kind, desired.id.name);
    const std::string text = dump(live);
    CHECK(surely_equal(desired, *FlatJson::parse(text), set));
    std::mt19937 random(7);
    int sure = 0;
    for (int i = 0; i < 1000; ++i) {
      Resource other = desired;
      Json changed = live;
      mutate(random() % 2 == 0 ? other.spec : changed, random);
      const std::string document = dump(changed);
      const auto flat = FlatJson::parse(document);
      REQUIRE(flat.has_value());
      if (!surely_equal(other, *flat, set)) continue;
      ++sure;
      // The thorough way only: a different order of keys is nothing to the quick look, so it must agree.
      const Live thorough{.id = other.id, .document = document};
      const auto change = compare_thoroughly(&other, &thorough, set);
      REQUIRE(change.has_value());
      CAPTURE(i, other.spec.dump(), document);
      CHECK(change->action == Action::none);
    }
    CHECK(sure > 0);
    CHECK(sure < 900);
  }
}
