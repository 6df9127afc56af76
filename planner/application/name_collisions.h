// Streamlets of one application that would make objects of the same name.
#pragma once

#include "cloudflow/diagnostics.h"
#include "planner/application/application.h"

namespace cloudflow {

/// Streamlets whose pods, services or secrets would get the same name after cutting.
void check_name_collisions(const Application& application, Diagnostics& problems);

}  // namespace cloudflow
