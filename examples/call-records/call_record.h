// What flows: a call, why a record of one is not believed, and what the calls of a user come to in a window of time.
#pragma once

#include <cloudflow/streamlet/streamlet.h>

struct CallRecord {
  std::string user{};
  std::string other{};
  std::string direction{};     ///< "incoming" or "outgoing"
  std::int64_t duration = 0;   ///< seconds
  std::int64_t timestamp = 0;  ///< milliseconds since 1970

  bool operator==(const CallRecord&) const = default;
};

template <>
struct cloudflow::streamlet::Schema<CallRecord> : Record<CallRecord> {
  static constexpr auto name = "callrecords.data.CallRecord";
  static constexpr auto fields = std::tuple{
      field("user", &CallRecord::user), field("other", &CallRecord::other), field("direction", &CallRecord::direction),
      field("duration", &CallRecord::duration), field("timestamp", &CallRecord::timestamp)};
};

struct InvalidRecord {
  CallRecord record{};
  std::string error{};

  bool operator==(const InvalidRecord&) const = default;
};

template <>
struct cloudflow::streamlet::Schema<InvalidRecord> : Record<InvalidRecord> {
  static constexpr auto name = "callrecords.data.InvalidRecord";
  static constexpr auto fields =
      std::tuple{field("record", &InvalidRecord::record), field("error", &InvalidRecord::error)};
};

/// The calls of one user that began in one window. It is both what a store keeps while the window is open, and what is
/// sent when it closes.
struct CallStats {
  std::string user{};
  std::int64_t startTime = 0;       ///< of the window, milliseconds since 1970
  std::int64_t windowDuration = 0;  ///< milliseconds
  std::int64_t calls = 0;
  std::int64_t totalCallDuration = 0;  ///< seconds
  double avgCallDuration = 0;          ///< seconds

  bool operator==(const CallStats&) const = default;
};

template <>
struct cloudflow::streamlet::Schema<CallStats> : Record<CallStats> {
  static constexpr auto name = "callrecords.data.CallStats";
  static constexpr auto fields = std::tuple{field("user", &CallStats::user),
                                            field("startTime", &CallStats::startTime),
                                            field("windowDuration", &CallStats::windowDuration),
                                            field("calls", &CallStats::calls),
                                            field("totalCallDuration", &CallStats::totalCallDuration),
                                            field("avgCallDuration", &CallStats::avgCallDuration)};
};
