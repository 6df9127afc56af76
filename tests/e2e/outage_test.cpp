// Servers that are really stopped and started while the real binary works, and runs that end in the middle.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch_all.hpp>
#include <random>
#include <thread>

#include "tests/e2e/running.h"
#include "tests/e2e/world.h"
#include "tests/support/eventually.h"
#include "tests/support/kafka_proxy.h"
#include "tests/support/kafkabed.h"
#include "tests/support/kube_proxy.h"
#include "tests/support/kubebed.h"
#include "tests/support/random_search.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// `count` streamlets in a row, each reading the topic of the one before it, on a Kafka of its own.
void make_chain(World& world, const std::string& bootstrap, int count, int partitions = 1) {
  world.write("cloudflow.yaml", fmt::format(R"(application: {0}
version: 1.0.0
blueprint: chain.conf
environments:
  test:
    kubernetes: {{namespace: {1}}}
    kafka:
      default: {{bootstrap-servers: "{2}", partitions: {3}, replicas: 1}}
)",
                                            world.application(), world.ns(), bootstrap, partitions));
  std::string streamlets;
  std::string topics;
  for (int i = 0; i < count; ++i) {
    streamlets +=
        fmt::format("    s{0} {{ image = \"registry.example.com/chain:1\", outlets {{ out = bytearray }}{1} }}\n", i,
                    i == 0 ? "" : ", inlets { in = bytearray }");
    topics += fmt::format("    t{0} {{ producers = [s{0}.out]{1}, topic {{ name = {2}-t{0} }} }}\n", i,
                          i + 1 == count ? "" : fmt::format(", consumers = [s{}.in]", i + 1), world.application());
  }
  world.write("chain.conf",
              fmt::format("blueprint {{\n  streamlets {{\n{}  }}\n  topics {{\n{}  }}\n}}\n", streamlets, topics));
  world.commit("A chain");
}

std::size_t lines_with(const std::string& text, const std::string& words) {
  std::size_t count = 0;
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++count;
  return count;
}

/// A Kafka of its own behind a proxy.
struct Broker {
  Broker() {
    auto bed = start_behind(proxy);
    REQUIRE(bed);
    kafka = *std::move(bed);
    bootstrap = fmt::format("127.0.0.1:{}", proxy.port());
  }

  /// Runs the command; the broker is killed before request `nth` of this kind reaches it, and starts again once the run
  /// has said that it waits. The run ends well.
  ProcessOutput restart_before(int kind, int nth, const World& world, const std::vector<std::string>& command) {
    std::atomic<bool> away = false;
    proxy.before(
        nth,
        [&] {
          kafka->stop_broker();
          away = true;
          return false;
        },
        kind);
    Running running(world, command);
    const bool said = running.prints("Kafka does not answer (", patience);
    INFO(fmt::format("{}", fmt::join(command, " ")) << "\n" << running.errors_so_far());
    CHECK(said);
    CHECK(eventually([&] { return away.load(); }));
    kafka->start_broker();
    ProcessOutput output = running.end(patience);
    proxy.before(0, {});
    INFO(fmt::format("{}", fmt::join(command, " ")) << "\n" << output.output << output.errors);
    CHECK(output.status == 0);
    CHECK(lines_with(output.errors, "Kafka does not answer (") == 1);
    CHECK_THAT(output.errors, !ContainsSubstring("failed") && !ContainsSubstring("not done"));
    return output;
  }

  /// How late the moment may come: a destroy deletes topics when hundreds of pods have ended.
  std::chrono::seconds patience{60};
  KafkaProxy proxy{};
  std::unique_ptr<Kafkabed> kafka{};
  std::string bootstrap{};
};

// API keys of Kafka's protocol.
constexpr int list_groups = 16;
constexpr int create_topics = 19;
constexpr int delete_topics = 20;
constexpr int create_partitions = 37;
constexpr int incremental_alter_configs = 44;

}  // namespace

TEST_CASE("a broker that is restarted in the middle holds up every command, and ends none", "[e2e][servers][outage]") {
  const RandomSearch size = random_search(6, 300);
  World world("restart");
  Broker broker;
  broker.patience += size.rounds * 3s;
  make_chain(world, broker.bootstrap, size.rounds);
  const auto is_settled = [&] {
    CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  };
  // The first of a kind only asks whether the broker would do it.
  CHECK_THAT(broker.restart_before(create_topics, 1, world, {"plan"}).output, ContainsSubstring("+ topic/"));
  CHECK_THAT(broker.restart_before(create_topics, 2, world, {"apply", "--yes"}).output, ContainsSubstring("Applied:"));
  is_settled();
  make_chain(world, broker.bootstrap, size.rounds, 2);
  broker.restart_before(create_partitions, 2, world, {"apply", "--yes"});
  is_settled();
  world.replace("chain.conf", "topic { name", "topic { retention.ms = 86400000, name");
  world.commit("Another retention");
  broker.restart_before(incremental_alter_configs, 2, world, {"apply", "--yes"});
  is_settled();
  broker.restart_before(list_groups, 1, world, {"status"});
  make_chain(world, broker.bootstrap, size.rounds + 3, 2);
  broker.restart_before(create_topics, 2, world,
                        {"sync", "-e", "test", "--repository", world.folder(), "--branch", "main", "--once"});
  is_settled();
  broker.restart_before(delete_topics, 1, world, {"destroy", "--yes", "--delete-topics"});
  CHECK(world.list("apis/apps/v1", "deployments").empty());
}

TEST_CASE("an API server that is restarted in the middle holds up apply and destroy", "[e2e][servers][outage][alone]") {
  World world("apiserver");
  make_chain(world, World::brokers(), 20);
  const auto restart_at = [&](Running& running, const std::string& moment) {
    const bool came = running.prints(moment);
    INFO(moment << "\n" << running.errors_so_far());
    CHECK(came);
    if (!stop_kubebed()) return;
    static_cast<void>(running.prints("Kubernetes does not answer", 10s));
    start_kubebed();
    const ProcessOutput output = running.end();
    INFO(output.output << output.errors);
    CHECK(output.status == 0);
    CHECK(lines_with(output.errors, "Kubernetes does not answer (") <= 1);
  };
  {
    Running apply(world, {"apply", "--yes"});
    restart_at(apply, "topic/");
  }
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  {
    Running destroy(world, {"destroy", "--yes", "--delete-topics"});
    restart_at(destroy, "removed");
  }
  CHECK(world.list("apis/apps/v1", "deployments").empty());
}

TEST_CASE("an API server that is restarted in the middle holds up plan and sync", "[e2e][servers][outage][alone]") {
  World world("planning");
  make_chain(world, World::brokers(), 4);
  world.expect(0, {"apply", "--yes"});
  const Result<ClusterAccess> access = read_kubeconfig(kubebed(), "");
  REQUIRE(access.has_value());
  KubeProxy proxy(access->server, access->tls);
  world.use_kubeconfig(world.write_beside("proxy.kubeconfig", proxy.kubeconfig()));
  // The server goes away before the first request that `is_moment` is true of reaches it.
  const auto restart_at = [&](const auto& is_moment, const std::vector<std::string>& command) {
    std::atomic<bool> stopped = false;
    std::atomic<bool> away = false;
    const int before = proxy.answered();
    proxy.on_request([&](const SeenRequest& request) {
      if (!is_moment(request) || stopped.exchange(true)) return KubeProxy::Fate::pass;
      // A server that has never answered is not waited for, as its address may be wrong.
      static_cast<void>(eventually([&] { return proxy.answered() > before; }));
      away = stop_kubebed();
      return KubeProxy::Fate::lose_request;
    });
    Running running(world, command);
    const bool said = running.prints("Kubernetes does not answer (", 60s);
    INFO(fmt::format("{}", fmt::join(command, " ")) << "\n" << running.errors_so_far());
    CHECK(said);
    if (eventually([&] { return away.load(); })) start_kubebed();
    ProcessOutput output = running.end();
    proxy.on_request({});
    INFO(output.output << output.errors);
    CHECK(output.status == 0);
    CHECK(lines_with(output.errors, "Kubernetes does not answer (") == 1);
    return output;
  };
  const auto is_list = [](const SeenRequest& request) {
    return request.method == "GET" && request.target.find("/deployments?") != std::string::npos;
  };
  const auto is_dry_run = [](const SeenRequest& request) {
    return request.target.find("dryRun=All") != std::string::npos;
  };
  const auto is_write = [&](const SeenRequest& request) {
    return request.method == "PATCH" && !is_dry_run(request) &&
           request.target.find("/deployments/") != std::string::npos;
  };
  const std::vector<std::string> sync = {"sync",         "-e",       "test", "--repository",
                                         world.folder(), "--branch", "main", "--once"};
  CHECK_THAT(restart_at(is_list, {"plan"}).output, ContainsSubstring("No changes."));
  make_chain(world, World::brokers(), 6);
  CHECK_THAT(restart_at(is_dry_run, {"plan"}).output, ContainsSubstring("+ deployment/"));
  CHECK_THAT(restart_at(is_dry_run, sync).output, ContainsSubstring("Applied:"));
  make_chain(world, World::brokers(), 8);
  CHECK_THAT(restart_at(is_write, sync).output, ContainsSubstring("Applied:"));
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
}

TEST_CASE("killed between any two requests to Kafka, the next apply converges", "[e2e][servers][outage][kill]") {
  const RandomSearch search = random_search(4, 200);
  World world("between");
  Broker broker;
  KafkaProxy& proxy = broker.proxy;
  const std::string& through = broker.bootstrap;
  make_chain(world, through, 3);
  // A whole run, to know how many requests there are.
  proxy.before(0, {});
  world.expect(0, {"apply", "--yes"});
  const int requests = proxy.requests();
  INFO(requests << " requests");
  REQUIRE(requests > 5);
  std::mt19937 random(search.seed);
  for (int round = 0; round < search.rounds; ++round) {
    // More topics and partitions than before: each killed run leaves something of every kind behind.
    make_chain(world, through, 3 + round % 3, 2 + round);
    const int nth = search.rounds >= requests ? 1 + round % requests
                                              : 1 + static_cast<int>(random() % static_cast<unsigned>(requests));
    CAPTURE(round, nth);
    {
      Running apply(world, {"apply", "--yes", "--delete-topics"});
      proxy.before(nth, [&] {
        apply.signal(SIGKILL);
        return false;
      });
      apply.end();
    }
    proxy.before(0, {});
    world.expect(0, {"apply", "--yes", "--delete-topics"});
    CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  }
}

TEST_CASE("a run that a library ends says what is done, and the next one goes on from there",
          "[e2e][servers][outage]") {
  World world("abort");
  world.break_store();
  world.commit("A pod that never starts");
  const int signal = GENERATE(SIGABRT, SIGSEGV);
  ProcessOutput ended;
  {
    Running apply(world, {"apply", "--yes", "--deadline", "150"});
    REQUIRE(apply.prints("topic/" + world.topic("call-stats") + " created"));
    apply.signal(signal);
    ended = apply.end();
  }
  CHECK(ended.status == 128 + signal);
  CHECK_THAT(ended.errors,
             ContainsSubstring(fmt::format("error: this run was ended from inside (signal {}, ",
                                           signal == SIGABRT ? "SIGABRT" : "SIGSEGV")) &&
                 Catch::Matchers::Matches("(.|\n)*Of the changes it had begun, [0-9]+ of [0-9]+ are done, (.|\n)*"
                                          "hint: run it again, it goes on from here; on this machine at once(.|\n)*"));
  world.mend_store();
  world.commit("One that starts");
  const ProcessOutput next = world.expect(0, {"apply", "--yes", "--lock-timeout", "1s"});
  CHECK_THAT(next.output + next.errors, ContainsSubstring("a process of this machine that has ended."));
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
}
