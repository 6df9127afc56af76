// What the objects of a definition lose when its schemas change.
#pragma once

#include "cloudflow/json.h"

namespace cloudflow {

/// Whether the server may drop something that objects of a CustomResourceDefinition have now: it keeps only what the
/// schema knows. `after` is the definition as it will be.
bool prunes(const Json& before, const Json& after);

}  // namespace cloudflow
