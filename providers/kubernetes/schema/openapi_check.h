// A manifest against the schema that a server publishes for its kind.
#pragma once

#include <string>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow {

/// One thing in a manifest that the schema does not allow.
struct SchemaProblem {
  std::string path{};     ///< "spec.template.spec.containers[0].name", as the server writes it
  std::string pointer{};  ///< JSON pointer to it, or to where it should be
  std::string message{};  ///< "is an unknown field, did you mean \"replicas\"?"
  bool operator==(const SchemaProblem&) const = default;
};

/// Everything in `value` that `schema` forbids: unknown and missing fields, wrong types, values outside an enumeration
/// or range. `document` resolves "#/…" references; what a schema leaves open is taken. `null` counts as not given.
std::vector<SchemaProblem> check_schema(const Json& value, const Json& schema, const Json& document);

/// The schema of a kind in a document of /openapi/v3; null when it has none.
const Json* schema_of_kind(const Json& document, const std::string& group, const std::string& version,
                           const std::string& kind);

}  // namespace cloudflow
