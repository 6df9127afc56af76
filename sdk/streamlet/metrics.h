// What a run counts, and how Prometheus reads it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cloudflow/streamlet/store.h"

namespace cloudflow::streamlet {

/// How long things took, in buckets.
class Histogram {
 public:
  /// Upper bounds in seconds; above the last there is one bucket more.
  static constexpr std::array<double, 9> bounds{0.00001, 0.0001, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10};

  void add(std::chrono::nanoseconds time);
  std::array<std::uint64_t, bounds.size() + 1> counts() const;
  double seconds() const;  ///< of all together

 private:
  std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts_{};
  std::atomic<std::int64_t> nanoseconds_ = 0;
};

struct InletMetrics {
  std::string name{};
  std::atomic<std::uint64_t> records = 0;
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::uint64_t> undecodable = 0;
  std::atomic<std::uint64_t> unhandled = 0;  ///< the handler threw
  Histogram times{};
};

struct OutletMetrics {
  std::string name{};
  std::atomic<std::uint64_t> records = 0;
  std::atomic<std::uint64_t> bytes = 0;
};

class Metrics {
 public:
  /// Ports in the order of the streamlet's.
  Metrics(const std::vector<std::string>& inlets, const std::vector<std::string>& outlets);

  InletMetrics& inlet(std::size_t index) { return *inlets_.at(index); }
  OutletMetrics& outlet(std::size_t index) { return *outlets_.at(index); }
  /// Records that the group has not done; of the partitions that this program reads.
  void set_lag(std::size_t inlet, int partition, std::int64_t lag);
  void forget_lag(std::size_t inlet, int partition);

  /// A store of one of the workers, of which late records are told. It has to outlive text().
  void watch(const AnyStore& store) { stores_.push_back(&store); }

  /// Prometheus' text format, version 0.0.4.
  std::string text() const;

 private:
  std::vector<std::unique_ptr<InletMetrics>> inlets_{};
  std::vector<std::unique_ptr<OutletMetrics>> outlets_{};
  std::vector<const AnyStore*> stores_{};
  mutable std::mutex mutex_{};
  std::map<std::pair<std::size_t, int>, std::int64_t> lags_{};
};

}  // namespace cloudflow::streamlet
