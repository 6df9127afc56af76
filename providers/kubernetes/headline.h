// A new object in one line.
#pragma once

#include <string>

#include "cloudflow/resource.h"

namespace cloudflow {

/// Pods and images of what runs pods, keys of what holds data; empty for other kinds. See Provider::headline.
std::string object_headline(const Resource& object);

}  // namespace cloudflow
