// Finds an application's objects where its record does not say where they are.
#pragma once

#include <stop_token>
#include <vector>

#include "providers/kubernetes/provider_state.h"

namespace cloudflow {

/// Whether the record cannot name all that the application has: it is gone or was edited although there is something,
/// or it lacks a kind that what was listed shows.
bool is_record_incomplete(ProviderState& state, const std::vector<ListTarget>& listed, const Inventory& inventory);

/// What carries the application's mark and is in none of the places that were listed: of all kinds that the server has,
/// in all namespaces, or where those may not be looked at, in those where the application has anything. `unseen` gets
/// the kinds and API groups that could not be looked at, sorted.
Result<std::vector<Live>> find_unrecorded(ProviderState& state, const std::vector<ListTarget>& listed,
                                          std::vector<std::string>& unseen, const std::stop_token& stop);

}  // namespace cloudflow
