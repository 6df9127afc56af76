// A thousand topics: what a plan and an apply of them take. Hidden; run with kafka_tests "[bench]" of a release build.
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "tests/providers/kafka/topic_fixture.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

int from_environment(const char* name, int otherwise) {
  const char* given = std::getenv(name);
  return given != nullptr ? std::atoi(given) : otherwise;
}

double taken(const std::function<void()>& work) {
  const auto begun = std::chrono::steady_clock::now();
  work();
  return Milliseconds(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace

TEST_CASE("a thousand topics", "[.][bench]") {
  const std::string servers = must(shared_brokers(CLOUDFLOW_SOURCE_DIR));
  const auto provider = must(KafkaProvider::open({{.name = "default", .bootstrap_servers = servers}}, real_clock()));
  const int count = from_environment("CLOUDFLOW_BENCH_TOPICS", 1000);
  const int threads = from_environment("CLOUDFLOW_BENCH_THREADS", 8);
  const std::string prefix = fresh_name("bench");
  std::vector<Resource> desired;
  std::vector<ResourceId> ids;
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    desired.push_back(topic(fmt::format("{}-{:05}", prefix, i),
                            {{"partitions", 1}, {"replicas", 1}, {"config", {{"retention.ms", "3600000"}}}}));
    ids.push_back(desired.back().id);
    names.push_back(desired.back().id.name);
  }
  const std::string id = must(provider->cluster_ids({})).at("default");

  std::vector<Change> changes;
  for (const Resource& one : desired) changes.push_back(must(provider->compare(&one, nullptr)));
  const double verifying = taken([&] { CHECK(must(provider->verify(changes, {})).empty()); });
  const double accepting = taken([&] {
    std::atomic<std::size_t> next = 0;
    std::atomic<int> failures = 0;
    {
      std::vector<std::jthread> workers;
      for (int w = 0; w < threads; ++w) {
        workers.emplace_back([&] {
          for (std::size_t i = next++; i < changes.size(); i = next++) {
            if (!provider->apply(changes[i], {})) ++failures;
          }
        });
      }
    }
    CHECK(failures == 0);
  });
  int polls = 0;
  const double serving = taken([&] {
    CHECK(eventually([&] {
      ++polls;
      const auto answers = must(provider->readiness(ids, {}));
      return std::ranges::all_of(answers, [](const Readiness& one) { return one.state == Readiness::State::ready; });
    }));
  });
  for (int round = 0; round < 5; ++round) {
    std::vector<Live> live;
    const double reading = taken([&] { live = must(provider->read(desired, owner_of(id, names), {})); });
    int same = 0;
    const double comparing = taken([&] {
      for (std::size_t i = 0; i < live.size(); ++i)
        same += must(provider->compare(&desired[i], &live[i])).action == Action::none;
    });
    CHECK(same == count);
    fmt::print("{} topics: read {:.0f} ms, compare {:.0f} ms\n", count, reading, comparing);
  }
  fmt::print("{} topics: verify {:.0f} ms, create {:.0f} ms ({} threads), then served {:.0f} ms ({} polls)\n", count,
             verifying, accepting, threads, serving, polls);

  // the same topics in one request, as a yardstick
  const auto admin = must(LibrdkafkaAdmin::open("default", servers, {}));
  std::vector<NewTopic> bare;
  for (const std::string& name : names) bare.push_back({name + "-bare", 1, 1, {{"retention.ms", "3600000"}}});
  const double at_once =
      taken([&] { CHECK(must(admin->create_topics(bare, Write::really, {})).size() == bare.size()); });
  fmt::print("{} topics: one CreateTopics request {:.0f} ms\n", count, at_once);
  for (NewTopic& one : bare) names.push_back(one.name);
  CHECK(must(admin->delete_topics(names, {})).size() == names.size());
}

}  // namespace cloudflow::testing
