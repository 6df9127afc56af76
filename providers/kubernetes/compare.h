// One desired manifest against one live object: the change between them.
#pragma once

#include "cloudflow/change.h"
#include "providers/kubernetes/applyset.h"

namespace cloudflow {

/// Provider::compare. Creations list no fields: Change::desired says everything. With Action::none it says only what is
/// meant (id, after, streamlet), not its content.
Result<Change> compare_object(const Resource* desired, const Live* live, const ApplySet& set);

/// {"uid", "resourceVersion"} of a live object.
Json precondition_of(const Json& live);

}  // namespace cloudflow
