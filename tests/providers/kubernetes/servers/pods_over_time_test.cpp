// Pods that change while they are looked at, by the pretend kubelet: what the real one does is in tests/node.
#include <catch2/catch_all.hpp>
#include <optional>

#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using State = Readiness::State;

namespace {

/// A Deployment that is applied and asked for again and again.
struct Looked {
  explicit Looked(std::string_view hint) : cluster(hint), provider(cluster.open()) {
    desired.spec["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 30;
  }

  void annotate(const std::string& name, const std::string& value) {
    desired.spec["spec"]["template"]["metadata"]["annotations"][name] = value;
  }
  void apply(Action action = Action::create) const {
    const auto done = provider->apply({.id = desired.id, .action = action, .desired = desired}, {});
    INFO((done ? "" : done.error().message));
    REQUIRE(done.has_value());
  }
  Readiness ask() const {
    const auto answer = provider->readiness(std::vector{desired.id}, {});
    INFO((answer ? "" : answer.error().message));
    REQUIRE(answer.has_value());
    return answer->front();
  }
  /// Until this is said; whether it was called ready before.
  bool is_ready_before(const std::string& words) const {
    bool was_ready = false;
    std::string last;
    const bool said = eventually([&] {
      const Readiness now = ask();
      last = now.reason;
      was_ready = was_ready || now.state == State::ready;
      return now.reason.find(words) != std::string::npos;
    });
    INFO("last: " << last);
    CHECK(said);
    return was_ready;
  }
  bool is_given_up() const {
    return eventually([&] {
      const Readiness now = ask();
      return now.state == State::failed && now.reason.ends_with("; given up, as waiting does not change that");
    });
  }
  bool becomes_ready() const {
    return eventually([&] { return ask().state == State::ready; });
  }

  Cluster cluster;
  OpenedCluster provider;
  Resource desired = deployment(cluster.ns, "a", 1);
};

}  // namespace

TEST_CASE("a pod that crashes soon after it is ready is never called ready", "[kubernetes][servers]") {
  Looked looked("crash");
  looked.annotate("kubebed/crash-after", "300ms");
  looked.apply();
  CHECK_FALSE(looked.is_ready_before("CrashLoopBackOff: exit code 1 (Error)"));
}

TEST_CASE("a pod that loses its readiness says why", "[kubernetes][servers]") {
  Looked looked("lose");
  looked.annotate("kubebed/unready-after", "4s");
  looked.apply();
  CHECK(looked.is_ready_before("Unhealthy: Readiness probe failed"));
}

TEST_CASE("a pod that waits for what is missing says what it is", "[kubernetes][servers]") {
  Looked looked("strict");
  looked.annotate("kubebed/strict", "yes");
  looked.apply();
  CHECK_FALSE(
      looked.is_ready_before("FailedMount: MountVolume.SetUp failed for volume \"secret\" : secret \"a\" not found"));
  // Nobody makes it: waiting alone does not help.
  CHECK(looked.is_given_up());
  looked.cluster.make({{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", "a"}}}});
  CHECK(looked.becomes_ready());
}

TEST_CASE("an old pod is waited for until it has ended, and so is the last one", "[kubernetes][servers]") {
  Looked looked("slow");
  looked.annotate("kubebed/ends-after", "3s");
  looked.apply();
  REQUIRE(looked.becomes_ready());
  looked.annotate("example.com/version", "2");
  looked.apply(Action::update);
  CHECK_FALSE(looked.is_ready_before("1 old pod still to end: a-"));
  CHECK(looked.becomes_ready());
  const auto removed = looked.provider->apply({.id = looked.desired.id, .action = Action::remove}, {});
  REQUIRE(removed.has_value());
  CHECK_FALSE(looked.is_ready_before("1 pod still to end: a-"));
  CHECK(eventually([&] { return looked.ask().state == State::missing; }));
}
