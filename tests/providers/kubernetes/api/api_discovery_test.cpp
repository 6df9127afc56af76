#include "providers/kubernetes/api/api_discovery.h"

#include <catch2/catch_all.hpp>

#include "tests/support/fake_clock.h"
#include "tests/support/fault_server.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

struct Bench {
  FaultServer server{};
  FakeClock clock{};
  ApiClient client{access_to(server), clock};
  ApiDiscovery discovery{client};

  static ClusterAccess access_to(const FaultServer& server) {
    ClusterAccess access;
    access.server = server.url();
    return access;
  }
  std::string path_of(std::string_view kind, std::string_view api_version = "") {
    const Result<ApiResource> resource = discovery.resource(kind, api_version, {});
    return resource ? resource->object("n", "x").path : resource.error().message;
  }
};

constexpr const char* aggregated =
    R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"example.com"},"versions":[
  {"version":"v2","resources":[{"resource":"widgets","responseKind":{"kind":"Widget"},"scope":"Namespaced"}]},
  {"version":"v1","resources":[{"resource":"widgets","responseKind":{"kind":"Widget"},"scope":"Namespaced"},
                               {"resource":"planets","responseKind":{"kind":"Planet"},"scope":"Cluster"}]}]}]})";

}  // namespace

TEST_CASE("well-known kinds need no request", "[kubernetes][discovery]") {
  Bench bench;
  CHECK(bench.path_of("ConfigMap") == "/api/v1/namespaces/n/configmaps/x");
  CHECK(bench.path_of("Deployment.apps", "apps/v1") == "/apis/apps/v1/namespaces/n/deployments/x");
  CHECK(bench.path_of("Ingress.networking.k8s.io") == "/apis/networking.k8s.io/v1/namespaces/n/ingresses/x");
  CHECK(bench.path_of("Namespace") == "/api/v1/namespaces/x");
  CHECK(bench.path_of("ClusterRole.rbac.authorization.k8s.io") == "/apis/rbac.authorization.k8s.io/v1/clusterroles/x");
  CHECK(bench.server.count() == 0);
}

TEST_CASE("paths and things are written as the API and people want them", "[kubernetes][discovery]") {
  const ApiResource deployments = *well_known_resource("Deployment.apps");
  CHECK(deployments.id_kind() == "Deployment.apps");
  CHECK(deployments.api_version() == "apps/v1");
  CHECK(deployments.object("shop", "web").thing == "deployment \"web\" in namespace \"shop\"");
  CHECK(deployments.collection("shop").thing == "deployments in namespace \"shop\"");
  CHECK(deployments.collection("").path == "/apis/apps/v1/deployments");
  CHECK(deployments.collection("").thing == "deployments");
  CHECK(well_known_resource("ClusterRole.rbac.authorization.k8s.io")->object("shop", "a:b/c").path ==
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab%2Fc");
  CHECK(well_known_resource("Namespace")->object("", "shop").thing == "namespace \"shop\"");
  CHECK_FALSE(well_known_resource("HorizontalPodAutoscaler.autoscaling", "autoscaling/v1"));
}

TEST_CASE("other kinds are asked for once", "[kubernetes][discovery]") {
  Bench bench;
  bench.server.on("GET", "/api", {{.body = R"({"items":[]})"}});
  bench.server.on("GET", "/apis", {{.body = aggregated}});
  CHECK(bench.path_of("Widget.example.com") == "/apis/example.com/v2/namespaces/n/widgets/x");
  CHECK(bench.path_of("Widget.example.com", "example.com/v1") == "/apis/example.com/v1/namespaces/n/widgets/x");
  CHECK(bench.path_of("Planet.example.com") == "/apis/example.com/v1/planets/x");
  CHECK(bench.server.count() == 2);
  CHECK(bench.server.seen().at(0).header("accept") ==
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json");
  bench.discovery.forget();
  CHECK(bench.path_of("Planet.example.com") == "/apis/example.com/v1/planets/x");
  CHECK(bench.server.count() == 4);
}

TEST_CASE("a server without aggregated discovery is asked group by group", "[kubernetes][discovery]") {
  Bench bench;
  bench.server.on("GET", "/api", {{.body = R"({"kind":"APIVersions","versions":["v1"]})"}});
  bench.server.on("GET", "/api/v1",
                  {{.body = R"({"resources":[{"name":"bindings","kind":"Binding","namespaced":true}]})"}});
  bench.server.on(
      "GET", "/apis",
      {{.body = R"({"kind":"APIGroupList","groups":[{"name":"example.com","preferredVersion":{"version":"v1"},
      "versions":[{"version":"v2"},{"version":"v1"}]},{"name":"down.example.com","preferredVersion":{"version":"v1"},"versions":[{"version":"v1"}]}]})"}});
  bench.server.on(
      "GET", "/apis/example.com/v1",
      {{.body =
            R"({"resources":[{"name":"widgets","kind":"Widget","namespaced":true},{"name":"widgets/scale","kind":"Scale"}]})"}});
  bench.server.on("GET", "/apis/example.com/v2",
                  {{.body = R"({"resources":[{"name":"gadgets","kind":"Widget","namespaced":false}]})"}});
  bench.server.on("GET", "/apis/down.example.com/v1", {{.status = 500, .body = "its server is down"}});
  CHECK(bench.path_of("Widget.example.com") == "/apis/example.com/v1/namespaces/n/widgets/x");
  CHECK(bench.path_of("Widget.example.com", "example.com/v2") == "/apis/example.com/v2/gadgets/x");
  CHECK(bench.path_of("Binding") == "/api/v1/namespaces/n/bindings/x");
  CHECK(bench.path_of("Scale.example.com") == "the server knows no kind \"Scale.example.com\"");
}

TEST_CASE("a group whose server is down is not taken for one without kinds", "[kubernetes][discovery]") {
  Bench bench;
  bench.server.on("GET", "/api", {{.body = R"({"items":[]})"}});
  const auto kind_of = [&](std::string_view kind) {
    const auto resource = bench.discovery.resource(kind, "", {});
    REQUIRE_FALSE(resource);
    return resource.error().kind;
  };
  SECTION("aggregated discovery calls it stale") {
    bench.server.on("GET", "/apis", {{.body = R"({"items":[
      {"metadata":{"name":"down.example.com"},"versions":[{"version":"v1","freshness":"Stale"}]},
      {"metadata":{"name":"up.example.com"},"versions":[{"version":"v1","freshness":"Current"}]}]})"}});
    CHECK(kind_of("Widget.up.example.com") == ErrorKind::not_found);
  }
  SECTION("its list of kinds is refused") {
    bench.server.on("GET", "/apis",
                    {{.body = R"({"groups":[{"name":"down.example.com","versions":[{"version":"v1"}]}]})"}});
    bench.server.on("GET", "/apis/down.example.com/v1", {{.status = 503, .body = "service unavailable"}});
  }
  SECTION("it is in no list, and its own path is no answer") {
    bench.server.on("GET", "/apis", {{.body = R"({"items":[]})"}});
    bench.server.on("GET", "/apis/down.example.com", {{.status = 503, .body = "service unavailable"}});
    bench.server.on("GET", "/apis/gone.example.com",
                    {{.status = 404, .body = status_body(404, "NotFound", "not found")}});
    CHECK(kind_of("Widget.gone.example.com") == ErrorKind::not_found);
  }
  const auto resource = bench.discovery.resource("Widget.down.example.com", "", {});
  REQUIRE_FALSE(resource);
  CHECK(resource.error().kind == ErrorKind::unavailable);
  CHECK(resource.error().message.starts_with(
      "the server of API group \"down.example.com\" does not answer, so what exists of its kinds is not known"));
}

TEST_CASE("an unknown kind is answered with a close one, or with CRDs", "[kubernetes][discovery]") {
  Bench bench;
  bench.server.on("GET", "/api", {{.body = R"({"items":[]})"}});
  bench.server.on("GET", "/apis", {{.body = aggregated}});
  Result<ApiResource> resource = bench.discovery.resource("Wigdet.example.com", "", {});
  REQUIRE_FALSE(resource);
  CHECK(resource.error().kind == ErrorKind::not_found);
  CHECK(resource.error().message == "the server knows no kind \"Wigdet.example.com\"");
  CHECK(resource.error().hint == "did you mean \"Widget.example.com\"?");
  resource = bench.discovery.resource("KafkaTopic.kafka.strimzi.io", "kafka.strimzi.io/v1", {});
  REQUIRE_FALSE(resource);
  CHECK(resource.error().message ==
        "the server knows no kind \"KafkaTopic.kafka.strimzi.io\" in version \"kafka.strimzi.io/v1\"");
  CHECK(resource.error().hint == "it may come from a CRD that is not installed yet");
}

TEST_CASE("a discovery that fails is tried again next time", "[kubernetes][discovery]") {
  Bench bench;
  bench.server.on(
      "GET", "/api",
      {{.status = 403, .body = status_body(403, "Forbidden", "no discovery for you")}, {.body = R"({"items":[]})"}});
  bench.server.on("GET", "/apis", {{.body = aggregated}});
  CHECK(bench.path_of("Planet.example.com") == "get the kinds that the server knows: no discovery for you");
  CHECK(bench.path_of("Planet.example.com") == "/apis/example.com/v1/planets/x");
}
