// What the annotations of a Deployment ask for (templates/README.md, Annotations).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow {

inline constexpr std::string_view pod_template_pointer = "/spec/template";

/// cloudflow/stop-when: the annotation of its pods that has to change before its job is stopped; empty: any change.
std::string stop_when_of(const Json& workload);
/// cloudflow/creates: what its pods make for themselves, in the order in which that is removed.
std::vector<std::string> created_by_pods_of(const Json& workload);
/// cloudflow/keeps-keys: beginnings of the keys that keep such an object.
std::vector<std::string> kept_keys_of(const Json& workload);

/// Whether no pods are asked for.
bool is_scaled_to_zero(const Json& workload);
/// Whether a difference at a JSON pointer changes something at or below another.
bool touches(std::string_view pointer, std::string_view trigger);

}  // namespace cloudflow
