#include "cli/pipeline/planning.h"

#include <catch2/catch_all.hpp>

#include "tests/support/fake_provider.h"

using namespace cloudflow;
using cloudflow::testing::FakeProvider;

namespace {

/// An application without topics over a fake Kubernetes.
struct Bench {
  Bench() {
    application.id = "shop";
    application.version = "1.0.0";
    environment.name = "prod";
  }

  Result<Planned> plan(const Allowances& allowed = {}) {
    const std::vector<Provider*> providers = {&kubernetes};
    const SharedTopics shared([] { return TopicMakers(); });
    return plan_for({.application = application,
                     .environment = environment,
                     .config = config,
                     .desired = desired,
                     .providers = providers,
                     .where = "kubernetes prod/shop"},
                    record, shared, questions, allowed, {});
  }

  FakeProvider kubernetes{"kubernetes"};
  Application application{};
  Environment environment{};
  EffectiveConfig config{};
  std::vector<Resource> desired = {{.id = {"kubernetes", "ConfigMap", "shop", "map"}, .spec = {{"data", 1}}}};
  Inventory record{};
  PlanningQuestions questions{.cluster_ids = [] { return Result<ClusterIds>(ClusterIds()); },
                              .record_search = [] { return RecordSearch(); },
                              .elsewhere = [] { return Result<std::vector<OtherDeployment>>(); }};
};

}  // namespace

TEST_CASE("a plan says what it is the plan of", "[planning]") {
  Bench bench;
  const auto planned = bench.plan();
  REQUIRE(planned);
  const Plan& plan = planned->plan;
  CHECK(plan.application == "shop");
  CHECK(plan.version == "1.0.0");
  CHECK(plan.environment == "prod");
  CHECK(plan.targets == std::vector<std::string>{"kubernetes prod/shop"});
  CHECK_FALSE(plan.removes_all);
  REQUIRE(plan.changes.size() == 1);
  CHECK(plan.changes.front().action == Action::create);
  CHECK(plan.changes.front().traits.read_by_pods);
  bench.desired.clear();
  CHECK(bench.plan()->plan.removes_all);
}

TEST_CASE("the policy has its say in every plan", "[planning]") {
  Bench bench;
  bench.kubernetes.put(bench.desired.front().id, {{"data", 0}});
  bench.record = {.exists = true};
  bench.record.resources = {bench.desired.front().id};
  bench.desired.clear();
  bench.environment.policy.protect = {"configmap/*"};
  const auto planned = bench.plan();
  REQUIRE(planned);
  REQUIRE(planned->plan.changes.size() == 1);
  CHECK(planned->plan.changes.front().refused == "the environment's policy protects it");
  CHECK(planned->record.exists);
}

TEST_CASE("a system that cannot be asked ends the planning with its words", "[planning]") {
  Bench bench;
  SECTION("Kubernetes") { bench.kubernetes.fail_read({ErrorKind::unavailable, "away"}); }
  SECTION("Kafka") {
    bench.questions.cluster_ids = [] { return Result<ClusterIds>(failure(ErrorKind::unavailable, "away")); };
  }
  const auto planned = bench.plan();
  REQUIRE_FALSE(planned);
  CHECK(planned.error().message == "away");
}
