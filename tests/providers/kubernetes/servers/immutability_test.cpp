// What cannot be changed in place: the plan against what a real API server takes.
#include <catch2/catch_all.hpp>

#include "providers/kubernetes/diff/defaults_in_the_way.h"
#include "sdk/support/text.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"
#include "tests/providers/kubernetes/planning.h"
#include "tests/support/fault_server.h"
#include "tests/support/test_certificate.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

/// Refuses what happens in one namespace; taken away at the end.
class Guard {
 public:
  Guard(Cluster& cluster, Json policy) : cluster_(cluster) {
    policy["matchConstraints"]["namespaceSelector"] = {{"matchLabels", {{"kubernetes.io/metadata.name", cluster.ns}}}};
    make("ValidatingAdmissionPolicy", policies, policy);
    make("ValidatingAdmissionPolicyBinding", bindings, {{"policyName", cluster.ns}, {"validationActions", {"Deny"}}});
  }
  ~Guard() {
    for (const char* plural : {bindings, policies}) {
      (void)cluster_.admin.remove({fmt::format("{}{}/{}", api, plural, cluster_.ns), plural}, {}, {});
    }
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  static constexpr const char* api = "/apis/admissionregistration.k8s.io/v1/";
  static constexpr const char* policies = "validatingadmissionpolicies";
  static constexpr const char* bindings = "validatingadmissionpolicybindings";

  void make(const char* kind, const char* plural, const Json& spec) {
    const Json body = {{"apiVersion", "admissionregistration.k8s.io/v1"},
                       {"kind", kind},
                       {"metadata", {{"name", cluster_.ns}}},
                       {"spec", spec}};
    const auto made = cluster_.admin.create({std::string(api) + plural, plural}, body, {}, {});
    INFO((made ? "" : made.error().message));
    REQUIRE(made.has_value());
  }

  Cluster& cluster_;
};

Json rule(const std::string& operation) {
  return {{"resourceRules", Json::array({{{"apiGroups", {"", "apps"}},
                                          {"apiVersions", {"*"}},
                                          {"operations", {operation}},
                                          {"resources", {"configmaps", "secrets", "deployments"}}}})}};
}

/// A policy by which nothing may be updated.
Json frozen(const std::string& words) {
  return {{"failurePolicy", "Fail"},
          {"matchConstraints", rule("UPDATE")},
          {"validations", Json::array({{{"expression", "false"}, {"message", words}, {"reason", "Invalid"}}})}};
}

Resource job(const std::string& ns, const std::string& spec) {
  Resource out = manifest(ns, R"({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {
    "template": {"spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0,
      "containers": [{"name": "m", "image": "registry.example.com/j:1"}]}}}})");
  out.spec["spec"].merge_patch(Json::parse(spec));
  return out;
}

}  // namespace

TEST_CASE("a policy's refusal is the end, with its words", "[kubernetes][servers][immutable]") {
  Cluster cluster("frozen");
  const auto provider = cluster.open();
  const std::string words = "updates to production are frozen until Monday: spec.selector: field is immutable";
  const std::vector<Resource> before = {config_map(cluster.ns, "a"), deployment(cluster.ns, "a", 0),
                                        secret(cluster.ns, "a", R"({"rate": 5})")};
  apply_all(*provider, plan(*provider, before));
  const Guard guard(cluster, frozen(words));
  const std::vector<Resource> after = {config_map(cluster.ns, "a", "2"), deployment(cluster.ns, "a", 1),
                                       secret(cluster.ns, "a", R"({"rate": 9})")};
  std::vector<Change> changes;
  std::vector<std::string> rejections;
  REQUIRE(eventually([&] {
    changes = plan(*provider, after);
    rejections = verified(*provider, changes);
    return rejections.size() == 3;
  }));
  for (const std::string& rejection : rejections) {
    CHECK_THAT(rejection,
               Catch::Matchers::EndsWith(fmt::format("ValidatingAdmissionPolicy '{0}' with binding '{0}' denied "
                                                     "request: {1}",
                                                     cluster.ns, words)));
  }
  for (const Change& change : changes) {
    CAPTURE(change.id.text());
    CHECK(change.action == Action::update);
  }
}

TEST_CASE("a guard that refuses what would be made anew keeps what is there", "[kubernetes][servers][immutable]") {
  Cluster cluster("nonew");
  const auto provider = cluster.open();
  const Resource before = deployment(cluster.ns, "a", 0);
  apply_all(*provider, plan(*provider, {before}));
  Json policy = frozen("no new deployments this week");
  policy["matchConstraints"] = rule("CREATE");
  const Guard guard(cluster, policy);
  Resource after = before;
  after.spec["spec"]["selector"]["matchLabels"]["tier"] = "x";
  after.spec["spec"]["template"]["metadata"]["labels"]["tier"] = "x";
  std::vector<std::string> rejections;
  REQUIRE(eventually([&] {
    std::vector<Change> changes = plan(*provider, {after});
    rejections = verified(*provider, changes);
    return !rejections.empty();
  }));
  REQUIRE(rejections.size() == 1);
  CHECK_THAT(rejections[0], Catch::Matchers::StartsWith("deployment/a: deployments.apps \"a\" is forbidden: ") &&
                                Catch::Matchers::EndsWith("no new deployments this week"));
}

TEST_CASE("what cannot exist twice is proven without that", "[kubernetes][servers][immutable]") {
  Cluster cluster("unique");
  const auto provider = cluster.open();
  const auto replaced = [&](const Resource& before, const Resource& after) {
    apply_all(*provider, plan(*provider, {before}));
    std::vector<Change> changes = plan(*provider, {after});
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(changes.at(0).action == Action::replace);
    return changes.at(0);
  };
  SECTION("a Service with its own addresses") {
    const auto service = [&](const std::string& address) {
      return manifest(cluster.ns, fmt::format(R"({{"apiVersion": "v1", "kind": "Service", "metadata": {{"name": "a"}},
        "spec": {{"type": "NodePort", "clusterIP": "{}", "selector": {{"app": "a"}}, "ports": [{{"port": 80, "nodePort": 31234}}]}}}})",
                                              address));
    };
    const Json free = cluster.admin
                          .create(Cluster::resource("Service").collection(cluster.ns),
                                  {{"apiVersion", "v1"},
                                   {"kind", "Service"},
                                   {"metadata", {{"name", "probe"}}},
                                   {"spec", {{"ports", Json::array({{{"port", 1}}})}}}},
                                  {.dry_run = true}, {})
                          .value();
    const std::string address = free.at("spec").at("clusterIP");
    const std::string front = address.substr(0, address.rfind('.'));
    const Change change = replaced(service(front + ".201"), service(front + ".202"));
    CHECK(change.risk == Risk::disruptive);
    CHECK(
        std::ranges::find(change.notes,
                          "not proven: whether the server takes nodePort 31234, which two objects cannot both have") !=
        change.notes.end());
    apply_all(*provider, {change});
    CHECK(cluster.get("Service", "a")["spec"]["clusterIP"] == front + ".202");
    apply_all(*provider, plan(*provider, {}, inventory_of({service("")})));
  }
  SECTION("a default PriorityClass") {
    const auto priority = [&](int value) {
      return manifest("", fmt::format(R"({{"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
        "metadata": {{"name": "{}"}}, "globalDefault": true, "value": {}}})",
                                      cluster.ns, value));
    };
    const Change change = replaced(priority(1), priority(2));
    apply_all(*provider, {change});
    apply_all(*provider, plan(*provider, {}, inventory_of({priority(2)})));
  }
  SECTION("a definition, whose name says its plural and group") {
    const auto definition = [&](const std::string& scope) {
      return manifest("", fmt::format(R"({{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {{"name": "gears.{0}.example.com"}}, "spec": {{"group": "{0}.example.com", "scope": "{1}",
          "names": {{"plural": "gears", "singular": "gear", "kind": "Gear", "listKind": "GearList"}},
          "versions": [{{"name": "v1", "served": true, "storage": true, "schema": {{"openAPIV3Schema": {{"type": "object"}}}}}}]}}}})",
                                      cluster.ns, scope));
    };
    apply_all(*provider, plan(*provider, {definition("Namespaced")}));
    REQUIRE(eventually([&] {  // until it is served its scope may still change
      return provider->readiness(std::vector{definition("").id}, {})->at(0).state == Readiness::State::ready;
    }));
    CHECK(replaced(definition("Namespaced"), definition("Cluster")).verified == Verified::server);
    apply_all(*provider, plan(*provider, {}, inventory_of({definition("Cluster")})));
  }
  SECTION("one more than a quota allows") {
    const Resource before = secret(cluster.ns, "a", "{}");
    Resource after = before;
    after.spec["type"] = "example.com/other";
    apply_all(*provider, plan(*provider, {before}));
    cluster.make({{"apiVersion", "v1"},
                  {"kind", "ResourceQuota"},
                  {"metadata", {{"name", "q"}}},
                  {"spec", {{"hard", {{"count/secrets", "1"}}}}}});
    REQUIRE(eventually([&] {
      return cluster.get("ResourceQuota", "q").value("/status/used/count~1secrets"_json_pointer, "") == "1";
    }));
    const Change change = replaced(before, after);
    CHECK(std::ranges::any_of(change.notes, [](const std::string& note) {
      return note.starts_with("not proven: a quota leaves no room to try it beside the present one (exceeded quota: q");
    }));
    apply_all(*provider, {change});
    CHECK(cluster.get("Secret", "a")["type"] == "example.com/other");
  }
}

TEST_CASE("an object that is invalid as a new one is refused by its own name", "[kubernetes][servers][immutable]") {
  Cluster cluster("invalid");
  const auto provider = cluster.open();
  const Resource before = deployment(cluster.ns, "a", 0);
  apply_all(*provider, plan(*provider, {before}));
  Resource after = before;
  after.spec["spec"]["selector"]["matchLabels"]["tier"] = "x";  // which its pods do not have
  std::vector<Change> changes = plan(*provider, {after});
  const std::vector<std::string> rejections = verified(*provider, changes);
  REQUIRE(rejections.size() == 2);
  CHECK_THAT(rejections[0], Catch::Matchers::ContainsSubstring("`selector` does not match template `labels`"));
  for (const std::string& rejection : rejections)
    CHECK_THAT(rejection, !Catch::Matchers::ContainsSubstring("cloudflow-check"));
}

TEST_CASE("defaults that exclude what is asked for now are cleared", "[kubernetes][servers][immutable]") {
  Cluster cluster("defaults");
  const auto provider = cluster.open();
  struct Row {
    const char* kind;
    const char* member;
    const char* type;
  };
  const auto row = GENERATE(values<Row>({{"Deployment", "strategy", "Recreate"},
                                         {"StatefulSet", "updateStrategy", "OnDelete"},
                                         {"DaemonSet", "updateStrategy", "OnDelete"}}));
  CAPTURE(row.kind);
  Resource before =
      manifest(cluster.ns, fmt::format(R"({{"apiVersion": "apps/v1", "kind": "{}", "metadata": {{"name": "a"}},
    "spec": {{"selector": {{"matchLabels": {{"app": "a"}}}}, "template": {{"metadata": {{"labels": {{"app": "a"}}}},
      "spec": {{"containers": [{{"name": "m", "image": "registry.example.com/a:1"}}], "volumes": [{{"name": "v"}}]}}}}}}}})",
                                       row.kind));
  if (before.id.kind != "DaemonSet.apps") before.spec["spec"]["replicas"] = 0;
  apply_all(*provider, plan(*provider, {before}));
  Resource after = before;
  after.spec["spec"][row.member]["type"] = row.type;
  const bool secret = GENERATE(false, true);
  if (secret) after.spec["spec"]["template"]["spec"]["volumes"][0]["secret"] = {{"secretName", "s"}};
  std::vector<Change> changes = plan(*provider, {after});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes.at(0).action == Action::update);
  apply_all(*provider, changes);
  const Json live = cluster.get(before.id.kind, "a");
  // Where both may stand together the server keeps the other one.
  CHECK(live["spec"][row.member]["type"] == row.type);
  CHECK(live["spec"][row.member].contains("rollingUpdate") == (before.id.kind == "DaemonSet.apps"));
  CHECK_FALSE(live["spec"]["template"]["spec"]["volumes"][0].contains(secret ? "emptyDir" : "secret"));
  for (const Json& manager : live["metadata"]["managedFields"])
    CHECK((manager["manager"] != "cloudflow" || manager["operation"] == "Apply"));
  changes = plan(*provider, {after});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CAPTURE(paths(changes.at(0)), changes.at(0).notes);
  CHECK(changes.at(0).action == Action::none);
  SECTION("and back") {
    changes = plan(*provider, {before});
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    apply_all(*provider, changes);
    CHECK(plan(*provider, {before}).at(0).action == Action::none);
  }
}

TEST_CASE("a change of strategy that is cut short goes on with the next plan", "[kubernetes][servers][immutable]") {
  Cluster cluster("between");
  const auto provider = cluster.open();
  Resource before = deployment(cluster.ns, "a", 0);
  before.spec["spec"].erase("strategy");
  apply_all(*provider, plan(*provider, {before}));
  Resource after = before;
  after.spec["spec"]["strategy"]["type"] = "Recreate";
  after.spec["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/a:2";
  const Json untouched = cluster.get("Deployment.apps", "a");
  ApiError refused;
  refused.causes = {{.reason = "FieldValueForbidden", .field = "spec.strategy.rollingUpdate"}};
  const auto claim = claim_defaults(after.spec, untouched, refused);
  REQUIRE(claim);
  cluster.edit("Deployment.apps", "a", *claim, "cloudflow");
  const Json live = cluster.get("Deployment.apps", "a");
  CHECK(live["spec"] == untouched["spec"]);
  CHECK(live["metadata"]["generation"] == untouched["metadata"]["generation"]);
  SECTION("to the end") {
    std::vector<Change> changes = plan(*provider, {after});
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(changes.at(0).action == Action::update);
    apply_all(*provider, changes);
    CHECK(cluster.get("Deployment.apps", "a")["spec"]["strategy"] == Json{{"type", "Recreate"}});
    CHECK(plan(*provider, {after}).at(0).action == Action::none);
    changes = plan(*provider, {before});
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    apply_all(*provider, changes);
    CHECK(cluster.get("Deployment.apps", "a")["spec"]["strategy"] == untouched["spec"]["strategy"]);
  }
  SECTION("or nowhere, where the change is given up") {
    std::vector<Change> changes = plan(*provider, {before});
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    CHECK(changes.at(0).action == Action::none);
  }
  SECTION("also where others asked for the present strategy") {
    cluster.edit("Deployment.apps", "a", {{"spec", {{"strategy", {{"rollingUpdate", {{"maxSurge", 3}}}}}}}});
    std::vector<Change> changes = plan(*provider, {after});
    CHECK(verified(*provider, changes) == std::vector<std::string>{});
    apply_all(*provider, changes);
    CHECK(cluster.get("Deployment.apps", "a")["spec"]["strategy"] == Json{{"type", "Recreate"}});
  }
}

TEST_CASE("a Job that is changed in place does not run again", "[kubernetes][servers][immutable]") {
  Cluster cluster("jobs");
  const auto provider = cluster.open();
  const Resource before = job(cluster.ns, R"({"suspend": true})");
  apply_all(*provider, plan(*provider, {before}));
  Resource after = before;
  after.spec["spec"]["template"]["spec"]["nodeSelector"] = {{"disk", "ssd"}};
  std::vector<Change> changes = plan(*provider, {after});
  CHECK(changes.at(0).action == Action::replace);
  CHECK(changes.at(0).notes.size() == 2);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes.at(0).action == Action::update);
  CHECK(changes.at(0).risk == Risk::none);
  CHECK(changes.at(0).notes == std::vector<std::string>{});
}

TEST_CASE("an indexed Job whose completions cannot follow is made anew", "[kubernetes][servers][immutable]") {
  Cluster cluster("indexed");
  const auto provider = cluster.open();
  const Resource before =
      job(cluster.ns, R"({"completionMode": "Indexed", "completions": 3, "parallelism": 2, "suspend": true})");
  apply_all(*provider, plan(*provider, {before}));
  const Resource more =
      job(cluster.ns, R"({"completionMode": "Indexed", "completions": 4, "parallelism": 2, "suspend": true})");
  std::vector<Change> changes = plan(*provider, {more});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes.at(0).action == Action::replace);
  CHECK(changes.at(0).risk == Risk::restart);
  CHECK(changes.at(0).notes ==
        std::vector<std::string>{"spec.completions cannot be changed in place", "the job runs again"});
  const Resource both =
      job(cluster.ns, R"({"completionMode": "Indexed", "completions": 4, "parallelism": 4, "suspend": true})");
  changes = plan(*provider, {both});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes.at(0).action == Action::update);
}

TEST_CASE("what one plan makes together is accepted together", "[kubernetes][servers][immutable]") {
  const bool there = GENERATE(true, false);
  CAPTURE(there);
  Cluster cluster("together", there);
  const auto provider = cluster.open();
  std::vector<Resource> desired = {
      manifest(cluster.ns, R"({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "own"}})"),
      manifest("", fmt::format(R"({{"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
        "metadata": {{"name": "{}"}}, "value": 7}})",
                               cluster.ns)),
      manifest(cluster.ns, fmt::format(R"({{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "p"}}, "spec": {{
        "serviceAccountName": "own", "priorityClassName": "{}", "containers": [{{"name": "m", "image": "registry.example.com/p:1"}}]}}}})",
                                       cluster.ns)),
      job(cluster.ns, R"({"backoffLimit": 1, "podFailurePolicy": {"rules": [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]}})")};
  if (!there)
    desired.push_back({.id = {"kubernetes", "Namespace", "", cluster.ns},
                       .spec = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", cluster.ns}}}}});
  std::vector<Change> changes = plan(*provider, desired);
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes.at(2).verified == Verified::local);
}

namespace {

/// A webhook that writes another image into every Job of one namespace; taken away at the end.
class Mutator {
 public:
  explicit Mutator(Cluster& cluster) : cluster_(cluster) {
    // An answer of this version need not repeat the request's uid, so that one text serves for all.
    const Json patch = Json::array(
        {{{"op", "replace"}, {"path", "/spec/template/spec/containers/0/image"}, {"value", "mirror.example.com/j:1"}}});
    server_.on(
        "POST", "*",
        {{.body = dump(Json{
              {"kind", "AdmissionReview"},
              {"apiVersion", "admission.k8s.io/v1beta1"},
              {"response", {{"allowed", true}, {"patchType", "JSONPatch"}, {"patch", to_base64(dump(patch))}}}})}});
    const Json hook = {
        {"name", "mirror.example.com"},
        {"clientConfig", {{"url", server_.url() + "/"}, {"caBundle", to_base64(certificate_.certificate)}}},
        {"rules", Json::array({{{"apiGroups", {"batch"}},
                                {"apiVersions", {"v1"}},
                                {"operations", {"CREATE"}},
                                {"resources", {"jobs"}}}})},
        {"namespaceSelector", {{"matchLabels", {{"kubernetes.io/metadata.name", cluster.ns}}}}},
        {"admissionReviewVersions", {"v1beta1"}},
        {"sideEffects", "None"}};
    cluster.make({{"apiVersion", "admissionregistration.k8s.io/v1"},
                  {"kind", "MutatingWebhookConfiguration"},
                  {"metadata", {{"name", cluster.ns}}},
                  {"webhooks", Json::array({hook})}});
  }
  ~Mutator() {
    const ApiResource kind = Cluster::resource("MutatingWebhookConfiguration.admissionregistration.k8s.io");
    (void)cluster_.admin.remove(kind.object("", cluster_.ns), {}, {});
  }
  Mutator(const Mutator&) = delete;
  Mutator& operator=(const Mutator&) = delete;

  int asked() const { return server_.count(); }

 private:
  Cluster& cluster_;
  TestCertificate certificate_ = make_certificate("webhook", {"IP:127.0.0.1"});
  FaultServer server_{FaultTls{.server = certificate_, .client_ca = ""}};
};

}  // namespace

TEST_CASE("a Job that a webhook changes while it is made does not run again and again",
          "[kubernetes][servers][immutable]") {
  Cluster cluster("mutated");
  const auto provider = cluster.open();
  const Mutator mutator(cluster);
  const Resource desired = job(cluster.ns, R"({"suspend": true})");
  const ApiResource jobs = Cluster::resource("Job.batch");
  Json probe = desired.spec;
  probe["metadata"]["name"] = "probe";
  REQUIRE(eventually([&] {  // the server learns of a webhook a moment later
    return cluster.admin.create(jobs.collection(cluster.ns), probe, {.dry_run = true}, {}) && mutator.asked() > 0;
  }));
  apply_all(*provider, plan(*provider, {desired}));
  REQUIRE(cluster.get("Job.batch", "j")["spec"]["template"]["spec"]["containers"][0]["image"] ==
          "mirror.example.com/j:1");
  std::vector<Change> changes = plan(*provider, {desired});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes.at(0).action == Action::none);
  CHECK(changes.at(0).risk == Risk::none);
  CHECK(changes.at(0).notes ==
        std::vector<std::string>{"is left as it is: the server (a webhook or a policy) makes it with another "
                                 "spec.template.spec.containers[m].image than is asked for, and would again"});
  Resource other = desired;
  other.spec["spec"]["template"]["spec"]["containers"][0]["args"] = {"more"};
  changes = plan(*provider, {other});
  CHECK(verified(*provider, changes) == std::vector<std::string>{});
  CHECK(changes.at(0).action == Action::replace);
}
