// What a sandbox runs now, written down for plans from other terminals.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cloudflow/resource.h"
#include "planner/settings/one_broker.h"

namespace cloudflow {

/// It lies in the work folder of the sandbox, which only its user may read. Secret values are in it as digests, under a
/// key that lies beside it.
struct SandboxState {
  std::string file{};         ///< of the project
  std::string environment{};  ///< that was named; may be empty
  OneBroker broker{};
  bool is_embedded = false;
  std::map<std::string, int> ports{};  ///< of servers
  std::map<std::string, int> http{};   ///< of metrics
  std::string volumes{};               ///< the folder of those that it made; empty where it made none
  bool is_at_work = false;             ///< with changes that a plan asked for
  Inventory made{};
  std::vector<Live> processes{};  ///< of RecordedProcesses
  std::vector<Live> topics{};     ///< of RecordedTopics; empty with another broker
};

/// A key for secret values, made where there is none yet. denied: it cannot be written.
Result<std::string> sealing_key(const std::string& work);
/// denied: it cannot be written; what was written before stays.
Result<void> write_state(const std::string& work, const SandboxState& state);
/// not_found: there is none, as of a sandbox that has not planned yet, or that ends.
Result<SandboxState> read_state(const std::string& work);

}  // namespace cloudflow
