// The streamlets: calls are made up or come over HTTP, are checked, added up by user and window, and printed.
#pragma once

#include <cloudflow/streamlet/http_ingress.h>
#include <cloudflow/streamlet/window_store.h>

#include <iostream>

#include "call_record.h"

using namespace cloudflow::streamlet;

inline std::int64_t milliseconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/// Makes calls up. Of a hundred one arrives an hour late, and one has a duration that cannot be.
class CallRecordGenerator : public Streamlet {
  Outlet<CallRecord> out{*this, "out", partition_by(&CallRecord::user)};
  Parameter<std::int32_t> rate{*this, "records-per-second", "How many records to make in a second", 10};
  Parameter<std::int32_t> users{*this, "users", "How many users there are", 20};
  std::int64_t count_ = 0;

 public:
  CallRecordGenerator() {
    generate([this] {
      const std::int64_t n = count_++;
      CallRecord record{"user-" + std::to_string(n % users), "user-" + std::to_string((n * 7 + 1) % users),
                        n % 3 == 0 ? "incoming" : "outgoing", 1 + n * 37 % 600, milliseconds_now()};
      if (n % 100 == 41) record.timestamp -= 3'600'000;
      if (n % 100 == 83) record.duration = -record.duration;
      out.send(record);
      return wait(std::chrono::nanoseconds(std::chrono::seconds(1)) / rate.value());
    });
  }
  void started() override {
    if (rate < 1 || users < 1) throw std::invalid_argument("records-per-second and users have to be 1 or more");
  }
};

/// Takes calls over HTTP.
class CallRecordIngress : public Streamlet {
  Outlet<CallRecord> out{*this, "out", partition_by(&CallRecord::user)};
  HttpIngress http{*this, out};
};

/// Tells records that can be from those that cannot. A time in the future counts among these: in the aggregator it
/// would close windows that are still open (docs/streamlets.md, Windows).
class CallRecordValidation : public Streamlet {
  Inlet<CallRecord> in{*this, "in"};
  Outlet<CallRecord> valid{*this, "valid", partition_by(&CallRecord::user)};  // as the aggregator's store needs it
  Outlet<InvalidRecord> invalid{*this, "invalid"};

 public:
  CallRecordValidation() {
    on(in, [this](const CallRecord& record) {
      if (const std::string error = what_is_wrong(record); !error.empty()) return invalid.send({record, error});
      valid.send(record);
    });
  }

 private:
  static std::string what_is_wrong(const CallRecord& record) {
    constexpr std::int64_t a_minute = 60'000;
    if (record.user.empty()) return "it has no user";
    if (record.direction != "incoming" && record.direction != "outgoing") return "its direction is unknown";
    if (record.duration < 0) return "its duration is negative";
    if (record.timestamp <= 0) return "it has no time";
    if (record.timestamp > milliseconds_now() + a_minute) return "its time is in the future";
    return "";
  }
};

/// Adds up the calls of each user in each window of time. What comes after its window has closed goes to an outlet of
/// its own, so that nothing is lost: the statistics and the late records together are all valid records.
class CallStatsAggregator : public Streamlet {
  Inlet<CallRecord> in{*this, "in"};
  Outlet<CallStats> out{*this, "out", partition_by(&CallStats::user)};
  Outlet<CallRecord> late{*this, "late", partition_by(&CallRecord::user)};
  Parameter<std::chrono::nanoseconds> size{*this, "group-by-window", "How long a window is", std::chrono::minutes(1)};
  Parameter<std::chrono::nanoseconds> grace{*this, "watermark", "How late a record may come", std::chrono::seconds(10)};
  WindowStore<std::string, CallStats> windows{*this, "windows"};

 public:
  CallStatsAggregator() {
    process(Processing::exactly_once);  // whoever is killed counts no call twice
    on(in, [this](const CallRecord& record) {
      const int counted = windows.update(record.user, record.timestamp, [&](CallStats& stats) {
        ++stats.calls;
        stats.totalCallDuration += record.duration;
      });
      if (counted == 0) late.send(record);
    });
    windows.on_close([this](const std::string& user, const Window& window, CallStats stats) {
      stats.user = user;
      stats.startTime = window.start;
      stats.windowDuration = window.end - window.start;
      stats.avgCallDuration = static_cast<double>(stats.totalCallDuration) / static_cast<double>(stats.calls);
      out.send(stats);
    });
  }
  void started() override {
    using std::chrono::milliseconds;
    windows.set_windows(TimeWindows::tumbling(std::chrono::duration_cast<milliseconds>(size.value()),
                                              std::chrono::duration_cast<milliseconds>(grace.value())));
  }
};

/// Prints statistics; std::endl, so that a line is out before its record counts as read.
class CallStatsEgress : public Streamlet {
  Inlet<CallStats> in{*this, "in"};

 public:
  CallStatsEgress() {
    on(in, [](const CallStats& stats) {
      std::cout << stats.user << ": " << stats.calls << " calls of " << stats.avgCallDuration << " s on average"
                << std::endl;
    });
  }
};

/// Prints what does not count.
class InvalidRecordLogger : public Streamlet {
  Inlet<InvalidRecord> in{*this, "in"};
  Inlet<CallRecord> late{*this, "late"};

 public:
  InvalidRecordLogger() {
    on(in, [](const InvalidRecord& one) {
      std::cout << "invalid: " << one.error << ": call of " << one.record.user << std::endl;
    });
    on(late, [](const CallRecord& record) { std::cout << "late: call of " << record.user << std::endl; });
  }
};
