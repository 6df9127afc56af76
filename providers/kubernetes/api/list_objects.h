// The objects of a collection, parsed: for the few that are looked into, not for the thousands that are compared.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/result.h"
#include "providers/kubernetes/api/api_client.h"

namespace cloudflow {

/// Gives one object after the other to `take`; items that are no JSON object are passed over. `begin` is called before
/// the first one, and once more whenever the listing has to begin anew: what was taken until then is void.
Result<void> each_object(ApiClient& client, const ApiPath& collection, const ListOptions& options,
                         const std::function<void()>& begin, const std::function<void(Json)>& take,
                         const std::stop_token& stop);

/// All of them at once.
Result<std::vector<Json>> list_objects(ApiClient& client, const ApiPath& collection, const ListOptions& options,
                                       const std::stop_token& stop);

}  // namespace cloudflow
