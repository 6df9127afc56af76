// The provider against a real API server: plan, verify, apply.
#include <atomic>
#include <catch2/catch_all.hpp>

#include "cloudflow/testing/provider_conformance.h"
#include "providers/kubernetes/cluster/streamlet_status.h"
#include "providers/kubernetes/ownership/ending_workloads.h"
#include "sdk/support/log.h"
#include "sdk/support/text.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"
#include "tests/providers/kubernetes/planning.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

Readiness readiness(KubernetesProvider& provider, const ResourceId& id) {
  const auto answer = provider.readiness(std::vector{id}, {});
  INFO((answer ? "" : answer.error().message));
  REQUIRE(answer.has_value());
  return answer->at(0);
}

std::vector<Resource> usual_kinds(const std::string& ns) {
  std::vector<Resource> out = {config_map(ns, "a"), secret(ns, "a", R"({"rate": 5})"), deployment(ns, "a", 0)};
  for (
      const char* text : {
          R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"selector": {"app": "a"},
               "ports": [{"name": "http", "port": 80, "targetPort": "http"}, {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53}]}})",
          R"({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "automountServiceAccountToken": true,
               "imagePullSecrets": [{"name": "pull"}]})",
          R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "a"},
               "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]})",
          R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "a"},
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "a"},
               "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "default"}, {"kind": "User", "name": "u"}]})",
          R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"},
               "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1024Mi"}}}})",
          R"({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"}, "spec": {"serviceName": "a", "replicas": 0,
               "selector": {"matchLabels": {"app": "s"}}, "template": {"metadata": {"labels": {"app": "s"}},
               "spec": {"containers": [{"name": "m", "image": "registry.example.com/s:1"}]}},
               "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {"accessModes": ["ReadWriteOnce"],
                 "resources": {"requests": {"storage": "1Gi"}}}}]}})",
          R"({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"}, "spec": {"podSelector": {},
               "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}]}})",
          R"({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "a"}, "spec": {"rules": [{"host": "a.example.com",
               "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "a", "port": {"number": 80}}}}]}}]}})",
          R"({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "a"},
               "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "a"}}}})",
          R"({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}, "spec": {"maxReplicas": 3,
               "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"},
               "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]}})",
          R"({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}, "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec":
               {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "registry.example.com/c:1"}]}}}}}})",
          R"({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"}, "spec": {"template": {"spec": {"restartPolicy": "Never",
               "terminationGracePeriodSeconds": 0, "containers": [{"name": "m", "image": "registry.example.com/j:1"}]}}}})"}) {
    out.push_back(manifest(ns, text));
  }
  return out;
}

/// A provider that may do what deploying needs; `verbs` are those on pods.
OpenedCluster open_limited(Cluster& cluster, const std::vector<std::string>& verbs) {
  const std::string user = "user-" + cluster.ns;
  Json role = Json::parse(
      R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "deployer"}, "rules": [
    {"apiGroups": ["", "apps", "coordination.k8s.io"], "resources": ["configmaps", "secrets", "deployments", "leases"],
     "verbs": ["get", "list", "create", "update", "patch", "delete"]}]})");
  if (!verbs.empty()) role["rules"].push_back({{"apiGroups", {""}}, {"resources", {"pods"}}, {"verbs", verbs}});
  cluster.make(role);
  cluster.make({{"apiVersion", "rbac.authorization.k8s.io/v1"},
                {"kind", "RoleBinding"},
                {"metadata", {{"name", "deployer"}}},
                {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", "deployer"}}},
                {"subjects", Json::array({{{"kind", "User"}, {"name", user}}})}});
  auto provider = cluster.open("shop", user);
  // The server learns of a Role a moment later.
  REQUIRE(eventually([&] { return provider.record().read({}).has_value(); }));
  return provider;
}

}  // namespace

TEST_CASE("what was applied does not differ, for every usual kind and without asking the server again",
          "[kubernetes][servers]") {
  const Cluster cluster("kinds");
  const auto provider = cluster.open();
  const std::vector<Resource> desired = usual_kinds(cluster.ns);
  std::vector<Change> changes = plan(*provider, desired);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  apply_all(*provider, changes);
  for (const Change& change : plan(*provider, desired)) {
    CAPTURE(change.id.text(), paths(change));
    CHECK(change.action == Action::none);
  }
  for (const Resource& resource : desired) {
    CAPTURE(resource.id.text());
    std::string reason;
    CHECK(eventually([&] {
      const Readiness now = readiness(*provider, resource.id);
      reason = now.reason;
      return now.state == Readiness::State::ready;
    }));
    CAPTURE(reason);
  }
}

TEST_CASE("the provider conforms", "[kubernetes][servers]") {
  Cluster cluster("conformance");
  const auto provider = cluster.open();
  const ProviderSample sample{.resources = {config_map(cluster.ns, "a"), secret(cluster.ns, "b", R"({"rate": 5})"),
                                            deployment(cluster.ns, "c")},
                              .changed = config_map(cluster.ns, "a", "2"),
                              .unknown = {"kubernetes", "Deployment.apps", cluster.ns, "none"}};
  CHECK(broken_rules(*provider, sample) == std::vector<std::string>{});
}

TEST_CASE("a change by hand is drift, and taking it back is planned and done", "[kubernetes][servers]") {
  Cluster cluster("drift");
  const auto provider = cluster.open();
  const std::vector<Resource> desired = {deployment(cluster.ns, "a", 2)};
  apply_all(*provider, plan(*provider, desired));
  cluster.edit("Deployment.apps", "a", {{"spec", {{"replicas", 4}}}});
  std::vector<Change> changes = plan(*provider, desired);
  REQUIRE(paths(changes[0]) == std::vector<std::string>{"spec.replicas"});
  CHECK(changes[0].fields[0].cause == Cause::drift);
  CHECK(changes[0].fields[0].manager == "kubectl");
  CHECK(changes[0].fields[0].take_over);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes[0].verified == Verified::server);
  CHECK(changes[0].risk == Risk::none);
  apply_all(*provider, changes);
  CHECK(cluster.get("Deployment.apps", "a")["spec"]["replicas"] == 2);
  CHECK(plan(*provider, desired)[0].action == Action::none);
}

TEST_CASE("a Secret's document is compared inside, and remembers what was secret", "[kubernetes][servers]") {
  const Cluster cluster("secret");
  const auto provider = cluster.open();
  Resource before = secret(cluster.ns, "a", R"({"rate": 5, "password": "old"})");
  before.secrets = {"/data/secret.conf#/password"};
  apply_all(*provider, plan(*provider, {before}));
  Resource after = secret(cluster.ns, "a", R"({"rate": 9, "password": "new"})");
  after.secrets = before.secrets;
  std::vector<Change> changes = plan(*provider, {after});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  REQUIRE(paths(changes[0]) == std::vector<std::string>{"secret.conf: password", "secret.conf: rate"});
  CHECK(changes[0].fields[0].secret);
  CHECK_FALSE(changes[0].fields[1].secret);
  CHECK(changes[0].fields[1].before == Json(5));
}

TEST_CASE("leftovers of kinds in the inventory are found and removed", "[kubernetes][servers]") {
  Cluster cluster("prune");
  const auto provider = cluster.open();
  const std::vector<Resource> all = {config_map(cluster.ns, "a"), config_map(cluster.ns, "b"),
                                     secret(cluster.ns, "s", "{}")};
  apply_all(*provider, plan(*provider, all));
  cluster.make({{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "other"}}}});
  std::vector<Change> changes = plan(*provider, {all[0]}, inventory_of(all));
  REQUIRE(changes.size() == 3);
  CHECK(changes[1].action == Action::remove);
  CHECK(changes[2].action == Action::remove);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  apply_all(*provider, changes);
  CHECK(readiness(*provider, all[1].id).state == Readiness::State::missing);
  CHECK(readiness(*provider, {"kubernetes", "ConfigMap", cluster.ns, "other"}).state == Readiness::State::ready);
}

TEST_CASE("what exists already is adopted, what others own is refused", "[kubernetes][servers]") {
  Cluster cluster("adopt");
  const auto provider = cluster.open();
  cluster.make({{"apiVersion", "v1"},
                {"kind", "ConfigMap"},
                {"metadata", {{"name", "a"}}},
                {"data", {{"key", "0"}, {"more", "x"}}}});
  const std::vector<Resource> desired = {config_map(cluster.ns, "a")};
  std::vector<Change> changes = plan(*provider, desired);
  CHECK(changes[0].notes == std::vector<std::string>{"exists already and is taken over"});
  CHECK(paths(changes[0]) == std::vector<std::string>{"data.key", "metadata.labels"});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  apply_all(*provider, changes);
  CHECK(cluster.get("ConfigMap", "a")["data"] == Json{{"key", "1"}, {"more", "x"}});
  CHECK(plan(*provider, desired)[0].action == Action::none);

  Resource mine = deployment(cluster.ns, "d", 0);
  apply_all(*provider, plan(*provider, {mine}));
  const auto other = cluster.open("billing");
  std::vector<Change> theirs = plan(*other, {mine});
  CHECK(theirs[0].refused == "belongs to application \"shop\"");
  CHECK(other->apply(theirs[0], {}).error().message == "deployment/d: belongs to application \"shop\"");
}

TEST_CASE("an object that is not any more what was read is compared again", "[kubernetes][servers]") {
  Cluster cluster("again");
  const auto provider = cluster.open();
  apply_all(*provider, plan(*provider, {config_map(cluster.ns, "a")}));
  const Resource desired = config_map(cluster.ns, "a", "2");
  std::vector<Change> changes = plan(*provider, {desired});
  REQUIRE(changes[0].action == Action::update);
  // What a killed run had asked for takes effect.
  std::vector<Change> removal = plan(*provider, {}, inventory_of({desired}));
  apply_all(*provider, removal);
  SECTION("it is gone: it is made") {
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(changes[0].action == Action::create);
    CHECK(changes[0].verified == Verified::server);
    apply_all(*provider, changes);
    CHECK(plan(*provider, {desired})[0].action == Action::none);
  }
  SECTION("it was made again, as it is asked for: nothing is left to do") {
    apply_all(*provider, plan(*provider, {desired}));
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(changes[0].action == Action::none);
  }
  SECTION("it was made again, otherwise: the new one is changed") {
    apply_all(*provider, plan(*provider, {config_map(cluster.ns, "a", "3")}));
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    REQUIRE(paths(changes[0]) == std::vector<std::string>{"data.key"});
    CHECK(changes[0].fields[0].before == Json("3"));
    apply_all(*provider, changes);
    CHECK(plan(*provider, {desired})[0].action == Action::none);
  }
  SECTION("it was made again by somebody else: it stays theirs") {
    cluster.make(
        {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "a"}}}, {"data", {{"key", "x"}}}});
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(changes[0].adoptable);
    CHECK(std::ranges::find(changes[0].notes, "exists already and is taken over") != changes[0].notes.end());
  }
}

TEST_CASE("a creation does not overwrite what appeared meanwhile", "[kubernetes][servers]") {
  Cluster cluster("race");
  const auto provider = cluster.open();
  const std::vector<Change> changes = plan(*provider, {config_map(cluster.ns, "a")});
  cluster.make(
      {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "a"}}}, {"data", {{"other", "x"}}}});
  const auto done = provider->apply(changes[0], {});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ErrorKind::conflict);
  CHECK(done.error().message == "configmap/a: was created by someone else after the plan, with different content");
  CHECK(cluster.get("ConfigMap", "a")["data"] == Json{{"other", "x"}});
}

TEST_CASE("an update goes on over writes that do not matter, and stops at those that do", "[kubernetes][servers]") {
  Cluster cluster("moved");
  const auto provider = cluster.open();
  const Resource first = config_map(cluster.ns, "a");
  apply_all(*provider, plan(*provider, {first}));
  const std::vector<Change> changes = plan(*provider, {config_map(cluster.ns, "a", "2")});

  SECTION("another field of another manager") {
    cluster.edit("ConfigMap", "a", {{"data", {{"theirs", "x"}}}});
    apply_all(*provider, changes);
    CHECK(cluster.get("ConfigMap", "a")["data"] == Json{{"key", "2"}, {"theirs", "x"}});
  }
  SECTION("the same field") {
    cluster.edit("ConfigMap", "a", {{"data", {{"key", "3"}}}});
    const auto done = provider->apply(changes[0], {});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().kind == ErrorKind::conflict);
    CHECK(done.error().message ==
          "configmap/a: has changed since the plan was made: data.key is now owned by \"kubectl\"");
  }
  SECTION("the same field by another run of our own") {
    apply_all(*provider, plan(*provider, {config_map(cluster.ns, "a", "3")}));
    const auto done = provider->apply(changes[0], {});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().message ==
          "configmap/a: has changed since the plan was made: data.key is \"3\" now, and was \"1\"");
    CHECK(cluster.get("ConfigMap", "a")["data"] == Json{{"key", "3"}});
  }
  SECTION("what was planned is there already") {
    apply_all(*provider, plan(*provider, {config_map(cluster.ns, "a", "2")}));
    apply_all(*provider, changes);
    CHECK(cluster.get("ConfigMap", "a")["data"] == Json{{"key", "2"}});
  }
  SECTION("another object by the same name") {
    REQUIRE(cluster.admin.remove(cluster.path("ConfigMap", "a"), {}, {}).has_value());
    const auto gone = provider->apply(changes[0], {});
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error().message == "configmap/a: was deleted since the plan was made");
    cluster.make({{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "a"}}}});
    const auto other = provider->apply(changes[0], {});
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().message == "configmap/a: was replaced by another object since the plan was made");
  }
}

TEST_CASE("the server's objections come with their place", "[kubernetes][servers]") {
  const Cluster cluster("invalid");
  const auto provider = cluster.open();
  Resource bad = deployment(cluster.ns, "a", -1);
  bad.origins.set("/spec/replicas", {"cloudflow.yaml", 7, 3});
  Resource unknown =
      manifest(cluster.ns, R"({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}})");
  std::vector<Change> changes = plan(*provider, {bad, unknown});
  const std::vector<std::string> rejections = verified(*provider, changes);
  REQUIRE(rejections.size() == 2);
  CHECK(rejections[0] ==
        "cloudflow.yaml:7:3: deployment/a: spec.replicas: Invalid value: -1: must be greater than or equal to 0");
  CHECK(rejections[1].starts_with("widget/w: "));
}

TEST_CASE("what the server cannot see yet is held against its schema", "[kubernetes][servers]") {
  const Cluster cluster("unseen", false);
  const auto provider = cluster.open();
  Resource bad = deployment(cluster.ns, "a", 1);
  bad.spec["spec"]["replicaz"] = 1;
  bad.spec["spec"]["strategy"]["type"] = "Foo";
  bad.origins.set("/spec/replicaz", {"a.yaml", 7, 3});
  const Resource ns = {.id = {"kubernetes", "Namespace", "", cluster.ns},
                       .spec = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", cluster.ns}}}}};
  const std::vector<std::string> expected = {
      "a.yaml:7:3: deployment/a: spec.replicaz is an unknown field, did you mean \"replicas\"?",
      "deployment/a: spec.strategy.type is \"Foo\", wanted one of \"Recreate\", \"RollingUpdate\""};
  std::vector<Change> changes = plan(*provider, {ns, bad, config_map(cluster.ns, "m")});
  CHECK(verified(*provider, changes) == expected);
  CHECK(changes[2].verified == Verified::local);
  SECTION("and so is what it only calls a failure, where the namespace exists") {
    const Cluster there("unseen");
    const auto other = there.open();
    bad.id.scope = there.ns;
    bad.spec["metadata"]["namespace"] = there.ns;
    changes = plan(*other, {bad});
    CHECK(verified(*other, changes) == expected);
  }
}

TEST_CASE("a Secret's value is not repeated by a refusal", "[kubernetes][servers]") {
  const Cluster cluster("leak");
  const auto provider = cluster.open();
  Resource bad = secret(cluster.ns, "a", "{}");
  bad.spec["type"] = "kubernetes.io/dockerconfigjson";
  bad.spec["stringData"] = {{".dockerconfigjson", "t0psecret"}};
  std::vector<Change> changes = plan(*provider, {bad});
  for (const std::string& text : verified(*provider, changes)) CHECK(text.find("t0psecret") == std::string::npos);
}

TEST_CASE("immutable fields become a proven replacement", "[kubernetes][servers]") {
  Cluster cluster("immutable");
  const auto provider = cluster.open();
  const Resource before = deployment(cluster.ns, "a", 0);
  apply_all(*provider, plan(*provider, {before}));
  Resource after = before;
  after.spec["spec"]["selector"]["matchLabels"]["tier"] = "x";
  after.spec["spec"]["template"]["metadata"]["labels"]["tier"] = "x";
  std::vector<Change> changes = plan(*provider, {after});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes[0].action == Action::replace);
  CHECK(changes[0].verified == Verified::server);
  CHECK(changes[0].notes == std::vector<std::string>{"spec.selector.matchLabels.tier cannot be changed in place"});
  const std::string uid = cluster.get("Deployment.apps", "a")["metadata"]["uid"];
  apply_all(*provider, changes);
  CHECK(cluster.get("Deployment.apps", "a")["metadata"]["uid"] != uid);
  CHECK(plan(*provider, {after})[0].action == Action::none);
  apply_all(*provider, changes);  // once more, as after an interruption
  CHECK(plan(*provider, {after})[0].action == Action::none);
}

TEST_CASE("immutability that no table knows is learned from the server", "[kubernetes][servers]") {
  const Cluster cluster("learned");
  const auto provider = cluster.open();
  const char* text =
      R"({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "%"}, "provisioner": "example.com/a"})";
  std::string named = text;
  named.replace(named.find('%'), 1, cluster.ns);
  const Resource before = manifest("", named);
  apply_all(*provider, plan(*provider, {before}));
  Resource after = before;
  after.spec["provisioner"] = "example.com/b";
  std::vector<Change> changes = plan(*provider, {after});
  CHECK(changes[0].action == Action::update);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes[0].action == Action::replace);
  apply_all(*provider, plan(*provider, {}, inventory_of({before})));
}

TEST_CASE("a namespace of the same plan comes first and is not owned", "[kubernetes][servers]") {
  const Cluster cluster("space", false);
  const auto provider = cluster.open();
  const std::vector<Resource> desired = {
      {.id = {"kubernetes", "Namespace", "", cluster.ns},
       .spec = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", cluster.ns}}}}},
      config_map(cluster.ns, "a")};
  std::vector<Change> changes = plan(*provider, desired);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes[0].verified == Verified::server);
  CHECK(changes[1].verified == Verified::local);
  CHECK(changes[1].notes ==
        std::vector<std::string>{"namespace \"" + cluster.ns +
                                 "\" is created by this plan, so the server can check this only when it is applied; it "
                                 "fits the schema of its kind"});
  apply_all(*provider, changes);
  for (const Change& change : plan(*provider, desired, inventory_of(desired))) CHECK(change.action == Action::none);
  CHECK(plan(*provider, {desired[1]}, inventory_of(desired)).size() == 1);
}

TEST_CASE("something is made anew only as long as it is what the plan showed", "[kubernetes][servers]") {
  Cluster cluster("anew");
  const auto provider = cluster.open();
  const auto service = [&](const std::string& ip, int port) {
    Resource out = manifest(cluster.ns, R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}})");
    // Without a selector the server would fill in both families of addresses for a headless one, and keep them.
    out.spec["spec"] = {{"clusterIP", ip}, {"selector", {{"app", "s"}}}, {"ports", Json::array({{{"port", port}}})}};
    return out;
  };
  apply_all(*provider, plan(*provider, {service("None", 80)}));
  std::vector<Change> changes = plan(*provider, {service("10.96.7.7", 81)});
  REQUIRE(verified(*provider, changes) == std::vector<std::string>{});
  REQUIRE(changes[0].action == Action::replace);
  const std::string uid = string_at(cluster.get("Service", "s"), {"metadata", "uid"});
  SECTION("writes that do not matter") {
    cluster.edit("Service", "s", {{"metadata", {{"annotations", {{"theirs", "x"}}}}}});
    apply_all(*provider, changes);
    CHECK(string_at(cluster.get("Service", "s"), {"metadata", "uid"}) != uid);
  }
  SECTION("a value that is another one by now") {
    apply_all(*provider, plan(*provider, {service("None", 82)}));
    const auto done = provider->apply(changes[0], {});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().message.starts_with("service/s: has changed since the plan was made: spec.ports"));
    CHECK(string_at(cluster.get("Service", "s"), {"metadata", "uid"}) == uid);
  }
}

TEST_CASE("pods say why a workload is not ready", "[kubernetes][servers]") {
  const Cluster cluster("pods");
  const auto provider = cluster.open();
  struct Row {
    std::string fail;
    std::string reason;
  };
  const Row row =
      GENERATE(values<Row>({{"crash-loop", "CrashLoopBackOff: exit code 1 (Error), 3 restarts"},
                            {"oom", "CrashLoopBackOff: exit code 137 (OOMKilled), 3 restarts"},
                            {"image-pull",
                             "ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "
                             "\"registry.example.com/a:1\": failed to resolve reference \"registry.example.com/a:1\": "
                             "registry.example.com/a:1: not found"},
                            {"never-ready", "container main runs but is not ready"},
                            {"unschedulable", "Unschedulable: 0/2 nodes are available: 2 Insufficient cpu."}}));
  CAPTURE(row.fail);
  Resource desired = deployment(cluster.ns, "a", 1);
  desired.spec["spec"]["template"]["metadata"]["annotations"]["kubebed/fail"] = row.fail;
  apply_all(*provider, plan(*provider, {desired}));
  Readiness now;
  const bool said = eventually([&] {
    now = readiness(*provider, desired.id);
    const bool crashes = row.reason.starts_with("CrashLoopBackOff");
    return now.reason.starts_with("0 of 1 pod ready; a-") &&
           now.reason.find(": " + row.reason + (crashes ? " (kubectl logs -n " + cluster.ns + " a-" : "")) !=
               std::string::npos &&
           now.reason.ends_with(crashes ? " --previous)" : row.reason);
  });
  CAPTURE(now.reason);
  CHECK(said);
  CHECK(now.state == Readiness::State::waiting);
  const auto status = streamlet_status(*provider.cluster, {});
  REQUIRE(status.has_value());
  REQUIRE(status->size() == 1);
  CHECK(status->at(0).streamlet == "a");
  CHECK(status->at(0).image == "registry.example.com/a:1");
  CHECK(status->at(0).wanted == 1);
  REQUIRE(status->at(0).pods.size() == 1);
  CHECK(status->at(0).pods[0].reason.ends_with(row.reason));
}

TEST_CASE("pods are listed again only where a workload says something new", "[kubernetes][servers]") {
  Cluster cluster("newer");
  const auto provider = cluster.open();
  const std::vector<Resource> desired = {deployment(cluster.ns, "a", 0), deployment(cluster.ns, "b", 0)};
  apply_all(*provider, plan(*provider, desired));
  const std::vector<ResourceId> ids = {desired[0].id, desired[1].id};
  const auto all_ready = [&] {
    const auto answers = provider->readiness(ids, {});
    REQUIRE(answers.has_value());
    return std::ranges::all_of(*answers, [](const Readiness& one) { return one.state == Readiness::State::ready; });
  };
  std::atomic<int> listings = 0;
  log::configure(log::Level::debug, [&](log::Level, std::string_view line) {
    if (line.find("/" + cluster.ns + "/pods:") != std::string_view::npos) ++listings;
  });
  REQUIRE(eventually(all_ready));
  listings = 0;
  CHECK(all_ready());
  CHECK(listings == 1);
  cluster.edit("Deployment.apps", "b", {{"metadata", {{"labels", {{"seen", "again"}}}}}});
  listings = 0;
  CHECK(all_ready());
  CHECK(listings == 2);  // those that were asked for together with it may be older than what it says now
  CHECK(all_ready());
  CHECK(listings == 3);
  log::reset();
}

TEST_CASE("a failed job is failed, a finished one ready", "[kubernetes][servers]") {
  const Cluster cluster("jobs");
  const auto provider = cluster.open();
  const std::string text =
      R"({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"backoffLimit": 0, "template": {
    "metadata": {"annotations": {"kubebed/fail": "error"}}, "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0,
    "containers": [{"name": "m", "image": "registry.example.com/j:1"}]}}}})";
  const Resource bad = manifest(cluster.ns, text);
  apply_all(*provider, plan(*provider, {bad}));
  CHECK(eventually([&] { return readiness(*provider, bad.id).state == Readiness::State::failed; }));
  CHECK(readiness(*provider, bad.id)
            .reason.starts_with("BackoffLimitExceeded: Job has reached the specified backoff limit"));
}

TEST_CASE("what the server warns of is said in the plan, or after a change that it had not seen",
          "[kubernetes][servers]") {
  Cluster cluster("warns");
  cluster.edit("Namespace", cluster.ns,
               {{"metadata", {{"labels", {{"pod-security.kubernetes.io/warn", "restricted"}}}}}});
  const auto provider = cluster.open();
  const std::string words = "would violate PodSecurity \"restricted:latest\": ";
  std::vector<Change> changes = plan(*provider, {deployment(cluster.ns, "seen", 0)});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  REQUIRE(changes.at(0).notes.size() == 1);
  CHECK(changes.at(0).notes[0].starts_with("the server warns: " + words));
  apply_all(*provider, changes);
  CHECK(provider->take_warnings().empty());
  apply_all(*provider, plan(*provider, {deployment(cluster.ns, "unseen", 0)}));
  const std::vector<std::string> warnings = provider->take_warnings();
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].starts_with("deployment/unseen: " + words));
  CHECK(provider->take_warnings().empty());
}

TEST_CASE("what waits for a finalizer says for which, and a replacement keeps to its deadline",
          "[kubernetes][servers]") {
  Cluster cluster("held");
  const auto provider = cluster.open();
  const Resource desired = config_map(cluster.ns, "c");
  apply_all(*provider, plan(*provider, {desired}));
  const auto hold = [&](const Json& finalizers) {
    cluster.edit("ConfigMap", "c", {{"metadata", {{"finalizers", finalizers}}}});
  };
  hold({"example.com/hold"});
  const Json live = cluster.get("ConfigMap", "c");
  const std::string reason = "is being deleted: it waits for finalizer example.com/hold";
  Change replaced{.id = desired.id, .action = Action::replace, .desired = desired};
  replaced.precondition = {{"uid", string_at(live, {"metadata", "uid"})}};
  provider->set_deadline(std::chrono::seconds(1));
  const auto done = provider->apply(replaced, {});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().message == "not gone after 1 s: " + reason);
  CHECK(done.error().hint == "apply again when it is gone; it makes the new one then");
  const Readiness now = readiness(*provider, desired.id);
  CHECK(now.state == Readiness::State::waiting);
  CHECK(now.reason == reason);
  hold(nullptr);
}

TEST_CASE("a Job that removes itself is done only where it completed", "[kubernetes][servers]") {
  Cluster cluster("ttl");
  const auto provider = cluster.open();
  struct Row {
    const char* annotations;
    Readiness::State state;
    const char* reason;
  };
  const auto row = GENERATE(
      values<Row>({{R"({})", Readiness::State::ready, ""},
                   {R"({"kubebed/fail": "error"})", Readiness::State::failed,
                    "BackoffLimitExceeded: Job has reached the specified backoff limit; it has removed itself since "
                    "(ttlSecondsAfterFinished)"}}));
  CAPTURE(row.annotations);
  const Resource once = manifest(
      cluster.ns,
      fmt::format(
          R"({{"apiVersion": "batch/v1", "kind": "Job", "metadata": {{"name": "j"}}, "spec": {{"backoffLimit": 0,
    "ttlSecondsAfterFinished": 0, "template": {{"metadata": {{"annotations": {}}}, "spec": {{"restartPolicy": "Never",
    "terminationGracePeriodSeconds": 0, "containers": [{{"name": "m", "image": "registry.example.com/j:1"}}]}}}}}}}})",
          row.annotations));
  apply_all(*provider, plan(*provider, {once}));
  REQUIRE(eventually([&] {
    const auto live = cluster.admin.get(cluster.path("Job.batch", "j"), {});
    return !live && live.error().kind == ErrorKind::not_found;
  }));
  Readiness now;
  CHECK(eventually([&] { return (now = readiness(*provider, once.id)).state == row.state; }));
  CHECK(now.reason == row.reason);
}

TEST_CASE("a Role inside the namespace is enough", "[kubernetes][servers]") {
  Cluster cluster("least");
  const auto provider = open_limited(cluster, {"list"});
  const std::vector<Resource> desired = {
      {.id = {"kubernetes", "Namespace", "", cluster.ns},
       .spec = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", cluster.ns}}}}},
      config_map(cluster.ns, "a"),
      deployment(cluster.ns, "d", 0)};
  REQUIRE(provider.lock().take({.who = "ann"}, {}).has_value());
  REQUIRE(provider.record().write(inventory_of(desired), {}).has_value());
  std::vector<Change> changes = plan(*provider, desired);
  CHECK(changes[0].action == Action::none);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  apply_all(*provider, changes);
  CHECK(eventually([&] { return readiness(*provider, desired[2].id).state == Readiness::State::ready; }));
  CHECK(readiness(*provider, desired[0].id).state == Readiness::State::ready);
  std::vector<Change> removals = plan(*provider, {}, inventory_of(desired));
  CHECK(removals.size() == 2);
  CHECK(verified(*provider, removals) == std::vector<std::string>{});
  apply_all(*provider, removals);
  REQUIRE(provider.record().remove({}).has_value());

  std::vector<Change> more = plan(*provider, {});
  const auto denied = provider->read(
      std::vector{manifest(cluster.ns, R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}})")}, {},
      {});
  REQUIRE_FALSE(denied.has_value());
  CHECK(denied.error().kind == ErrorKind::denied);
}

TEST_CASE("pods that may not be seen are taken for neither ready nor gone", "[kubernetes][servers]") {
  Cluster cluster("blind");
  const auto provider = open_limited(cluster, {});
  const Resource desired = deployment(cluster.ns, "d", 1);
  apply_all(*provider, plan(*provider, {desired}));
  const std::string denied = "pods is forbidden: User \"user-" + cluster.ns + "\" cannot list resource \"pods\"";
  using Catch::Matchers::ContainsSubstring;
  REQUIRE(eventually([&] { return readiness(*provider, desired.id).state == Readiness::State::failed; }));
  const Readiness up = readiness(*provider, desired.id);
  CHECK_THAT(up.reason, ContainsSubstring("its controller calls it ready, and whether its pods stay up and old ones "
                                          "have ended cannot be seen: ") &&
                            ContainsSubstring(denied) &&
                            ContainsSubstring("; docs/rights.md has the Role that this needs"));

  // What could not be followed to its end is not begun.
  Change replaced{.id = desired.id, .action = Action::replace, .desired = desired};
  const Json before = cluster.get("Deployment.apps", "d");
  replaced.precondition = {{"uid", string_at(before, {"metadata", "uid"})}};
  const auto refused = provider->apply(replaced, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::denied);
  CHECK_THAT(
      refused.error().message,
      ContainsSubstring("deployment/d: whether its old pods still run cannot be seen: ") && ContainsSubstring(denied));
  const Json after = cluster.get("Deployment.apps", "d");
  CHECK(string_at(after, {"metadata", "uid"}) == string_at(before, {"metadata", "uid"}));
  CHECK(find(after, {"metadata", "deletionTimestamp"}) == nullptr);

  apply_all(*provider, plan(*provider, {}, inventory_of({desired})));
  Readiness gone;
  REQUIRE(
      eventually([&] { return (gone = readiness(*provider, desired.id)).reason.starts_with("it does not exist"); }));
  CHECK(gone.state == Readiness::State::failed);
  CHECK_THAT(gone.reason,
             ContainsSubstring("whether its pods still run cannot be seen: ") && ContainsSubstring(denied));
  const Readiness all = readiness(*provider, provider->all_pods());
  CHECK(all.state == Readiness::State::failed);
  CHECK_THAT(all.reason, ContainsSubstring("whether pods of the application still run cannot be seen: "));
}

TEST_CASE("nobody waits for the pods of a workload that somebody made from a copy of ours", "[kubernetes][servers]") {
  Cluster cluster("copypods");
  const auto provider = cluster.open();
  const Resource web = deployment(cluster.ns, "web", 1);
  apply_all(*provider, plan(*provider, {web}));
  REQUIRE(eventually([&] { return readiness(*provider, web.id).state == Readiness::State::ready; }));
  // Its own pods are waited for.
  CHECK(readiness(*provider, provider->all_pods()).state == Readiness::State::waiting);
  // Beside it pods of what an earlier run removed, of which there are none.
  const auto both = provider->readiness(std::vector{provider->all_pods(), ending_pods(cluster.ns)}, {});
  REQUIRE(both.has_value());
  CHECK(both->at(0).state == Readiness::State::waiting);
  CHECK(both->at(1).state == Readiness::State::ready);
  Json copy = cluster.get("Deployment.apps", "web");
  for (const char* field : {"managedFields", "uid", "resourceVersion", "creationTimestamp"})
    copy["metadata"].erase(field);
  copy.erase("status");
  apply_all(*provider, plan(*provider, {}, inventory_of({web})));
  REQUIRE(eventually([&] { return readiness(*provider, provider->all_pods()).state == Readiness::State::ready; }));
  cluster.make(copy, "velero-server");
  Readiness now;
  REQUIRE(eventually([&] {
    now = readiness(*provider, provider->all_pods());
    return now.state == Readiness::State::failed;
  }));
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(now.reason, ContainsSubstring("somebody made deployment/web from a copy of this application's, so it "
                                           "stays; `kubectl delete deployment/web` ends it: 1 pod still to end: web-"));
}

TEST_CASE("what has no pods says what only its events tell", "[kubernetes][servers]") {
  Cluster cluster("events");
  const auto provider = cluster.open();
  const ResourceId claim{"kubernetes", "PersistentVolumeClaim", cluster.ns, "c"};
  cluster.make(Json::parse(R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
    "metadata": {"name": "c", "annotations": {"kubebed/fail": "true"}},
    "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "nobody-has-this",
      "resources": {"requests": {"storage": "1Gi"}}}})"));
  Readiness now;
  const auto says = [&](const ResourceId& id, const std::string& words) {
    return eventually([&] {
      now = readiness(*provider, id);
      return now.reason == words;
    });
  };
  CHECK(says(claim,
             "not bound to a volume; ProvisioningFailed: storageclass.storage.k8s.io \"nobody-has-this\" not found"));
  CAPTURE(now.reason);
  CHECK(now.state == Readiness::State::waiting);  // somebody may make that class
  // A pod that no workload made.
  const ResourceId pod{"kubernetes", "Pod", cluster.ns, "p"};
  cluster.make(Json::parse(R"({"apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "p", "annotations": {"kubebed/strict": "yes"}},
    "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "image": "registry.example.com/p:1"}],
      "volumes": [{"name": "settings", "configMap": {"name": "none"}}]}})"));
  CHECK(says(pod,
             "ContainerCreating; FailedMount: MountVolume.SetUp failed for volume \"settings\" : configmap \"none\" "
             "not found; given up, as waiting does not change that"));
  CHECK(now.state == Readiness::State::failed);
}
