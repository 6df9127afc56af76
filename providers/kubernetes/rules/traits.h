// What the kinds of Kubernetes are to those around them.
#pragma once

#include <string_view>

#include "cloudflow/traits.h"

namespace cloudflow {

/// `kind` as in ResourceId. A kind that is not known is waited for, and removed with what workloads use.
Traits traits_of_kind(std::string_view kind);

}  // namespace cloudflow
