// The application as a picture that a plan is shown on.
#pragma once

#include <map>
#include <string>

#include "cloudflow/resource.h"
#include "planner/application/application.h"
#include "planner/graph/graph_layout.h"
#include "planner/settings/effective_config.h"

namespace cloudflow {

struct PlanPicture {
  Graph graph{};                                    ///< not arranged yet: a plan adds what goes away
  std::map<ResourceId, std::size_t> topics{};       ///< topic in Kafka → its node
  std::map<std::string, std::size_t> streamlets{};  ///< name → its node
};

PlanPicture picture_of(const Application& application, const EffectiveConfig& config);

}  // namespace cloudflow
