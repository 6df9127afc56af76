// How an object is left to itself: without our mark, and with every field as it is.
#pragma once

#include "cloudflow/json.h"
#include "providers/kubernetes/ownership/applyset.h"

namespace cloudflow {

/// A merge patch, with uid and resource version as its preconditions, that takes our mark off a live object: the label
/// of the set, the label that names cloudflow as its manager, our bookkeeping in labels and annotations, and our
/// entries in managedFields, so that its fields are nobody's and whoever applies them next meets no conflict. No other
/// field is touched, and so no pod restarts. Null where the object does not carry the mark of this set.
Json unmarking_patch(const Json& live, const ApplySet& set);

}  // namespace cloudflow
