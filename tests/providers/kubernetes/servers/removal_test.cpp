// What is removed is what the plan was about: changes since then on a real API server.
#include <catch2/catch_all.hpp>

#include <functional>

#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"
#include "tests/providers/kubernetes/planning.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

const std::string mark = "applyset.kubernetes.io/part-of";

Resource service(const std::string& ns) {
  return manifest(ns, R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
    "spec": {"selector": {"app": "s"}, "ports": [{"port": 80}]}})");
}

Resource claim(const std::string& ns) {
  return manifest(ns, R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})");
}

Resource store(const std::string& ns) {
  return manifest(ns, R"({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "store"},
    "spec": {"serviceName": "store", "replicas": 1, "selector": {"matchLabels": {"app": "store"}},
      "template": {"metadata": {"labels": {"app": "store"}}, "spec": {"terminationGracePeriodSeconds": 0,
        "containers": [{"name": "m", "image": "registry.example.com/s:1"}]}},
      "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}}}}]}})");
}

struct Bench {
  explicit Bench(std::string_view hint) : cluster(hint), provider(cluster.open()) {}

  void make(const Resource& resource) { apply_all(*provider, plan(*provider, {resource})); }

  /// The verified removal of what this makes.
  Change removal(const Resource& resource) { return verified_plan({}, resource); }
  Change verified_plan(const std::vector<Resource>& desired, const Resource& made) {
    std::vector<Change> changes = plan(*provider, desired, inventory_of({made}));
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(changes.size() == 1);
    return changes[0];
  }

  /// What the removal is refused with; empty when it is made.
  std::string refusal(const Change& change) {
    const auto done = provider->apply(change, {});
    if (done) return "";
    CHECK(done.error().kind == ErrorKind::conflict);
    CHECK(done.error().hint == "plan again");
    return done.error().message;
  }

  bool exists(const Resource& resource) {
    const auto live = cluster.admin.get(cluster.path(resource.id.kind, resource.id.name), {});
    return live && !live->at("metadata").contains("deletionTimestamp");
  }

  std::string bound_volume(const std::string& name) {
    REQUIRE(eventually([&] {
      const auto live = cluster.admin.get(cluster.path("PersistentVolumeClaim", name), {});
      return live && string_at(*live, {"status", "phase"}) == "Bound";
    }));
    return cluster.get("PersistentVolumeClaim", name).at("spec").at("volumeName");
  }

  void set_reclaim(const std::string& volume, const std::string& policy) {
    const ApiPath path = Cluster::resource("PersistentVolume").object("", volume);
    REQUIRE(cluster.admin.merge_patch(path, {{"spec", {{"persistentVolumeReclaimPolicy", policy}}}}, {}, {}));
  }

  Cluster cluster;
  OpenedCluster provider;
};

}  // namespace

TEST_CASE("what became somebody else's after the plan is not removed", "[kubernetes][servers][removal]") {
  Bench bench("whose");
  const int kind = GENERATE(0, 1, 2);
  const Resource desired = kind == 0   ? service(bench.cluster.ns)
                           : kind == 1 ? config_map(bench.cluster.ns, "s")
                                       : deployment(bench.cluster.ns, "s");
  CAPTURE(desired.id.kind);
  bench.make(desired);
  const Change change = bench.removal(desired);
  SECTION("another application marked it") {
    bench.cluster.edit(
        desired.id.kind, "s",
        {{"metadata", {{"labels", {{mark, "applyset-another-v1"}, {"app.kubernetes.io/part-of", "bank"}}}}}});
    CHECK(bench.refusal(change) ==
          change.id.text() + ": stays: since the plan was made it belongs to application \"bank\"");
    CHECK(bench.exists(desired));
  }
  SECTION("somebody took our mark away") {
    bench.cluster.edit(desired.id.kind, "s", {{"metadata", {{"labels", {{mark, nullptr}}}}}});
    CHECK(bench.refusal(change) ==
          change.id.text() + ": stays: since the plan was made it has lost the mark of this application");
    CHECK(bench.exists(desired));
  }
  SECTION("somebody made another one by its name") {
    REQUIRE(bench.cluster.admin.remove(bench.cluster.path(desired.id.kind, "s"), {.propagation = "Background"}, {}));
    REQUIRE(eventually([&] { return !bench.cluster.admin.get(bench.cluster.path(desired.id.kind, "s"), {}); }));
    bench.make(desired);
    CHECK(bench.refusal(change) == change.id.text() + ": was replaced by another object since the plan was made");
    CHECK(bench.exists(desired));
  }
}

TEST_CASE("what changed after the plan without a loss is removed all the same", "[kubernetes][servers][removal]") {
  Bench bench("harmless");
  const Resource desired = GENERATE(true, false) ? service(bench.cluster.ns) : deployment(bench.cluster.ns, "s");
  CAPTURE(desired.id.kind);
  bench.make(desired);
  const Change change = bench.removal(desired);
  SECTION("its status") {
    ApiPath status = bench.cluster.path(desired.id.kind, "s");
    status.path += "/status";
    const Json condition = {{"type", "Seen"},
                            {"status", "True"},
                            {"lastTransitionTime", "2026-11-21T08:00:00Z"},
                            {"reason", "Test"},
                            {"message", ""}};
    const Json patch = {{"status", {{"conditions", Json::array({condition})}}}};
    REQUIRE(bench.cluster.admin.merge_patch(status, patch, {.manager = "controller"}, {}));
  }
  SECTION("an annotation of somebody's") {
    bench.cluster.edit(desired.id.kind, "s", {{"metadata", {{"annotations", {{"note", "x"}}}}}});
  }
  SECTION("it is gone") {
    REQUIRE(bench.cluster.admin.remove(bench.cluster.path(desired.id.kind, "s"), {.propagation = "Background"}, {}));
  }
  CHECK(string_at(change.precondition, {"resourceVersion"}) != "");
  CHECK(bench.refusal(change) == "");
  CHECK_FALSE(bench.exists(desired));
}

TEST_CASE("what would be lost only since the plan was made is not removed", "[kubernetes][servers][removal]") {
  Bench bench("since");
  SECTION("a volume goes with its claim now") {
    const Resource desired = claim(bench.cluster.ns);
    bench.make(desired);
    const std::string volume = bench.bound_volume("c");
    bench.set_reclaim(volume, "Retain");
    const Change change = bench.removal(desired);
    CHECK(change.losses.empty());
    bench.set_reclaim(volume, "Delete");
    CHECK(bench.refusal(change) ==
          fmt::format("{}: has changed since the plan was made: it loses the data of claim c: with its volume {} now",
                      change.id.text(), volume));
    CHECK(bench.exists(desired));
    CHECK(bench.refusal(bench.removal(desired)) == "");  // planned again, it is known
  }
  SECTION("a claim is bound now") {
    Resource desired = claim(bench.cluster.ns);
    desired.spec["metadata"]["annotations"] = {{"kubebed/fail", "true"}};
    bench.make(desired);
    const Change change = bench.removal(desired);
    CHECK(change.losses.empty());
    bench.cluster.edit("PersistentVolumeClaim", "c", {{"metadata", {{"annotations", {{"kubebed/fail", nullptr}}}}}});
    const std::string volume = bench.bound_volume("c");
    CHECK(bench.refusal(change) ==
          fmt::format("{}: has changed since the plan was made: it loses the data of claim c: with its volume {} now",
                      change.id.text(), volume));
    CHECK(bench.exists(desired));
  }
  SECTION("a StatefulSet takes its claims with it now, whether it goes or is made anew") {
    const Resource desired = store(bench.cluster.ns);
    bench.make(desired);
    const std::string volume = bench.bound_volume("data-store-0");
    Resource after = desired;
    after.spec["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = "2Gi";
    const bool removes = GENERATE(true, false);
    const Change change = removes ? bench.removal(desired) : bench.verified_plan({after}, desired);
    CHECK(change.action == (removes ? Action::remove : Action::replace));
    CHECK(change.losses.empty());
    bench.cluster.edit("StatefulSet.apps", "store",
                       {{"spec", {{"persistentVolumeClaimRetentionPolicy", {{"whenDeleted", "Delete"}}}}}});
    CHECK(bench.refusal(change) == fmt::format("{}: has changed since the plan was made: it loses the data of claim "
                                               "data-store-0 (whenDeleted: Delete): with its volume {} now",
                                               change.id.text(), volume));
    CHECK(bench.exists(desired));
    CHECK(bench.bound_volume("data-store-0") == volume);
  }
  SECTION("a definition has objects now") {
    const std::string group = bench.cluster.ns + ".example.com";
    const Resource definition = manifest("", fmt::format(R"({{"apiVersion": "apiextensions.k8s.io/v1",
      "kind": "CustomResourceDefinition", "metadata": {{"name": "widgets.{0}"}}, "spec": {{"group": "{0}", "scope": "Namespaced",
        "names": {{"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}},
        "versions": [{{"name": "v1", "served": true, "storage": true, "schema": {{"openAPIV3Schema": {{"type": "object"}}}}}}]}}}})",
                                                         group));
    bench.make(definition);
    REQUIRE(eventually([&] {
      return bench.provider->readiness(std::vector{definition.id}, {})->at(0).state == Readiness::State::ready;
    }));
    const Change change = bench.removal(definition);
    CHECK(change.losses.empty());
    const ApiResource widgets{
        .group = group, .version = "v1", .kind = "Widget", .plural = "widgets", .namespaced = true};
    const Json body = {{"apiVersion", group + "/v1"}, {"kind", "Widget"}, {"metadata", {{"name", "w"}}}};
    REQUIRE(eventually(
        [&] { return bench.cluster.admin.create(widgets.collection(bench.cluster.ns), body, {}, {}).has_value(); }));
    CHECK_THAT(bench.refusal(change),
               Catch::Matchers::ContainsSubstring("it loses all objects of kind Widget: 1 object in 1 namespace now"));
    CHECK(bench.exists(definition));
    CHECK(bench.refusal(bench.removal(definition)) == "");
  }
}
