// How long a plan's reading and comparing takes against the bare lists. Hidden: run with "[.bench]" in a release build;
// CLOUDFLOW_BENCH_OBJECTS says how many.
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <fstream>

#include "providers/kubernetes/api/parallel.h"
#include "tests/providers/kubernetes/cluster.h"
#include "tests/providers/kubernetes/manifests.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

std::vector<Resource> many(const std::string& ns, int count) {
  std::vector<Resource> out;
  const std::string filler(2000, 'x');
  for (int i = 0; i < count / 3; ++i) {
    const std::string name = fmt::format("a{:05}", i);
    out.push_back(deployment(ns, name, 0));
    out.push_back(secret(ns, name, fmt::format(R"({{"rate": {}, "filler": "{}"}})", i, filler)));
    out.push_back(config_map(ns, name, filler));
  }
  return out;
}

long resident_kb(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) return std::stol(line.substr(what.size() + 1));
  }
  return 0;
}

/// Processor time of this process so far: what a busy machine cannot blur.
double processor_ms() { return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <class Work>
double milliseconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("reading and comparing next to the bare lists", "[.bench]") {
  const char* wanted = std::getenv("CLOUDFLOW_BENCH_OBJECTS");  // NOLINT(concurrency-mt-unsafe)
  Cluster cluster("bench");
  const auto provider = cluster.open();
  const std::vector<Resource> desired = many(cluster.ns, wanted == nullptr ? 999 : std::atoi(wanted));
  const double creating = milliseconds([&] {
    REQUIRE(in_parallel(desired.size(), 32,
                        [&](std::size_t i, const std::stop_token& stop) {
                          Change change{.id = desired[i].id, .action = Action::create, .desired = desired[i]};
                          return provider->apply(change, stop);
                        },
                        {})
                .has_value());
  });
  fmt::print("{} objects made in {:.0f} ms\n", desired.size(), creating);
  fmt::print("memory before: {} KB, most {} KB\n", resident_kb("VmRSS:"), resident_kb("VmHWM:"));
  for (int round = 0; round < 5; ++round) {
    std::vector<Live> live;
    std::size_t bytes = 0;
    const double cpu_start = processor_ms();
    const double reading = milliseconds([&] { live = *provider->read(desired, {}, {}); });
    REQUIRE(live.size() == desired.size());
    const double cpu_read = processor_ms();
    const long after_reading = resident_kb("VmRSS:");
    std::vector<Resource> sorted = desired;
    std::ranges::sort(sorted, {}, &Resource::id);
    std::atomic<int> different = 0;
    const double comparing = milliseconds([&] {
      REQUIRE(in_parallel(sorted.size(), 2,
                          [&](std::size_t i, const std::stop_token&) -> Result<void> {
                            CF_TRY(const Change change, provider->compare(&sorted[i], &live[i]));
                            if (change.action != Action::none) ++different;
                            return {};
                          },
                          {})
                  .has_value());
    });
    CHECK(different == 0);
    const double cpu_compared = processor_ms();
    for (const Live& one : live) bytes += one.document.size();
    const std::vector<std::string> kinds = {"Deployment.apps", "Secret", "ConfigMap"};
    const double lists = milliseconds([&] {
      REQUIRE(in_parallel(kinds.size(), 3,
                          [&](std::size_t i, const std::stop_token& stop) -> Result<void> {
                            CF_CHECK(cluster.admin.send({.target = Cluster::resource(kinds[i]).collection(cluster.ns)},
                                                        stop));
                            return {};
                          },
                          {})
                  .has_value());
    });
    const double cpu_lists = processor_ms();
    fmt::print("processor: read {:.0f} ms, compare {:.0f} ms, bare lists {:.0f} ms\n", cpu_read - cpu_start,
               cpu_compared - cpu_read, cpu_lists - cpu_compared);
    fmt::print(
        "read {:.0f} ms + compare {:.0f} ms = {:.0f}; bare lists {:.0f} ms; ratio {:.2f}; {} KB of JSON; memory {} KB, "
        "most {} KB\n",
        reading, comparing, reading + comparing, lists, (reading + comparing) / lists, bytes / 1024, after_reading,
        resident_kb("VmHWM:"));
  }
}
