// What a run counts.
#include "sdk/streamlet/metrics.h"

#include <fmt/format.h>

#include <iterator>

namespace cloudflow::streamlet {
namespace {

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

void histogram(std::string& out, std::string_view name, const InletMetrics& inlet) {
  std::uint64_t sum = 0;
  const auto counts = inlet.times.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    sum += counts[i];
    const std::string bound = i < Histogram::bounds.size() ? fmt::format("{}", Histogram::bounds[i]) : "+Inf";
    fmt::format_to(std::back_inserter(out), "{}_bucket{{inlet=\"{}\",le=\"{}\"}} {}\n", name, inlet.name, bound, sum);
  }
  fmt::format_to(std::back_inserter(out), "{0}_sum{{inlet=\"{1}\"}} {2}\n{0}_count{{inlet=\"{1}\"}} {3}\n", name,
                 inlet.name, inlet.times.seconds(), sum);
}

}  // namespace

void Histogram::add(std::chrono::nanoseconds time) {
  const double seconds = static_cast<double>(time.count()) * 1e-9;
  std::size_t bucket = 0;
  while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  nanoseconds_.fetch_add(time.count(), std::memory_order_relaxed);
}

std::array<std::uint64_t, Histogram::bounds.size() + 1> Histogram::counts() const {
  std::array<std::uint64_t, bounds.size() + 1> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = counts_[i];
  return out;
}

double Histogram::seconds() const { return static_cast<double>(nanoseconds_.load()) * 1e-9; }

Metrics::Metrics(const std::vector<std::string>& inlets, const std::vector<std::string>& outlets) {
  for (const std::string& name : inlets) inlets_.emplace_back(std::make_unique<InletMetrics>())->name = name;
  for (const std::string& name : outlets) outlets_.emplace_back(std::make_unique<OutletMetrics>())->name = name;
}

void Metrics::set_lag(std::size_t inlet, int partition, std::int64_t lag) {
  const std::scoped_lock lock(mutex_);
  lags_[{inlet, partition}] = lag;
}

void Metrics::forget_lag(std::size_t inlet, int partition) {
  const std::scoped_lock lock(mutex_);
  lags_.erase({inlet, partition});
}

std::string Metrics::text() const {
  std::string out;
  const auto row = [&](std::string_view name, std::string_view label, std::string_view port, std::uint64_t value) {
    fmt::format_to(std::back_inserter(out), "{}{{{}=\"{}\"}} {}\n", name, label, port, value);
  };
  head(out, "cloudflow_streamlet_records_in_total", "counter", "Records that were processed");
  for (const auto& one : inlets_) row("cloudflow_streamlet_records_in_total", "inlet", one->name, one->records);
  head(out, "cloudflow_streamlet_bytes_in_total", "counter", "Bytes of their values");
  for (const auto& one : inlets_) row("cloudflow_streamlet_bytes_in_total", "inlet", one->name, one->bytes);
  head(out, "cloudflow_streamlet_records_out_total", "counter", "Records that were sent");
  for (const auto& one : outlets_) row("cloudflow_streamlet_records_out_total", "outlet", one->name, one->records);
  head(out, "cloudflow_streamlet_bytes_out_total", "counter", "Bytes of their values");
  for (const auto& one : outlets_) row("cloudflow_streamlet_bytes_out_total", "outlet", one->name, one->bytes);
  head(out, "cloudflow_streamlet_errors_total", "counter", "Records that could not be processed");
  for (const auto& one : inlets_) {
    fmt::format_to(std::back_inserter(out),
                   "cloudflow_streamlet_errors_total{{inlet=\"{0}\",kind=\"decode\"}} {1}\n"
                   "cloudflow_streamlet_errors_total{{inlet=\"{0}\",kind=\"handler\"}} {2}\n",
                   one->name, one->undecodable.load(), one->unhandled.load());
  }
  head(out, "cloudflow_streamlet_processing_seconds", "histogram", "Time of decoding and handling one record");
  for (const auto& one : inlets_) histogram(out, "cloudflow_streamlet_processing_seconds", *one);
  std::map<std::string, std::uint64_t> late;
  for (const AnyStore* store : stores_) late[store->name()] += store->late();
  if (!late.empty())
    head(out, "cloudflow_streamlet_late_total", "counter", "Records whose windows were closed already");
  for (const auto& [store, count] : late) row("cloudflow_streamlet_late_total", "store", store, count);
  head(out, "cloudflow_streamlet_lag", "gauge", "Records of a partition that are not done");
  const std::scoped_lock lock(mutex_);
  for (const auto& [where, lag] : lags_) {
    fmt::format_to(std::back_inserter(out), "cloudflow_streamlet_lag{{inlet=\"{}\",partition=\"{}\"}} {}\n",
                   inlets_[where.first]->name, where.second, lag);
  }
  return out;
}

}  // namespace cloudflow::streamlet
