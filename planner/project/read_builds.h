// `builds:` of cloudflow.yaml.
#pragma once

#include <map>
#include <string>

#include "cloudflow/diagnostics.h"
#include "planner/blueprint/fields.h"
#include "planner/project/project.h"

namespace cloudflow {

/// How images are made, by the builds' names. `fields` are those of the project.
std::map<std::string, ImageBuild> read_builds(Fields& fields, Diagnostics& problems);

}  // namespace cloudflow
