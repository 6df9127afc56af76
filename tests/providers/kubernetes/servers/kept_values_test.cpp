// What the server keeps although it left the manifest, and who owns it, on a real API server.
#include "providers/kubernetes/diff/kept_values.h"

#include <catch2/catch_all.hpp>

#include "providers/kubernetes/diff/compare.h"
#include "providers/kubernetes/ownership/applyset.h"
#include "providers/kubernetes/ownership/owned_fields.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"
#include "tests/providers/kubernetes/planning.h"
#include "tests/providers/kubernetes/widgets.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

/// One object, planned and applied as often as one likes.
struct World {
  explicit World(std::string_view hint) : cluster(hint), provider(cluster.open()) {}

  ApiPath path(const Resource& desired) {
    const auto resource = discovery.resource(desired.id.kind, string_at(desired.spec, {"apiVersion"}), {});
    REQUIRE(resource.has_value());
    return resource->object(desired.id.scope, desired.id.name);
  }

  Json live(const Resource& desired) {
    const auto object = cluster.admin.get(path(desired), {});
    INFO((object ? "" : object.error().message));
    REQUIRE(object.has_value());
    return *object;
  }

  Change plan(const Resource& desired) {
    const auto text = cluster.admin.get_text(path(desired), {});
    const Live there{.id = desired.id, .document = text ? *text : ""};
    auto compared = provider->compare(&desired, text ? &there : nullptr);
    REQUIRE(compared.has_value());
    std::vector<Change> changes = {*std::move(compared)};
    const auto rejections = provider->verify(changes, {});
    REQUIRE(rejections.has_value());
    INFO((rejections->empty() ? "" : rejections->front().message));
    REQUIRE(rejections->empty());
    return changes.front();
  }

  void apply(const Change& change) {
    const auto done = provider->apply(change, {});
    INFO((done ? "" : done.error().message));
    REQUIRE(done.has_value());
  }
  void apply(const Resource& desired) { apply(plan(desired)); }

  Cluster cluster;
  OpenedCluster provider;
  ApiDiscovery discovery{cluster.admin};
};

using Paths = std::vector<std::string>;

Resource two_keys(const std::string& ns, const char* data) {
  Resource out = config_map(ns, "c");
  out.spec["data"] = Json::parse(data);
  return out;
}

}  // namespace

TEST_CASE("a service account that leaves the manifest leaves the pods", "[kubernetes][kept][servers]") {
  World world("account");
  Resource desired = deployment(world.cluster.ns, "a", 0);
  desired.spec["spec"]["template"]["spec"]["serviceAccountName"] = "robot";
  world.apply(desired);
  desired.spec["spec"]["template"]["spec"].erase("serviceAccountName");
  const Change change = world.plan(desired);
  CHECK(paths(change) == Paths{"spec.template.spec.serviceAccount", "spec.template.spec.serviceAccountName"});
  world.apply(change);
  const Json pods = world.live(desired).at("spec").at("template").at("spec");
  CHECK_FALSE(pods.contains("serviceAccountName"));
  CHECK_FALSE(pods.contains("serviceAccount"));
  CHECK(world.plan(desired).action == Action::none);
}

TEST_CASE("a service account leaves a template of pods that nothing runs, too", "[kubernetes][kept][servers]") {
  World world("account");
  Resource desired = manifest(world.cluster.ns, R"({"apiVersion": "v1", "kind": "PodTemplate",
    "metadata": {"name": "t"}, "template": {"metadata": {"labels": {"app": "t"}}, "spec": {"serviceAccountName": "robot",
      "containers": [{"name": "m", "image": "registry.example.com/a:1"}]}}})");
  world.apply(desired);
  desired.spec["template"]["spec"].erase("serviceAccountName");
  const Change change = world.plan(desired);
  CHECK(paths(change) == Paths{"template.spec.serviceAccount", "template.spec.serviceAccountName"});
  world.apply(change);
  CHECK_FALSE(world.live(desired).at("template").at("spec").contains("serviceAccountName"));
  CHECK(world.plan(desired).action == Action::none);
}

TEST_CASE("a Service without an address gets one only by being made anew", "[kubernetes][kept][servers]") {
  World world("headless");
  Resource desired = manifest(world.cluster.ns, R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
    "spec": {"clusterIP": "None", "selector": {"app": "a"}, "ports": [{"port": 80}]}})");
  world.apply(desired);
  desired.spec["spec"].erase("clusterIP");
  const Change change = world.plan(desired);
  CHECK(change.action == Action::replace);
  CHECK(change.risk == Risk::disruptive);
  CHECK(paths(change) == Paths{"spec.clusterIP"});
  world.apply(change);
  CHECK(string_at(world.live(desired), {"spec", "clusterIP"}) != "None");
  CHECK(world.plan(desired).action == Action::none);
}

TEST_CASE("what was scaled to nothing is drift that scaling made", "[kubernetes][kept][servers]") {
  World world("scaled");
  const Resource desired = deployment(world.cluster.ns, "a", 3);
  world.apply(desired);
  ApiPath scale = world.path(desired);
  scale.path += "/scale";
  for (const int replicas : {0, 2, 0, 1}) {
    REQUIRE(world.cluster.admin.merge_patch(scale, {{"spec", {{"replicas", replicas}}}}, {.manager = "kubectl"}, {}));
    const Change change = world.plan(desired);
    CAPTURE(replicas);
    REQUIRE(paths(change) == Paths{"spec.replicas"});
    CHECK(change.fields[0].before == Json(replicas));
    CHECK(change.fields[0].cause == Cause::drift);
    CHECK(change.starts_stopped == (replicas == 0));
    CHECK(change.pods == 3);
    CHECK(change.fields[0].manager == (replicas == 1 ? "git or somebody's scale" : "scale"));
    CHECK(change.fields[0].take_over);
  }
  SECTION("and one that the server filled in is not told from it") {
    Resource plain = deployment(world.cluster.ns, "plain", 3);
    plain.spec["spec"].erase("replicas");
    world.apply(plain);
    const Change first = world.plan(deployment(world.cluster.ns, "plain", 3));
    REQUIRE(paths(first) == Paths{"spec.replicas"});
    CHECK(first.fields[0].manager == "git or somebody's scale");
    CHECK(first.fields[0].take_over);
  }
  world.apply(desired);
  CHECK(world.plan(desired).action == Action::none);
}

TEST_CASE("scaling of a kind that somebody defined is drift, too", "[kubernetes][kept][servers]") {
  World world("scaledwidget");
  const std::string group = world.cluster.ns + ".example.com";
  Resource definition = widget_definition(group);
  definition.spec["spec"]["versions"][0]["subresources"]["scale"] = {{"specReplicasPath", ".spec.size"},
                                                                     {"statusReplicasPath", ".status.size"}};
  REQUIRE(world.cluster.admin.create(Cluster::resource("CustomResourceDefinition.apiextensions.k8s.io").collection(""),
                                     definition.spec, {}, {}));
  wait_for_widgets(world.cluster, group);
  const Resource desired = widget(world.cluster.ns, group, "w", 3);
  world.apply(desired);
  ApiPath scale = world.path(desired);
  scale.path += "/scale";
  for (const int replicas : {2, 0}) {
    REQUIRE(world.cluster.admin.merge_patch(scale, {{"spec", {{"replicas", replicas}}}}, {.manager = "kubectl"}, {}));
    const Change change = world.plan(desired);
    CAPTURE(replicas);
    REQUIRE(paths(change) == Paths{"spec.size"});
    CHECK(change.fields[0].before == Json(replicas));
    CHECK(change.fields[0].cause == Cause::drift);
    CHECK(change.fields[0].take_over);
    CHECK(change.starts_stopped == (replicas == 0));
  }
  REQUIRE(world.cluster.admin.remove(
      Cluster::resource("CustomResourceDefinition.apiextensions.k8s.io").object("", "widgets." + group), {}, {}));
}

TEST_CASE("what the client side of kubectl applied goes with its take-over", "[kubernetes][kept][servers]") {
  World world("clientside");
  const std::string applied = "kubectl.kubernetes.io/last-applied-configuration";
  Json made = two_keys(world.cluster.ns, R"({"a": "1", "b": "2"})").spec;
  made["metadata"]["annotations"][applied] = "{}";
  world.cluster.make(made, "kubectl-client-side-apply");
  const Resource desired = two_keys(world.cluster.ns, R"({"a": "1"})");
  // Adopted by name, it has our mark and is as it was.
  const bool marked = GENERATE(false, true);
  if (marked) world.apply(marking(desired.id, world.live(desired)));
  const Change change = world.plan(desired);
  CHECK(paths(change) == (marked ? Paths{"data.b", "metadata.annotations"}
                                 : Paths{"data.b", "metadata.labels", "metadata.annotations"}));
  CHECK(change.fields.back().secret);  // it repeats the whole object
  CHECK(change.fields[0].cause == Cause::adopted);
  CHECK(change.fields[0].manager == "kubectl-client-side-apply");
  CHECK(change.fields[0].take_over);
  world.apply(change);
  const Json live = world.live(desired);
  CHECK(live.at("data") == Json{{"a", "1"}});
  CHECK_FALSE(live.at("metadata").contains("annotations"));
  CHECK(live.at("metadata").at("managedFields").size() == 1);
  CHECK(world.plan(desired).action == Action::none);
}

TEST_CASE("a take-over from the client side of kubectl shows only what changes", "[kubernetes][kept][servers]") {
  World world("defaults");
  Resource desired = deployment(world.cluster.ns, "a", 0);
  desired.spec["metadata"]["annotations"] = {{"note", "stays"}};
  Json theirs = desired.spec;
  theirs["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = "{}";
  theirs["spec"]["minReadySeconds"] = 7;
  theirs["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 60;
  theirs["spec"]["template"]["spec"]["nodeSelector"] = {{"disk", "fast"}};
  desired.spec["spec"]["template"]["spec"].erase("terminationGracePeriodSeconds");
  world.cluster.make(theirs, "kubectl-client-side-apply");
  const bool marked = GENERATE(false, true);
  if (marked) world.apply(marking(desired.id, world.live(desired)));
  const Change change = world.plan(desired);
  Paths expected = {"spec.minReadySeconds", "spec.template.spec.nodeSelector",
                    "spec.template.spec.terminationGracePeriodSeconds"};
  if (!marked) expected.emplace_back("metadata.labels[applyset.kubernetes.io/part-of]");
  expected.emplace_back("metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]");
  Paths found = paths(change);
  std::ranges::sort(found);
  std::ranges::sort(expected);
  CHECK(found == expected);
  const auto grace =
      std::ranges::find(change.fields, "spec.template.spec.terminationGracePeriodSeconds", &FieldChange::path);
  REQUIRE(grace != change.fields.end());
  CHECK(grace->after == Json(30));
  CHECK(std::ranges::find(change.notes,
                          "spec.template.spec.terminationGracePeriodSeconds is not asked for any more: it becomes 30, "
                          "the server's default") != change.notes.end());
  world.apply(change);
  const Json spec = world.live(desired).at("spec");
  CHECK_FALSE(spec.contains("minReadySeconds"));
  CHECK_FALSE(spec["template"]["spec"].contains("nodeSelector"));
  CHECK(spec["template"]["spec"]["terminationGracePeriodSeconds"] == 30);
  CHECK(world.plan(desired).action == Action::none);
}

TEST_CASE("what somebody creates and we mark keeps its other keys", "[kubernetes][kept][servers]") {
  World world("created");
  world.cluster.make(two_keys(world.cluster.ns, R"({"a": "1", "b": "2"})").spec, "kubectl-create");
  const Resource desired = two_keys(world.cluster.ns, R"({"a": "1"})");
  world.apply(marking(desired.id, world.live(desired)));
  const Change change = world.plan(desired);
  CHECK(change.action == Action::update);  // what is asked for becomes ours
  CHECK(paths(change) == Paths{});
  world.apply(change);
  CHECK(world.plan(desired).action == Action::none);
  CHECK(world.live(desired).at("data") == Json{{"a", "1"}, {"b", "2"}});
}

TEST_CASE("what a kubectl owns beside us goes when it leaves the source", "[kubernetes][kept][servers]") {
  World world("shared");
  const Resource both = two_keys(world.cluster.ns, R"({"a": "1", "b": "2"})");
  world.apply(both);
  Json theirs = both.spec;
  SECTION("applied by the server side") {
    REQUIRE(world.cluster.admin.apply(world.path(both), theirs, {.force = true, .manager = "kubectl"}, {}));
  }
  SECTION("applied by the client side before us") {
    Resource old = config_map(world.cluster.ns, "old");
    old.spec["data"] = Json::parse(R"({"a": "1", "b": "2"})");
    theirs = old.spec;
    theirs["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = "{}";
    world.cluster.make(theirs, "kubectl-client-side-apply");
    world.apply(old);
    Resource less = old;
    less.spec["data"].erase("b");
    world.apply(less);
    CHECK(world.live(less).at("data") == Json{{"a", "1"}});
    return;
  }
  const Resource desired = two_keys(world.cluster.ns, R"({"a": "1"})");
  const Change change = world.plan(desired);
  REQUIRE(paths(change) == Paths{"data.b"});
  CHECK(change.fields[0].cause == Cause::git);
  CHECK(change.fields[0].manager == "kubectl");
  CHECK(change.fields[0].take_over);
  world.apply(change);
  CHECK(world.live(desired).at("data") == Json{{"a", "1"}});
  CHECK(world.plan(desired).action == Action::none);
}

namespace {

/// What leaves the source goes from the object, which only its owner can do.
void check_that_a_key_leaves(World& world, Resource desired) {
  desired.spec["data"].erase("b");
  const Change removal = world.plan(desired);
  CHECK(paths(removal) == Paths{"data.b"});
  world.apply(removal);
  CHECK(world.live(desired).at("data") == Json{{"a", "1"}});
  CHECK(world.plan(desired).action == Action::none);
}

}  // namespace

TEST_CASE("what kubectl created, adopted by name and just as asked for, becomes ours", "[kubernetes][kept][servers]") {
  World world("created");
  const auto [manager, applied] =
      GENERATE(std::pair("kubectl-create", false), std::pair("kubectl-client-side-apply", true));
  Resource desired = two_keys(world.cluster.ns, R"({"a": "1", "b": "2"})");
  desired.id.name = applied ? "applied" : "created";
  desired.spec["metadata"]["name"] = desired.id.name;
  Json theirs = desired.spec;
  theirs["metadata"]["namespace"] = world.cluster.ns;
  if (applied) theirs["metadata"]["annotations"][std::string(last_applied_annotation)] = dump(desired.spec);
  const auto resource = world.discovery.resource(desired.id.kind, "v1", {});
  REQUIRE(resource.has_value());
  REQUIRE(world.cluster.admin.create(resource->collection(world.cluster.ns), theirs, {.manager = manager}, {}));
  world.apply(marking(desired.id, world.live(desired)));

  const Change change = world.plan(desired);
  CHECK(change.action == Action::update);
  CHECK(change.risk == Risk::none);
  CHECK(change.verified == Verified::server);
  // Of kubectl apply its own annotation goes, which is said anyway.
  CHECK((std::ranges::find(change.notes, as_it_is_note) != change.notes.end()) != applied);
  CHECK(change.fields.size() == (applied ? 1 : 0));
  const Json before = world.live(desired).at("data");
  world.apply(change);
  CHECK(world.live(desired).at("data") == before);
  CHECK(world.plan(desired).action == Action::none);

  check_that_a_key_leaves(world, desired);
}

TEST_CASE("what somebody makes again from a copy of ours becomes ours", "[kubernetes][kept][servers]") {
  World world("copied");
  const Resource desired = two_keys(world.cluster.ns, R"({"a": "1", "b": "2"})");
  world.apply(desired);
  Json copy = world.live(desired);
  const auto make_again = [&](const std::string& manager) {
    const auto resource = world.discovery.resource(desired.id.kind, "v1", {});
    REQUIRE(resource.has_value());
    for (const char* field : {"managedFields", "uid", "resourceVersion", "creationTimestamp"})
      copy["metadata"].erase(field);
    REQUIRE(world.cluster.admin.remove(world.path(desired), {}, {}));
    REQUIRE(world.cluster.admin.create(resource->collection(world.cluster.ns), copy, {.manager = manager}, {}));
  };
  SECTION("with kubectl create") { make_again("kubectl-create"); }
  SECTION("from a backup") { make_again("velero-server"); }
  SECTION("or has taken all managers away from it") {
    REQUIRE(world.cluster.admin.merge_patch(
        world.path(desired), {{"metadata", {{"managedFields", Json::array({Json::object()})}}}}, {}, {}));
  }
  const Change change = world.plan(desired);
  CHECK(change.action == Action::update);
  CHECK(change.fields.empty());
  CHECK(change.risk == Risk::none);
  CHECK(change.verified == Verified::server);
  CHECK(std::ranges::find(change.notes, as_it_is_note) != change.notes.end());
  world.apply(change);
  CHECK(world.live(desired).at("data") == Json{{"a", "1"}, {"b", "2"}});
  CHECK(world.plan(desired).action == Action::none);

  check_that_a_key_leaves(world, desired);
}

TEST_CASE("what a backup brought back of a pod goes when it leaves the source", "[kubernetes][kept][servers]") {
  World world("restored");
  const auto with_env = [&](const char* env) {
    Resource out = manifest(world.cluster.ns, R"({"apiVersion": "apps/v1", "kind": "Deployment",
      "metadata": {"name": "d"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "d"}},
      "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}}})");
    out.spec["spec"]["template"]["spec"]["containers"][0]["env"] = Json::parse(env);
    return out;
  };
  const Resource both = with_env(R"([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])");
  world.apply(both);
  Json copy = world.live(both);
  for (const char* field : {"managedFields", "uid", "resourceVersion", "creationTimestamp"})
    copy["metadata"].erase(field);
  copy["metadata"]["labels"]["velero.io/restore-name"] = "r";
  copy.erase("status");
  const auto resource = world.discovery.resource(both.id.kind, "apps/v1", {});
  REQUIRE(resource.has_value());
  REQUIRE(world.cluster.admin.remove(world.path(both), {}, {}));
  REQUIRE(world.cluster.admin.create(resource->collection(world.cluster.ns), copy, {.manager = "velero-server"}, {}));
  world.apply(both);

  const Resource one = with_env(R"([{"name": "A", "value": "1"}])");
  const Change removal = world.plan(one);
  CHECK(paths(removal) == Paths{"spec.template.spec.containers[c].env[B]"});
  world.apply(removal);
  const Json live = world.live(one);
  CHECK(live.at("spec").at("template").at("spec").at("containers")[0].at("env") ==
        Json::parse(R"([{"name": "A", "value": "1"}])"));
  CHECK(live.at("metadata").at("labels").at("velero.io/restore-name") == "r");
  CHECK(world.plan(one).action == Action::none);
}

TEST_CASE("who keeps what is taken over as it is has a name", "[kubernetes][kept][servers]") {
  World world("kept");
  const Resource desired = two_keys(world.cluster.ns, R"({"a": "1", "b": "2"})");
  Json theirs = desired.spec;
  theirs["metadata"]["namespace"] = world.cluster.ns;
  const auto resource = world.discovery.resource(desired.id.kind, "v1", {});
  REQUIRE(resource.has_value());
  REQUIRE(world.cluster.admin.create(resource->collection(world.cluster.ns), theirs, {.manager = "terraform"}, {}));
  world.apply(marking(desired.id, world.live(desired)));
  const Change change = world.plan(desired);
  CHECK(change.fields.empty());
  CHECK_THAT(change.notes,
             Catch::Matchers::Contains(std::string("is as asked for, and was made by others: what leaves the source "
                                                   "stays as long as terraform has it, too")));
  world.apply(change);
  // As the note says.
  CHECK(world.plan(two_keys(world.cluster.ns, R"({"a": "1"})")).action == Action::none);
}

TEST_CASE("an adopted object of which nothing but the mark is asked for is left alone", "[kubernetes][kept][servers]") {
  World world("bare");
  Resource desired = manifest(world.cluster.ns, R"({"apiVersion": "v1", "kind": "ServiceAccount",
    "metadata": {"name": "robot"}})");
  world.cluster.make(desired.spec);
  world.apply(marking(desired.id, world.live(desired)));
  CHECK(world.plan(desired).action == Action::none);
}

TEST_CASE("what another tool applies beside us stays", "[kubernetes][kept][servers]") {
  World world("beside");
  const Resource both = two_keys(world.cluster.ns, R"({"a": "1", "b": "2"})");
  world.apply(both);
  REQUIRE(world.cluster.admin.apply(world.path(both), both.spec, {.force = true, .manager = "helm"}, {}));
  CHECK(world.plan(two_keys(world.cluster.ns, R"({"a": "1"})")).action == Action::none);
}

TEST_CASE("another version of a kind names only what changes", "[kubernetes][kept][servers]") {
  World world("versions");
  Resource desired = manifest(world.cluster.ns, R"({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "h"}, "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"},
    "maxReplicas": 3, "targetCPUUtilizationPercentage": 50}})");
  world.apply(desired);
  desired.spec =
      Json::parse(R"({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
    "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}, "maxReplicas": 4,
    "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]}})");
  CHECK(paths(world.plan(desired)) == Paths{"spec.maxReplicas"});
}

TEST_CASE("a list of a custom resource names the item that changes", "[kubernetes][kept][servers]") {
  World world("items");
  const auto definition = Json::parse(R"({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "plans.kept.example.com"}, "spec": {"group": "kept.example.com", "scope": "Namespaced",
    "names": {"kind": "Plan", "plural": "plans"}, "versions": [{"name": "v1", "served": true, "storage": true,
    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "properties": {
      "limits": {"type": "object", "additionalProperties": {"type": "string"}},
      "steps": {"type": "array", "items": {"type": "object", "properties": {
        "run": {"type": "string"}, "timeout": {"type": "integer", "default": 30}}}}}}}}}}]}})");
  REQUIRE(
      world.cluster.admin.apply({"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/plans.kept.example.com", ""},
                                definition, {.manager = "test"}, {}));
  Resource desired = manifest(world.cluster.ns, R"({"apiVersion": "kept.example.com/v1", "kind": "Plan",
    "metadata": {"name": "p"}, "spec": {"limits": {"cpu": "1000m"}, "steps": [{"run": "a"}, {"run": "b"}]}})");
  REQUIRE(eventually([&] {
    world.discovery.forget();
    return world.discovery.resource(desired.id.kind, "kept.example.com/v1", {}) &&
           world.cluster.admin.apply(world.path(desired), desired.spec, {.dry_run = true}, {});
  }));
  world.apply(desired);
  CHECK(world.plan(desired).action == Action::none);
  desired.spec["spec"]["steps"][1]["run"] = "c";
  desired.spec["spec"]["limits"]["cpu"] = "1";
  CHECK(paths(world.plan(desired)) == Paths{"spec.limits.cpu", "spec.steps[1].run"});
  desired.spec["spec"]["steps"].push_back({{"run", "d"}});
  const Change longer = world.plan(desired);
  REQUIRE(paths(longer) == Paths{"spec.limits.cpu", "spec.steps"});
  CHECK(longer.fields[1].after == Json::parse(R"([{"run": "a", "timeout": 30}, {"run": "c", "timeout": 30},
                                                   {"run": "d", "timeout": 30}])"));
}

TEST_CASE("our own finalizer goes although others have theirs", "[kubernetes][kept][servers]") {
  World world("finalizer");
  Resource desired = config_map(world.cluster.ns, "c");
  desired.spec["metadata"]["finalizers"] = {"example.com/ours"};
  world.apply(desired);
  Json theirs = {{"apiVersion", "v1"},
                 {"kind", "ConfigMap"},
                 {"metadata", {{"name", "c"}, {"finalizers", {"example.com/theirs"}}}}};
  REQUIRE(world.cluster.admin.apply(world.path(desired), theirs, {.manager = "other"}, {}));
  desired.spec["metadata"].erase("finalizers");
  const Change change = world.plan(desired);
  CHECK(paths(change) == Paths{"metadata.finalizers[example.com/ours]"});
  world.apply(change);
  CHECK(world.live(desired).at("metadata").at("finalizers") == Json{"example.com/theirs"});
}

TEST_CASE("the rules of an aggregated role are the control plane's", "[kubernetes][kept][servers]") {
  World world("aggregated");
  Resource desired = manifest("", R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
    "metadata": {"name": "aggregated-kept"}, "rules": [], "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"kept": "yes"}}]}})");
  world.apply(desired);
  world.cluster.edit("ClusterRole.rbac.authorization.k8s.io", "aggregated-kept",
                     Json::parse(R"({"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})"),
                     "clusterrole-aggregation-controller");
  CHECK(world.plan(desired).action == Action::none);
}

TEST_CASE("a namespace that left the source stays, and the plan says so", "[kubernetes][kept][servers]") {
  World world("spaces");
  const Cluster other("former");
  Inventory inventory;
  for (const std::string& name : {world.cluster.ns, other.ns, std::string("never-made"), std::string()})
    inventory.resources.push_back({"kubernetes", "Namespace", "", name});
  const auto live = world.provider->read({}, inventory, {});
  REQUIRE(live.has_value());
  REQUIRE(live->size() == 1);  // not the application's own
  CHECK(live->front().id.name == other.ns);
  const auto change = world.provider->compare(nullptr, &live->front());
  REQUIRE(change.has_value());
  CHECK(change->action == Action::none);
  CHECK(change->notes == std::vector<std::string>{"stays, as others may use it; what is left in it goes with it: "
                                                  "kubectl delete namespace " +
                                                  other.ns});
}

TEST_CASE("a label of a namespace is planned and applied", "[kubernetes][kept][servers]") {
  World world("labelled");
  Resource desired = manifest("", R"({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x",
    "labels": {"app.kubernetes.io/part-of": "shop", "pod-security.kubernetes.io/enforce": "restricted"}}})");
  desired.spec["metadata"]["name"] = desired.id.name = world.cluster.ns + "-b";
  world.apply(desired);
  CHECK(world.plan(desired).action == Action::none);
  desired.spec["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "baseline";
  const Change change = world.plan(desired);
  CHECK(paths(change) == Paths{"metadata.labels[pod-security.kubernetes.io/enforce]"});
  world.apply(change);
  CHECK(world.plan(desired).action == Action::none);
}
