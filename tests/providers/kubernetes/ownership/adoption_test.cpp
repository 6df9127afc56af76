// Taking over what Cloudflow 2 made: whose it is, what lets go of it, whose pods are kept.
#include "providers/kubernetes/ownership/adoption.h"

#include <catch2/catch_all.hpp>

#include "providers/kubernetes/diff/compare.h"

using namespace cloudflow;

namespace {

Json json(const char* text) { return Json::parse(text); }

const ApplySet plain{.application = "shop", .ns = "prod", .version = "1.0.0"};
const ApplySet adopting{.application = "shop", .ns = "prod", .version = "1.0.0", .adopt = true};

const Json workload = json(R"({"apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {"name": "a", "namespace": "prod", "labels": {"app.kubernetes.io/part-of": "shop"}},
  "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "a"}}, "template": {
    "metadata": {"labels": {"app": "a"}, "annotations": {"cloudflow/config-digest": "d1", "x": "y"}},
    "spec": {"containers": [{"name": "main", "image": "registry.example.com/a:1"}]}}}})");

Resource desired_workload() { return {.id = {"kubernetes", "Deployment.apps", "prod", "a"}, .spec = workload}; }

/// As Cloudflow 2's operator left it, with the application `owner`.
Json original(const std::string& owner) {
  Json live = workload;
  live["spec"]["template"]["metadata"]["annotations"].erase("cloudflow/config-digest");
  live["metadata"]["uid"] = "u1";
  live["metadata"]["resourceVersion"] = "7";
  live["metadata"]["ownerReferences"] = Json::array(
      {{{"apiVersion", "cloudflow.lightbend.com/v1alpha1"}, {"kind", "CloudflowApplication"}, {"name", owner}},
       {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"name", "kept"}}});
  live["metadata"]["managedFields"] = json(R"([
    {"manager": "okhttp", "operation": "Update", "fieldsType": "FieldsV1",
     "fieldsV1": {"f:metadata": {"f:labels": {"f:app.kubernetes.io/part-of": {}}, "f:ownerReferences": {}}, "f:spec": {"f:replicas": {}}}},
    {"manager": "kubectl", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
    {"manager": "okhttp", "operation": "Update", "subresource": "status", "fieldsType": "FieldsV1", "fieldsV1": {"f:status": {}}}])");
  return live;
}

Change compared(const Resource& desired, const Json& live, const ApplySet& set) {
  const Live document{.id = desired.id, .document = dump(live)};
  const auto change = compare_object(&desired, &document, set);
  REQUIRE(change.has_value());
  return *change;
}

/// The object after our apply and with Cloudflow 2's owner gone.
Json adopted(const Resource& desired) {
  Json live = applied_body(desired, adopting);
  live["metadata"]["uid"] = "u1";
  live["metadata"]["resourceVersion"] = "8";
  live["metadata"]["managedFields"] = json(R"([{"manager": "cloudflow", "operation": "Apply", "fieldsType": "FieldsV1",
    "fieldsV1": {"f:metadata": {"f:labels": {"f:applyset.kubernetes.io/part-of": {}, "f:app.kubernetes.io/part-of": {},
        "f:cloudflow/adopted-config-digest": {}}},
      "f:spec": {"f:replicas": {}, "f:selector": {}, "f:template": {"f:metadata": {"f:labels": {"f:app": {}}, "f:annotations": {"f:x": {}}},
        "f:spec": {"f:containers": {"k:{\"name\":\"main\"}": {".": {}, "f:name": {}, "f:image": {}}}}}}}}])");
  return live;
}

}  // namespace

TEST_CASE("an object of Cloudflow 2 is refused, and adopt takes only its own application's", "[kubernetes][adopt]") {
  CHECK(compared(desired_workload(), original("shop"), plain).refused ==
        "belongs to Cloudflow 2's application \"shop\": take it over with `cloudflow adopt`");
  CHECK(compared(desired_workload(), original("other"), adopting).refused ==
        "belongs to Cloudflow 2's application \"other\"");
  CHECK(compared(desired_workload(), original("shop"), plain).adoptable);
  CHECK(compared(desired_workload(), original("other"), adopting).foreign);
  CHECK_FALSE(compared(desired_workload(), original("other"), adopting).adoptable);
  const Change change = compared(desired_workload(), original("shop"), adopting);
  CHECK_FALSE(change.refused);
  CHECK(drops_owner(change));
  const FieldChange& last = change.fields.back();
  CHECK(last.path == "metadata.ownerReferences[shop]");
  CHECK(last.before == "CloudflowApplication shop");
  CHECK_FALSE(last.after);
  CHECK(last.cause == Cause::adopted);
}

TEST_CASE("letting go keeps other owners and managers", "[kubernetes][adopt]") {
  const Json patch = release_patch(original("shop"));
  const Json& metadata = patch.at("metadata");
  CHECK(metadata.at("resourceVersion") == "7");
  CHECK(metadata.at("ownerReferences") == json(R"([{"apiVersion": "v1", "kind": "ConfigMap", "name": "kept"}])"));
  REQUIRE(metadata.at("managedFields").size() == 2);
  CHECK(metadata.at("managedFields")[0].at("manager") == "kubectl");
  CHECK(metadata.at("managedFields")[1].at("subresource") == "status");
  CHECK(release_patch(workload).is_null());

  Json only_original = original("shop");
  only_original["metadata"]["managedFields"].erase(2);
  only_original["metadata"]["managedFields"].erase(1);
  CHECK(release_patch(only_original).at("metadata").at("managedFields") == json("[{}]"));
}

TEST_CASE("an owner that was left by an interrupted run is dropped by any plan", "[kubernetes][adopt]") {
  Json live = adopted(desired_workload());
  live["metadata"]["ownerReferences"] = original("shop").at("metadata").at("ownerReferences");
  const Change change = compared(desired_workload(), live, plain);
  CHECK(change.action == Action::update);
  CHECK(drops_owner(change));
}

TEST_CASE("pods that were taken over are kept until they would read something else", "[kubernetes][adopt]") {
  Resource kept = desired_workload();
  keep_pods(kept.spec);
  CHECK(kept.spec.at("metadata").at("labels").at("cloudflow/adopted-config-digest") == "d1");
  CHECK(kept.spec.at("spec").at("template").at("metadata").at("annotations") == json(R"({"x": "y"})"));
  const Json live = adopted(kept);

  CHECK(compared(desired_workload(), live, plain).action == Action::none);
  CHECK(compared(kept, live, plain).action == Action::none);

  Resource changed = desired_workload();
  changed.spec["spec"]["template"]["metadata"]["annotations"]["cloudflow/config-digest"] = "d2";
  const Change change = compared(changed, live, plain);
  CHECK(change.action == Action::update);
  CHECK(change.restarts == 1);
  std::vector<std::string> paths;
  for (const FieldChange& field : change.fields) paths.push_back(field.path);
  CHECK(paths == std::vector<std::string>{"metadata.labels[cloudflow/adopted-config-digest]",
                                          "spec.template.metadata.annotations[cloudflow/config-digest]"});
}

TEST_CASE("pods of our own keep their digest when they are adopted again", "[kubernetes][adopt]") {
  Resource kept = desired_workload();
  keep_pods(kept.spec);
  Json live = adopted(desired_workload());
  CHECK(compared(kept, live, adopting).action == Action::none);
  const auto created = compare_object(&kept, nullptr, adopting);
  REQUIRE(created.has_value());
  CHECK(created->desired.spec == workload);
}
