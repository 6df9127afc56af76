// Manifests against schemas as Kubernetes publishes them.
#include "providers/kubernetes/schema/openapi_check.h"

#include <catch2/catch_all.hpp>

#include "providers/kubernetes/schema/schema_documents.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fault_server.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

const Json document = Json::parse(R"({"components": {"schemas": {
  "io.k8s.api.web.v1.Site": {
    "type": "object",
    "properties": {
      "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
      "spec": {"default": {}, "allOf": [{"$ref": "#/components/schemas/io.k8s.api.web.v1.SiteSpec"}]}},
    "required": ["spec"],
    "x-kubernetes-group-version-kind": [{"group": "web", "kind": "Site", "version": "v1"}]},
  "io.k8s.api.web.v1.SiteSpec": {
    "type": "object",
    "required": ["name", "mode"],
    "properties": {
      "name": {"type": "string", "default": ""},
      "mode": {"type": "string", "default": "fast", "enum": ["fast", "safe", ""]},
      "replicas": {"type": "integer", "format": "int32", "minimum": 0},
      "ratio": {"type": "number"},
      "port": {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
      "labels": {"type": "object", "additionalProperties": {"type": "string"}},
      "free": {"type": "object"},
      "open": {"type": "object", "properties": {"a": {"type": "string"}}, "x-kubernetes-preserve-unknown-fields": true},
      "paths": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/io.k8s.api.web.v1.Path"}}}},
  "io.k8s.api.web.v1.Path": {"type": "object", "required": ["path"], "properties": {"path": {"type": "string", "default": ""},
                  "next": {"$ref": "#/components/schemas/io.k8s.api.web.v1.Path"}}}}}})");

std::vector<std::string> check(const char* spec) {
  const Json* schema = schema_of_kind(document, "web", "v1", "Site");
  REQUIRE(schema != nullptr);
  const Json object = {{"apiVersion", "web/v1"}, {"kind", "Site"}, {"spec", Json::parse(spec)}};
  std::vector<std::string> out;
  for (const SchemaProblem& problem : check_schema(object, *schema, document))
    out.push_back(problem.pointer + ": " + problem.path + " " + problem.message);
  return out;
}

}  // namespace

TEST_CASE("a manifest that fits its schema has no problems", "[openapi]") {
  CHECK(check(R"({"name": "a", "mode": "safe", "replicas": 0, "ratio": 1, "port": "http", "labels": {"a/b": "c"},
                  "free": {"x": [1]}, "open": {"b": 1}, "paths": [{"path": "/", "next": {"path": "/x"}}]})")
            .empty());
  CHECK(check(R"({"name": "a", "replicas": null, "port": 80, "ratio": 0.5})").empty());
}

TEST_CASE("what a schema forbids is named with its place", "[openapi]") {
  struct Row {
    const char* spec;
    std::vector<std::string> problems;
  };
  const auto row = GENERATE(values<Row>({
      {R"({})", {"/spec/name: spec.name is missing"}},
      {R"({"name": "a", "replicaz": 1})",
       {"/spec/replicaz: spec.replicaz is an unknown field, did you mean \"replicas\"?"}},
      {R"({"name": 5})", {"/spec/name: spec.name is an integer, wanted a string"}},
      {R"({"name": "a", "replicas": -1})", {"/spec/replicas: spec.replicas is -1, wanted at least 0"}},
      {R"({"name": "a", "replicas": 1.5})", {"/spec/replicas: spec.replicas is a number, wanted an integer"}},
      {R"({"name": "a", "mode": "slow"})", {"/spec/mode: spec.mode is \"slow\", wanted one of \"fast\", \"safe\""}},
      {R"({"name": "a", "port": true})", {"/spec/port: spec.port is a boolean, wanted an integer or a string"}},
      {R"({"name": "a", "labels": {"a/b": 1}})", {"/spec/labels/a~1b: spec.labels.a/b is an integer, wanted a string"}},
      {R"({"name": "a", "paths": []})", {"/spec/paths: spec.paths has a length of 0, wanted at least 1"}},
      {R"({"name": "a", "paths": [{"path": "/"}, {"next": {"pat": ""}}]})",
       {"/spec/paths/1/next/pat: spec.paths[1].next.pat is an unknown field, did you mean \"path\"?",
        "/spec/paths/1/next/path: spec.paths[1].next.path is missing",
        "/spec/paths/1/path: spec.paths[1].path is missing"}},
      {R"({"name": "a", "paths": {}})", {"/spec/paths: spec.paths is an object, wanted an array"}},
  }));
  CAPTURE(row.spec);
  CHECK(check(row.spec) == row.problems);
}

TEST_CASE("what a definition requires is required, by whatever name and place, unless it has a default", "[openapi]") {
  const Json definition = Json::parse(R"({"type": "object", "required": ["endpoints"], "properties": {
    "endpoints": {"type": "array", "items": {"type": "string"}},
    "spec": {"type": "object", "required": ["limits", "value", "class", "nested"], "properties": {
      "limits": {"type": "array", "items": {"type": "string"}}, "value": {"type": "string"},
      "class": {"type": "string", "default": ""}, "nested": {"type": "object", "default": {}}}}}})");
  const auto problems = [&](const Json& whole, const Json& schema) {
    std::vector<std::string> out;
    for (const SchemaProblem& problem : check_schema({{"spec", Json::object()}}, schema, whole))
      out.push_back(problem.path + " " + problem.message);
    return out;
  };
  const std::vector<std::string> missing = {"spec.limits is missing", "spec.value is missing", "endpoints is missing"};
  // As it stands in the plan, and as the server publishes it: groups of Kubernetes' own projects look like Go packages.
  CHECK(problems(definition, definition) == missing);
  const Json published = {{"components", {{"schemas", {{"io.k8s.storage.snapshot.v1.Site", definition}}}}}};
  CHECK(problems(published, published["components"]["schemas"]["io.k8s.storage.snapshot.v1.Site"]) == missing);
}

TEST_CASE("deep manifests and schemas that refer to themselves end", "[openapi][slow]") {
  Json deep = {{"path", "/"}};
  for (int i = 0; i < 5000; ++i) deep = Json{{"path", "/"}, {"next", std::move(deep)}};
  const Json schema = {{"$ref", "#/components/schemas/io.k8s.api.web.v1.Path"}};
  CHECK(check_schema(deep, schema, document).empty());
  const Json loop = {{"$ref", "#/a"}};
  CHECK(check_schema(Json::object(), loop, {{"a", loop}}).empty());
  CHECK(check_schema(Json::object(), {{"$ref", "#/nowhere"}}, document).empty());
  const Json twice = {{"allOf", {{{"$ref", "#/a"}}, {{"$ref", "#/a"}}}}};
  CHECK(check_schema(Json::object(), twice, {{"a", twice}}).empty());
}

TEST_CASE("a secret value is not named by what is wrong with it", "[openapi]") {
  FaultServer server;
  FakeClock clock;
  ClusterAccess access;
  access.server = server.url();
  ApiClient client(access, clock);
  SchemaDocuments documents(client);
  Change definition;
  definition.desired.spec = Json::parse(R"({"spec": {"group": "web", "names": {"kind": "Site"}, "versions": [
      {"name": "v1", "schema": {"openAPIV3Schema": {"properties": {"spec": {"properties": {
        "mode": {"enum": ["a"]}, "key": {"enum": ["b"]}}}}}}}]}})");
  Change change;
  change.id = {"kubernetes", "Site.web", "n", "x"};
  change.desired.spec =
      Json::parse(R"({"apiVersion": "web/v1", "kind": "Site", "spec": {"mode": "shown", "key": "t0psecret"}})");
  change.desired.secrets = {"/spec/key"};
  const auto found = check_locally(change, std::span(&definition, 1), documents, {});
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  CHECK((*found)[0].message == "site/x: spec.key is secret, and does not fit the schema");
  CHECK((*found)[1].message == "site/x: spec.mode is \"shown\", wanted one of \"a\"");
}

TEST_CASE("the place of what is missing is that of its neighbours", "[openapi]") {
  Resource resource;
  resource.origins = {
      {"", {"a.yaml", 1, 1}}, {"/spec/containers/0/image", {"a.yaml", 9, 5}}, {"/spec/b", {"a.yaml", 3, 3}}};
  CHECK(place_near(resource, "/spec/b")->line == 3);
  CHECK(place_near(resource, "/spec/containers/0/name")->line == 9);
  CHECK(place_near(resource, "/spec/containers/0")->line == 9);
  CHECK(place_near(resource, "/metadata/name")->line == 1);
  CHECK_FALSE(place_near(Resource(), "/metadata/name").has_value());
}
