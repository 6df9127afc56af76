// What refusals of the API server mean.
#include "providers/kubernetes/refusal.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

namespace {

ApiError refusal(int status, std::vector<ApiCause> causes, const std::string& message = "") {
  ApiError out(Error{.kind = status == 409 ? ErrorKind::conflict : ErrorKind::invalid_input, .message = message});
  out.status = status;
  out.server_message = message;
  out.causes = std::move(causes);
  return out;
}

ApiCause conflict(const std::string& field, const std::string& manager) {
  return {.reason = "FieldManagerConflict", .field = field, .manager = manager};
}

}  // namespace

TEST_CASE("conflicts mark the fields they are about", "[kubernetes][refusal]") {
  struct Row {
    const char* field;
    FieldChange change;
  };
  const auto row = GENERATE(values<Row>({
      {".spec.replicas", {.path = "spec.replicas", .pointer = "/spec/replicas"}},
      {".spec.template.spec.containers[name=\"main\"].image", {.path = "spec.template.spec.containers[main].image"}},
      {".spec.ports[port=80,protocol=\"TCP\"].targetPort", {.path = "spec.ports[80].targetPort"}},
      {".metadata.labels.app.kubernetes.io/name", {.path = "metadata.labels[app.kubernetes.io/name]"}},
      {".data.secret.conf", {.path = "secret.conf: a.b", .pointer = "/data/secret.conf#/a/b"}},
      {".spec.selector", {.path = "spec.selector.matchLabels.app"}},
  }));
  CAPTURE(row.field);
  Change change{.fields = {{.path = "spec.other", .pointer = "/spec/other"}, row.change}};
  mark_take_overs(change, refusal(409, {conflict(row.field, "kubectl")}));
  REQUIRE(change.fields.size() == 2);
  CHECK_FALSE(change.fields[0].take_over);
  CHECK(change.fields[1].take_over);
  CHECK(change.fields[1].manager == "kubectl");
}

TEST_CASE("a conflict about a field that was not planned is planned too", "[kubernetes][refusal]") {
  Change change;
  const ApiError error = refusal(409, {conflict(".spec.containers[name=\"main\"].image", "helm")});
  CHECK(is_manager_conflict(error));
  mark_take_overs(change, error);
  REQUIRE(change.fields.size() == 1);
  CHECK(change.fields[0].path == "spec.containers[main].image");
  CHECK(change.fields[0].take_over);
}

TEST_CASE("immutability needs validation to say so of a field, in every cause", "[kubernetes][refusal]") {
  const auto invalid = [](std::string field, std::string message) {
    return ApiCause{.reason = "FieldValueInvalid", .field = std::move(field), .message = std::move(message)};
  };
  const auto forbidden = [](std::string field, std::string message) {
    return ApiCause{.reason = "FieldValueForbidden", .field = std::move(field), .message = std::move(message)};
  };
  const auto says = [](std::vector<ApiCause> causes, const std::string& message = "deployments.apps \"a\" is invalid") {
    ApiError error = refusal(422, std::move(causes), message);
    error.reason = "Invalid";
    return is_immutability(error);
  };
  const std::string immutable = "Invalid value: x: field is immutable";
  CHECK(says({invalid("spec.selector", immutable)}));
  CHECK(says({forbidden("spec", "Forbidden: updates to statefulset spec for fields other than 'replicas'")}));
  CHECK(says({invalid("spec.clusterIPs[0]", "Invalid value: may not change once set")}));
  CHECK(says({invalid("roleRef", "Invalid value: cannot change roleRef")}));
  CHECK(says({invalid("spec.completions", "Invalid value: 4: can only be modified in tandem with spec.parallelism")}));
  CHECK_FALSE(says({invalid("spec.replicas", "Invalid value: -1: must be greater")}));
  CHECK_FALSE(says({invalid("a", immutable), invalid("b", "must be greater")}));
  // A policy's words, a webhook's, and those of a plug-in that names no field.
  CHECK_FALSE(
      says({{.message = "updates to production are frozen until Monday"}},
           "deployments.apps \"a\" is forbidden: ValidatingAdmissionPolicy 'freeze' with binding 'freeze' denied "
           "request: updates to production are frozen until Monday"));
  CHECK_FALSE(says({invalid("spec.selector", immutable)},
                   "admission webhook \"guard.example.com\" denied the request: the field is immutable"));
  CHECK_FALSE(says({{.reason = "FieldValueInvalid", .message = immutable}}));
  CHECK_FALSE(says({{.field = "spec.selector", .message = immutable}}));
  CHECK_FALSE(says({}, "updates to production are frozen"));
  CHECK_FALSE(is_immutability(refusal(422, {invalid("spec.selector", immutable)})));  // without the reason
  CHECK_FALSE(is_immutability(refusal(409, {invalid("spec.selector", immutable)})));
}

TEST_CASE("a cause's field is a pointer", "[kubernetes][refusal]") {
  CHECK(pointer_of_cause("spec.template.spec.containers[0].image") == "/spec/template/spec/containers/0/image");
  CHECK(pointer_of_cause("metadata.labels[a.b/c]") == "/metadata/labels/a.b~1c");
  CHECK(pointer_of_cause("data[.dockerconfigjson]") == "/data/.dockerconfigjson");
  CHECK(pointer_of_cause("") == "");
}

TEST_CASE("what is there twice is named at its second place", "[kubernetes][refusal]") {
  const Json object = Json::parse(R"({"spec": {"containers": [{"name": "m", "env": [{"name": "A"}]},
    {"name": "n", "env": [{"name": "A"}, {"name": "B"}, {"name": "A"}],
     "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}]}]}})");
  const auto place = [&](const std::string& path, const std::string& key) {
    return pointer_of_duplicate(object, "failed to create typed patch object (n/a; apps/v1, Kind=Deployment): " + path +
                                            ": duplicate entries for key " + key);
  };
  CHECK(place(R"(.spec.containers[name="n"].env)", R"([name="A"])") == "/spec/containers/1/env/2");
  CHECK(place(R"(.spec.containers[name="n"].ports)", R"([containerPort=80,protocol="TCP"])") ==
        "/spec/containers/1/ports/1");
  CHECK(place(R"(.spec.containers[name="m"].env)", R"([name="A"])").empty());
  CHECK(place(R"(.spec.containers[name="x"].env)", R"([name="A"])").empty());
  CHECK(place(".spec.nothing", R"([name="A"])").empty());
  CHECK(pointer_of_duplicate(object, "is invalid").empty());
}

TEST_CASE("rejections are one error for each cause, and never repeat a Secret's value", "[kubernetes][refusal]") {
  Change change{.id = {"kubernetes", "Secret", "s", "a"}};
  change.desired.origins.set("/type", {"a.yaml", 3, 1});
  const auto errors =
      rejections_of(change, refusal(422, {{.field = "data[k]", .message = "Invalid value: \"t0p\": bad"},
                                          {.field = "type", .message = "Invalid value: \"x\": bad"}}));
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].message == "secret/a: data[k]: refused by the server");
  CHECK(errors[1].message == "secret/a: type: Invalid value: \"x\": bad");
  CHECK(errors[1].where == SourcePos{"a.yaml", 3, 1});
  ApiError denied = refusal(403, {}, "secrets is forbidden");
  denied.kind = ErrorKind::denied;
  denied.hint = "ask for it";
  CHECK(rejections_of(change, denied)[0].message == "secret/a: secrets is forbidden");
  CHECK(rejections_of(change, denied)[0].hint == "ask for it");
}

TEST_CASE("a refusal of a workload does not repeat values from the environment", "[kubernetes][refusal]") {
  Change change{.id = {"kubernetes", "Deployment.apps", "s", "a"}};
  change.desired.spec = {{"spec", {{"volumes", {{{"secret", {{"secretName", "T0p_1"}}}}}}}}};
  change.desired.secrets = {"/spec/volumes/0/secret/secretName"};
  CHECK(rejections_of(change, refusal(422, {{.field = "spec.volumes[0].secret.secretName",
                                             .message = "Invalid value: \"T0p_1\": a lowercase name, not T0p_12"}}))
            .front()
            .message ==
        "deployment/a: spec.volumes[0].secret.secretName: Invalid value: \"(secret)\": a lowercase name, "
        "not T0p_12");
}

TEST_CASE("a guard's words about a Secret are shown unless they repeat a value", "[kubernetes][refusal]") {
  Change change{.id = {"kubernetes", "Secret", "s", "a"}};
  change.desired.spec = {{"stringData", {{"key", "t0psecret"}, {"doc", R"({"password": "inside"})"}}}};
  change.desired.secrets = {"/stringData/doc#/password"};
  const std::string front =
      "secrets \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: ";
  const auto said = [&](const std::string& words) {
    return rejections_of(change, refusal(422, {{.message = words}}, front + words)).front().message;
  };
  CHECK(said("frozen until Monday") == "secret/a: " + front + "frozen until Monday");
  CHECK(said("t0psecret is too weak") == "secret/a: refused by the server ()");
  CHECK(said("inside is too weak") == "secret/a: refused by the server ()");
}
