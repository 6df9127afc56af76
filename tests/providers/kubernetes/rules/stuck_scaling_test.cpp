#include "providers/kubernetes/rules/stuck_scaling.h"

#include <catch2/catch_all.hpp>

#include "tests/providers/kubernetes/scripted_cluster.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

/// As the server shows it: two pods were asked for, one is now, and its controller has seen that.
Json scaled() {
  return {{"metadata", {{"name", "a"}, {"namespace", "shop"}, {"uid", "u"}, {"generation", 3}}},
          {"spec", {{"replicas", 1}, {"selector", {{"matchLabels", {{"app", "a"}}}}}}},
          {"status", {{"observedGeneration", 3}, {"replicas", 3}, {"updatedReplicas", 0}}}};
}

Json replica_set(const std::string& name, int replicas, const std::string& noted, const std::string& owner = "u") {
  return {{"metadata",
           {{"name", name},
            {"annotations", {{"deployment.kubernetes.io/desired-replicas", noted}}},
            {"ownerReferences", {{{"uid", owner}}}}}},
          {"spec", {{"replicas", replicas}}}};
}

constexpr const char* stands_still =
    "its controller stands still: replicas changed from 2 to 1 while the pods of 2 versions ran, which it does not get "
    "over (kubernetes issue 125568); it goes on after `kubectl scale deployment/a -n shop --replicas=2`, then apply "
    "again";

}  // namespace

TEST_CASE("a scaling that goes on is none that stands still", "[kubernetes]") {
  Json object = scaled();
  const auto deployment = scaled_deployment(object);
  REQUIRE(deployment.has_value());
  CHECK(stuck_scaling(*deployment, std::vector{replica_set("a-1", 1, "2"), replica_set("a-2", 1, "2")}) ==
        stands_still);
  CHECK(stuck_scaling(*deployment, std::vector{replica_set("a-1", 1, "2"), replica_set("a-2", 0, "2")})
            ->starts_with("its controller stands still: replicas changed from 2 to 1 while the pods of an unfinished "
                          "roll-out ran"));
  CHECK_FALSE(stuck_scaling(*deployment, std::vector{replica_set("a-1", 1, "1"), replica_set("a-2", 0, "2")}));
  CHECK_FALSE(stuck_scaling(*deployment, std::vector{replica_set("b-1", 2, "2", "another")}));
  object["status"]["observedGeneration"] = 2;
  CHECK_FALSE(scaled_deployment(object));
}

TEST_CASE("a Deployment that its controller does not get on with is given up with the way on", "[kubernetes]") {
  ScriptedCluster bed;
  const std::string apps = "/apis/apps/v1/namespaces/shop/";
  const auto list = [](const Json& items) { return dump(Json{{"metadata", Json::object()}, {"items", items}}); };
  bed.server.on("GET", apps + "deployments/a", {{.body = dump(scaled())}});
  bed.server.on("GET", "/api/v1/namespaces/shop/pods*", {{.body = list(Json::array())}});
  bed.server.on("GET", "/api/v1/namespaces/shop/events*", {{.body = list(Json::array())}});
  const ResourceId id{"kubernetes", "Deployment.apps", "shop", "a"};
  const auto after = [&](std::chrono::seconds time) {
    bed.clock.advance(time);
    const auto answers = bed.provider->readiness(std::vector{id}, {});
    INFO((answers ? "" : answers.error().message));
    REQUIRE(answers.has_value());
    return answers->front();
  };
  const auto waits = [](const Readiness& said) { return said.state == Readiness::State::waiting; };
  const Json still = {replica_set("a-1", 1, "2"), replica_set("a-2", 1, "2")};
  const Json goes_on = {replica_set("a-1", 0, "2"), replica_set("a-2", 1, "1")};
  SECTION("it stays so") {
    bed.server.on("GET", apps + "replicasets*", {{.body = list(still)}});
    CHECK(waits(after(std::chrono::seconds(0))));
    CHECK(waits(after(std::chrono::seconds(16))));
    const Readiness said = after(std::chrono::seconds(16));
    CHECK(said.state == Readiness::State::failed);
    CHECK(said.reason ==
          std::string("0 of 1 pod updated; ") + stands_still + "; given up, as waiting does not change that");
  }
  SECTION("it was only so for a moment") {
    bed.server.on("GET", apps + "replicasets*", {{.body = list(still)}, {.body = list(goes_on)}});
    for (int i = 0; i < 5; ++i) CHECK(waits(after(std::chrono::seconds(16))));
  }
  SECTION("ReplicaSets may not be listed") {
    bed.server.on("GET", apps + "replicasets*",
                  {{.status = 403, .body = R"({"kind": "Status", "status": "Failure", "reason": "Forbidden",
                                              "message": "replicasets is forbidden", "code": 403})"}});
    for (int i = 0; i < 5; ++i) CHECK(waits(after(std::chrono::seconds(16))));
  }
}
