// Asks the server what hangs on an object that is about to change.
#pragma once

#include <span>
#include <stop_token>

#include "providers/kubernetes/api/api_client.h"
#include "providers/kubernetes/diff/risk.h"

namespace cloudflow {

/// What judge_losses() needs to know: the claims of a StatefulSet or the volume of a claim, the objects of a
/// definition's kind in all namespaces. `all` the plan changes, volumes among them. What may not be looked at stays
/// unknown; other errors are returned.
Result<Dependents> dependents_of(ApiClient& client, const Change& change, const Json& live, std::span<const Change> all,
                                 const std::stop_token& stop);
/// Says in `change` what is lost with a claim that its object owns; not `certain`: somebody else may own it, too.
Result<void> say_claim_goes(ApiClient& client, Change& change, const Json& claim, bool certain,
                            std::span<const Change> all, const std::stop_token& stop);

}  // namespace cloudflow
