// Answers of a real API server that come at the same time.
#include <atomic>
#include <catch2/catch_all.hpp>
#include <random>
#include <thread>

#include "tests/providers/kubernetes/cluster.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;

TEST_CASE("answers that come side by side all arrive", "[kubernetes][servers]") {
  Cluster cluster("beside");
  const std::vector<std::size_t> sizes = {200, 5'000, 20'000, 90'000};
  for (const std::size_t size : sizes) {
    cluster.make({{"apiVersion", "v1"},
                  {"kind", "ConfigMap"},
                  {"metadata", {{"name", fmt::format("size-{}", size)}}},
                  {"data", {{"text", std::string(size, 'x')}}}});
  }
  std::atomic<int> late = 0;
  std::atomic<int> wrong = 0;
  const auto ask = [&](unsigned seed, int times) {
    std::mt19937 random(seed);
    for (int i = 0; i < times && late == 0; ++i) {
      const std::size_t size = sizes[random() % sizes.size()];
      const auto start = std::chrono::steady_clock::now();
      const auto object = cluster.admin.get(cluster.path("ConfigMap", fmt::format("size-{}", size)), {});
      if (std::chrono::steady_clock::now() - start > 30s) ++late;
      if (!object || string_at(*object, {"data", "text"}).size() != size) ++wrong;
    }
  };
  // In pairs that begin together, as a workload and its pods are asked for.
  const auto ask_one = [&](std::size_t size) {
    const auto start = std::chrono::steady_clock::now();
    const auto object = cluster.admin.get(cluster.path("ConfigMap", fmt::format("size-{}", size)), {});
    if (std::chrono::steady_clock::now() - start > 30s) ++late;
    if (!object || string_at(*object, {"data", "text"}).size() != size) ++wrong;
  };
  for (int i = 0; i < 1500 && late == 0; ++i) {
    {
      const std::jthread beside(ask_one, 20'000);
      ask_one(5'000);
    }
    ask_one(200);
  }
  for (const int at_once : {2, 5}) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < at_once; ++i) threads.emplace_back(ask, static_cast<unsigned>(i + at_once), 1500 / at_once);
  }
  CHECK(late == 0);
  CHECK(wrong == 0);
}
