// What runs, for people and programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/views/style.h"
#include "cloudflow/json.h"
#include "providers/kafka/kafka_provider.h"
#include "providers/kubernetes/cluster/streamlet_status.h"

namespace cloudflow {

/// One inlet and the consumer group that reads for it.
struct InletStatus {
  std::string streamlet{};
  std::string inlet{};
  GroupLag group{};
};

/// One object beside the streamlets.
struct ObjectStatus {
  ResourceId id{};
  Readiness readiness{};
};

/// Everything that `status` shows. Lists are sorted.
struct ApplicationStatus {
  std::string application{};
  std::vector<std::string> targets{};
  Json last{};                     ///< the last apply, as the inventory has it; null when there was none
  std::optional<LockSeen> lock{};  ///< of the run that is at work, or has ended without giving it back
  std::vector<StreamletStatus> streamlets{};
  std::vector<ObjectStatus> objects{};
  std::vector<TopicStatus> topics{};
  std::vector<InletStatus> inlets{};
  bool kafka_answers = true;  ///< false: nothing is known of topics and inlets
  bool lag_is_known = true;   ///< false: of some inlets nothing is known
};

/// "ann@laptop, process 12, run 3f9c2a1b5d6e7f80 is at work since 2026-11-29T02:00:00Z (3 of 8 changes done)"
std::string text_of(const LockSeen& lock);

/// Whether all streamlets and objects are ready and all topics are there and fully replicated.
bool is_healthy(const ApplicationStatus& status);

/// Laid out for so many columns; 0 for as many as it takes.
std::string status_text(const ApplicationStatus& status, Style style, int width = 0);
std::string status_json(const ApplicationStatus& status);

}  // namespace cloudflow
