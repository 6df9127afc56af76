// Descriptors of a program's streamlets, as Cloudflow 2's builds write them.
#pragma once

#include <nlohmann/json.hpp>

#include "cloudflow/streamlet/run.h"

namespace cloudflow::streamlet {

/// What a class of streamlets says of itself; its members are in the order in which builds write them.
nlohmann::ordered_json descriptor_of(const StreamletClass& one);

}  // namespace cloudflow::streamlet
