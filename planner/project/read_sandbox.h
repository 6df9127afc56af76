// `sandbox:` of cloudflow.yaml.
#pragma once

#include "cloudflow/diagnostics.h"
#include "planner/blueprint/fields.h"
#include "planner/project/project.h"
#include "planner/project/read_environment.h"

namespace cloudflow {

/// How streamlets run on the user's machine. `fields` are those of the project.
SandboxSettings read_sandbox(Fields& fields, const ProjectPlace& place, Diagnostics& problems);

}  // namespace cloudflow
