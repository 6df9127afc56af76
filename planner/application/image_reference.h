// References to container images.
#pragma once

#include <string>
#include <string_view>

#include "cloudflow/diagnostics.h"
#include "planner/application/application.h"
#include "planner/blueprint/fields.h"

namespace cloudflow {

/// `[REGISTRY/][PATH/]NAME[:TAG][@DIGEST]` by the rules of Cloudflow 2, and with both a tag and a digest.
bool is_image_reference(std::string_view text);

/// Reports an image that is none as `invalid-image`.
void check_image(const std::string& streamlet, const PlacedText& image, Diagnostics& problems);

/// The registry in an image reference; empty when it names none.
std::string registry_of(std::string_view image);

/// The registry of the streamlet that was written first, which is the one that credentials without a registry are for.
std::string registry_of(const Application& application);

}  // namespace cloudflow
