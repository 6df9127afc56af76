#include "cli/pipeline/planning.h"

#include <algorithm>
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

TEST_CASE("a destroy that did not end is noted unless it goes on", "[planning]") {
  Bench bench;
  bench.record.exists = true;
  bench.record.last = {{"command", "destroy"}, {"state", "applying"}, {"time", "2026-11-29T10:00:00Z"}, {"by", "ann"}};
  const auto is_noted = [&] {
    const auto planned = bench.plan();
    REQUIRE(planned);
    return std::ranges::any_of(planned->plan.notes,
                               [](const Note& note) { return note.text.starts_with("a destroy was begun"); });
  };
  CHECK(is_noted());
  bench.desired.clear();
  CHECK_FALSE(is_noted());
}

TEST_CASE("what a command adds comes last, sees the rest, and may enter topics into the record", "[planning]") {
  Bench bench;
  const ResourceId topic = {"kafka", "topic", "default", "calls"};
  bench.questions.more = [&](const Plan& plan, Inventory& record) -> Result<PlanAdditions> {
    record.topics["id"] = {"calls"};
    return PlanAdditions{.notes = {Note("last", plan.changes.front().id)},
                         .takes_over = {topic},
                         .awaits = {{plan.changes.front().id, {topic}}}};
  };
  const auto planned = bench.plan();
  REQUIRE(planned);
  CHECK(planned->plan.notes.back().text == "last");
  CHECK(planned->plan.notes.back().about == bench.desired.front().id);
  CHECK(planned->plan.takes_over == std::vector<std::string>{topic.text()});
  CHECK(planned->plan.awaits.at(bench.desired.front().id) == std::vector<ResourceId>{topic});
  CHECK(planned->record.topics.at("id") == std::vector<std::string>{"calls"});
  bench.questions.more = [](const Plan&, Inventory&) -> Result<PlanAdditions> {
    return failure(ErrorKind::unavailable, "away");
  };
  CHECK(bench.plan().error().message == "away");
}

TEST_CASE("what pods read and is not there comes with the plan", "[planning]") {
  Bench bench;
  bench.desired.front() = {
      .id = {"kubernetes", "Pod", "shop", "a"},
      .spec = {{"apiVersion", "v1"},
               {"kind", "Pod"},
               {"spec",
                {{"containers", Json::array({{{"envFrom", Json::array({{{"secretRef", {{"name", "keys"}}}}})}}})}}}}};
  bench.questions.pod_reads = [&] { return look_at_pod_reads(bench.desired, bench.kubernetes, {}); };
  const auto planned = bench.plan();
  REQUIRE(planned);
  CHECK(planned->problems.has_errors());
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
