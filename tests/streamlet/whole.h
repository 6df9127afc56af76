// A streamlet with everything that a descriptor can say.
#pragma once

#include "tests/streamlet/readings.h"

namespace cloudflow::testing {

/// As examples/call-records-akka/descriptors has it, which a build for Cloudflow 2 wrote.
struct CallRecord {
  std::string user{};
  std::string other{};
  std::string direction{};
  std::int64_t duration = 0;
  std::int64_t timestamp = 0;
};

}  // namespace cloudflow::testing

namespace cloudflow::streamlet {

template <>
struct Schema<testing::CallRecord> : Record<testing::CallRecord> {
  using T = testing::CallRecord;
  static constexpr auto name = "callrecords.data.CallRecord";
  static constexpr auto fields =
      std::tuple{field("user", &T::user), field("other", &T::other), field("direction", &T::direction),
                 field("duration", &T::duration), field("timestamp", &T::timestamp)};
};

}  // namespace cloudflow::streamlet

namespace cloudflow::testing {

/// Everything that a descriptor can say.
class Whole : public streamlet::Streamlet {
  streamlet::Inlet<CallRecord> in{*this, "in"};
  streamlet::Outlet<Everything> out{*this, "out"};
  streamlet::Outlet<Json, streamlet::AsJson> log{*this, "log"};
  streamlet::Outlet<streamlet::Bytes> raw{*this, "raw"};
  streamlet::Parameter<bool> flag{*this, "flag", "A flag", true};
  streamlet::Parameter<std::int32_t> count{*this, "count", "A number"};
  streamlet::Parameter<double> factor{*this, "factor", "A factor", 0.5};
  streamlet::Parameter<std::string> level{*this, "level", "A level", "warn", "^(info|warn)$"};
  streamlet::Parameter<std::chrono::nanoseconds> every{*this, "every", "A time",
                                                       std::chrono::nanoseconds(std::chrono::seconds(90))};
  streamlet::Parameter<streamlet::MemorySize> buffer{*this, "buffer", "A size", streamlet::MemorySize{64 << 10}};
  streamlet::VolumeMount state{*this, "state", "/var/state"};
  streamlet::VolumeMount model{*this, "model", "/var/model", streamlet::AccessMode::read_only_many};
  streamlet::ServerPort port{*this};

 public:
  Whole() {
    on(in, [](const CallRecord&) {});
  }
};

}  // namespace cloudflow::testing
