// The digests of workloads are under a key that only readers of Secrets have.
#include "providers/kubernetes/ownership/digest_key.h"

#include <catch2/catch_all.hpp>

#include "sdk/support/digest.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"
#include "tests/providers/kubernetes/planning.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

const std::string first(32, 'a');
const std::string second(32, 'b');
const std::string place = "/spec/template/metadata/annotations/cloudflow~1config-digest";

Resource with_digest(const std::string& ns, const std::string& digest) {
  Resource out = deployment(ns, "a", 0);
  out.spec[Json::json_pointer(place)] = digest;
  return out;
}

std::string under(const std::string& key, const std::string& digest) {
  return hex(hmac_sha256(key, digest)).substr(0, 32);
}

std::string live_digest(Cluster& cluster) {
  return cluster.get("Deployment.apps", "a").at(Json::json_pointer(place)).get<std::string>();
}

std::string digest_of(const std::optional<Resource>& resource) {
  REQUIRE(resource.has_value());
  return resource->spec.at(Json::json_pointer(place)).get<std::string>();
}

}  // namespace

TEST_CASE("a digest is written under the key unless what is live means the same", "[kubernetes][digest]") {
  const DigestKey key{.bytes = std::string(32, 'k'), .stored = true};
  const Resource desired = with_digest("shop", first);
  const std::string own = under(key.bytes, first);
  const auto live = [&](const std::string& digest) {
    return Live{.id = desired.id, .document = dump(with_digest("shop", digest).spec)};
  };
  CHECK(digest_of(with_keyed_digests(desired, nullptr, key)) == own);
  for (const auto& [there, expected] :
       std::map<std::string, std::string>{{own, own}, {first, first}, {second, own}, {under("x", first), own}}) {
    const Live one = live(there);
    const auto keyed = with_keyed_digests(desired, &one, key);
    CHECK(digest_of(keyed) == expected);
    CHECK(keyed->secrets == std::vector<std::string>{place});
  }
  // Nothing is known of a key.
  CHECK_FALSE(with_keyed_digests(desired, nullptr, {}).has_value());
  const Live other = live(second);
  CHECK(digest_of(with_keyed_digests(desired, &other, {.hidden = true})) == second);
  CHECK(digest_of(with_keyed_digests(desired, nullptr, {.hidden = true})) == first);
  // In what has no digest nothing changes.
  CHECK_FALSE(with_keyed_digests(deployment("shop", "a"), nullptr, key).has_value());
  CHECK_FALSE(with_keyed_digests(config_map("shop", "c", first), nullptr, key).has_value());
}

TEST_CASE("a digest stands wherever a kind has its pods, and beside the template of what was adopted",
          "[kubernetes][digest]") {
  const DigestKey key{.bytes = std::string(32, 'k'), .stored = true};
  const Resource job = manifest("shop", R"({"apiVersion": "example.com/v1", "kind": "Job", "metadata": {"name": "j",
      "labels": {"cloudflow/adopted-config-digest": "x"}}, "spec": {"parts": [{"driver": {"annotations":
      {"cloudflow/config-digest": "x"}}}, {"executor": {"annotations": {"cloudflow/config-digest": "x"}}}]}})");
  const auto keyed = with_keyed_digests(job, nullptr, key);
  REQUIRE(keyed.has_value());
  CHECK(dump(keyed->spec).find("\"x\"") == std::string::npos);
  CHECK(keyed->secrets.size() == 3);
}

TEST_CASE("workloads carry no digest that can be tested without the key", "[kubernetes][digest][servers]") {
  Cluster cluster("digest");
  const auto provider = cluster.open();
  const Resource hidden = secret(cluster.ns, "s", "{}");
  const auto all = [&](const std::string& digest) { return std::vector{hidden, with_digest(cluster.ns, digest)}; };
  std::vector<Change> changes = plan(*provider, all(first));
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  apply_all(*provider, changes);
  const auto key = key_in(cluster.get("Secret", "cloudflow-shop-digest-key"));
  REQUIRE(key.has_value());
  CHECK(live_digest(cluster) == under(*key, first));

  SECTION("another run finds the key, and its Secret is nobody's leftover") {
    const auto again = cluster.open();
    const std::vector<Change> none = plan(*again, all(first), inventory_of(all(first)));
    REQUIRE(none.size() == 2);
    CHECK(none[0].action == Action::none);
    CHECK(none[1].action == Action::none);
  }
  SECTION("another configuration restarts, and neither digest is shown") {
    const auto again = cluster.open();
    std::vector<Change> changed = plan(*again, all(second));
    CHECK(verified(*again, changed) == std::vector<std::string>{});
    REQUIRE(changed[1].fields.size() == 1);
    CHECK(changed[1].fields[0].pointer == place);
    CHECK(changed[1].fields[0].secret);
    apply_all(*again, changed);
    CHECK(live_digest(cluster) == under(*key, second));
  }
  SECTION("what an older version wrote stays until the configuration changes") {
    cluster.edit(
        "Deployment.apps", "a",
        Json::object(
            {{"spec", {{"template", {{"metadata", {{"annotations", {{"cloudflow/config-digest", first}}}}}}}}}}),
        "cloudflow");
    CHECK(plan(*provider, all(first))[1].action == Action::none);
    std::vector<Change> changed = plan(*provider, all(second));
    CHECK(verified(*provider, changed) == std::vector<std::string>{});
    apply_all(*provider, changed);
    CHECK(live_digest(cluster) == under(*key, second));
  }
  SECTION("a key that was deleted is made anew, which restarts") {
    REQUIRE(cluster.admin.remove(cluster.path("Secret", "cloudflow-shop-digest-key"), {}, {}));
    const auto again = cluster.open();
    std::vector<Change> changed = plan(*again, all(first));
    CHECK(verified(*again, changed) == std::vector<std::string>{});
    CHECK(changed[1].action == Action::update);
    apply_all(*again, changed);
    CHECK(key_in(cluster.get("Secret", "cloudflow-shop-digest-key")) != key);
  }
  SECTION("a key that lost our label is used all the same, and goes with the record") {
    cluster.edit("Secret", "cloudflow-shop-digest-key",
                 {{"metadata", {{"labels", {{std::string(part_of_label), nullptr}}}}}}, "somebody");
    const auto again = cluster.open();
    CHECK(plan(*again, all(first), inventory_of(all(first)))[1].action == Action::none);
    std::vector<Change> changed = plan(*again, all(second), inventory_of(all(first)));
    CHECK(verified(*again, changed) == std::vector<std::string>{});
    apply_all(*again, changed);
    CHECK(live_digest(cluster) == under(*key, second));
    apply_all(*again, plan(*again, {}, inventory_of(all(first))));
    REQUIRE(again.record().remove({}));
    CHECK_FALSE(cluster.admin.get(cluster.path("Secret", "cloudflow-shop-digest-key"), {}));
  }
  SECTION("a key that was made anew meanwhile is not removed") {
    const ApiPath path = cluster.path("Secret", "cloudflow-shop-digest-key");
    const std::vector<Change> removed = plan(*provider, {}, inventory_of(all(first)));
    apply_all(*provider, removed);
    REQUIRE(cluster.admin.remove(path, {}, {}));
    const ApplySet set{.application = "shop", .ns = cluster.ns};
    REQUIRE(cluster.admin.create(well_known_resource("Secret")->collection(cluster.ns),
                                 digest_key_secret(set, random_key()), {}, {}));
    const auto refused = provider.record().remove({});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "secret/cloudflow-shop-digest-key was made anew meanwhile");
    CHECK(cluster.admin.get(path, {}));
  }
  SECTION("what holds no key is said with what to do") {
    const ApiPath path = cluster.path("Secret", "cloudflow-shop-digest-key");
    REQUIRE(cluster.admin.remove(path, {}, {}));
    REQUIRE(cluster.admin.create(well_known_resource("Secret")->collection(cluster.ns),
                                 {{"metadata", {{"name", "cloudflow-shop-digest-key"}}}, {"data", {{"key", "eA=="}}}},
                                 {}, {}));
    const auto again = cluster.open();
    const auto live = again->read(outlines(all(first)), inventory_of(all(first)), {});
    REQUIRE_FALSE(live);
    CHECK(live.error().message == "secret/cloudflow-shop-digest-key holds no key");
    CHECK(live.error().hint == "delete it: the next apply makes another one, and restarts what carries a digest");
  }
  SECTION("the key goes with the record") {
    const std::vector<Change> removed = plan(*provider, {}, inventory_of(all(first)));
    CHECK(removed.size() == 2);
    apply_all(*provider, removed);
    REQUIRE(provider.record().remove({}));
    const auto gone = cluster.admin.get(cluster.path("Secret", "cloudflow-shop-digest-key"), {});
    REQUIRE_FALSE(gone);
    CHECK(gone.error().kind == ErrorKind::not_found);
  }
}

TEST_CASE("two runs that make a key at once both write under the one that is kept", "[kubernetes][digest][servers]") {
  Cluster cluster("twokeys");
  const auto one = cluster.open();
  const auto other = cluster.open();
  const std::vector<Resource> desired = {with_digest(cluster.ns, first)};
  const std::vector<Change> first_plan = plan(*one, desired);
  const std::vector<Change> second_plan = plan(*other, desired);
  apply_all(*one, first_plan);
  const auto key = key_in(cluster.get("Secret", "cloudflow-shop-digest-key"));
  REQUIRE(key);
  REQUIRE(other->apply(second_plan[0], {}));
  CHECK(key_in(cluster.get("Secret", "cloudflow-shop-digest-key")) == key);
  CHECK(live_digest(cluster) == under(*key, first));
}

TEST_CASE("where another run has made the key meanwhile, digests are written under that one", "[kubernetes][digest]") {
  const std::string plain(32, 'a');
  Resource desired{.id = {"kubernetes", "Deployment.apps", "prod", "web"}};
  desired.spec = {{"apiVersion", "apps/v1"},
                  {"kind", "Deployment"},
                  {"spec", {{"template", {{"metadata", {{"annotations", {{"cloudflow/config-digest", plain}}}}}}}}}};
  const DigestKey own{.bytes = random_key()};
  const DigestKey theirs{.bytes = random_key(), .stored = true};
  const std::optional<Resource> keyed = with_keyed_digests(desired, nullptr, own);
  REQUIRE(keyed);
  CHECK(keyed->spec != desired.spec);
  const Resource again = with_digests_under(*keyed, plain_digests(desired, *keyed), theirs);
  CHECK(again.spec == with_keyed_digests(desired, nullptr, theirs)->spec);
  CHECK(with_digests_under(*keyed, {}, theirs).spec == keyed->spec);
}
