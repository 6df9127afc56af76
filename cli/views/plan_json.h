// A plan for programs: versioned, described in docs/json.md.
#pragma once

#include <string>

#include "cloudflow/json.h"
#include "planner/plan/plan.h"

namespace cloudflow {

/// format_version grows its minor part when members are added, its major part when they change or go.
/// Its members are in docs/json.md.
Json plan_document(const Plan& plan);
/// The same as text.
std::string plan_json(const Plan& plan);

Json id_json(const ResourceId& id);
Json error_json(const Error& error);

}  // namespace cloudflow
