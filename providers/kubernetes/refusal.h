// What the API server's refusals of a write mean for a change.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/change.h"
#include "providers/kubernetes/api/api_client.h"

namespace cloudflow {

/// A 409 of an apply that was not forced: other managers own fields with other values.
bool is_manager_conflict(const ApiError& error);

/// Marks the fields that an apply takes from other managers; conflicts about fields that the change does not list
/// become fields of their own.
void mark_take_overs(Change& change, const ApiError& error);

/// Whether the server's own validation says that fields can never be changed in an object that exists: each cause names
/// its field, and is of the two types that validation gives to that. What an admission plug-in, a webhook or a policy
/// says is never a proof, whatever its words.
bool is_immutability(const ApiError& error);

/// Whether an admission webhook or policy refused it.
bool is_admission_refusal(const ApiError& error);
/// Whether a quota leaves no room for one more.
bool is_quota_refusal(const ApiError& error);

/// "spec.template.spec.containers[0].image" of a cause as a JSON pointer.
std::string pointer_of_cause(std::string_view field);

/// Where in an object an apply found the same key twice, as in `….containers[name="m"].env: duplicate entries for key
/// [name="A"]`: a JSON pointer to the second; "" where the server says something else.
std::string pointer_of_duplicate(const Json& object, std::string_view message);

/// The refusal in words, one Error for each cause, at the place in the source where the value comes from.
std::vector<Error> rejections_of(const Change& change, const ApiError& error);

}  // namespace cloudflow
