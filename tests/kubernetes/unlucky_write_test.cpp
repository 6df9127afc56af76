// Writes that the API server could not make the first time.
#include "tests/kubernetes/scripted_cluster.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

constexpr const char* made = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","uid":"1"}})";
constexpr const char* target = "/api/v1/namespaces/shop/configmaps/c*";

Change creation() {
  const ResourceId id{"kubernetes", "ConfigMap", "shop", "c"};
  Change change{.id = id, .action = Action::create};
  change.desired = {.id = id,
                    .spec = {{"apiVersion", "v1"},
                             {"kind", "ConfigMap"},
                             {"metadata", {{"name", "c"}, {"namespace", "shop"}}},
                             {"data", {{"a", "1"}}}}};
  return change;
}

FaultAnswer conflict() {
  return {.status = 409, .body = status_body(409, "AlreadyExists", "configmaps \"c\" already exists")};
}

}  // namespace

TEST_CASE("a conflict about an object that is not there is no reason to fail", "[kubernetes][apply]") {
  ScriptedCluster bed;
  bed.server.on("PATCH", target, {conflict(), {.status = 201, .body = made}});
  CHECK(bed.provider->apply(creation(), {}));
  CHECK(bed.server.count("PATCH", target) == 2);
  // Twice is one.
  bed.server.on("PATCH", target, {conflict()});
  const Result<void> again = bed.provider->apply(creation(), {});
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::conflict);
  CHECK(bed.server.count("PATCH", target) == 4);
}

TEST_CASE("a write that fails inside the server is made once more, and is then no outage", "[kubernetes][apply]") {
  ScriptedCluster bed;
  const FaultAnswer broken{.status = 500, .body = status_body(500, "InternalError", "failed calling webhook \"w\"")};
  bed.server.on("PATCH", target, {broken, {.status = 201, .body = made}});
  CHECK(bed.provider->apply(creation(), {}));
  bed.server.on("PATCH", target, {broken});
  const Result<void> failed = bed.provider->apply(creation(), {});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind != ErrorKind::unavailable);
  CHECK_THAT(failed.error().message, Catch::Matchers::ContainsSubstring("failed calling webhook \"w\""));
  CHECK(bed.server.count("PATCH", target) == 4);
}

TEST_CASE("a server that says it is not ready is an outage", "[kubernetes][apply]") {
  ScriptedCluster bed;
  bed.server.on("PATCH", target, {{.status = 503, .body = status_body(503, "ServiceUnavailable", "starting")}});
  const Result<void> failed = bed.provider->apply(creation(), {});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == ErrorKind::unavailable);
}
