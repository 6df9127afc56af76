// What the user wrote: streamlets, and the topics that wire them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/blueprint/descriptor.h"
#include "planner/blueprint/fields.h"
#include "planner/config/config_value.h"

namespace cloudflow {

/// One entry of blueprint.streamlets.
struct BlueprintStreamlet {
  std::string name{};
  std::string class_name{};                ///< a descriptor explains it; empty when it explains itself
  std::optional<Descriptor> descriptor{};  ///< when it explains itself
  PlacedText image{};                      ///< when written here
  std::optional<int> replicas{};
  std::optional<int> container_port{};  ///< of a server that does not want the usual one
  SourcePos where{};
};

/// One entry of blueprint.topics.
struct BlueprintTopic {
  std::string id{};
  std::vector<PlacedText> producers{};
  std::vector<PlacedText> consumers{};
  PlacedText cluster{};
  ConfigValue config{};  ///< everything else, dotted keys opened
  SourcePos where{};
};

struct Blueprint {
  std::vector<BlueprintStreamlet> streamlets{};  ///< sorted by name
  std::vector<BlueprintTopic> topics{};          ///< sorted by id
  SourcePos where{};
};

}  // namespace cloudflow
