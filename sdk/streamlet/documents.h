// What a streamlet finds in its container (docs/container-contract.md).
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "cloudflow/json.h"
#include "cloudflow/streamlet/streamlet.h"

namespace cloudflow::streamlet {

/// A port as it is wired.
struct PortSettings {
  std::string topic{};
  std::string brokers{};
  std::map<std::string, std::string> consumer{};  ///< settings of Kafka's client by dotted names. May hold passwords
  std::map<std::string, std::string> producer{};
};

/// How the runner is to run: `cloudflow.streamlet` in the streamlet's own configuration.
struct RunSettings {
  std::optional<OnError> on_error{};
  std::optional<Processing> given_processing{};
  Processing processing = Processing::at_least_once;  ///< as given, else as the class says (resolve)
  int workers = 1;
  std::chrono::nanoseconds stop_within = std::chrono::seconds(20);
  std::chrono::nanoseconds commit_every{};  ///< where it is not given, by the processing (resolve)
  std::chrono::nanoseconds renew_offsets_every = std::chrono::hours(1);  ///< of inlets that follow (Reader)
  int records_in_work = 100'000;  ///< of each partition: read, and not done. One more batch may be
  std::string http{};             ///< "[ADDRESS:]PORT"
  std::string state_folder = "/tmp/cloudflow-state";
  MemorySize state_memory{64 << 20};
};

struct Documents {
  std::string class_name{};
  std::string streamlet{};
  std::string application{};
  std::map<std::string, PortSettings> ports{};
  Json parameters = Json::object();
  std::map<std::string, std::string> mounts{};  ///< paths by name
  int server_port = 0;
  RunSettings run{};

  /// The group of an inlet, unless its consumer settings name another.
  std::string group_of(const std::string& inlet) const;
};

/// Reads application.conf and secret.conf of a folder. Errors name the file, and what to do.
Result<Documents> read_documents(const std::string& folder);

}  // namespace cloudflow::streamlet
