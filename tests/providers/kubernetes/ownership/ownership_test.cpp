// Whose things are: what is taken over, what is removed, and what is left to others, on a real API server.
#include "providers/kubernetes/ownership/ownership.h"

#include <catch2/catch_all.hpp>

#include "sdk/support/text.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"
#include "tests/providers/kubernetes/planning.h"
#include "tests/providers/kubernetes/widgets.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

Json foreign_secret(const std::string& name, const Json& labels = Json::object()) {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", {{"name", name}, {"labels", labels}}},
          {"data", {{"secret.conf", to_base64("theirs")}, {"password", to_base64("t0p")}}}};
}

std::string registries(const Json& auths) { return to_base64(dump(Json{{"auths", auths}})); }

/// Every object of a kind in the namespace by name.
std::vector<std::string> names(Cluster& cluster, const std::string& kind) {
  std::vector<std::string> out;
  const auto page = [&](const ListPage& one) -> Result<void> {
    if (one.first) out.clear();
    const Json list = Json::parse(one.text);
    for (const Json& item : list.at("items")) out.push_back(item.at("metadata").at("name"));
    return {};
  };
  REQUIRE(cluster.admin.list(Cluster::resource(kind).collection(cluster.ns), {}, page, {}));
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> losses(const Change& change) {
  std::vector<std::string> out;
  for (const Loss& loss : change.losses) out.push_back(loss.what);
  return out;
}

}  // namespace

TEST_CASE("a pull secret that is completed loses nothing", "[kubernetes][ownership]") {
  const ResourceId secret{"kubernetes", "Secret", "prod", "cloudflow-image-pull-secret"};
  const auto keeps = [&](const Json& before, const Json& after, const ResourceId& id) {
    return keeps_registries(id, {.pointer = "/data/.dockerconfigjson", .before = before, .after = after});
  };
  const Json theirs = {{"theirs.example.com", {{"auth", "eDp5"}}}};
  Json both = theirs;
  both["ours.example.com"] = {{"auth", "YTpi"}};
  Json changed = both;
  changed["theirs.example.com"]["auth"] = "enp6";
  CHECK(keeps(registries(theirs), registries(both), secret));
  CHECK_FALSE(keeps(registries(both), registries(theirs), secret));
  CHECK_FALSE(keeps(registries(theirs), registries(changed), secret));
  CHECK_FALSE(keeps("no base64!", registries(both), secret));
  CHECK_FALSE(keeps(registries(theirs), registries(both), {"kubernetes", "Secret", "prod", "other"}));
}

TEST_CASE("what exists without a mark is only taken over by name, and says what it overwrites",
          "[kubernetes][servers][ownership]") {
  Cluster cluster("unmarked");
  const auto provider = cluster.open();
  const Json labels = GENERATE(Json::object(), Json{{"app.kubernetes.io/managed-by", "Helm"}});
  cluster.make(foreign_secret("printer", labels), "kubectl-create");
  const Resource desired = secret(cluster.ns, "printer", "ours");
  std::vector<Change> changes = plan(*provider, {desired});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes[0].adoptable);
  CHECK_FALSE(changes[0].foreign);
  CHECK(changes[0].risk == Risk::data_loss);
  CHECK(losses(changes[0]) == std::vector<std::string>{"the values that kubectl-create wrote: data[secret.conf]"});

  // Somebody has named it.
  apply_all(*provider, changes);
  CHECK(cluster.get("Secret", "printer")["data"] ==
        Json{{"secret.conf", to_base64("ours")}, {"password", to_base64("t0p")}});
  CHECK(plan(*provider, {desired})[0].action == Action::none);

  changes = plan(*provider, {}, inventory_of({desired}));
  REQUIRE(changes.size() == 1);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes[0].action == Action::remove);
  CHECK(changes[0].risk == Risk::none);
  CHECK(changes[0].notes ==
        std::vector<std::string>{"stays for others, who wrote password: only what this application wrote goes"});
  apply_all(*provider, changes);
  const Json left = cluster.get("Secret", "printer");
  CHECK(left["data"] == Json{{"password", to_base64("t0p")}});
  CHECK_FALSE(left["metadata"].value("labels", Json::object()).contains("applyset.kubernetes.io/part-of"));
  // For the run that let go of it, it is gone.
  CHECK(provider->readiness(std::vector{desired.id}, {})->at(0).state == Readiness::State::missing);
  CHECK(plan(*provider, {}, inventory_of({desired})).empty());
}

TEST_CASE("a foreign workload that would be replaced is said to be lost", "[kubernetes][servers][ownership]") {
  Cluster cluster("foreign");
  const auto provider = cluster.open();
  Resource theirs = deployment(cluster.ns, "a", 0);
  theirs.spec["spec"]["selector"]["matchLabels"] = {{"app", "theirs"}};
  theirs.spec["spec"]["template"]["metadata"]["labels"]["app"] = "theirs";
  cluster.make(theirs.spec);
  std::vector<Change> changes = plan(*provider, {deployment(cluster.ns, "a", 0)});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes[0].adoptable);
  CHECK(changes[0].action == Action::replace);
  CHECK(losses(changes[0]) == std::vector<std::string>{"what others made by this name: it is deleted and made anew"});
}

TEST_CASE("what was only marked stays with whoever made it", "[kubernetes][servers][ownership]") {
  Cluster cluster("marked");
  const auto provider = cluster.open();
  cluster.make(foreign_secret("printer"), "kubectl-create");
  Json theirs = deployment(cluster.ns, "a", 0).spec;
  cluster.make(theirs);
  const ResourceId one{"kubernetes", "Secret", cluster.ns, "printer"};
  const ResourceId two{"kubernetes", "Deployment.apps", cluster.ns, "a"};
  const Json before = cluster.get("Deployment.apps", "a")["spec"];
  apply_all(*provider,
            {marking(one, cluster.get("Secret", "printer")), marking(two, cluster.get("Deployment.apps", "a"))});
  CHECK(cluster.get("Deployment.apps", "a")["spec"] == before);
  SECTION("the next plan takes over what differs") {
    std::vector<Change> changes = plan(*provider, {secret(cluster.ns, "printer", "ours")});
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    CHECK_FALSE(changes[0].adoptable);
    CHECK(losses(changes[0]) == std::vector<std::string>{"the values that kubectl-create wrote: data[secret.conf]"});
    CHECK(std::ranges::all_of(changes[0].fields, [](const FieldChange& field) { return field.cause != Cause::drift; }));
  }
  SECTION("removed again they lose the mark") {
    Inventory inventory{.exists = true};
    inventory.resources = {one, two};
    std::vector<Change> changes = plan(*provider, {}, inventory);
    REQUIRE(changes.size() == 2);
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    for (const Change& change : changes)
      CHECK(change.notes ==
            std::vector<std::string>{"stays as it is: nothing but the mark in it is this application's"});
    apply_all(*provider, changes);
    CHECK(cluster.get("Deployment.apps", "a")["spec"] == before);
    CHECK(cluster.get("Secret", "printer")["data"] == foreign_secret("printer")["data"]);
    for (const ResourceId& id : {one, two})
      CHECK_FALSE(cluster.get(id.kind, id.name)["metadata"]
                      .value("labels", Json::object())
                      .contains("applyset.kubernetes.io/part-of"));
  }
}

TEST_CASE("a value that others renewed in a Secret of ours is said to be overwritten",
          "[kubernetes][servers][ownership]") {
  Cluster cluster("renewed");
  const auto provider = cluster.open();
  const Resource desired = secret(cluster.ns, "printer", "ours");
  apply_all(*provider, plan(*provider, {desired}));
  cluster.edit("Secret", "printer", {{"data", {{"secret.conf", to_base64("renewed")}}}}, "vault-operator");
  std::vector<Change> changes = plan(*provider, {desired});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(losses(changes[0]) == std::vector<std::string>{"the value of data[secret.conf] that vault-operator wrote"});
  CHECK(only_may_lose(changes[0]));
}

TEST_CASE("nobody waits for the end of pods that were let go of", "[kubernetes][servers][ownership]") {
  Cluster cluster("running");
  const auto provider = cluster.open();
  Json theirs = deployment(cluster.ns, "a", 2).spec;
  theirs["metadata"]["annotations"] = {{"cloudflow/stop-with", "flink-nothing"}};
  cluster.make(theirs);
  const ResourceId id{"kubernetes", "Deployment.apps", cluster.ns, "a"};
  REQUIRE(eventually([&] { return names(cluster, "Pod").size() == 2; }));
  const std::vector<std::string> pods = names(cluster, "Pod");
  const Json live = cluster.get("Deployment.apps", "a");
  Change marking{.id = id, .action = Action::update};
  marking.desired = {
      .id = id,
      .spec = {{"apiVersion", live.at("apiVersion")}, {"kind", live.at("kind")}, {"metadata", {{"name", "a"}}}}};
  marking.precondition = {{"uid", live.at("metadata").at("uid")}};
  apply_all(*provider, {marking});
  Inventory inventory{.exists = true};
  inventory.resources = {id};
  std::vector<Change> changes = plan(*provider, {}, inventory);
  REQUIRE(changes.size() == 1);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes[0].notes ==
        std::vector<std::string>{"stays as it is: nothing but the mark in it is this application's"});
  apply_all(*provider, changes);
  CHECK(provider->readiness(std::vector{id}, {})->at(0).state == Readiness::State::missing);
  CHECK(names(cluster, "Pod") == pods);
  CHECK(cluster.get("Deployment.apps", "a")["spec"]["replicas"] == 2);
}

TEST_CASE("keys that came after the plan stay as well", "[kubernetes][servers][ownership]") {
  Cluster cluster("late");
  const auto provider = cluster.open();
  const std::vector<Resource> desired = {config_map(cluster.ns, "a"), config_map(cluster.ns, "b")};
  apply_all(*provider, plan(*provider, desired));
  const std::vector<Change> changes = plan(*provider, {}, inventory_of(desired));
  cluster.edit("ConfigMap", "a", {{"data", {{"theirs", "x"}}}});
  cluster.edit("ConfigMap", "b", {{"metadata", {{"annotations", {{"note", "x"}}}}}});
  apply_all(*provider, changes);
  CHECK(cluster.get("ConfigMap", "a")["data"] == Json{{"theirs", "x"}});
  CHECK(std::ranges::count(names(cluster, "ConfigMap"), std::string("b")) == 0);
}

TEST_CASE("what others have in an immutable Secret stays, and only the mark goes", "[kubernetes][servers][ownership]") {
  Cluster cluster("fixed");
  const auto provider = cluster.open();
  const Resource desired = secret(cluster.ns, "a", "ours");
  apply_all(*provider, plan(*provider, {desired}));
  cluster.edit("Secret", "a", {{"data", {{"theirs", to_base64("x")}}}, {"immutable", true}});
  const Json data = cluster.get("Secret", "a")["data"];
  std::vector<Change> changes = plan(*provider, {}, inventory_of({desired}));
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  apply_all(*provider, changes);
  const Json left = cluster.get("Secret", "a");
  CHECK(left["data"] == data);
  CHECK_FALSE(left["metadata"].value("labels", Json::object()).contains("applyset.kubernetes.io/part-of"));
}

TEST_CASE("what controllers derive from our objects is not ours", "[kubernetes][servers][ownership]") {
  Cluster cluster("derived");
  const auto provider = cluster.open();
  const std::vector<Resource> desired = {
      manifest(cluster.ns, R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"},
        "spec": {"selector": {"app": "a"}, "ports": [{"port": 80}]}})"),
      manifest(cluster.ns,
               R"({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "own"},
        "addressType": "IPv4", "endpoints": [{"addresses": ["10.1.2.3"]}], "ports": [{"name": "", "port": 1}]})")};
  apply_all(*provider, plan(*provider, desired));
  REQUIRE(eventually([&] { return names(cluster, "EndpointSlice.discovery.k8s.io").size() == 2; }));
  // A copy of ours as replicators make them: labels and all.
  Json copy = foreign_secret("copy");
  copy["metadata"]["labels"] = cluster.get("Service", "a")["metadata"]["labels"];
  cluster.make(copy, "replicator");
  Inventory inventory = inventory_of(desired);
  inventory.resources.push_back({"kubernetes", "Secret", cluster.ns, ""});
  std::vector<Change> changes = plan(*provider, desired, inventory);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  for (const Change& change : changes) {
    CAPTURE(change.id.text());
    CHECK(change.action == Action::none);
  }
  std::vector<Change> removals = plan(*provider, {}, inventory);
  std::erase_if(removals, [](const Change& change) { return change.action == Action::none; });
  CHECK(removals.size() == 2);
}

TEST_CASE("a workload that somebody made from a copy of ours stays, and the plan says so",
          "[kubernetes][servers][ownership]") {
  Cluster cluster("copy");
  const auto provider = cluster.open();
  const std::vector<Resource> desired = {deployment(cluster.ns, "web", 0)};
  apply_all(*provider, plan(*provider, desired));
  Json copy = cluster.get("Deployment.apps", "web");
  for (const char* field : {"managedFields", "uid", "resourceVersion", "creationTimestamp"})
    copy["metadata"].erase(field);
  copy["metadata"]["name"] = "copy";
  copy.erase("status");
  cluster.make(copy, "kubectl-create");
  const std::vector<Change> changes = plan(*provider, desired, inventory_of(desired));
  const auto found = std::ranges::find(changes, "copy", [](const Change& change) { return change.id.name; });
  REQUIRE(found != changes.end());
  CHECK(found->action == Action::none);
  CHECK(found->notes == std::vector<std::string>{
                            "stays, with its pods: somebody made it from a copy of this application's; apply takes "
                            "over what the source asks for, kubectl delete ends the rest"});
}

namespace {

/// What a plan removes.
std::vector<ResourceId> removed(KubernetesProvider& provider, const std::vector<Resource>& desired,
                                const Inventory& inventory) {
  std::vector<ResourceId> out;
  for (const Change& change : plan(provider, desired, inventory)) {
    if (change.action == Action::remove) out.push_back(change.id);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

TEST_CASE("where the record is lost or lacks kinds, what was made is looked for among all kinds",
          "[kubernetes][servers][ownership]") {
  Cluster cluster("lost");
  const Cluster elsewhere("lost");
  const auto provider = cluster.open();
  const std::string group = cluster.ns + ".example.com";
  const Resource definition = widget_definition(group);
  apply_all(*provider, plan(*provider, {definition}));
  wait_for_widgets(cluster, group);
  const std::vector<Resource> desired = {config_map(cluster.ns, "a"),
                                         manifest(cluster.ns, R"({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "a"}, "spec": {"selector": {"app": "a"}, "ports": [{"port": 80}]}})"),
                                         widget(elsewhere.ns, group, "w"), definition};
  const auto fresh = cluster.open();  // knows the new kind
  apply_all(*fresh, plan(*fresh, desired));
  std::vector<ResourceId> others = {desired[1].id, desired[2].id, desired[3].id};
  std::ranges::sort(others);
  SECTION("it is gone") {
    CHECK(removed(*fresh, {desired[0]}, {}) == others);
    CHECK(fresh->record_search().made);
    CHECK(fresh->record_search().unseen.empty());
  }
  SECTION("it lacks a kind of what is asked for") {
    CHECK(removed(*fresh, {desired[0]}, {.exists = true}) == others);
    CHECK(fresh->record_search().made);
  }
  SECTION("one that names what is listed and is as it was written is believed, without a search") {
    CHECK(removed(*fresh, {desired[0]}, inventory_of({desired[0], desired[1]})) == std::vector{desired[1].id});
    CHECK_FALSE(fresh->record_search().made);
  }
  SECTION("somebody edited it") {
    REQUIRE(fresh.record().write(inventory_of(desired), {}));
    CHECK(removed(*fresh, desired, *fresh.record().read({})).empty());
    CHECK_FALSE(fresh->record_search().made);
    const bool whole = GENERATE(true, false);
    Json edited = Json::parse(cluster.get("ConfigMap", "cloudflow-shop")["data"]["inventory.json"].get<std::string>());
    std::erase_if(edited["resources"].get_ref<Json::array_t&>(),
                  [](const Json& one) { return one["kind"] != "ConfigMap"; });
    cluster.edit("ConfigMap", "cloudflow-shop",
                 {{"metadata", {{"annotations", {{"applyset.kubernetes.io/contains-group-kinds", "ConfigMap"}}}}},
                  {"data", {{"inventory.json", whole ? Json(nullptr) : Json(dump(edited))}}}});
    CHECK(removed(*fresh, {desired[0]}, *fresh.record().read({})) == others);
    CHECK(fresh->record_search().made);
    REQUIRE(fresh.record().write(inventory_of({desired[0]}), {}));
    CHECK(removed(*fresh, {desired[0]}, *fresh.record().read({})).empty());
    CHECK_FALSE(fresh->record_search().made);
  }
  SECTION("some of them may not be looked at") {
    const std::string user = "user-" + cluster.ns;
    cluster.make(Json::parse(
        R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": [
      {"apiGroups": [""], "resources": ["configmaps", "services"], "verbs": ["get", "list"]}]})"));
    cluster.make({{"apiVersion", "rbac.authorization.k8s.io/v1"},
                  {"kind", "RoleBinding"},
                  {"metadata", {{"name", "r"}}},
                  {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", "r"}}},
                  {"subjects", Json::array({{{"kind", "User"}, {"name", user}}})}});
    const auto limited = cluster.open("shop", user);
    REQUIRE(eventually([&] { return limited->read(std::vector{desired[0], desired[1]}, {}, {}).has_value(); }));
    CHECK(removed(*limited, {desired[0]}, {}) == std::vector{desired[1].id});
    const std::vector<std::string> unseen = limited->record_search().unseen;
    CHECK(std::ranges::find(unseen, "Widget." + group) != unseen.end());
    CHECK(std::ranges::find(unseen, "Service") == unseen.end());
  }
  std::vector<Change> rest = plan(*fresh, {}, inventory_of({definition}));
  REQUIRE(verified(*fresh, rest) == std::vector<std::string>{});
  apply_all(*fresh, rest);
}

TEST_CASE("what is left of a kind whose server is down is not taken for nothing", "[kubernetes][servers][ownership]") {
  Cluster cluster("down");
  const auto provider = cluster.open();
  const std::string group = cluster.ns + ".example.com";
  const ApiResource services = Cluster::resource("APIService.apiregistration.k8s.io");
  const Json body = {{"apiVersion", "apiregistration.k8s.io/v1"},
                     {"kind", "APIService"},
                     {"metadata", {{"name", "v1." + group}}},
                     {"spec",
                      {{"group", group},
                       {"version", "v1"},
                       {"groupPriorityMinimum", 100},
                       {"versionPriority", 1},
                       {"insecureSkipTLSVerify", true},
                       {"service", {{"name", "nobody"}, {"namespace", cluster.ns}}}}}};
  Inventory inventory{.exists = true};
  inventory.resources = {{"kubernetes", "Widget." + group, cluster.ns, ""}};
  CHECK(provider->read({}, inventory, {}).has_value());  // nothing serves such a group
  REQUIRE(cluster.admin.create(services.collection(""), body, {}, {}));
  std::string said;
  ErrorKind kind{};
  CHECK(eventually([&] {
    const auto other = cluster.open();
    const auto live = other->read({}, inventory, {});
    if (live) return false;
    said = live.error().message;
    kind = live.error().kind;
    return true;
  }));
  REQUIRE(cluster.admin.remove(services.object("", "v1." + group), {}, {}));
  CHECK(kind == ErrorKind::unavailable);
  CHECK(said ==
        fmt::format("the server of API group \"{}\" does not answer, so what exists of its kinds is not known", group));
}
