// What is lost when objects change or go: the plan against what a real API server and its controllers leave.
#include <catch2/catch_all.hpp>

#include "sdk/support/text.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"
#include "tests/providers/kubernetes/planning.h"
#include "tests/providers/kubernetes/widgets.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

/// A StatefulSet with a claim for each pod.
Resource store(const std::string& ns, int replicas, const std::string& deleted, const std::string& scaled) {
  return manifest(ns, fmt::format(R"({{"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {{"name": "store"}},
    "spec": {{"serviceName": "store", "replicas": {}, "selector": {{"matchLabels": {{"app": "store"}}}},
      "persistentVolumeClaimRetentionPolicy": {{"whenDeleted": "{}", "whenScaled": "{}"}},
      "template": {{"metadata": {{"labels": {{"app": "store"}}}}, "spec": {{"terminationGracePeriodSeconds": 0,
        "containers": [{{"name": "m", "image": "registry.example.com/s:1"}}]}}}},
      "volumeClaimTemplates": [{{"metadata": {{"name": "data"}}, "spec": {{"accessModes": ["ReadWriteOnce"],
        "resources": {{"requests": {{"storage": "1Gi"}}}}}}}}]}}}})",
                                  replicas, deleted, scaled));
}

/// The names of the namespace's claims that are bound.
std::vector<std::string> bound_claims(Cluster& cluster) {
  std::vector<std::string> out;
  const auto page = [&](const ListPage& one) -> Result<void> {
    if (one.first) out.clear();
    const Json list = Json::parse(one.text);
    for (const Json& item : list.at("items")) {
      if (string_at(item, {"status", "phase"}) == "Bound") out.push_back(item.at("metadata").at("name"));
    }
    return {};
  };
  REQUIRE(cluster.admin.list(Cluster::resource("PersistentVolumeClaim").collection(cluster.ns), {}, page, {}));
  std::ranges::sort(out);
  return out;
}

/// Makes the set, and waits until its claims have volumes.
void start(Cluster& cluster, KubernetesProvider& provider, const Resource& set, std::size_t claims) {
  apply_all(provider, plan(provider, {set}));
  REQUIRE(eventually([&] { return bound_claims(cluster).size() == claims; }));
}

std::vector<std::string> losses(const Change& change) {
  std::vector<std::string> out;
  for (const Loss& loss : change.losses) out.push_back((loss.certain ? "loses " : "may lose ") + loss.what);
  return out;
}

std::string volume_of(Cluster& cluster, const std::string& claim) {
  return cluster.get("PersistentVolumeClaim", claim).at("spec").at("volumeName");
}

void keep_volume(Cluster& cluster, const std::string& claim) {
  const ApiPath path = Cluster::resource("PersistentVolume").object("", volume_of(cluster, claim));
  REQUIRE(cluster.admin.merge_patch(path, {{"spec", {{"persistentVolumeReclaimPolicy", "Retain"}}}}, {}, {}));
}

std::vector<std::string> taken(const Change& change) {
  std::vector<std::string> out;
  for (const ResourceId& id : change.takes) out.push_back(id.text());
  std::ranges::sort(out);
  return out;
}

}  // namespace

TEST_CASE("claims go with a StatefulSet exactly where the plan says so", "[kubernetes][servers][losses]") {
  Cluster cluster("claims");
  const auto provider = cluster.open();
  struct Row {
    const char* policy;
    bool replaced;
    bool lost;
  };
  const auto row = GENERATE(values<Row>(
      {{"Delete", true, true}, {"Delete", false, true}, {"Retain", true, false}, {"Retain", false, false}}));
  CAPTURE(row.policy, row.replaced);
  const Resource set = store(cluster.ns, 2, row.policy, "Retain");
  start(cluster, *provider, set, 2);
  const std::string first = volume_of(cluster, "data-store-0");
  Resource after = set;
  after.spec["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = "2Gi";
  std::vector<Change> changes = row.replaced ? plan(*provider, {after}) : plan(*provider, {}, inventory_of({set}));
  REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].action == (row.replaced ? Action::replace : Action::remove));
  std::vector<std::string> expected;
  if (row.lost) {
    for (const char* claim : {"data-store-0", "data-store-1"})
      expected.push_back(fmt::format("loses the data of claim {} (whenDeleted: Delete): with its volume {}", claim,
                                     volume_of(cluster, claim)));
  }
  CHECK(losses(changes[0]) == expected);
  CHECK(taken(changes[0]) ==
        (row.lost ? std::vector<std::string>{"persistentvolumeclaim/data-store-0", "persistentvolumeclaim/data-store-1"}
                  : std::vector<std::string>{}));
  CHECK((changes[0].risk == Risk::data_loss) == row.lost);
  CHECK((std::ranges::find(changes[0].notes, "its volume claims stay") != changes[0].notes.end()) == !row.lost);
  apply_all(*provider, changes);
  if (row.lost && !row.replaced) CHECK(eventually([&] { return bound_claims(cluster).empty(); }));
  if (row.lost && row.replaced) {
    CHECK(eventually([&] {
      const auto claim = cluster.admin.get(cluster.path("PersistentVolumeClaim", "data-store-0"), {});
      return claim && string_at(*claim, {"spec", "volumeName"}) != first &&
             string_at(*claim, {"status", "phase"}) == "Bound";
    }));
  }
  if (!row.lost) CHECK(volume_of(cluster, "data-store-0") == first);
}

TEST_CASE("scaling a StatefulSet down loses the claims that its policy gives up", "[kubernetes][servers][losses]") {
  Cluster cluster("scaled");
  const auto provider = cluster.open();
  const Resource set = store(cluster.ns, 3, "Retain", "Delete");
  start(cluster, *provider, set, 3);
  keep_volume(cluster, "data-store-1");
  Resource fewer = set;
  fewer.spec["spec"]["replicas"] = 1;
  SECTION("fewer pods") {
    std::vector<Change> changes = plan(*provider, {fewer});
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(losses(changes[0]) ==
          std::vector<std::string>{
              fmt::format("may lose the data of claim data-store-1 (whenScaled: Delete): its volume {} stays (reclaim "
                          "policy Retain)",
                          volume_of(cluster, "data-store-1")),
              fmt::format("loses the data of claim data-store-2 (whenScaled: Delete): with its volume {}",
                          volume_of(cluster, "data-store-2"))});
    CHECK(taken(changes[0]) ==
          std::vector<std::string>{"persistentvolumeclaim/data-store-1", "persistentvolumeclaim/data-store-2"});
    apply_all(*provider, changes);
    CHECK(eventually([&] { return bound_claims(cluster) == std::vector<std::string>{"data-store-0"}; }));
  }
  SECTION("ordinals begin later") {
    Resource later = set;
    later.spec["spec"]["ordinals"] = {{"start", 2}};
    std::vector<Change> changes = plan(*provider, {later});
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(losses(changes[0]) ==
          std::vector<std::string>{
              fmt::format("loses the data of claim data-store-0 (whenScaled: Delete): with its volume {}",
                          volume_of(cluster, "data-store-0")),
              fmt::format("may lose the data of claim data-store-1 (whenScaled: Delete): its volume {} stays (reclaim "
                          "policy Retain)",
                          volume_of(cluster, "data-store-1"))});
    CHECK(changes[0].restarts == 2);
    apply_all(*provider, changes);
    CHECK(eventually([&] {
      return bound_claims(cluster) == std::vector<std::string>{"data-store-2", "data-store-3", "data-store-4"};
    }));
  }
  SECTION("ordinals begin later, and claims stay") {
    Resource later = set;
    later.spec["spec"]["ordinals"] = {{"start", 2}};
    later.spec["spec"]["persistentVolumeClaimRetentionPolicy"]["whenScaled"] = "Retain";
    std::vector<Change> changes = plan(*provider, {later});
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(losses(changes[0]).empty());
    CHECK(changes[0].risk == Risk::restart);
    CHECK(changes[0].restarts == 2);
  }
  SECTION("replicas were never asked for, and stay as somebody scaled them") {
    Resource scaled = store(cluster.ns, 3, "Retain", "Delete");
    scaled.id.name = "scaled";
    scaled.spec["metadata"]["name"] = "scaled";
    scaled.spec["spec"].erase("replicas");
    apply_all(*provider, plan(*provider, {scaled}));
    const ApiPath path = cluster.path("StatefulSet.apps", "scaled");
    const Json three = {{"spec", {{"replicas", 3}}}};
    REQUIRE(cluster.admin.merge_patch({path.path + "/scale", "scale"}, three, {.manager = "autoscaler"}, {}));
    scaled.spec["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/s:2";
    std::vector<Change> changes = plan(*provider, {scaled});
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(changes[0].action == Action::update);
    CHECK(losses(changes[0]).empty());
    CHECK(changes[0].risk == Risk::restart);
    CHECK(changes[0].restarts == 3);
  }
  SECTION("the policy leaves with the same change") {
    fewer.spec["spec"]["persistentVolumeClaimRetentionPolicy"]["whenScaled"] = "Retain";
    std::vector<Change> changes = plan(*provider, {fewer});
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(losses(changes[0]).empty());
    CHECK(changes[0].risk == Risk::none);
  }
  SECTION("replicas are not asked for any more, which the server takes for one") {
    fewer.spec["spec"].erase("replicas");
    std::vector<Change> changes = plan(*provider, {fewer});
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(paths(changes[0]) == std::vector<std::string>{"spec.replicas"});
    CHECK(changes[0].fields[0].before == Json(3));
    CHECK(changes[0].fields[0].after == Json(1));
    CHECK(losses(changes[0]).size() == 2);
  }
}

TEST_CASE("a claim's data is lost when its volume goes with it", "[kubernetes][servers][losses]") {
  Cluster cluster("volumes");
  const auto provider = cluster.open();
  const Resource claim = manifest(cluster.ns, R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
    "metadata": {"name": "c"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})");
  Resource pending = claim;
  pending.id.name = "p";
  pending.spec["metadata"] = {{"name", "p"}, {"annotations", {{"kubebed/fail", "pending"}}}};
  apply_all(*provider, plan(*provider, {claim, pending}));
  REQUIRE(eventually([&] { return bound_claims(cluster).size() == 1; }));
  const bool kept = GENERATE(false, true);
  CAPTURE(kept);
  if (kept) keep_volume(cluster, "c");
  const std::string volume = volume_of(cluster, "c");
  std::vector<Change> changes = plan(*provider, {}, inventory_of({claim}));
  REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
  REQUIRE(changes.size() == 2);
  CHECK(losses(changes[1]).empty());
  if (kept) {
    CHECK(losses(changes[0]).empty());
    CHECK(changes[0].notes ==
          std::vector<std::string>{fmt::format("claim c goes, its volume {} stays (reclaim policy Retain)", volume)});
  } else {
    CHECK(losses(changes[0]) ==
          std::vector<std::string>{fmt::format("loses the data of claim c: with its volume {}", volume)});
  }
  apply_all(*provider, changes);
  const ApiPath path = Cluster::resource("PersistentVolume").object("", volume);
  CHECK(eventually([&] {
    const auto left = cluster.admin.get(path, {});
    return kept ? left && string_at(*left, {"status", "phase"}) == "Released" : !left;
  }));
}

TEST_CASE("a volume whose policy the same plan changes goes with its claim", "[kubernetes][servers][losses]") {
  Cluster cluster("policy");
  const auto provider = cluster.open();
  const Resource claim = manifest(cluster.ns, R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
    "metadata": {"name": "c"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})");
  apply_all(*provider, plan(*provider, {claim}));
  REQUIRE(eventually([&] { return bound_claims(cluster).size() == 1; }));
  keep_volume(cluster, "c");
  const std::string volume = volume_of(cluster, "c");
  const Resource gives_up =
      manifest("", fmt::format(R"({{"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {{"name": "{}"}},
    "spec": {{"persistentVolumeReclaimPolicy": "Delete"}}}})",
                               volume));
  std::vector<Change> changes = plan(*provider, {gives_up}, inventory_of({claim}));
  REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].action == Action::update);
  CHECK(losses(changes[0]).empty());
  CHECK(losses(changes[1]) ==
        std::vector<std::string>{fmt::format("loses the data of claim c: with its volume {}", volume)});
  // Once its claim has gone, the policy alone is enough.
  apply_all(*provider, {changes[1]});
  const ApiPath path = Cluster::resource("PersistentVolume").object("", volume);
  REQUIRE(eventually([&] {
    const auto left = cluster.admin.get(path, {});
    return left && string_at(*left, {"status", "phase"}) == "Released";
  }));
  changes = plan(*provider, {gives_up});
  REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(losses(changes[0]) == std::vector<std::string>{"loses the storage behind it: its claim has gone, and its "
                                                       "reclaim policy becomes Delete"});
}

TEST_CASE("who may not look at volumes is told that data may be lost", "[kubernetes][servers][losses]") {
  Cluster cluster("blind");
  const std::string user = "user-" + cluster.ns;
  cluster.make(Json::parse(
      R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "deployer"}, "rules": [
    {"apiGroups": ["", "apps"], "resources": ["statefulsets", "persistentvolumeclaims"],
     "verbs": ["get", "list", "create", "update", "patch", "delete"]}]})"));
  cluster.make({{"apiVersion", "rbac.authorization.k8s.io/v1"},
                {"kind", "RoleBinding"},
                {"metadata", {{"name", "deployer"}}},
                {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", "deployer"}}},
                {"subjects", Json::array({{{"kind", "User"}, {"name", user}}})}});
  const auto provider = cluster.open();
  const Resource set = store(cluster.ns, 1, "Delete", "Retain");
  start(cluster, *provider, set, 1);
  const auto blind = cluster.open("shop", user);
  REQUIRE(eventually([&] { return blind->read(std::vector{set}, {}, {}).has_value(); }));
  std::vector<Change> changes = plan(*blind, {}, inventory_of({set}));
  REQUIRE(verified(*blind, changes) == std::vector<std::string>{});
  CHECK(changes[0].risk == Risk::data_loss);
  CHECK(losses(changes[0]) ==
        std::vector<std::string>{
            fmt::format("may lose the data of claim data-store-0 (whenDeleted: Delete): whether its volume {} "
                        "stays is not known: it may not be looked at",
                        volume_of(cluster, "data-store-0"))});
}

TEST_CASE("a definition that goes takes the objects of its kind everywhere", "[kubernetes][servers][losses]") {
  Cluster cluster("definition");
  Cluster elsewhere("definition");
  const auto provider = cluster.open();
  const std::string group = cluster.ns + ".example.com";
  const Resource definition = manifest("", fmt::format(R"({{"apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition", "metadata": {{"name": "widgets.{0}"}}, "spec": {{"group": "{0}", "scope": "Namespaced",
      "names": {{"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}},
      "versions": [{{"name": "v1", "served": true, "storage": true, "schema": {{"openAPIV3Schema": {{"type": "object",
        "properties": {{"spec": {{"type": "object", "properties": {{"size": {{"type": "integer"}}, "note": {{"type": "string"}}}}}}}}}}}}}}]}}}})",
                                                       group));
  apply_all(*provider, plan(*provider, {definition}));
  REQUIRE(eventually(
      [&] { return provider->readiness(std::vector{definition.id}, {})->at(0).state == Readiness::State::ready; }));
  Resource narrower = definition;
  narrower.spec["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"].erase("note");
  const auto planned = [&](const std::vector<Resource>& desired) {
    std::vector<Change> changes = plan(*provider, desired, inventory_of({definition}));
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(changes.size() == 1);
    return changes[0];
  };
  CHECK(losses(planned({})).empty());
  CHECK(planned({}).risk == Risk::disruptive);
  CHECK(losses(planned({narrower})).empty());

  const ApiResource widgets{.group = group, .version = "v1", .kind = "Widget", .plural = "widgets", .namespaced = true};
  const auto make = [&](const std::string& ns, const std::string& name) {
    const Json body = {{"apiVersion", group + "/v1"}, {"kind", "Widget"}, {"metadata", {{"name", name}}}};
    REQUIRE(eventually([&] { return cluster.admin.create(widgets.collection(ns), body, {}, {}).has_value(); }));
  };
  make(cluster.ns, "a");
  make(elsewhere.ns, "b");
  make(elsewhere.ns, "c");
  CHECK(losses(planned({})) == std::vector<std::string>{"loses all objects of kind Widget: 3 objects in 2 namespaces"});
  CHECK(taken(planned({})) == std::vector<std::string>{"widget/*"});
  CHECK(taken(planned({narrower})).empty());
  CHECK(
      losses(planned({narrower})) ==
      std::vector<std::string>{"may lose what objects of kind Widget have in fields that the new schema does not know: "
                               "3 objects in 2 namespaces"});
  Resource newer = definition;
  Json& versions = newer.spec["spec"]["versions"];
  versions.push_back(narrower.spec["spec"]["versions"][0]);
  versions[1]["name"] = "v2";
  versions[0]["storage"] = false;
  CHECK(losses(planned({newer})) == losses(planned({narrower})));
  Resource global = definition;
  global.spec["spec"]["scope"] = "Cluster";
  const Change replaced = planned({global});
  CHECK(replaced.action == Action::replace);
  CHECK(losses(replaced) == std::vector<std::string>{"loses all objects of kind Widget: 3 objects in 2 namespaces"});

  SECTION("an object of a kind that nothing here knows") {
    const Resource widget =
        manifest(cluster.ns,
                 fmt::format(R"({{"apiVersion": "{}/v1", "kind": "Widget", "metadata": {{"name": "ours"}}}})", group));
    apply_all(*provider, plan(*provider, {definition, widget}));
    std::vector<Change> changes = plan(*provider, {definition}, inventory_of({definition, widget}));
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(changes.size() == 2);
    CHECK(losses(changes[1]) == std::vector<std::string>{fmt::format(
                                    "may lose what the controller of Widget.{} keeps for it: what deleting one "
                                    "means is not known here",
                                    group)});
  }
  apply_all(*provider, {planned({})});
}

TEST_CASE("a custom resource that is made anew may lose what its controller keeps", "[kubernetes][servers][losses]") {
  Cluster cluster("anew");
  const auto provider = cluster.open();
  const std::string group = cluster.ns + ".example.com";
  const Resource definition = widget_definition(group, "self.size == oldSelf.size");
  apply_all(*provider, plan(*provider, {definition}));
  wait_for_widgets(cluster, group);
  const auto fresh = cluster.open();
  apply_all(*fresh, plan(*fresh, {definition, widget(cluster.ns, group, "w", 1)}));
  std::vector<Change> changes =
      plan(*fresh, {definition, widget(cluster.ns, group, "w", 2)}, inventory_of({definition}));
  REQUIRE(verified(*fresh, changes) == std::vector<std::string>{});
  REQUIRE(changes.size() == 2);
  CHECK(changes[1].action == Action::replace);
  CHECK(losses(changes[1]) == std::vector<std::string>{fmt::format(
                                  "may lose what the controller of Widget.{} keeps for it: what deleting one means is "
                                  "not known here",
                                  group)});
  CHECK(changes[1].risk == Risk::data_loss);
  apply_all(*fresh, {changes[1]});
  const auto made = cluster.admin.get(widgets_of(group).object(cluster.ns, "w"), {});
  REQUIRE(made.has_value());
  CHECK(made->at("spec").at("size") == 2);
  changes = plan(*fresh, {}, inventory_of({definition}));
  REQUIRE(verified(*fresh, changes) == std::vector<std::string>{});
  apply_all(*fresh, changes);
}

TEST_CASE("what has an object as owner goes with it, and the plan says so", "[kubernetes][servers][losses]") {
  Cluster cluster("owner");
  const auto provider = cluster.open();
  const Resource owner = config_map(cluster.ns, "owner");
  const Resource other = config_map(cluster.ns, "other");
  apply_all(*provider, plan(*provider, {owner, other}));
  const auto reference = [&](const std::string& name) {
    return Json{{"apiVersion", "v1"},
                {"kind", "ConfigMap"},
                {"name", name},
                {"uid", cluster.get("ConfigMap", name)["metadata"]["uid"]}};
  };
  const auto make = [&](const std::string& kind, const std::string& name, const Json& owners, const Json& rest) {
    Json body = {{"apiVersion", "v1"}, {"kind", kind}, {"metadata", {{"name", name}, {"ownerReferences", owners}}}};
    body.update(rest);
    cluster.make(body);
  };
  const Json alone = Json::array({reference("owner")});
  const Json claim = Json::parse(R"({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests":
    {"storage": "1Gi"}}}})");
  make("PersistentVolumeClaim", "c", alone, claim);
  make("Secret", "s", alone, {{"data", {{"k", to_base64("v")}}}});
  make("ConfigMap", "both", Json::array({reference("owner"), reference("other")}), {{"data", {{"k", "v"}}}});
  REQUIRE(eventually([&] { return bound_claims(cluster).size() == 1; }));
  const std::string volume = volume_of(cluster, "c");
  const std::string claim_lost = fmt::format("loses the data of claim c, which it owns: with its volume {}", volume);
  const auto text = [&](const char* kind, const char* name) {
    return ResourceId{"kubernetes", kind, cluster.ns, name}.text();
  };
  const std::string secret_lost = "loses what has it as owner, and goes with it: " + text("Secret", "s");
  const std::string both = "what has it as owner, and goes with it: " + text("ConfigMap", "both");
  SECTION("it leaves the source") {
    std::vector<Change> changes = plan(*provider, {other}, inventory_of({owner, other}));
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(changes.size() == 2);
    CHECK(losses(changes[0]).empty());
    CHECK(losses(changes[1]) == std::vector<std::string>{claim_lost, secret_lost, "may lose " + both});
    CHECK(taken(changes[1]) == std::vector<std::string>{"configmap/both", "persistentvolumeclaim/c", "secret/s"});
    CHECK(changes[1].risk == Risk::data_loss);
    apply_all(*provider, changes);
    CHECK(eventually([&] { return !cluster.admin.get(cluster.path("PersistentVolumeClaim", "c"), {}); }));
    CHECK(eventually([&] { return !cluster.admin.get(cluster.path("Secret", "s"), {}); }));
    CHECK(cluster.get("ConfigMap", "both")["data"]["k"] == "v");
  }
  SECTION("all owners leave") {
    std::vector<Change> changes = plan(*provider, {}, inventory_of({owner, other}));
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(changes.size() == 2);
    const bool first = changes[0].id.name == "other";
    CHECK(losses(changes[first ? 0 : 1]) == std::vector<std::string>{"loses " + both});
  }
  SECTION("it is owner of an object of a custom kind") {
    const std::string group = cluster.ns + ".example.com";
    REQUIRE(cluster.admin.create(Cluster::resource("CustomResourceDefinition.apiextensions.k8s.io").collection(""),
                                 widget_definition(group).spec, {}, {}));
    wait_for_widgets(cluster, group);
    Json body = widget(cluster.ns, group, "w").spec;
    body["metadata"]["ownerReferences"] = alone;
    REQUIRE(cluster.admin.create(widgets_of(group).collection(cluster.ns), body, {}, {}));
    std::vector<Change> changes = plan(*provider, {other}, inventory_of({owner, other}));
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(changes.size() == 2);
    // What deleting one means is not known here.
    CHECK(losses(changes[1]) ==
          std::vector<std::string>{claim_lost, secret_lost,
                                   "may lose what has it as owner, and goes with it: " + text("ConfigMap", "both") +
                                       ", " + text(("Widget." + group).c_str(), "w")});
    REQUIRE(cluster.admin.remove(
        Cluster::resource("CustomResourceDefinition.apiextensions.k8s.io").object("", "widgets." + group), {}, {}));
  }
  SECTION("what it owns may not be listed") {
    const std::string user = "user-" + cluster.ns;
    cluster.make(Json::parse(
        R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": [
      {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}]})"));
    cluster.make({{"apiVersion", "rbac.authorization.k8s.io/v1"},
                  {"kind", "RoleBinding"},
                  {"metadata", {{"name", "r"}}},
                  {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", "r"}}},
                  {"subjects", Json::array({{{"kind", "User"}, {"name", user}}})}});
    const auto limited = cluster.open("shop", user);
    REQUIRE(eventually([&] { return limited->read(std::vector{other}, {.exists = true}, {}).has_value(); }));
    std::vector<Change> changes = plan(*limited, {other}, inventory_of({owner, other}));
    REQUIRE(verified(*limited, changes) == std::vector<std::string>{});
    REQUIRE(changes.size() == 2);
    CHECK(losses(changes[1]) == std::vector<std::string>{"may lose " + both});
    CHECK(std::ranges::find(changes[1].notes,
                            "objects that have it as owner go with it; of these kinds they may not be looked at: "
                            "PersistentVolumeClaim, Secret") != changes[1].notes.end());
    CHECK(taken(changes[1]) == std::vector<std::string>{"configmap/both", "persistentvolumeclaim/*", "secret/*"});
  }
  SECTION("what it owns is the application's, and the plan removes that, too") {
    const Resource third = config_map(cluster.ns, "third");
    apply_all(*provider, plan(*provider, {owner, other, third}));
    REQUIRE(cluster.admin.merge_patch(cluster.path("ConfigMap", "third"), {{"metadata", {{"ownerReferences", alone}}}},
                                      {}, {}));
    std::vector<Change> changes = plan(*provider, {other}, inventory_of({owner, other, third}));
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(changes.size() == 3);
    CHECK(taken(changes[1]) ==
          std::vector<std::string>{"configmap/both", "configmap/third", "persistentvolumeclaim/c", "secret/s"});
    CHECK(taken(changes[2]).empty());
  }
  SECTION("what stays takes nothing with it") {
    Resource changed = owner;
    changed.spec["data"]["more"] = "x";
    std::vector<Change> changes = plan(*provider, {changed, other});
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(changes[0].action == Action::update);
    CHECK(losses(changes[0]).empty());
  }
}

TEST_CASE("tokens go with their service account", "[kubernetes][servers][losses]") {
  Cluster cluster("tokens");
  const auto provider = cluster.open();
  const Resource account =
      manifest(cluster.ns, R"({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}})");
  apply_all(*provider, plan(*provider, {account}));
  cluster.make(
      {{"apiVersion", "v1"},
       {"kind", "Secret"},
       {"type", "kubernetes.io/service-account-token"},
       {"metadata",
        {{"name", "token"},
         {"annotations",
          {{"kubernetes.io/service-account.name", "robot"},
           {"kubernetes.io/service-account.uid", cluster.get("ServiceAccount", "robot")["metadata"]["uid"]}}}}}});
  std::vector<Change> changes = plan(*provider, {}, inventory_of({account}));
  REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
  REQUIRE(changes.size() == 1);
  CHECK(losses(changes[0]) ==
        std::vector<std::string>{"may lose what has it as owner, and goes with it: secret/token"});
  apply_all(*provider, changes);
  CHECK(eventually([&] { return !cluster.admin.get(cluster.path("Secret", "token"), {}); }));
}

TEST_CASE("what leaves an element of a list may get the server's default", "[kubernetes][servers][losses]") {
  Cluster cluster("elements");
  const auto provider = cluster.open();
  Resource desired = deployment(cluster.ns, "a", 0);
  Json& containers = desired.spec["spec"]["template"]["spec"]["containers"];
  containers.insert(containers.begin(), Json::parse(R"({"name": "m", "image": "registry.example.com/m:1",
    "imagePullPolicy": "Never", "livenessProbe": {"tcpSocket": {"port": 1}, "periodSeconds": 7, "timeoutSeconds": 3}})"));
  apply_all(*provider, plan(*provider, {desired}));
  containers[0].erase("imagePullPolicy");
  containers[0]["livenessProbe"].erase("periodSeconds");
  // Its place changes with the one before it.
  std::swap(containers[0], containers[1]);
  std::vector<Change> changes = plan(*provider, {desired});
  REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
  REQUIRE(changes.size() == 1);
  std::vector<std::string> said;
  for (const FieldChange& field : changes[0].fields) {
    if (field.path.contains("[m]") && field.after) said.push_back(field.path + " " + dump(*field.after));
  }
  CHECK(said == std::vector<std::string>{"spec.template.spec.containers[m].imagePullPolicy \"IfNotPresent\"",
                                         "spec.template.spec.containers[m].livenessProbe.periodSeconds 10"});
  apply_all(*provider, changes);
  const Json live = cluster.get("Deployment.apps", "a");
  for (const Json& one : live["spec"]["template"]["spec"]["containers"]) {
    if (one["name"] == "m") CHECK(one["livenessProbe"]["periodSeconds"] == 10);
  }
}

TEST_CASE("replicas that are not asked for any more become what the server takes for them",
          "[kubernetes][servers][losses]") {
  Cluster cluster("replicas");
  const auto provider = cluster.open();
  Resource desired = deployment(cluster.ns, "a", 3);
  apply_all(*provider, plan(*provider, {desired}));
  desired.spec["spec"].erase("replicas");
  SECTION("one") {
    std::vector<Change> changes = plan(*provider, {desired});
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(paths(changes[0]) == std::vector<std::string>{"spec.replicas"});
    CHECK(changes[0].fields[0].before == Json(3));
    CHECK(changes[0].fields[0].after == Json(1));
    CHECK(changes[0].notes ==
          std::vector<std::string>{"spec.replicas is not asked for any more: it becomes 1, the server's default; an "
                                   "autoscaler that is to decide has to scale it once before"});
    apply_all(*provider, changes);
    CHECK(cluster.get("Deployment.apps", "a")["spec"]["replicas"] == 1);
  }
  SECTION("what an autoscaler has said before") {
    const ApiPath path = cluster.path("Deployment.apps", "a");
    const Json scale = {{"spec", {{"replicas", 4}}}};
    REQUIRE(cluster.admin.merge_patch({path.path + "/scale", "scale"}, scale, {.manager = "autoscaler"}, {}));
    std::vector<Change> changes = plan(*provider, {desired});
    REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(changes[0].action == Action::none);
  }
}
