// Fields that kubectl left in objects of ours: what it takes for them to go when they leave the source.
#pragma once

#include <string>
#include <vector>

#include "cloudflow/change.h"
#include "providers/kubernetes/schema/known_schema.h"

namespace cloudflow {

/// Whether a change may remove what a kubectl owns, too: the server would keep it for its sake.
bool may_take_from_kubectl(const Change& change);

/// Where in the live object that is: JSON pointers. `body` is what is applied.
std::vector<std::string> taken_from_kubectl(const Json& body, const Json& live, const FieldSchema& schema);

/// A merge patch, with the resource version as its precondition, after which applying removes what is not asked for:
/// what the client side of kubectl applied to an object of which we own nothing becomes ours, as
/// `kubectl apply --server-side` does it; what a kubectl owns beside us is ours alone. Null when there is nothing to
/// do.
Json take_from_kubectl_patch(const Json& live);

/// What the server would make of an object, without what is at those places of the live one.
Json without_taken(Json predicted, const Json& live, const std::vector<std::string>& taken);

/// The merge patch that turns one object into another.
Json patch_between(const Json& from, const Json& to);

}  // namespace cloudflow
