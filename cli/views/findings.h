// What a run found, for documents that CI servers read: also where no plan could be made.
#pragma once

#include <string>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "cloudflow/result.h"
#include "planner/plan/plan.h"

namespace cloudflow {

struct Findings {
  std::string command{};        ///< that looked: "plan", "validate"
  std::string environment{};    ///< as it was asked for; may be empty
  std::string file{};           ///< the project file: what has no place of its own is shown at its begin
  const Plan* plan = nullptr;   ///< null where none was made
  Diagnostics problems{};       ///< mistakes in the source
  std::vector<Error> errors{};  ///< failures outside it
};

}  // namespace cloudflow
