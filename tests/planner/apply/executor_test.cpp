#include "planner/apply/executor.h"

#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <random>
#include <thread>

#include "planner/plan/make_plan.h"
#include "sdk/support/log.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_provider.h"

using namespace cloudflow;
using cloudflow::testing::eventually;
using cloudflow::testing::FakeClock;
using cloudflow::testing::FakeProvider;
using namespace std::chrono_literals;

namespace {

ResourceId id(const std::string& kind, const std::string& name) { return {"kubernetes", kind, "n", name}; }

Resource resource(const ResourceId& what, std::vector<ResourceId> after = {}, int value = 1) {
  return {.id = what, .spec = {{"value", value}}, .after = std::move(after)};
}

struct Bench {
  FakeProvider provider{"kubernetes"};
  FakeClock clock{};
  std::vector<Provider*> providers{&provider};
  std::vector<std::string> events{};

  Plan plan(std::vector<Resource> desired) {
    auto made = make_plan({.desired = desired, .providers = providers}, {});
    REQUIRE(made);
    return *made;
  }

  Outcome run(const Plan& plan, std::stop_token finish = {}, std::stop_token abort = {}) {
    return execute(
        plan, providers, clock, {.deadline = std::chrono::seconds(30), .first_poll = std::chrono::milliseconds(0)},
        [this](const Event& event) { remember(event); }, finish, abort);
  }

  void remember(const Event& event) {
    if (const auto* failed = std::get_if<Failed>(&event))
      events.push_back("failed " + failed->id.text() + ": " + failed->error.message);
    if (const auto* skipped = std::get_if<Skipped>(&event))
      events.push_back("skipped " + skipped->id.text() + ": " + skipped->because);
    if (const auto* waiting = std::get_if<Waiting>(&event))
      events.push_back("waiting " + waiting->id.text() + ": " + waiting->reason);
  }
};

}  // namespace

TEST_CASE("changes are made in their order and nothing is left to do", "[apply]") {
  Bench bench;
  const std::vector<Resource> desired = {resource(id("Deployment.apps", "d"), {id("Secret", "s")}),
                                         resource(id("Secret", "s"), {id("Namespace", "n")}),
                                         resource(id("Namespace", "n"))};
  const Outcome outcome = bench.run(bench.plan(desired));
  CHECK(outcome.complete());
  CHECK(outcome.added == 3);
  CHECK(bench.provider.calls() ==
        std::vector<std::string>{"create namespace/n", "create secret/s", "create deployment/d"});
  CHECK_FALSE(has_changes(bench.plan(desired)));
}

TEST_CASE("workloads are not waited for when nobody asks to, everything else is", "[apply]") {
  Bench bench;
  const std::vector<Resource> desired = {resource(id("Deployment.apps", "d"), {id("Service", "s")}),
                                         resource(id("Service", "s"))};
  bench.provider.set_readiness(id("Deployment.apps", "d"), {Readiness::State::waiting, "0 of 1 pods ready"});
  const Outcome outcome = execute(
      bench.plan(desired), bench.providers, bench.clock,
      {.deadline = std::chrono::seconds(30), .first_poll = std::chrono::milliseconds(0), .await_workloads = false},
      [&](const Event& event) { bench.remember(event); }, {}, {});
  CHECK(outcome.complete());
  CHECK(outcome.added == 2);
  CHECK(bench.events.empty());

  Bench waiting;
  waiting.provider.set_readiness(id("Service", "s"), {Readiness::State::failed, "no address"});
  const Outcome stuck = execute(
      waiting.plan(desired), waiting.providers, waiting.clock,
      {.deadline = std::chrono::seconds(30), .first_poll = std::chrono::milliseconds(0), .await_workloads = false},
      [&](const Event& event) { waiting.remember(event); }, {}, {});
  CHECK(stuck.skipped == 1);
}

TEST_CASE("what does not change can be waited for as well", "[apply]") {
  Bench bench;
  const ResourceId other = id("Deployment.apps", "other");
  bench.provider.put(other, resource(other).spec);
  const auto run = [&](std::stop_token finish) {
    return execute(bench.plan({resource(other), resource(id("ConfigMap", "c"))}), bench.providers, bench.clock,
                   {.deadline = std::chrono::seconds(30), .first_poll = std::chrono::milliseconds(0), .also = {other}},
                   [&](const Event& event) { bench.remember(event); }, finish, {});
  };
  SECTION("where it is ready nothing is said of it") {
    const Outcome outcome = run({});
    CHECK(outcome.complete());
    CHECK(outcome.added == 1);
    CHECK(outcome.changed == 0);
    CHECK(bench.events.empty());
  }
  SECTION("where it cannot become ready not everything is applied") {
    bench.provider.set_readiness(other, {Readiness::State::failed, "BackoffLimitExceeded"});
    const Outcome outcome = run({});
    CHECK_FALSE(outcome.complete());
    CHECK(outcome.added == 1);
    CHECK(bench.events == std::vector<std::string>{"failed deployment/other: BackoffLimitExceeded"});
  }
  SECTION("who does not wait for it to the end has not seen everything ready") {
    bench.provider.set_readiness(other, {Readiness::State::waiting, "0 of 1 pods ready"});
    std::stop_source stop;
    std::jthread asks([&] {
      while (bench.provider.calls().empty()) std::this_thread::yield();
      stop.request_stop();
    });
    const Outcome outcome = run(stop.get_token());
    CHECK(outcome.interrupted);
    CHECK_FALSE(outcome.complete());
  }
}

TEST_CASE("a workload that was ready and is not any more by the end is waited for again", "[apply]") {
  Bench bench;
  const ResourceId early = id("Deployment.apps", "early");
  const ResourceId late = id("Deployment.apps", "late");
  const Plan plan = bench.plan({resource(early), resource(late, {early})});
  SECTION("and fails where it does not come back") {
    const auto crash = [&](const Event& event) {
      const auto* started = std::get_if<Started>(&event);
      if (started != nullptr && started->id == late)
        bench.provider.set_readiness(early, {Readiness::State::failed, "CrashLoopBackOff"});
      bench.remember(event);
    };
    const Outcome outcome =
        execute(plan, bench.providers, bench.clock,
                {.deadline = std::chrono::seconds(30), .first_poll = std::chrono::milliseconds(0)}, crash, {}, {});
    CHECK_FALSE(outcome.complete());
    CHECK(outcome.added == 1);
    CHECK(bench.events == std::vector<std::string>{"failed deployment/early: CrashLoopBackOff"});
  }
  SECTION("and nothing is said where it is still ready") {
    const Outcome outcome = bench.run(plan);
    CHECK(outcome.complete());
    CHECK(outcome.added == 2);
    CHECK(bench.events.empty());
  }
}

TEST_CASE("a removal whose end cannot be seen fails at once", "[apply]") {
  Bench bench;
  const ResourceId gone = id("Deployment.apps", "gone");
  bench.provider.put(gone, resource(gone).spec);
  bench.provider.set_readiness(gone, {Readiness::State::failed, "its pods cannot be seen"});
  const Outcome outcome = bench.run(bench.plan({}));
  CHECK(outcome.removed == 0);
  CHECK(bench.events == std::vector<std::string>{"failed deployment/gone: its pods cannot be seen"});
}

TEST_CASE("a failure skips only what waits for it", "[apply]") {
  Bench bench;
  bench.provider.fail(id("Secret", "bad"), {ErrorKind::denied, "secrets \"bad\" is forbidden"});
  const Outcome outcome = bench.run(bench.plan({resource(id("Deployment.apps", "a"), {id("Secret", "bad")}),
                                                resource(id("Deployment.apps", "b"), {id("Secret", "good")}),
                                                resource(id("Secret", "bad")), resource(id("Secret", "good"))}));
  CHECK_FALSE(outcome.complete());
  CHECK(outcome.added == 2);
  CHECK(outcome.skipped == 1);
  CHECK(bench.events == std::vector<std::string>{"failed secret/bad: secrets \"bad\" is forbidden",
                                                 "skipped deployment/a: secret/bad failed"});
}

TEST_CASE("what does not become ready fails at its deadline with the reason", "[apply]") {
  Bench bench;
  const ResourceId work = id("Deployment.apps", "w");
  bench.provider.set_readiness(work, {Readiness::State::waiting, "0 of 1 pods ready; w-1: CrashLoopBackOff"});
  bench.clock.tick(std::chrono::milliseconds(50));
  const Outcome outcome = bench.run(bench.plan({resource(work)}));
  REQUIRE(outcome.failures.size() == 1);
  CHECK(outcome.failures[0].error.message == "not ready after 30 s: 0 of 1 pods ready; w-1: CrashLoopBackOff");
  CHECK(outcome.done == std::vector<ResourceId>{work});
}

TEST_CASE("what becomes ready is known soon, in proportion to how long it took", "[apply]") {
  Bench bench;
  const ResourceId work = id("Deployment.apps", "w");
  bench.provider.set_readiness(work, {Readiness::State::waiting, "0 of 1 pods ready"});
  const auto start = bench.clock.now();
  bench.clock.tick(100ms);
  auto asked = start;
  std::vector<std::string> late;
  bench.provider.on_readiness([&] {
    const auto now = bench.clock.now();
    // Threads look at the clock some ten times between two questions, each of which takes a tenth of a second here.
    const auto most = std::max<std::chrono::steady_clock::duration>(100ms, (now - start) / 8) + 1500ms;
    if (now - asked > most) late.push_back(fmt::format("{} ms", (now - asked) / 1ms));
    asked = now;
    if (now - start >= 10s) bench.provider.set_readiness(work, {Readiness::State::ready, ""});
  });
  const Outcome outcome =
      execute(bench.plan({resource(work)}), bench.providers, bench.clock,
              {.deadline = 60s, .first_poll = 100ms, .slowest_poll = 10s}, [](const Event&) {}, {}, {});
  CHECK(outcome.complete());
  CHECK(late == std::vector<std::string>{});
}

TEST_CASE("what waits for long is said once with how much longer it may", "[apply]") {
  Bench bench;
  const ResourceId work = id("Deployment.apps", "w");
  bench.provider.set_readiness(work, {Readiness::State::waiting, "w-1: CrashLoopBackOff"});
  bench.clock.tick(std::chrono::milliseconds(50));
  std::vector<Waiting> said;
  const Outcome outcome = execute(bench.plan({resource(work)}), bench.providers, bench.clock,
                                  {.deadline = std::chrono::seconds(30), .first_poll = std::chrono::milliseconds(0)},
                                  [&](const Event& event) {
                                    if (const auto* waiting = std::get_if<Waiting>(&event)) said.push_back(*waiting);
                                  },
                                  {}, {});
  CHECK(outcome.failures.size() == 1);
  REQUIRE(said.size() == 2);
  CHECK(said[0].left.count() == 0);
  CHECK(said[1].reason == said[0].reason);
  CHECK(said[1].left > std::chrono::seconds(0));
  CHECK(said[1].left <= std::chrono::seconds(20));
}

TEST_CASE("what is ready is not called late by a run that was stopped past its deadline", "[apply]") {
  Bench bench;
  const ResourceId work = id("Deployment.apps", "w");
  bench.provider.set_readiness(work, {Readiness::State::waiting, "0 of 1 pods ready"});
  const Plan plan = bench.plan({resource(work)});
  const Outcome outcome = execute(plan, bench.providers, bench.clock,
                                  {.deadline = std::chrono::seconds(30), .first_poll = std::chrono::milliseconds(0)},
                                  [&](const Event& event) {
                                    bench.remember(event);
                                    if (!std::holds_alternative<Waiting>(event)) return;
                                    bench.provider.set_readiness(work, {Readiness::State::ready, {}});
                                    bench.clock.advance(std::chrono::hours(1));
                                  },
                                  {}, {});
  CHECK(outcome.complete());
  CHECK(bench.events == std::vector<std::string>{"waiting deployment/w: 0 of 1 pods ready"});
}

TEST_CASE("what has failed for good is not waited for", "[apply]") {
  Bench bench;
  const ResourceId work = id("Job.batch", "j");
  bench.provider.set_readiness(work, {Readiness::State::failed, "BackoffLimitExceeded"});
  const Outcome outcome = bench.run(bench.plan({resource(work)}));
  REQUIRE(outcome.failures.size() == 1);
  CHECK(outcome.failures[0].error.message == "BackoffLimitExceeded");
}

TEST_CASE("a refused change and what waits for it are not made", "[apply]") {
  Bench bench;
  Plan plan = bench.plan({resource(id("Deployment.apps", "a"), {id("Secret", "s")}), resource(id("Secret", "s")),
                          resource(id("Secret", "t"))});
  plan.changes[0].refused = "policy";
  const Outcome outcome = bench.run(plan);
  CHECK(outcome.refused == 1);
  CHECK(outcome.skipped == 1);
  CHECK(bench.provider.calls() == std::vector<std::string>{"create secret/t"});
}

TEST_CASE("what is waited for may itself have to wait until others have changed", "[apply]") {
  Bench bench;
  const ResourceId writer = id("Deployment.apps", "writer");
  const ResourceId reader = id("Deployment.apps", "reader");
  const ResourceId group{std::string(bench.provider.name()), "ConsumerGroup", "default", "g:t"};
  Plan plan = bench.plan({resource(reader), resource(writer)});
  plan.awaits = {{reader, {group}}, {group, {writer}}};
  SECTION("it is asked for only then") {
    bench.provider.put(group, {});
    CHECK(bench.run(plan).complete());
    CHECK(bench.provider.calls() == std::vector<std::string>{"create deployment/writer", "create deployment/reader"});
  }
  SECTION("when it does not come to pass nobody who waits for it starts") {
    bench.provider.put(group, {});
    bench.provider.set_readiness(group, {Readiness::State::failed, "lag 3"});
    const Outcome outcome = bench.run(plan);
    CHECK(bench.provider.calls() == std::vector<std::string>{"create deployment/writer"});
    CHECK(outcome.skipped == 1);
    CHECK(bench.events.back() == "skipped deployment/reader: consumergroup/g:t failed");
  }
  SECTION("when the first change fails it is not asked for at all") {
    bench.provider.set_readiness(writer, {Readiness::State::failed, "CrashLoopBackOff"});
    const Outcome outcome = bench.run(plan);
    CHECK(outcome.skipped == 1);
    CHECK(bench.events.back() == "skipped deployment/reader: deployment/writer failed");
  }
}

TEST_CASE("what does not change is waited for where a plan says so", "[apply]") {
  Bench bench;
  const ResourceId reader = id("Deployment.apps", "reader");
  bench.provider.put(reader, {{"value", 1}});
  Plan plan = bench.plan({resource(reader), resource(id("Deployment.apps", "writer"))});
  REQUIRE(plan.changes.size() == 1);
  plan.awaits[id("Deployment.apps", "writer")] = {reader};
  SECTION("and says nothing when it is ready") {
    const Outcome outcome = bench.run(plan);
    CHECK(outcome.complete());
    CHECK(outcome.added == 1);
    CHECK(outcome.changed == 0);
    CHECK(bench.events.empty());
  }
  SECTION("and keeps the others back when it is not") {
    bench.provider.set_readiness(reader, {Readiness::State::failed, "CrashLoopBackOff"});
    const Outcome outcome = bench.run(plan);
    CHECK(outcome.done.empty());
    CHECK(bench.provider.calls().empty());
    CHECK(bench.events == std::vector<std::string>{"failed deployment/reader: CrashLoopBackOff",
                                                   "skipped deployment/writer: deployment/reader failed"});
  }
  SECTION("and is no work that was interrupted") {
    bench.provider.set_readiness(reader, {Readiness::State::waiting, "1 of 2 pods ready"});
    std::stop_source finish;
    finish.request_stop();
    const Outcome outcome = bench.run(plan, finish.get_token());
    CHECK(outcome.interrupted);
    CHECK(outcome.skipped == 1);
    CHECK(bench.events == std::vector<std::string>{"skipped deployment/writer: interrupted"});
  }
}

TEST_CASE("stopped after any write, the next run converges", "[apply][property]") {
  const int stop_after = GENERATE(range(1, 24));
  const unsigned seed = GENERATE(1U, 2U, 3U);
  CAPTURE(stop_after, seed);
  std::mt19937 random(seed);
  std::vector<Resource> desired;
  for (int i = 0; i < 20; ++i) {
    std::vector<ResourceId> after;
    for (const Resource& before : desired) {
      if (random() % 6 == 0) after.push_back(before.id);
    }
    desired.push_back(resource(id(i % 2 == 0 ? "Secret" : "Deployment.apps", "r" + std::to_string(i)), after,
                               static_cast<int>(random() % 3)));
  }
  Bench bench;
  for (int i = 10; i < 30; ++i)
    bench.provider.put(id(i % 2 == 0 ? "Secret" : "Deployment.apps", "r" + std::to_string(i)), {{"value", 1}});
  std::stop_source abort;
  bench.provider.on_apply([&](int write) {
    if (write >= stop_after) abort.request_stop();
  });
  const Outcome first = bench.run(bench.plan(desired), {}, abort.get_token());
  CHECK(first.done.size() <= bench.provider.calls().size());
  bench.provider.on_apply({});
  const Outcome second = bench.run(bench.plan(desired));
  CHECK(second.complete());
  std::map<ResourceId, Json> wanted;
  for (const Resource& want : desired) wanted[want.id] = want.spec;
  CHECK(bench.provider.specs() == wanted);
  CHECK_FALSE(has_changes(bench.plan(desired)));
}

TEST_CASE("a write that finds its system away is made again until the deadline", "[apply]") {
  std::vector<std::string> said;
  log::configure(log::Level::warn, [&](log::Level, std::string_view line) { said.emplace_back(line); });
  Bench bench;
  bench.clock.tick(std::chrono::milliseconds(100));
  const Error away{ErrorKind::unavailable, "connection refused"};
  const Plan plan = bench.plan({resource(id("Secret", "a")), resource(id("Secret", "b"), {id("Secret", "a")})});
  SECTION("it comes back") {
    for (int nth = 1; nth <= 3; ++nth) bench.provider.fail_apply(nth, away, nth == 2);
    const Outcome outcome = bench.run(plan);
    CHECK(outcome.complete());
    CHECK(outcome.added == 2);
    CHECK(bench.events.empty());
    CHECK(bench.provider.calls().size() == 5);
    CHECK(bench.provider.specs().size() == 2);
  }
  SECTION("it does not") {
    bench.provider.fail(id("Secret", "a"), away);
    const Outcome outcome = bench.run(plan);
    CHECK(bench.events ==
          std::vector<std::string>{"failed secret/a: connection refused", "skipped secret/b: secret/a failed"});
    CHECK(bench.provider.calls().size() > 5);
    CHECK(outcome.took < std::chrono::seconds(34));
    CHECK(outcome.took > std::chrono::seconds(20));
  }
  SECTION("any other failure is one at once") {
    bench.provider.fail(id("Secret", "a"), {ErrorKind::timeout, "no answer in time"});
    CHECK(bench.run(plan).failures.size() == 1);
    CHECK(bench.provider.calls().size() == 1);
  }
  SECTION("who is interrupted meanwhile reads why it was not done") {
    std::stop_source finish;
    bench.provider.fail(id("Secret", "a"), away);
    bench.provider.on_apply([&](int nth) {
      if (nth == 3) finish.request_stop();
    });
    const Outcome outcome = bench.run(plan, finish.get_token());
    CHECK(outcome.interrupted);
    CHECK(bench.events.front() == "failed secret/a: connection refused");
  }
  CHECK(said.size() <= 1);
  log::reset();
}

TEST_CASE("the first interrupt ends what is in flight and starts nothing more", "[apply]") {
  Bench bench;
  std::stop_source finish;
  bench.provider.on_apply([&](int) { finish.request_stop(); });
  const Outcome outcome = bench.run(
      bench.plan({resource(id("Secret", "b"), {id("Secret", "a")}), resource(id("Secret", "a"))}), finish.get_token());
  CHECK(outcome.interrupted);
  CHECK(bench.provider.calls() == std::vector<std::string>{"create secret/a"});
  CHECK(outcome.skipped == 1);
}

TEST_CASE("an interrupt does not wait for what was written to become ready", "[apply]") {
  Bench bench;
  const ResourceId work = id("Deployment.apps", "w");
  bench.provider.set_readiness(work, {Readiness::State::waiting, "0 of 1 pods ready"});
  const Plan plan = bench.plan({resource(work)});
  std::stop_source finish;
  const auto stop_at_first_reason = [&](const Event& event) {
    bench.remember(event);
    if (std::holds_alternative<Waiting>(event)) finish.request_stop();
  };
  const ExecuteOptions options{.deadline = std::chrono::seconds(30), .first_poll = std::chrono::milliseconds(0)};
  const std::vector<std::string> seen = {"waiting deployment/w: 0 of 1 pods ready",
                                         "skipped deployment/w: 0 of 1 pods ready"};

  SECTION("while applying") {
    const Outcome outcome =
        execute(plan, bench.providers, bench.clock, options, stop_at_first_reason, finish.get_token(), {});
    CHECK(outcome.interrupted);
    CHECK(outcome.skipped == 0);
    CHECK(outcome.unready == 1);
    CHECK(bench.events == seen);
  }
  SECTION("while waiting for what an earlier apply left") {
    static_cast<void>(execute(plan, bench.providers, bench.clock,
                              {.first_poll = std::chrono::milliseconds(0), .await_workloads = false},
                              [](const Event&) {}, {}, {}));
    const std::vector<ResourceId> ids = {work};
    const Outcome outcome =
        await_ready(ids, bench.providers, bench.clock, options, stop_at_first_reason, finish.get_token(), {});
    CHECK(outcome.interrupted);
    CHECK(outcome.unready == 1);
    CHECK(bench.events == seen);
  }
}

TEST_CASE("a plan that cannot read fails as a whole", "[plan]") {
  Bench bench;
  bench.provider.fail_read({ErrorKind::unavailable, "list secrets: connection refused"});
  const std::vector<Resource> desired = {resource(id("Secret", "a"))};
  const auto plan = make_plan({.desired = desired, .providers = bench.providers}, {});
  REQUIRE_FALSE(plan);
  CHECK(plan.error().message == "list secrets: connection refused");
}

namespace {

/// A system at the end of a slow link, whose answers a test writes.
class FarProvider final : public Provider {
 public:
  using Answer = std::function<Result<std::vector<Readiness>>(int number, std::span<const ResourceId> ids)>;
  explicit FarProvider(Answer answer) : answer_(std::move(answer)) {}

  std::string_view name() const override { return "kubernetes"; }
  Traits traits(const ResourceId& id) const override { return cloudflow::testing::fake_traits(id); }
  Result<std::vector<Live>> read(std::span<const Resource>, const Inventory&, std::stop_token) override {
    return std::vector<Live>();
  }
  Result<Change> compare(const Resource* desired, const Live*) const override {
    return Change{.id = desired->id, .action = Action::create, .desired = *desired};
  }
  Result<std::vector<Error>> verify(std::span<Change>, std::stop_token) override { return std::vector<Error>(); }
  Result<void> apply(const Change&, std::stop_token) override {
    std::this_thread::sleep_for(trip);
    return {};
  }
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token) override {
    const int number = ++asked;
    std::this_thread::sleep_for(trip);
    return answer_(number, ids);
  }

  static constexpr std::chrono::milliseconds trip{120};
  std::atomic<int> asked = 0;

 private:
  Answer answer_;
};

Outcome run_far(FarProvider& provider, std::vector<Resource> desired) {
  std::vector<Provider*> providers{&provider};
  auto plan = make_plan({.desired = desired, .providers = providers}, {});
  REQUIRE(plan);
  return execute(*plan, providers, real_clock(), {.deadline = std::chrono::seconds(60)}, [](const Event&) {}, {}, {});
}

}  // namespace

TEST_CASE("what only waits for time to pass is asked for when that is over", "[apply]") {
  const auto free_at = std::chrono::steady_clock::now() + std::chrono::milliseconds(1900);
  FarProvider provider([&](int, std::span<const ResourceId> ids) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(free_at - std::chrono::steady_clock::now());
    const Readiness answer = left.count() > 0 ? Readiness{.state = Readiness::State::waiting, .left = left}
                                              : Readiness{.state = Readiness::State::ready};
    return std::vector<Readiness>(ids.size(), answer);
  });
  const Outcome outcome =
      run_far(provider, {resource(id("Deployment.apps", "d")), resource(id("Deployment.apps", "e"))});
  CHECK(outcome.complete());
  CHECK(std::chrono::steady_clock::now() >= free_at);
  CHECK(provider.asked <= 6);  // every 200 ms it would be more than ten
}

TEST_CASE("an answer that was overtaken by a later one is not believed", "[apply]") {
  std::atomic<bool> is_overtaken = false;
  FarProvider provider([&](int number, std::span<const ResourceId> ids) {
    Readiness answer{.state = Readiness::State::failed, .reason = "CrashLoopBackOff"};
    if (number == 1) {
      static_cast<void>(eventually([&] { return is_overtaken.load(); }));
      answer = {.state = Readiness::State::ready};
    } else if (number == 2) {
      answer = {.state = Readiness::State::waiting, .reason = "0 of 1 pods ready"};
    } else {
      is_overtaken = true;
    }
    return std::vector<Readiness>(ids.size(), answer);
  });
  const Outcome outcome = run_far(provider, {resource(id("Deployment.apps", "d"))});
  CHECK_FALSE(outcome.complete());
  REQUIRE(outcome.failures.size() == 1);
  CHECK(outcome.failures[0].error.message == "CrashLoopBackOff");
}

TEST_CASE("what was ready early is looked at together with what is ready last", "[apply]") {
  const ResourceId early = id("Deployment.apps", "early");
  const ResourceId late = id("Deployment.apps", "late");
  std::atomic<int> last_with_both = 0;
  std::atomic<int> first_ready = 0;
  FarProvider provider([&](int number, std::span<const ResourceId> ids) {
    if (ids.size() == 2) last_with_both = number;
    std::vector<Readiness> out;
    for (const ResourceId& one : ids) {
      const bool is_ready = one == early || number >= 8;
      if (one == late && is_ready && first_ready == 0) first_ready = number;
      out.push_back(is_ready ? Readiness{.state = Readiness::State::ready}
                             : Readiness{.state = Readiness::State::waiting, .reason = "0 of 1 pods ready"});
    }
    return out;
  });
  const Outcome outcome = run_far(provider, {resource(early), resource(late)});
  CHECK(outcome.complete());
  CHECK(outcome.added == 2);
  CHECK(last_with_both >= first_ready);
}
