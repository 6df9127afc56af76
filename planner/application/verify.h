// Blueprint and descriptors to Application: the only way, besides a build's own file, to get one.
#pragma once

#include <optional>
#include <span>

#include "planner/application/application.h"
#include "planner/blueprint/blueprint.h"
#include "planner/project/project.h"

namespace cloudflow {

/// Whether every streamlet must have an image: not for checking a blueprint alone.
enum class Images { needed, optional };

/// Everything that must hold for the parts to be one application (docs/compatibility.md, Blueprint). All problems at
/// once, always in the same order; nothing when there is an error among them.
std::optional<Application> verify(const Blueprint& blueprint, std::span<const Descriptor> descriptors,
                                  const Project& project, Images images, Diagnostics& problems);

/// Whether what an environment says of streamlets and their mounts names ones that exist.
void verify_environment(const Application& application, const Environment& environment, Diagnostics& problems);

}  // namespace cloudflow
