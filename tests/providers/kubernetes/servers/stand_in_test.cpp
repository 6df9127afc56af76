// What is tried beside an object that cannot exist twice: the real server takes it.
#include "providers/kubernetes/diff/stand_in.h"

#include <catch2/catch_all.hpp>

#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

ApiResult<Json> tried(Cluster& cluster, const std::string& kind, const Json& body) {
  return cluster.admin.create(Cluster::resource(kind).collection(cluster.ns), body, {.dry_run = true}, {});
}

}  // namespace

TEST_CASE("a Service is tried without its health check's port", "[kubernetes][servers][immutable]") {
  Cluster cluster("health");
  Json body = Json::parse(R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {
    "type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 31999,
    "selector": {"app": "a"}, "ports": [{"port": 80}]}})");
  cluster.make(body);
  const ResourceId id{"kubernetes", "Service", cluster.ns, "a"};
  const StandIn stand_in = stand_in_for(id, body);
  CHECK(stand_in.left_out == std::vector<std::string>{"spec.healthCheckNodePort"});
  CHECK(stand_in.original == "a");
  // With it the server refuses what has another name.
  body["metadata"]["name"] = "b";
  const auto with = tried(cluster, "Service", body);
  REQUIRE_FALSE(with.has_value());
  CHECK_THAT(with.error().server_message, Catch::Matchers::ContainsSubstring("HealthCheck NodePort 31999"));
  const auto without = tried(cluster, "Service", stand_in.body);
  INFO((without ? "" : without.error().message));
  CHECK(without.has_value());
}

TEST_CASE("an APIService is tried as another version of its group", "[kubernetes][servers][immutable]") {
  Cluster cluster("apiservice");
  const std::string kind = "APIService.apiregistration.k8s.io";
  const std::string group = cluster.ns + ".example.com";
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
  const StandIn stand_in = stand_in_for({"kubernetes", kind, "", "v1." + group}, body);
  CHECK(stand_in.name == stand_in.body["metadata"]["name"].get<std::string>());
  CHECK(stand_in.name == stand_in.body["spec"]["version"].get<std::string>() + "." + group);
  CHECK(stand_in.body["spec"]["version"] != "v1");
  CHECK(stand_in.left_out.empty());
  // A name that is not version and group is refused.
  Json renamed = body;
  renamed["metadata"]["name"] = "cloudflow-check";
  CHECK_FALSE(tried(cluster, kind, renamed).has_value());
  const auto made = tried(cluster, kind, stand_in.body);
  INFO((made ? "" : made.error().message));
  CHECK(made.has_value());
}
