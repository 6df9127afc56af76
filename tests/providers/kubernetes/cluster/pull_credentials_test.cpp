// Credentials of registries in the pull secret: whose they are.
#include <catch2/catch_all.hpp>

#include "providers/kubernetes/cluster/pull_credentials.h"
#include "sdk/support/text.h"
#include "tests/providers/kubernetes/scripted_cluster.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

const std::string path = "/api/v1/namespaces/shop/secrets/cloudflow-image-pull-secret";

struct Bench : ScriptedCluster {
  void secret_is(const std::string& document, const Json& annotations) {
    const Json secret = {{"metadata", {{"name", "x"}, {"resourceVersion", "7"}, {"annotations", annotations}}},
                         {"data", {{".dockerconfigjson", to_base64(document)}}}};
    server.on("GET", path, {{.body = dump(secret)}});
  }

  std::string others() {
    const auto found = other_registries(*provider.cluster, {});
    return found ? found->reveal() : found.error().message;
  }
};

const std::string two = R"({"auths": {"a.example.com": {"auth": "x"}, "b.example.com": {"auth": "y"}}})";

}  // namespace

TEST_CASE("credentials that an apply wrote are not those of others", "[kubernetes][registries]") {
  Bench bench;
  SECTION("where no apply wrote any, all are") {
    bench.secret_is(two, nullptr);
    CHECK(bench.others() == R"({"a.example.com":{"auth":"x"},"b.example.com":{"auth":"y"}})");
  }
  SECTION("the registry that the secret names is the application's") {
    bench.secret_is(two, {{"cloudflow/registry", "b.example.com"}});
    CHECK(bench.others() == R"({"a.example.com":{"auth":"x"}})");
  }
  SECTION("what is no document of credentials holds none") {
    bench.secret_is(GENERATE(as<std::string>(), "", "[]", "{", R"({"auths": 7})", std::string(500'000, '[')), nullptr);
    CHECK(bench.others() == "{}");
  }
  SECTION("nor does what is nested without end") {
    bench.secret_is(R"({"auths": {"a": )" + std::string(300'000, '[') + std::string(300'000, ']') + "}}", nullptr);
    CHECK(bench.others().starts_with(R"({"a":[[[)"));
  }
  SECTION("without a secret there are none") {
    bench.server.on("GET", path, {{.status = 404, .body = status_body(404, "NotFound", "no such secret")}});
    CHECK(other_registries(*bench.provider.cluster, {}).error().kind == ErrorKind::not_found);
  }
}

TEST_CASE("credentials that are written by hand belong to the namespace from then on", "[kubernetes][registries]") {
  Bench bench;
  bench.server.on("GET", "/api/v1/namespaces/shop", {{.body = "{}"}});
  bench.server.on("PATCH", path + "*", {{.body = "{}"}});
  bench.secret_is(R"({"auths": {}})", {{"cloudflow/registry", "b.example.com"}});
  REQUIRE(add_pull_credentials(*bench.provider.cluster, "b.example.com", "me", Secret("p"), {}));
  const Json body = Json::parse(bench.server.seen().back().body);
  CHECK(body["metadata"]["annotations"] == Json{{"cloudflow/registry", nullptr}});
  CHECK(body["metadata"]["labels"] == Json{{"applyset.kubernetes.io/part-of", nullptr}});
}
