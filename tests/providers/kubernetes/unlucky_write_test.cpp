// Writes that the API server could not make the first time.
#include "tests/providers/kubernetes/scripted_cluster.h"

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

namespace {

const ResourceId gateway{"kubernetes", "Ingress.networking.k8s.io", "shop", "g"};
constexpr const char* gateways = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/g*";
constexpr const char* own_record = "/api/v1/namespaces/shop/configmaps/cloudflow-shop*";

/// Asks until the answer is no error, or too often.
std::vector<Readiness> asked_again_and_again(ScriptedCluster& bed, int& errors) {
  for (errors = 0; errors < 20; ++errors) {
    const auto answers = bed.provider->readiness(std::vector{gateway}, {});
    if (answers) return *answers;
    CHECK(answers.error().kind == ErrorKind::unavailable);
    bed.clock.advance(std::chrono::seconds(1));
  }
  return {};
}

}  // namespace

TEST_CASE("a kind that fails again and again while the server answers for others ends the wait",
          "[kubernetes][apply]") {
  ScriptedCluster bed;
  const FaultAnswer broken{.status = 500,
                           .body = status_body(500, "InternalError", "conversion webhook for it failed")};
  int errors = 0;
  SECTION("the other kind is answered") {
    bed.server.on("GET", gateways, {broken});
    const auto answers = asked_again_and_again(bed, errors);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].state == Readiness::State::failed);
    CHECK(answers[0].reason ==
          "get ingress \"g\" in namespace \"shop\": conversion webhook for it failed; the server answers for other "
          "kinds: look at what "
          "serves or converts this one");
    CHECK(errors >= 2);
    CHECK(errors <= 6);
  }
  SECTION("the server fails at everything") {
    bed.server.on("GET", gateways, {broken});
    bed.server.on("GET", own_record, {broken});
    CHECK(asked_again_and_again(bed, errors).empty());
    CHECK(errors == 20);
  }
  SECTION("it recovers in between") {
    bed.server.on("GET", gateways, {broken, broken, broken, broken, {.status = 404, .body = "{}"}, broken});
    CHECK(asked_again_and_again(bed, errors).size() == 1);
    CHECK(errors == 2);
    bed.clock.advance(std::chrono::seconds(30));
    CHECK_FALSE(bed.provider->readiness(std::vector{gateway}, {}).has_value());  // counted anew
  }
}

TEST_CASE("a write of a kind that is not served for long is no outage", "[kubernetes][apply]") {
  ScriptedCluster bed;
  Change change = creation();
  change.id = change.desired.id = gateway;
  change.desired.spec = {{"apiVersion", "networking.k8s.io/v1"},
                         {"kind", "Ingress"},
                         {"metadata", {{"name", "g"}, {"namespace", "shop"}}}};
  bed.server.on("PATCH", gateways, {{.status = 503, .body = status_body(503, "ServiceUnavailable", "not here")}});
  std::vector<ErrorKind> kinds;
  for (int i = 0; i < 4; ++i) {
    const auto failed = bed.provider->apply(change, {});
    REQUIRE_FALSE(failed);
    kinds.push_back(failed.error().kind);
    bed.clock.advance(std::chrono::seconds(3));
  }
  CHECK(kinds.front() == ErrorKind::unavailable);
  CHECK(kinds.back() == ErrorKind::unsupported);
}
