// The sandboxes of this user that run now.
#pragma once

#include <map>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow {

/// A topic of one.
struct RunningTopic {
  std::string name{};                            ///< in Kafka
  std::map<std::string, std::string> readers{};  ///< "streamlet.inlet" → group
};

/// One of them.
struct RunningSandbox {
  std::string folder{};  ///< of its project, absolute
  std::string work{};    ///< its work folder
  std::string broker{};
  bool is_embedded = false;                      ///< the broker is a mock cluster, which cannot tell what was when
  std::map<std::string, RunningTopic> topics{};  ///< by id in the blueprint
};

/// Says in the work folder of a sandbox where it is. denied: it cannot be written; what was said before stays.
Result<void> announce(const std::string& work, const RunningSandbox& sandbox);
/// The sandbox of the project in `folder`. not_found, conflict: none runs, or only for other projects;
/// it says where one was killed.
Result<RunningSandbox> find_running_sandbox(const std::string& folder);

}  // namespace cloudflow
