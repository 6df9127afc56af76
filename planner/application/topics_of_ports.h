// The topics that an application's ports are wired to.
#pragma once

#include <span>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "planner/application/application.h"

namespace cloudflow {

/// One topic per id, with the settings that its ports have of it; the first streamlet's win. A topic that is on two
/// clusters is an error. Sorted by id.
std::vector<Topic> topics_of_ports(std::span<const Streamlet> streamlets, Diagnostics& problems);

}  // namespace cloudflow
