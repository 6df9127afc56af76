// A topic of the application as it is in the sandbox that runs.
#pragma once

#include <optional>
#include <string>

#include "cli/host.h"
#include "cli/pipeline/source.h"
#include "cli/views/view.h"
#include "planner/schema/avro/avro_schema.h"

namespace cloudflow {

struct SandboxTopic {
  std::string brokers{};
  bool is_embedded = false;          ///< on the sandbox's own mock cluster
  std::string folder{};              ///< of the project whose sandbox it is; empty with another broker
  std::string name{};                ///< in Kafka
  std::optional<AvroSchema> avro{};  ///< of whoever writes to it; nothing where nobody does, or where it is not Avro
};

/// By its id in the blueprint, or by its name in Kafka. `kafka` names another broker than that of the sandbox that
/// runs. Nothing, shown, where it is not known or no sandbox runs.
std::optional<SandboxTopic> find_sandbox_topic(const SourceOptions& options, const std::string& topic,
                                               const std::string& kafka, const Host& host, View& view);

}  // namespace cloudflow
