// In which order streamlets are stopped.
#pragma once

#include <string>
#include <vector>

#include "planner/application/application.h"

namespace cloudflow {

/// As records pass them: those before whom nobody writes first. Those of one rank may be stopped side by side.
std::vector<std::vector<std::string>> stop_order(const Application& application);

}  // namespace cloudflow
