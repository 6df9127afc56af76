// Sees quickly that a live object is as it should be, which most are.
#pragma once

#include "providers/kubernetes/diff/flat_json.h"
#include "providers/kubernetes/ownership/applyset.h"

namespace cloudflow {

/// True when compare_object would surely find nothing to do: the object is ours, holds everything that is desired, and
/// we own nothing in it beyond that. False means that only the thorough comparison knows.
bool surely_equal(const Resource& desired, const FlatJson& live, const ApplySet& set);

}  // namespace cloudflow
