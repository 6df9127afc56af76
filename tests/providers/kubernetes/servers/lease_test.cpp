// The lock on a real API server.
#include "providers/kubernetes/ownership/lease.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "sdk/support/process_mark.h"
#include "sdk/support/text.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/support/kube_proxy.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;

namespace {

const std::string kind = "Lease.coordination.k8s.io";

/// The clock of a machine that goes wrong by some time; how fast it goes is right.
class WrongClock final : public Clock {
 public:
  explicit WrongClock(std::chrono::seconds ahead) : ahead_(ahead) {}
  std::chrono::steady_clock::time_point now() const override { return real_clock().now(); }
  std::chrono::system_clock::time_point wall() const override { return real_clock().wall() + ahead_; }
  void sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    real_clock().sleep(duration, std::move(stop));
  }

 private:
  std::chrono::seconds ahead_;
};

/// A Lease that somebody else made and does not renew.
Json foreign_lease(const Cluster& cluster, const std::string& renewed, int seconds, const std::string& process = "") {
  return {
      {"apiVersion", "coordination.k8s.io/v1"},
      {"kind", "Lease"},
      {"metadata", {{"name", "mine"}, {"namespace", cluster.ns}, {"annotations", {{"cloudflow/process", process}}}}},
      {"spec",
       {{"holderIdentity", "bob@ci, process 7, run 1"},
        {"leaseDurationSeconds", seconds},
        {"acquireTime", renewed},
        {"renewTime", renewed},
        {"leaseTransitions", 1}}}};
}

struct Taken {
  Result<Lease> lease;
  std::vector<std::string> said{};
};

Taken take(Cluster& cluster, std::chrono::milliseconds patience = 0ms, std::chrono::milliseconds duration = 2s,
           Clock& clock = real_clock()) {
  std::vector<std::string> said;
  auto lease = Lease::take(cluster.admin, clock, cluster.ns, "mine",
                           {.who = "ann@laptop",
                            .patience = patience,
                            .say = [&](const std::string& line) { said.push_back(line); },
                            .duration = duration},
                           {});
  return {std::move(lease), std::move(said)};
}

/// Whether somebody has it by the server's word.
bool exists(Cluster& cluster) { return cluster.admin.get(cluster.path(kind, "mine"), {}).has_value(); }

/// The mark of a process that has ended.
std::string mark_of_dead() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  int status = 0;
  ::waitpid(child, &status, 0);
  std::vector<std::string> parts = split(process_mark(), ' ');
  REQUIRE(parts.size() == 4);
  parts[2] = std::to_string(child);
  return join(parts, " ");
}

}  // namespace

TEST_CASE("two runs of one user on one machine are two holders", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  Taken first = take(cluster);
  REQUIRE(first.lease.has_value());
  Taken second = take(cluster);
  REQUIRE_FALSE(second.lease.has_value());
  CHECK(second.lease.error().kind == ErrorKind::conflict);
  CHECK(second.lease.error().message.starts_with("locked by " + quote(first.lease->identity()) + " since 20"));
  CHECK(first.lease->identity().starts_with(fmt::format("ann@laptop, process {}, run ", ::getpid())));
}

TEST_CASE("a run waits for another one and says for whom", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  std::optional<Taken> first = take(cluster);
  REQUIRE(first->lease.has_value());
  first->lease->about("1a2b3c4d5e6f7a8b9c0d");
  const std::string holder = first->lease->identity();
  REQUIRE(eventually([&] {
    return string_at(cluster.get(kind, "mine"), {"metadata", "annotations", "cloudflow/commit"}).size() == 20;
  }));
  std::mutex mutex;
  std::vector<std::string> said;
  std::optional<Result<Lease>> second;
  {
    const std::jthread waiting([&] {
      second = Lease::take(cluster.admin, real_clock(), cluster.ns, "mine",
                           {.who = "ann@laptop",
                            .patience = 60s,
                            .say =
                                [&](const std::string& line) {
                                  const std::scoped_lock lock(mutex);
                                  said.push_back(line);
                                }},
                           {});
    });
    REQUIRE(eventually([&] {
      const std::scoped_lock lock(mutex);
      return !said.empty();
    }));
    first.reset();
  }
  REQUIRE(second->has_value());
  REQUIRE(said.size() == 1);
  CHECK(said[0].starts_with("locked by \"" + holder + ", commit 1a2b3c4d5e6f\" since 20"));
  CHECK(said[0].ends_with("; waiting for up to 60 seconds"));
}

TEST_CASE("another run is waited for as long as was asked", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  const Taken first = take(cluster);
  REQUIRE(first.lease.has_value());
  const auto begun = std::chrono::steady_clock::now();
  const Taken second = take(cluster, 2500ms);
  CHECK_FALSE(second.lease.has_value());
  CHECK(std::chrono::steady_clock::now() - begun >= 2500ms);
}

TEST_CASE("a lock that is renewed is not taken, whatever the clocks say", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  WrongClock ahead(2h);
  WrongClock behind(-2h);
  const bool holder_is_behind = GENERATE(true, false);
  Taken first = take(cluster, 0ms, 2s, holder_is_behind ? behind : ahead);
  REQUIRE(first.lease.has_value());
  // Several times as long as a dead holder would be given.
  Taken second = take(cluster, 7s, 2s, holder_is_behind ? ahead : behind);
  CHECK_FALSE(second.lease.has_value());
  CHECK(first.lease->held());
  CHECK(first.lease->confirm({}).has_value());
}

TEST_CASE("a lock that nobody renews is taken after its time, whatever its stamps say", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  const std::string renewed = GENERATE("2099-01-01T00:00:00.000000Z", "2001-01-01T00:00:00.000000Z");
  cluster.make(foreign_lease(cluster, renewed, 3));
  const auto begun = std::chrono::steady_clock::now();
  Taken taken = take(cluster, 30s);
  REQUIRE(taken.lease.has_value());
  CHECK(std::chrono::steady_clock::now() - begun >= 3s);
  REQUIRE(taken.said.size() == 2);
  CHECK(taken.said[1].starts_with(
      "The lock was taken over from \"bob@ci, process 7, run 1\", who did not renew it for "));
  CHECK(taken.lease->transitions() == 2);
}

TEST_CASE("the lock of a dead process of this machine is taken at once", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  const std::string now = "2026-11-28T21:04:07.000000Z";
  SECTION("dead") {
    cluster.make(foreign_lease(cluster, now, 3600, mark_of_dead()));
    const auto begun = std::chrono::steady_clock::now();
    Taken taken = take(cluster);
    REQUIRE(taken.lease.has_value());
    CHECK(taken.said == std::vector<std::string>{"The lock was taken over from \"bob@ci, process 7, run 1\", a process "
                                                 "of this machine that has ended."});
    CHECK(std::chrono::steady_clock::now() - begun >= 1s);  // what it sent last has been carried out
  }
  SECTION("alive") {
    cluster.make(foreign_lease(cluster, now, 3600, process_mark()));
    CHECK_FALSE(take(cluster).lease.has_value());
  }
  SECTION("of another machine") {
    std::string mark = mark_of_dead();
    mark[0] = mark[0] == '0' ? '1' : '0';
    cluster.make(foreign_lease(cluster, now, 3600, mark));
    CHECK_FALSE(take(cluster).lease.has_value());
  }
}

TEST_CASE("a lock is given back although its last renewal was cut off", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  {
    Taken taken = take(cluster, 0ms, 30s);
    REQUIRE(taken.lease.has_value());
    // Written by us, but without an answer: the version that we know is old.
    cluster.edit(kind, "mine", {{"spec", {{"renewTime", "2026-11-28T21:04:07.000000Z"}}}}, "cloudflow");
  }
  CHECK_FALSE(exists(cluster));
}

TEST_CASE("a lock that somebody else has taken is left alone", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  {
    Taken taken = take(cluster, 0ms, 30s);
    REQUIRE(taken.lease.has_value());
    cluster.edit(kind, "mine", {{"spec", {{"holderIdentity", "bob@ci, process 7, run 1"}}}}, "cloudflow");
  }
  CHECK(exists(cluster));
}

TEST_CASE("whoever lost the lock is told who has it", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  Taken taken = take(cluster, 0ms, 3s);
  REQUIRE(taken.lease.has_value());
  CHECK(taken.lease->confirm({}).has_value());
  SECTION("somebody else") {
    cluster.edit(kind, "mine", {{"spec", {{"holderIdentity", "bob@ci, process 7, run 1"}}}}, "cloudflow");
    REQUIRE(eventually([&] { return taken.lease->lost().stop_requested(); }));
    CHECK(taken.lease->confirm({}).error().message ==
          "the lock of this run was taken away: \"bob@ci, process 7, run 1\" has it now");
  }
  SECTION("nobody") {
    REQUIRE(cluster.admin.remove(cluster.path(kind, "mine"), {}, {}).has_value());
    REQUIRE(eventually([&] { return taken.lease->lost().stop_requested(); }));
    CHECK(taken.lease->confirm({}).error().message == "the lock of this run was taken away");
  }
}

TEST_CASE("a lock that cannot be renewed allows no write long before others may take it",
          "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  const auto access = read_kubeconfig(kubebed(), "");
  REQUIRE(access.has_value());
  KubeProxy proxy(access->server, access->tls);
  std::atomic<bool> is_away = false;
  std::atomic<int> passed = 0;
  proxy.on_request([&](const SeenRequest&) {
    if (!is_away) return KubeProxy::Fate::pass;
    ++passed;
    return KubeProxy::Fate::lose_request;
  });
  ClusterAccess through{.server = proxy.url()};
  ApiClient client(through, real_clock(), {.attempts = 1});
  auto lease = Lease::take(client, real_clock(), cluster.ns, "mine", {.who = "ann@laptop", .duration = 3s}, {});
  REQUIRE(lease.has_value());
  const auto begun = std::chrono::steady_clock::now();
  is_away = true;
  // From a third of its time on a write asks for the lock anew, and waits for the answer.
  REQUIRE(eventually([&] { return !lease->confirm({}); }));
  CHECK(std::chrono::steady_clock::now() - begun >= 9s);
  CHECK_FALSE(lease->held());
  CHECK(passed > 0);
}

TEST_CASE("an outage that ends in time costs nothing", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  const auto access = read_kubeconfig(kubebed(), "");
  REQUIRE(access.has_value());
  KubeProxy proxy(access->server, access->tls);
  std::atomic<int> lost = 0;
  const auto fate = GENERATE(KubeProxy::Fate::lose_request, KubeProxy::Fate::lose_answer);
  proxy.on_request([&, fate](const SeenRequest& request) {
    return request.method == "PUT" && ++lost <= 3 ? fate : KubeProxy::Fate::pass;
  });
  ApiClient client(ClusterAccess{.server = proxy.url()}, real_clock(), {.attempts = 1});
  {
    auto lease = Lease::take(client, real_clock(), cluster.ns, "mine", {.who = "ann@laptop", .duration = 6s}, {});
    REQUIRE(lease.has_value());
    REQUIRE(eventually([&] { return lost > 3; }));
    CHECK(lease->confirm({}).has_value());
    CHECK(lease->held());
  }
  CHECK_FALSE(exists(cluster));
}

TEST_CASE("a lock whose making was not answered is ours", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  const auto access = read_kubeconfig(kubebed(), "");
  REQUIRE(access.has_value());
  KubeProxy proxy(access->server, access->tls);
  std::atomic<int> posts = 0;
  proxy.on_request([&](const SeenRequest& request) {
    return request.method == "POST" && ++posts == 1 ? KubeProxy::Fate::lose_answer : KubeProxy::Fate::pass;
  });
  ApiClient client(ClusterAccess{.server = proxy.url()}, real_clock(), {.attempts = 1});
  auto lease = Lease::take(client, real_clock(), cluster.ns, "mine", {.who = "ann@laptop"}, {});
  REQUIRE(lease.has_value());
  CHECK(string_at(cluster.get(kind, "mine"), {"spec", "holderIdentity"}) == lease->identity());
}

TEST_CASE("who reads beside taking the lock takes over no lock that others have had", "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  const std::string now = "2026-11-28T21:04:07.000000Z";
  const auto take_beside = [&] {
    return Lease::take(cluster.admin, real_clock(), cluster.ns, "mine", {.who = "ann@laptop", .takes_over = false}, {});
  };
  Json lease = foreign_lease(cluster, now, 3600, process_mark());
  SECTION("nobody") {
    CHECK(take_beside().has_value());
    return;
  }
  SECTION("of a process that has ended") { lease = foreign_lease(cluster, now, 3600, mark_of_dead()); }
  SECTION("taken away by unlock") {
    lease["metadata"]["annotations"]["cloudflow/taken-from"] = "bob@ci";
    lease["spec"].erase("holderIdentity");
  }
  cluster.make(lease);
  const auto refused = take_beside();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::conflict);
}

TEST_CASE("after a lock was taken away the next holder writes only when the former has stopped for certain",
          "[kubernetes][servers][lock]") {
  Cluster cluster("lease");
  Taken first = take(cluster, 0ms, 4s);
  REQUIRE(first.lease.has_value());
  const auto seen = see_lock(cluster.admin, cluster.ns, "mine", {});
  REQUIRE(seen.has_value());
  REQUIRE(seen->has_value());
  REQUIRE(break_lock(cluster.admin, cluster.ns, "mine", **seen, {}).has_value());
  const auto begun = std::chrono::steady_clock::now();
  Taken second = take(cluster, 0ms, 4s);
  REQUIRE(second.lease.has_value());
  REQUIRE(second.said.size() == 1);
  CHECK(second.said[0] == "The lock was taken away from " + quote(first.lease->identity()) +
                              ", which may still be writing: waiting for 2 seconds.");
  CHECK(std::chrono::steady_clock::now() - begun >= 2s);
  CHECK(second.lease->confirm({}).has_value());
  CHECK_FALSE(first.lease->confirm({}).has_value());
}
