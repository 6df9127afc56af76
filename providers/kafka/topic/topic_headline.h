// A new topic in one line.
#pragma once

#include <string>

#include "cloudflow/resource.h"

namespace cloudflow {

/// Partitions, replicas and settings: all there is to a topic. See Provider::headline.
std::string topic_headline(const Resource& topic);

}  // namespace cloudflow
