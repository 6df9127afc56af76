// The comparison of one manifest with one live object: fields, causes, risks.
#include "providers/kubernetes/diff/compare.h"

#include <catch2/catch_all.hpp>

#include <algorithm>
#include <map>

#include "providers/kubernetes/diff/risk.h"
#include "sdk/support/text.h"

using namespace cloudflow;

namespace {

const ApplySet set{.application = "shop", .ns = "prod", .version = "1.0.0"};

Json json(const char* text) { return Json::parse(text); }

Resource resource(const std::string& kind, Json spec) {
  return {.id = {"kubernetes", kind, "prod", "a"}, .spec = std::move(spec)};
}

/// The object as the server keeps it after our apply: our fields, plus changes made to it by merge patch.
Json applied(const Resource& desired, const char* changes = "{}") {
  Json live = applied_body(desired, set);
  live["metadata"]["uid"] = "u1";
  live["metadata"]["resourceVersion"] = "7";
  live.merge_patch(json(changes));
  return live;
}

Json entry(const std::string& manager, const std::string& operation, const std::string& time, Json fields) {
  return {{"manager", manager},
          {"operation", operation},
          {"time", time},
          {"fieldsType", "FieldsV1"},
          {"fieldsV1", std::move(fields)}};
}

Change compared(const Resource& desired, Json live, std::vector<Json> owners) {
  live["metadata"]["managedFields"] = owners;
  const Live document{.id = desired.id, .document = dump(live)};
  auto change = compare_object(&desired, &document, set);
  REQUIRE(change.has_value());
  return *change;
}

const Json owned_metadata = json(R"({"f:labels": {"f:applyset.kubernetes.io/part-of": {}}})");

Json ours(Json fields) {
  if (!fields.contains("f:metadata")) fields["f:metadata"] = owned_metadata;
  return entry("cloudflow", "Apply", "2026-11-21T08:00:00Z", std::move(fields));
}

const Json deployment =
    json(R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "prod"},
  "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "a"}}, "strategy": {"type": "RollingUpdate", "rollingUpdate": {}},
    "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [
      {"name": "main", "image": "registry.example.com/a:1", "ports": [{"containerPort": 8080}], "args": ["x", "y"],
       "env": [{"name": "A", "value": "1"}],
       "resources": {"requests": {"cpu": "0.1", "memory": "128M"}, "limits": {"cpu": 2}}}]}}}})");

const Json owned_deployment =
    json(R"({"f:spec": {"f:replicas": {}, "f:selector": {}, "f:strategy": {"f:type": {}, "f:rollingUpdate": {}},
  "f:template": {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:containers": {"k:{\"name\":\"main\"}": {".": {},
    "f:name": {}, "f:image": {}, "f:args": {}, "f:ports": {"k:{\"containerPort\":8080,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}},
    "f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}, "k:{\"name\":\"OLD\"}": {".": {}, "f:name": {}, "f:value": {}}},
    "f:resources": {"f:requests": {"f:cpu": {}, "f:memory": {}}, "f:limits": {"f:cpu": {}}}}}}}}})");

/// The deployment with what a server adds, then changed at a JSON pointer.
Json live_deployment() {
  Json live = applied(resource("Deployment.apps", deployment), R"({
    "metadata": {"generation": 3, "creationTimestamp": "2026-11-20T08:00:00Z", "annotations": {"deployment.kubernetes.io/revision": "3"}},
    "spec": {"progressDeadlineSeconds": 600, "revisionHistoryLimit": 10, "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
      "template": {"spec": {"dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "securityContext": {}}}}, "status": {"replicas": 2}})");
  Json& container = live["spec"]["template"]["spec"]["containers"][0];
  container["ports"][0]["protocol"] = "TCP";
  container["imagePullPolicy"] = "IfNotPresent";
  container["resources"] = json(R"({"requests": {"cpu": "100m", "memory": "128M"}, "limits": {"cpu": "2"}})");
  return live;
}

}  // namespace

TEST_CASE("what the server adds and writes differently is no difference", "[kubernetes][compare]") {
  const Change change = compared(resource("Deployment.apps", deployment), live_deployment(), {ours(owned_deployment)});
  CHECK(change.action == Action::none);
  CHECK(change.fields.empty());
  CHECK(change.precondition == json(R"({"uid": "u1", "resourceVersion": "7", "generation": 3})"));
}

TEST_CASE("one changed field says where it is, why it differs and what it costs", "[kubernetes][compare]") {
  struct Row {
    const char* where;  // pointer into the live object
    const char* value;  // what it is there
    const char* path;
    const char* pointer;
    Action action;
    Risk risk;
    int restarts;
  };
  const auto row = GENERATE(values<Row>({
      {"/spec/replicas", "4", "spec.replicas", "/spec/replicas", Action::update, Risk::none, 0},
      {"/spec/template/spec/containers/0/image", "\"registry.example.com/a:0\"",
       "spec.template.spec.containers[main].image", "/spec/template/spec/containers/0/image", Action::update,
       Risk::restart, 2},
      {"/spec/template/spec/containers/0/args/1", "\"z\"", "spec.template.spec.containers[main].args[1]",
       "/spec/template/spec/containers/0/args/1", Action::update, Risk::restart, 2},
      {"/spec/template/spec/containers/0/args", "[\"x\"]", "spec.template.spec.containers[main].args",
       "/spec/template/spec/containers/0/args", Action::update, Risk::restart, 2},
      {"/spec/template/spec/containers/0/env/0/value", "\"2\"", "spec.template.spec.containers[main].env[A].value",
       "/spec/template/spec/containers/0/env/0/value", Action::update, Risk::restart, 2},
      {"/spec/template/spec/containers/0/resources/requests/cpu", "\"200m\"",
       "spec.template.spec.containers[main].resources.requests.cpu",
       "/spec/template/spec/containers/0/resources/requests/cpu", Action::update, Risk::restart, 2},
      {"/spec/selector/matchLabels/app", "\"b\"", "spec.selector.matchLabels.app", "/spec/selector/matchLabels/app",
       Action::replace, Risk::disruptive, 2},
      {"/spec/selector/matchLabels", R"({"app": "a", "tier": "x"})", "spec.selector.matchLabels.tier",
       "/spec/selector/matchLabels/tier", Action::replace, Risk::disruptive, 2},
  }));
  CAPTURE(row.where);
  Json live = live_deployment();
  live[Json::json_pointer(row.where)] = json(row.value);
  const Change change = compared(resource("Deployment.apps", deployment), live, {ours(owned_deployment)});
  CHECK(change.action == row.action);
  CHECK(change.risk == row.risk);
  CHECK(change.restarts == row.restarts);
  REQUIRE(change.fields.size() == 1);
  CHECK(change.fields[0].path == row.path);
  CHECK(change.fields[0].pointer == row.pointer);
  CHECK(change.fields[0].cause == Cause::git);
  CHECK_FALSE(change.fields[0].take_over);
}

TEST_CASE("a field that somebody else took is drift, with name and time", "[kubernetes][compare]") {
  Json live = live_deployment();
  live["spec"]["replicas"] = 4;
  Json mine = owned_deployment;
  mine["f:spec"].erase("f:replicas");
  Json scale = entry("kubectl", "Update", "2026-11-21T08:10:00Z", json(R"({"f:spec": {"f:replicas": {}}})"));
  scale["subresource"] = "scale";
  const Json older = entry("hpa", "Update", "2026-11-21T08:05:00Z", json(R"({"f:spec": {"f:replicas": {}}})"));
  Resource desired = resource("Deployment.apps", deployment);
  desired.origins.set("/spec/replicas", {"cloudflow.yaml", 4, 3});
  const Change change = compared(desired, live, {ours(mine), scale, older});
  REQUIRE(change.fields.size() == 1);
  const FieldChange& field = change.fields[0];
  CHECK(field.cause == Cause::drift);
  CHECK(field.manager == "kubectl");
  CHECK(field.since == "2026-11-21T08:10:00Z");
  CHECK(field.take_over);
  CHECK(field.before == Json(4));
  CHECK(field.after == Json(2));
  CHECK(field.origin == SourcePos{"cloudflow.yaml", 4, 3});
}

TEST_CASE("what we own and no longer want is removed, what others added stays", "[kubernetes][compare]") {
  Json live = live_deployment();
  live["spec"]["template"]["spec"]["containers"][0]["env"] =
      json(R"([{"name": "THEIRS", "value": "t"}, {"name": "OLD", "value": "o"}, {"name": "A", "value": "1"}])");
  live["metadata"]["labels"]["side"] = "car";
  const Json kubectl =
      entry("kubectl", "Update", "2026-11-21T08:10:00Z", json(R"({"f:metadata": {"f:labels": {"f:side": {}}}})"));
  const Change change = compared(resource("Deployment.apps", deployment), live, {ours(owned_deployment), kubectl});
  REQUIRE(change.fields.size() == 1);
  CHECK(change.fields[0].path == "spec.template.spec.containers[main].env[OLD]");
  CHECK(change.fields[0].before == json(R"({"name": "OLD", "value": "o"})"));
  CHECK_FALSE(change.fields[0].after.has_value());

  SECTION("unless others own it too") {
    const Json too =
        entry("other", "Update", "2026-11-21T08:10:00Z", json(R"({"f:spec": {"f:template": {"f:spec": {"f:containers":
      {"k:{\"name\":\"main\"}": {"f:env": {"k:{\"name\":\"OLD\"}": {".": {}, "f:name": {}, "f:value": {}}}}}}}}})"));
    CHECK(compared(resource("Deployment.apps", deployment), live, {ours(owned_deployment), too}).action ==
          Action::none);
  }
}

TEST_CASE("an empty value that is not there is no difference where we own it", "[kubernetes][compare]") {
  struct Row {
    const char* wanted;
    const char* owned;
    Action action;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"spec": {"hostNetwork": false}})", R"({"f:spec": {"f:hostNetwork": {}}})", Action::none},
      {R"({"spec": {"hostNetwork": false}})", R"({"f:spec": {"f:other": {}}})", Action::update},
      {R"({"spec": {"note": ""}})", R"({"f:spec": {"f:note": {}}})", Action::none},
      // Whether the server keeps it, only its dry run tells.
      {R"({"spec": {"note": ""}})", R"({"f:spec": {"f:other": {}}})", Action::update},
      {R"({"spec": {"map": {}, "list": []}})", R"({"f:spec": {"f:map": {}, "f:list": {}}})", Action::none},
      {R"({"spec": {"map": {}}})", R"({"f:spec": {"f:other": {}}})", Action::update},
      {R"({"spec": {"count": 1}})", R"({"f:spec": {"f:other": {}}})", Action::update},
  }));
  CAPTURE(row.wanted, row.owned);
  const Resource desired = resource("Pod", json(row.wanted));
  const Json live = applied(resource("Pod", json(R"({"spec": {"node": "n"}})")));
  CHECK(compared(desired, live, {ours(json(row.owned))}).action == row.action);
}

TEST_CASE("quantities are compared as the server writes them, where they are quantities", "[kubernetes][compare]") {
  struct Row {
    const char* wanted;
    const char* live;
    bool same;
  };
  const auto row = GENERATE(values<Row>({
      {"\"0.1\"", "\"100m\"", true},
      {"2", "\"2\"", true},
      {"0.5", "\"500m\"", true},
      {"\"1Gi\"", "\"1073741824\"", false},  // the server keeps what kind of suffix was given
      {"\"1024Mi\"", "\"1Gi\"", true},
      {"\"1e3\"", "\"1k\"", false},
      {"\"1000m\"", "\"1\"", true},
      {"\"0.5Gi\"", "\"512Mi\"", true},
      {"\"1.5Gi\"", "\"1536Mi\"", true},
      {"\"100000\"", "\"100k\"", true},
      {"\"1000Ki\"", "\"1000Ki\"", true},
      {"\"0.5Ki\"", "\"512\"", true},
      {"\"0.1Ki\"", "\"102400m\"", true},
      {"\"1.00e3\"", "\"1e3\"", true},
      {"0", "\"0\"", true},
      {"\"-0.5\"", "\"-500m\"", true},
      {"\"1G\"", "\"1Gi\"", false},
      {"\"x\"", "\"y\"", false},
      {"\"128M\"", "\"128Mi\"", false},
      {"1", "\"2\"", false},
      {"\"12E\"", "\"12e18\"", false},
      {"\"1.5\"", "\"1500m\"", true},
  }));
  CAPTURE(row.wanted, row.live);
  const auto quota = [](const char* kind, const char* value) {
    Json out = {{"apiVersion", "v1"}, {"kind", kind}, {"spec", {{"hard", {{"x", json(value)}}}}}};
    out["data"]["limits"] = json(value);
    return resource(kind, std::move(out));
  };
  const auto action = [&](const char* kind, const char* fields) {
    return compared(quota(kind, row.wanted), applied(quota(kind, row.live)), {ours(json(fields))}).action;
  };
  const bool literal = json(row.wanted) == json(row.live);
  CHECK((action("ResourceQuota", R"({"f:spec": {"f:hard": {"f:x": {}}}, "f:data": {"f:limits": {}}})") ==
         Action::none) == (row.same && literal));
  Json wanted = quota("ResourceQuota", row.wanted).spec;
  Json live = quota("ResourceQuota", row.live).spec;
  wanted.erase("data");
  live.erase("data");
  CHECK((compared(resource("ResourceQuota", wanted), applied(resource("ResourceQuota", live)),
                  {ours(json(R"({"f:spec": {"f:hard": {"f:x": {}}}})"))})
             .action == Action::none) == row.same);
  // Elsewhere they are texts, whatever the member is called.
  CHECK((action("ConfigMap", R"({"f:spec": {"f:hard": {"f:x": {}}}, "f:data": {"f:limits": {}}})") == Action::none) ==
        literal);
}

TEST_CASE("pods are counted where the source leaves their number to others", "[kubernetes][compare]") {
  const auto pods = [](const char* kind, const char* desired, const char* live) {
    const Live there{.id = {"kubernetes", kind, "prod", "a"}, .document = live};
    return pods_asked_for(resource(kind, json(desired)), *live == '\0' ? nullptr : &there);
  };
  CHECK(pods("Deployment.apps", R"({"spec": {"replicas": 2}})", R"({"spec": {"replicas": 5}})") == 2);
  CHECK(pods("Deployment.apps", R"({"spec": {}})", R"({"spec": {"replicas": 5}})") == 5);
  CHECK(pods("Deployment.apps", R"({"spec": {}})", "") == 1);
  CHECK(pods("DaemonSet.apps", R"({"spec": {}})", R"({"status": {"desiredNumberScheduled": 3}})") == 3);
  CHECK(pods("DaemonSet.apps", R"({"spec": {}})", "") == 0);
  CHECK(pods("ReplicaSet.apps", R"({"spec": {"replicas": 2}})", "") == 2);
  CHECK(pods("ReplicationController", R"({"spec": {"replicas": 2}})", "") == 2);
  CHECK(pods("ConfigMap", "{}", "{}") == 0);
}

TEST_CASE("a change of a template says whose pods keep the old one", "[kubernetes][compare]") {
  const auto [kind, strategy, note] = GENERATE(table<std::string, std::string, std::string>({
      {"ReplicaSet.apps", "{}", "its pods keep their old template until they are deleted"},
      {"ReplicationController", "{}", "its pods keep their old template until they are deleted"},
      {"StatefulSet.apps", R"({"type": "OnDelete"})",
       "update strategy OnDelete: pods keep their old template until they are deleted"},
  }));
  CAPTURE(kind);
  Resource desired = resource(kind, deployment);
  desired.spec["kind"] = kind.substr(0, kind.find('.'));
  desired.spec["spec"].erase("strategy");
  desired.spec["spec"]["updateStrategy"] = Json::parse(strategy);
  Json live = applied(desired);
  live["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/a:0";
  Json fields = owned_deployment;
  fields["f:spec"].erase("f:strategy");
  const Change change = compared(desired, live, {ours(fields)});
  CHECK(change.action == Action::update);
  CHECK(change.restarts == 0);
  CHECK(change.notes == std::vector<std::string>{note});
}

TEST_CASE("lists are merged by key where their owners or the kind say so", "[kubernetes][compare]") {
  const Resource desired = resource("Service", json(R"({"apiVersion": "v1", "kind": "Service",
                                   "spec": {"ports": [{"name": "a", "port": 1}, {"name": "b", "port": 2}]}})"));
  Json live = applied(desired);
  live["spec"]["ports"] = json(R"([{"name": "a", "port": 1, "protocol": "TCP", "targetPort": 1},
                                   {"name": "b", "port": 2, "protocol": "TCP", "targetPort": 2}])");
  CHECK(compared(desired, live, {ours(json(R"({"f:spec": {"f:ports": {
    "k:{\"port\":1,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}, "k:{\"port\":2,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}}})"))})
            .action == Action::none);
  // Nobody's fields are known: the table of core kinds. It becomes ours again, and nothing in it differs.
  const Change adopted = compared(desired, live, {});
  CHECK(adopted.action == Action::update);
  CHECK(adopted.fields.empty());
  CHECK(adopted.notes == std::vector<std::string>{std::string(as_it_is_note)});
}

TEST_CASE("sets keep what others put in, and the order that is asked for", "[kubernetes][compare]") {
  const Resource desired = resource("Thing", json(R"({"metadata": {"finalizers": ["x/a", "x/b"]}})"));
  Json live = applied(desired);
  live["metadata"]["finalizers"] = json(R"(["x/a", "y/theirs", "x/b", "x/gone"])");
  const Change change =
      compared(desired, live, {ours(json(R"({"f:metadata": {"f:labels": {"f:applyset.kubernetes.io/part-of": {}},
    "f:finalizers": {"v:\"x/a\"": {}, "v:\"x/b\"": {}, "v:\"x/gone\"": {}}}})"))});
  REQUIRE(change.fields.size() == 1);
  CHECK(change.fields[0].path == "metadata.finalizers[x/gone]");
  CHECK(change.fields[0].before == Json("x/gone"));

  const Json theirs = entry("other", "Update", "2026-11-21T08:10:00Z",
                            json(R"({"f:metadata": {"f:finalizers": {"v:\"y/theirs\"": {}}}})"));
  const Json mine = ours(json(R"({"f:metadata": {"f:labels": {"f:applyset.kubernetes.io/part-of": {}},
    "f:finalizers": {"v:\"x/a\"": {}, "v:\"x/b\"": {}}}})"));
  live["metadata"]["finalizers"] = json(R"(["x/b", "y/theirs", "x/a"])");
  const Change turned = compared(desired, live, {mine, theirs});
  REQUIRE(turned.fields.size() == 1);
  CHECK(turned.fields[0].path == "metadata.finalizers (order)");
  CHECK(turned.fields[0].before == json(R"(["x/b", "x/a"])"));
  CHECK(turned.fields[0].after == json(R"(["x/a", "x/b"])"));

  Resource none = desired;
  none.spec["metadata"].erase("finalizers");
  const Change gone = compared(none, live, {mine, theirs});
  REQUIRE(gone.fields.size() == 2);
  CHECK(gone.fields[0].path == "metadata.finalizers[x/a]");
  CHECK(gone.fields[1].path == "metadata.finalizers[x/b]");
}

TEST_CASE("the order of a list with keys is a difference", "[kubernetes][compare]") {
  const auto pod = [](const char* env) {
    Json out =
        json(R"({"apiVersion": "v1", "kind": "PodTemplate", "template": {"spec": {"containers": [{"name": "m"}]}}})");
    out["template"]["spec"]["containers"][0]["env"] = json(env);
    return resource("PodTemplate", std::move(out));
  };
  const Json mine =
      ours(json(R"({"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"m\"}": {".": {}, "f:name": {}, "f:env": {
        "k:{\"name\":\"A\"}": {".": {}, "f:name": {}}, "k:{\"name\":\"B\"}": {".": {}, "f:name": {}}}}}}}})"));
  const Json live = applied(pod(R"([{"name": "A"}, {"name": "THEIRS"}, {"name": "B"}])"));
  CHECK(compared(pod(R"([{"name": "A"}, {"name": "B"}])"), live, {mine}).action == Action::none);
  const Change turned = compared(pod(R"([{"name": "B"}, {"name": "A"}])"), live, {mine});
  REQUIRE(turned.fields.size() == 1);
  CHECK(turned.fields[0].path == "template.spec.containers[m].env (order)");
  CHECK(turned.fields[0].before == json(R"(["A", "B"])"));
  CHECK(turned.fields[0].after == json(R"(["B", "A"])"));
}

TEST_CASE("empty values that mean something are compared", "[kubernetes][compare]") {
  struct Row {
    const char* kind;
    const char* wanted;
    const char* live;
    const char* owned;
    const char* path;
  };
  const auto row = GENERATE(values<Row>({
      {"NetworkPolicy", R"({"spec": {"ingress": [{}]}})", R"({"spec": {"ingress": [{"from": [{"podSelector": {}}]}]}})",
       R"({"f:spec": {"f:ingress": {}}})", "spec.ingress[0].from"},
      {"NetworkPolicy", R"({"spec": {"ingress": [{"from": [{"podSelector": {}}]}]}})",
       R"({"spec": {"ingress": [{"from": [{"podSelector": {}, "namespaceSelector": {}}]}]}})",
       R"({"f:spec": {"f:ingress": {}}})", "spec.ingress[0].from[0].namespaceSelector"},
      {"PodDisruptionBudget", R"({"spec": {"selector": {}}})", R"({"spec": {"selector": {"matchLabels": {"a": "b"}}}})",
       R"({"f:spec": {"f:selector": {}}})", "spec.selector.matchLabels"},
      {"Service", R"({"spec": {"selector": {}}})", R"({"spec": {"selector": {"app": "a"}}})",
       R"({"f:spec": {"f:selector": {}}})", "spec.selector.app"},
      {"ConfigMap", R"({"data": {"a": "1", "b": ""}})", R"({"data": {"a": "1"}})", R"({"f:data": {"f:a": {}}})",
       "data.b"},
      {"ConfigMap", R"({"data": {"a": "1"}})", R"({"data": {"a": "1", "b": ""}})",
       R"({"f:data": {"f:a": {}, "f:b": {}}})", "data.b"},
      {"Issuer", R"({"spec": {"selfSigned": {}}})", R"({"spec": {}})", R"({"f:spec": {}})", "spec.selfSigned"},
      {"Issuer", R"({"spec": {}})", R"({"spec": {"selfSigned": {}}})", R"({"f:spec": {"f:selfSigned": {}}})",
       "spec.selfSigned"},
  }));
  const std::map<std::string, std::string> groups = {{"NetworkPolicy", "networking.k8s.io/v1"},
                                                     {"PodDisruptionBudget", "policy/v1"},
                                                     {"Issuer", "cert-manager.io/v1"}};
  CAPTURE(row.kind, row.wanted);
  const auto of = [&](const char* text) {
    Json spec = json(text);
    spec["apiVersion"] = groups.contains(row.kind) ? groups.at(row.kind) : "v1";
    spec["kind"] = row.kind;
    return resource(row.kind, std::move(spec));
  };
  const Change change = compared(of(row.wanted), applied(of(row.live)), {ours(json(row.owned))});
  REQUIRE(change.fields.size() == 1);
  CHECK(change.fields[0].path == row.path);
}

TEST_CASE("an object that nobody owns is taken over and says so", "[kubernetes][compare]") {
  const Resource desired = resource("ConfigMap", json(R"({"data": {"k": "1"}})"));
  Json live = applied(desired);
  live["metadata"].erase("labels");
  live["data"]["k"] = "2";
  const Change change =
      compared(desired, live, {entry("kubectl", "Apply", "2026-11-20T08:00:00Z", json(R"({"f:data": {"f:k": {}}})"))});
  CHECK(change.action == Action::update);
  CHECK(change.notes == std::vector<std::string>{"exists already and is taken over"});
  CHECK(change.adoptable);
  REQUIRE(change.losses.size() == 1);
  CHECK(change.losses[0].what == "the values that kubectl wrote: data.k");
  REQUIRE(change.fields.size() == 2);
  CHECK(change.fields[0].path == "data.k");
  CHECK(change.fields[0].cause == Cause::adopted);
  CHECK(change.fields[0].take_over);
  CHECK(change.fields[1].path == "metadata.labels");
}

TEST_CASE("what another application owns is refused by name", "[kubernetes][compare]") {
  struct Row {
    const char* metadata;
    const char* refused;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"labels": {"applyset.kubernetes.io/part-of": "x", "app.kubernetes.io/part-of": "billing"}})",
       "belongs to application \"billing\""},
      {R"({"labels": {"applyset.kubernetes.io/part-of": "x", "com.lightbend.cloudflow/app-id": "old"}})",
       "belongs to application \"old\""},
      {R"({"labels": {"applyset.kubernetes.io/part-of": "x"}})", "belongs to another set of objects, x"},
      {R"({"labels": null, "ownerReferences": [{"kind": "CloudflowApplication", "name": "shop"}]})",
       "belongs to Cloudflow 2's application \"shop\": take it over with `cloudflow adopt`"},
  }));
  const Resource desired = resource("ConfigMap", json(R"({"data": {"k": "1"}})"));
  Json live = applied(desired);
  live["metadata"].merge_patch(json(row.metadata));
  const Change change = compared(desired, live, {});
  CHECK(change.refused == row.refused);
}

TEST_CASE("immutable fields mean a replacement that names them", "[kubernetes][compare]") {
  struct Row {
    const char* kind;
    const char* wanted;
    const char* live;
    Action action;
    Risk risk;
    const char* note;
  };
  const auto row = GENERATE(values<Row>({
      {"Service", R"({"spec": {"clusterIP": "None"}})", R"({"spec": {"clusterIP": "10.0.0.1"}})", Action::replace,
       Risk::disruptive, "spec.clusterIP cannot be changed in place"},
      {"Service", R"({"spec": {"type": "NodePort"}})", R"({"spec": {"type": "ClusterIP"}})", Action::update, Risk::none,
       ""},
      {"Job.batch", R"({"spec": {"template": {"x": 1}}})", R"({"spec": {"template": {"x": 2}}})", Action::replace,
       Risk::restart, "spec.template.x cannot be changed in place"},
      {"Job.batch", R"({"spec": {"parallelism": 1}})", R"({"spec": {"parallelism": 2}})", Action::update, Risk::none,
       ""},
      {"RoleBinding.rbac.authorization.k8s.io", R"({"roleRef": {"name": "b"}})", R"({"roleRef": {"name": "a"}})",
       Action::replace, Risk::disruptive, "roleRef.name cannot be changed in place"},
      {"PersistentVolumeClaim", R"({"spec": {"storageClassName": "b"}})", R"({"spec": {"storageClassName": "a"}})",
       Action::replace, Risk::none, "spec.storageClassName cannot be changed in place"},
      {"PersistentVolumeClaim", R"({"spec": {"storageClassName": "b"}})",
       R"({"spec": {"storageClassName": "a", "volumeName": "pv-1"}})", Action::replace, Risk::data_loss,
       "spec.storageClassName cannot be changed in place"},
      {"PersistentVolumeClaim", R"({"spec": {"resources": {"requests": {"storage": "2Gi"}}}})",
       R"({"spec": {"resources": {"requests": {"storage": "1Gi"}}}})", Action::update, Risk::none, ""},
      {"StatefulSet.apps", R"({"spec": {"serviceName": "b"}})", R"({"spec": {"serviceName": "a", "replicas": 3}})",
       Action::replace, Risk::disruptive, "spec.serviceName cannot be changed in place"},
      {"ConfigMap", R"({"data": {"a": "1"}, "immutable": true})", R"({"data": {"a": "2"}, "immutable": true})",
       Action::replace, Risk::none, "data.a cannot be changed in place"},
  }));
  CAPTURE(row.kind, row.wanted);
  const Json live = applied(resource(row.kind, json(row.live)));
  const Change change = compared(resource(row.kind, json(row.wanted)), live, {ours(json(R"({"f:x": {}})"))});
  CHECK(change.action == row.action);
  CHECK(change.risk == row.risk);
  CHECK((change.notes.empty() ? "" : change.notes[0]) == row.note);
}

TEST_CASE("leftovers of ours are removed, namespaces and what is going away are not", "[kubernetes][compare]") {
  struct Row {
    const char* kind;
    const char* changes;
    Action action;
    Risk risk;
  };
  const auto row = GENERATE(values<Row>({
      {"ConfigMap", "{}", Action::remove, Risk::none},
      {"PersistentVolumeClaim", "{}", Action::remove, Risk::none},  // it has no volume
      {"PersistentVolumeClaim", R"({"spec": {"volumeName": "pv-1"}})", Action::remove, Risk::data_loss},
      {"Service", "{}", Action::remove, Risk::disruptive},
      {"Namespace", "{}", Action::none, Risk::none},  // and said: see below
      {"ConfigMap", R"({"metadata": {"deletionTimestamp": "2026-11-21T08:00:00Z"}})", Action::none, Risk::none},
      {"ConfigMap", R"({"metadata": {"labels": null}})", Action::none, Risk::none},
  }));
  Json live = applied(resource(row.kind, Json::object()));
  live.merge_patch(json(row.changes));
  const Live document{.id = {"kubernetes", row.kind, "prod", "a"}, .document = dump(live)};
  const auto change = compare_object(nullptr, &document, set);
  REQUIRE(change.has_value());
  CHECK(change->action == row.action);
  CHECK(change->risk == row.risk);
  CHECK(change->desired.id == ResourceId{});
}

TEST_CASE("what a change of an object loses, by kind", "[kubernetes][compare][losses]") {
  struct Row {
    const char* kind;
    const char* live;
    std::vector<std::string> losses;
    Risk risk;
  };
  const auto row = GENERATE(values<Row>({
      {"ConfigMap", "{}", {}, Risk::none},
      {"PersistentVolume",
       R"({"spec": {"persistentVolumeReclaimPolicy": "Delete", "claimRef": {"name": "c"}}})",
       {"loses the storage behind it (reclaim policy Delete, claim c)"},
       Risk::data_loss},
      {"PersistentVolume",
       R"({"spec": {"persistentVolumeReclaimPolicy": "Retain", "claimRef": {"name": "c"}}})",
       {"may lose the volume of claim c; the storage behind it stays (reclaim policy Retain)"},
       Risk::data_loss},
      {"PersistentVolume", R"({"spec": {"persistentVolumeReclaimPolicy": "Retain"}})", {}, Risk::none},
      {"PersistentVolumeClaim",
       R"({"spec": {"volumeName": "v"}})",
       {"may lose the data of claim a: whether its volume v stays is not known: it may not be looked at"},
       Risk::data_loss},
      {"StatefulSet.apps",
       R"({"spec": {"volumeClaimTemplates": [{}], "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}})",
       {"may lose the claims of its pods, which may not be looked at (it has whenDeleted: Delete)"},
       Risk::data_loss},
      {"StatefulSet.apps", R"({"spec": {"volumeClaimTemplates": [{}]}})", {}, Risk::none},
      {"CustomResourceDefinition.apiextensions.k8s.io",
       R"({"spec": {"names": {"kind": "Widget"}}})",
       {"may lose all objects of kind Widget, which may not be counted"},
       Risk::data_loss},
      {"Widget.example.com",
       "{}",
       {"may lose what the controller of Widget.example.com keeps for it: what deleting one means is not known here"},
       Risk::data_loss},
      {"VolumeSnapshot.snapshot.storage.k8s.io",
       "{}",
       {"may lose what the controller of VolumeSnapshot.snapshot.storage.k8s.io keeps for it: what deleting one means "
        "is "
        "not known here"},
       Risk::data_loss},
      {"HTTPRoute.gateway.networking.k8s.io", "{}", {}, Risk::none},
      {"ServiceMonitor.monitoring.coreos.com", "{}", {}, Risk::none},
      {"APIService.apiregistration.k8s.io", "{}", {}, Risk::disruptive},
  }));
  CAPTURE(row.kind, row.live);
  const Json live = applied(resource(row.kind, json(row.live)));
  const Live document{.id = {"kubernetes", row.kind, "prod", "a"}, .document = dump(live)};
  const auto change = compare_object(nullptr, &document, set);
  REQUIRE(change.has_value());
  std::vector<std::string> losses;
  for (const Loss& loss : change->losses) losses.push_back((loss.certain ? "loses " : "may lose ") + loss.what);
  CHECK(losses == row.losses);
  CHECK(change->risk == row.risk);
}

TEST_CASE("what others put into a Secret or ConfigMap is lost with it, and said", "[kubernetes][compare][losses]") {
  SECTION("keys of a Secret that is made anew") {
    const Resource desired = resource("Secret", json(R"({"type": "b", "data": {"ours": "eA=="}})"));
    const Json live = applied(desired, R"({"type": "a", "data": {"theirs": "eA=="}})");
    const Change change =
        compared(desired, live,
                 {ours(json(R"({"f:type": {}, "f:data": {"f:ours": {}}})")),
                  entry("other", "Update", "2026-11-21T09:00:00Z", json(R"({"f:data": {"f:theirs": {}}})"))});
    CHECK(change.action == Action::replace);
    REQUIRE(change.losses.size() == 1);
    CHECK(change.losses[0].what == "what others wrote into it: theirs");
  }
  SECTION("keys of an immutable ConfigMap that is made anew, text and bytes") {
    const Resource desired = resource("ConfigMap", json(R"({"immutable": true, "data": {"ours": "2"}})"));
    const Json live = applied(desired, R"({"data": {"ours": "1", "theirs": "x"}, "binaryData": {"bytes": "eA=="}})");
    const Change change = compared(desired, live,
                                   {ours(json(R"({"f:immutable": {}, "f:data": {"f:ours": {}}})")),
                                    entry("other", "Update", "2026-11-21T09:00:00Z",
                                          json(R"({"f:data": {"f:theirs": {}}, "f:binaryData": {"f:bytes": {}}})"))});
    CHECK(change.action == Action::replace);
    REQUIRE(change.losses.size() == 1);
    CHECK(change.losses[0].what == "what others wrote into it: bytes, theirs");
    CHECK(change.risk == Risk::data_loss);
  }
  SECTION("registries in the pull secret") {
    Resource pull =
        resource("Secret", json(R"({"metadata": {"annotations": {"cloudflow/registry": "own.example.com"}}})"));
    pull.id.name = "cloudflow-image-pull-secret";
    Json live = applied(pull);
    live["data"][".dockerconfigjson"] =
        to_base64(R"({"auths": {"own.example.com": {"auth": "x"}, "other.example.com": {"auth": "y"}}})");
    const Live document{.id = pull.id, .document = dump(live)};
    const auto change = compare_object(nullptr, &document, set);
    REQUIRE(change.has_value());
    REQUIRE(change->losses.size() == 1);
    CHECK(change->losses[0].what == "what others put into it: credentials of other.example.com");
  }
}

TEST_CASE("a value of a Secret that others wrote over ours may be the only one", "[kubernetes][compare][losses]") {
  const Json spec = json(R"({"data": {"password": "b3Vycw==", "user": "bWU="}})");
  const std::vector<Json> owners = {
      ours(json(R"({"f:data": {"f:user": {}}})")),
      entry("vault-operator", "Update", "2026-11-21T09:00:00Z", json(R"({"f:data": {"f:password": {}}})"))};
  const Resource secret = resource("Secret", spec);
  const Change change = compared(secret, applied(secret, R"({"data": {"password": "dDBw"}})"), owners);
  REQUIRE(change.fields.size() == 1);
  CHECK(change.fields[0].cause == Cause::drift);
  REQUIRE(change.losses.size() == 1);
  CHECK(change.losses[0].what == "the value of data.password that vault-operator wrote");
  CHECK_FALSE(change.losses[0].certain);
  CHECK(change.risk == Risk::data_loss);
  // A ConfigMap has no secrets: its values are in the plan, before and after.
  const Resource plain = resource("ConfigMap", spec);
  const Change shown = compared(plain, applied(plain, R"({"data": {"password": "dDBw"}})"), owners);
  REQUIRE(shown.fields.size() == 1);
  CHECK(shown.fields[0].before == Json("dDBw"));
  CHECK(shown.losses.empty());
}

TEST_CASE("a namespace is compared, but for the labels of whoever shares it", "[kubernetes][compare]") {
  const Resource desired{
      .id = {"kubernetes", "Namespace", "", "prod"},
      .spec = json(R"({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod", "labels": {
                           "app.kubernetes.io/part-of": "shop", "pod-security.kubernetes.io/enforce": "restricted"}}})")};
  const auto live = [](const char* labels, const char* uid = "u1") {
    Json out = {{"metadata", {{"name", "prod"}, {"labels", json(labels)}}}};
    if (*uid != 0) out["metadata"]["uid"] = uid;
    return Live{.id = {"kubernetes", "Namespace", "", "prod"}, .document = dump(out)};
  };
  const Live same =
      live(R"({"pod-security.kubernetes.io/enforce": "restricted", "app.kubernetes.io/part-of": "other"})");
  CHECK(compare_object(&desired, &same, set)->action == Action::none);
  CHECK(compare_object(&desired, nullptr, set)->action == Action::create);

  const Live weaker = live(R"({"pod-security.kubernetes.io/enforce": "baseline"})");
  const auto change = compare_object(&desired, &weaker, set);
  CHECK(change->action == Action::update);
  REQUIRE(change->fields.size() == 1);
  CHECK(change->fields[0].path == "metadata.labels[pod-security.kubernetes.io/enforce]");

  // Without the right to read namespaces only its name is known.
  const Live unseen = live("{}", "");
  CHECK(compare_object(&desired, &unseen, set)->notes ==
        std::vector<std::string>{"exists and may not be read: its labels are not compared"});
  Resource plain = desired;
  plain.spec["metadata"]["labels"].erase("pod-security.kubernetes.io/enforce");
  CHECK(compare_object(&plain, &unseen, set)->notes.empty());

  CHECK(compare_object(nullptr, &same, set)->notes ==
        std::vector<std::string>{"stays, as others may use it; what is left in it goes with it: "
                                 "kubectl delete namespace prod"});
}

TEST_CASE("replicas that nobody owns were set by scaling", "[kubernetes][compare]") {
  Json live = live_deployment();
  live["spec"]["replicas"] = 0;
  Json mine = owned_deployment;
  mine["f:spec"].erase("f:replicas");
  const Change change = compared(resource("Deployment.apps", deployment), live, {ours(mine)});
  REQUIRE(change.fields.size() == 1);
  CHECK(change.fields[0].path == "spec.replicas");
  CHECK(change.fields[0].cause == Cause::drift);
  CHECK(change.fields[0].manager == "scale");
  CHECK(change.fields[0].since.empty());
  CHECK(change.fields[0].take_over);
  CHECK(change.notes.empty());
  SECTION("but one is also what the server fills in where nobody asked, which cannot be told apart") {
    live["spec"]["replicas"] = 1;
    const Change either = compared(resource("Deployment.apps", deployment), live, {ours(mine)});
    REQUIRE(either.fields.size() == 1);
    CHECK(either.fields[0].cause == Cause::drift);
    CHECK(either.fields[0].manager == "git or somebody's scale");
    CHECK(either.fields[0].take_over);
    CHECK(either.notes == std::vector<std::string>{"spec.replicas is 1 and nobody's: either the source asks for it for "
                                                   "the first time, or somebody scaled it to that"});
  }
}

TEST_CASE("nulls and the rules of an aggregated role are not sent", "[kubernetes][compare]") {
  const Json body = applied_body(resource("ClusterRole.rbac.authorization.k8s.io", json(R"({
    "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": [],
    "metadata": {"name": "a", "labels": {"x": null, "y": "1"}, "annotations": null},
    "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": null}}]}})")),
                                 set);
  CHECK_FALSE(body.contains("rules"));
  CHECK_FALSE(body.at("metadata").contains("annotations"));
  CHECK_FALSE(body.at("metadata").at("labels").contains("x"));
  CHECK(body.at("aggregationRule") == json(R"({"clusterRoleSelectors": [{"matchLabels": {}}]})"));
  // Where a null may mean something it stays.
  const Json custom = applied_body(resource("Site.example.com", json(R"({"apiVersion": "example.com/v1", "kind": "Site",
    "spec": {"nothing": null}, "metadata": {"labels": {"x": null}}})")),
                                   set);
  CHECK(custom.at("spec").contains("nothing"));
  CHECK_FALSE(custom.at("metadata").at("labels").contains("x"));
}

TEST_CASE("an object that is being deleted is made anew", "[kubernetes][compare]") {
  const Resource desired = resource("ConfigMap", json(R"({"data": {"k": "1"}})"));
  const Change change =
      compared(desired, applied(desired, R"({"metadata": {"deletionTimestamp": "2026-11-21T08:00:00Z"}})"), {});
  CHECK(change.action == Action::replace);
  CHECK(change.notes == std::vector<std::string>{"is being deleted: it is made anew once it is gone"});
}

namespace {

Resource secret_of(const std::string& document) {
  Resource out = resource("Secret", {{"stringData", {{"secret.conf", document}}}});
  out.secrets = {"/data/secret.conf#/kafka/password"};
  out.origins.set("/data/secret.conf#/streamlets/a/rate", {"config/prod.conf", 3, 3});
  return out;
}

const Json owned_secret =
    json(R"({"f:data": {"f:secret.conf": {}}, "f:metadata": {"f:labels": {"f:applyset.kubernetes.io/part-of": {}},
  "f:annotations": {"f:cloudflow/secret-values": {}}}})");

}  // namespace

TEST_CASE("documents in Secrets are compared inside", "[kubernetes][compare][secret]") {
  const Resource before = secret_of(R"({"streamlets": {"a": {"rate": 5, "gone": 1}}, "kafka": {"password": "old"}})");
  const Resource after = secret_of(R"({"streamlets": {"a": {"rate": 9, "b.c": true}}, "kafka": {"password": "new"}})");
  const Change change = compared(after, applied(before), {ours(owned_secret)});
  CHECK(change.action == Action::update);
  REQUIRE(change.fields.size() == 4);
  CHECK(change.fields[0].path == "secret.conf: kafka.password");
  CHECK(change.fields[0].secret);
  CHECK(change.fields[1].path == "secret.conf: streamlets.a.\"b.c\"");
  CHECK(change.fields[1].after == Json(true));
  CHECK_FALSE(change.fields[1].secret);
  CHECK(change.fields[2].path == "secret.conf: streamlets.a.rate");
  CHECK(change.fields[2].pointer == "/data/secret.conf#/streamlets/a/rate");
  CHECK(change.fields[2].before == Json(5));
  CHECK(change.fields[2].after == Json(9));
  CHECK_FALSE(change.fields[2].secret);
  CHECK(change.fields[2].origin == SourcePos{"config/prod.conf", 3, 3});
  CHECK(change.fields[3].path == "secret.conf: streamlets.a.gone");
  CHECK(change.fields[3].secret);
  CHECK_FALSE(change.fields[3].origin.has_value());  // what is gone from the source has no place in it
}

TEST_CASE("what is new as a whole comes from the place of the first value in it", "[kubernetes][compare][secret]") {
  const Resource before = secret_of(R"({"kafka": {"password": "old"}})");
  Resource after = secret_of(R"({"kafka": {"password": "old"}, "streamlets": {"a": {"rate": 9}}})");
  after.origins.set("", {"blueprint.conf", 7, 18});
  const Change change = compared(after, applied(before), {ours(owned_secret)});
  REQUIRE(change.fields.size() == 1);
  CHECK(change.fields[0].path == "secret.conf: streamlets");
  CHECK(change.fields[0].origin == SourcePos{"config/prod.conf", 3, 3});
}

TEST_CASE("what was secret in the past is never shown", "[kubernetes][compare][secret]") {
  Resource before = secret_of(R"({"token": "t0p"})");
  before.secrets = {"/data/secret.conf#/token"};
  Resource after = secret_of(R"({"token": "plain"})");
  after.secrets = {};
  const Change change = compared(after, applied(before), {ours(owned_secret)});
  REQUIRE(change.fields.size() == 2);
  CHECK(change.fields[0].path == "secret.conf: token");
  CHECK(change.fields[0].secret);
  CHECK(change.fields[1].path == "metadata.annotations");
}

TEST_CASE("data that is no document is secret as a whole", "[kubernetes][compare][secret]") {
  struct Row {
    const char* type;
    const char* before;
    const char* after;
  };
  const auto row = GENERATE(values<Row>({
      {"Opaque", "abc", "def"},
      {"Opaque", "{\"a\": 1}", "{ \"a\": 1 }"},
      {"Opaque", "[1]", "[2]"},
      {"kubernetes.io/dockerconfigjson", "{\"auths\": {\"r\": {\"auth\": \"x\"}}}",
       "{\"auths\": {\"r\": {\"auth\": \"y\"}}}"},
  }));
  CAPTURE(row.before, row.after);
  const Resource before = resource("Secret", {{"type", row.type}, {"stringData", {{"k", row.before}}}});
  const Resource after = resource("Secret", {{"type", row.type}, {"stringData", {{"k", row.after}}}});
  const Change change = compared(after, applied(before), {ours(json(R"({"f:data": {"f:k": {}}, "f:type": {}})"))});
  REQUIRE(change.fields.size() == 1);
  CHECK(change.fields[0].path == "data.k");
  CHECK(change.fields[0].secret);
}

TEST_CASE("a live object that is not JSON is an error", "[kubernetes][compare]") {
  const Resource desired = resource("ConfigMap", Json::object());
  const Live live{.id = desired.id, .document = "{"};
  CHECK(compare_object(&desired, &live, set).error().message == "configmap/a is not valid JSON (1 bytes)");
}

TEST_CASE("a manifest nested without end is an error", "[kubernetes][compare]") {
  Json deep = 1;
  for (int i = 0; i < 300; ++i) deep = Json{{"x", deep}};
  const Resource desired = resource("Thing", {{"spec", deep}});
  const Live live{.id = desired.id, .document = dump(applied(desired))};
  CHECK(compare_object(&desired, &live, set).error().message == "thing/a: nested deeper than 200 levels");
}

TEST_CASE("of what leaves the source only our own part goes, also where kubectl wrote the rest", "[compare]") {
  const Resource desired = resource("ConfigMap", json(R"({"metadata": {"name": "a", "namespace": "prod"}})"));
  Json live = applied(desired);
  live["data"] = {{"color", "blue"}, {"size", "large"}};
  const Json mine = ours(json(R"({"f:data": {"f:color": {}, "f:size": {}}})"));
  const auto removed = [&](const Json& of_kubectl) {
    std::vector<std::string> out;
    for (const FieldChange& field :
         compared(desired, live, {mine, entry("kubectl-create", "Update", "2026-11-21T08:00:00Z", of_kubectl)}).fields)
      out.push_back(field.path);
    return out;
  };
  SECTION("it wrote something else beside it") {
    live["data"]["other"] = "x";
    CHECK(removed(json(R"({"f:data": {".": {}, "f:other": {}}})")) ==
          std::vector<std::string>{"data.color", "data.size"});
  }
  SECTION("it wrote nothing that is not ours") {
    CHECK(removed(json(R"({"f:data": {".": {}, "f:color": {}}})")) == std::vector<std::string>{"data"});
  }
}

TEST_CASE("a changed object says which fields others keep in it", "[compare]") {
  Resource desired = resource("Deployment.apps", deployment);
  desired.spec["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/a:2";
  Json live = live_deployment();
  live["metadata"]["labels"]["team"] = "blue";
  live["spec"]["paused"] = false;
  const Json controller =
      entry("kube-controller-manager", "Update", "2026-11-21T08:00:00Z",
            json(R"({"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}})"));
  const Json person = entry("kubectl-label", "Update", "2026-11-21T09:00:00Z",
                            json(R"({"f:metadata": {"f:labels": {"f:team": {}, "f:example.com/x": {}}},
                                     "f:spec": {"f:paused": {}, "f:replicas": {}, "f:template": {"f:metadata": {
                                       "f:annotations": {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}},
                                       "f:spec": {"f:containers": {"k:{\"name\":\"sidecar\"}": {".": {}, "f:image": {}},
                                                  "k:{\"name\":\"main\"}": {"f:env": {"k:{\"name\":\"EXTRA\"}": {".": {}}}}}}}}})"));
  const auto notes = [&](std::vector<Json> owners) { return compared(desired, live, std::move(owners)).notes; };
  CHECK(notes({ours(owned_deployment), controller}).empty());
  CHECK(notes({ours(owned_deployment), controller, person}) ==
        std::vector<std::string>{"keeps the fields of kubectl-label: metadata.labels.team, "
                                 "metadata.labels[example.com/x], spec.paused, "
                                 "spec.template.metadata.annotations, spec.template.spec.containers[main].env[EXTRA] "
                                 "and 1 more"});
  SECTION("a new object loses them") {
    desired.spec["spec"]["selector"]["matchLabels"]["app"] = "b";
    const Change change = compared(desired, live, {ours(owned_deployment), person});
    CHECK(change.action == Action::replace);
    CHECK(change.notes.back().starts_with("loses the fields of kubectl-label: metadata.labels.team"));
  }
}

TEST_CASE("an entry of ours with nothing but our mark counts as nothing applied", "[kubernetes][compare]") {
  const Resource desired = resource("ConfigMap", json(R"({"apiVersion": "v1", "kind": "ConfigMap",
    "metadata": {"name": "a", "namespace": "prod", "labels": {"team": "x"}}, "data": {"a": "1"}})"));
  Json live = applied(desired, R"({"data": {"b": "2"}, "metadata": {"creationTimestamp": "2026-11-20T08:00:00Z"}})");
  const Json kubectl = entry("kubectl-client-side-apply", "Update", "2026-11-20T08:00:00Z",
                             json(R"({"f:metadata": {"f:labels": {"f:team": {}}, "f:annotations": {".": {},
      "f:kubectl.kubernetes.io/last-applied-configuration": {}}}, "f:data": {".": {}, "f:a": {}, "f:b": {}}})"));
  SECTION("what kubectl applied leaves with its take-over") {
    const Change change = compared(desired, live, {kubectl, ours(Json::object())});
    REQUIRE(change.fields.size() == 1);
    CHECK(change.fields[0].path == "data.b");
    CHECK(change.fields[0].cause == Cause::adopted);
    CHECK(change.fields[0].take_over);
  }
  SECTION("a label of kubectl's leaves, too") {
    live["data"].erase("b");
    Resource less = desired;
    less.spec["metadata"].erase("labels");
    const Change change = compared(less, live, {kubectl, ours(Json::object())});
    REQUIRE(change.fields.size() == 1);
    CHECK(change.fields[0].path == "metadata.labels.team");
  }
  SECTION("named in an older version it needs no translation") {
    live["data"].erase("b");
    Json old = ours(Json::object());
    old["apiVersion"] = "v1beta1";
    const Change change = compared(desired, live, {kubectl, old});
    CHECK(change.action == Action::update);  // all of it becomes ours
    CHECK(change.fields.empty());
    CHECK(std::ranges::find(change.notes, as_it_is_note) != change.notes.end());
  }
  SECTION("what is asked for and holds nothing makes nothing ours") {
    const Json other =
        entry("other", "Update", "2026-11-20T08:00:00Z", json(R"({"f:data": {".": {}, "f:a": {}, "f:b": {}}})"));
    Resource less = desired;
    less.spec["metadata"].erase("labels");
    less.spec["data"] = Json::object();
    live["metadata"]["labels"].erase("team");
    CHECK(compared(less, live, {other, ours(Json::object())}).action == Action::none);
  }
  SECTION("of an object that we made, it means that others took the rest") {
    live["metadata"]["creationTimestamp"] = "2026-11-21T08:00:00Z";
    const Change change = compared(desired, live, {kubectl, ours(Json::object())});
    CHECK(change.action == Action::none);
  }
}
