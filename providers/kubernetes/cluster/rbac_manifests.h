// Rights as manifests of RBAC.
#pragma once

#include <string>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/result.h"
#include "providers/kubernetes/cluster/rights.h"

namespace cloudflow {

/// "user:ann", "group:deployers", "serviceaccount:name" or "serviceaccount:namespace/name" as a subject of a binding.
/// `ns`: of a service account that names none.
Result<Json> rbac_subject(const std::string& text, const std::string& ns);

/// Role and RoleBinding for each namespace, ClusterRole and ClusterRoleBinding where something is needed outside of
/// them. `own_ns`: the application's namespace; `subject`: null where nobody is to be bound.
std::vector<Json> rbac_manifests(const Rights& rights, const std::string& application, const std::string& own_ns,
                                 const Json& subject);

}  // namespace cloudflow
