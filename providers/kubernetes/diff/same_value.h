// When two values mean the same to the API server although they are written differently.
#pragma once

#include <optional>
#include <string>

#include "cloudflow/json.h"
#include "providers/kubernetes/schema/known_schema.h"

namespace cloudflow {

/// A quantity as the server writes it: "0.1" as "100m", "1024Mi" as "1Gi". Binary and decimal suffixes stay what they
/// are. Nothing when it is none, or one that the server would round.
std::optional<std::string> canonical_quantity(const Json& value);

/// Null, {}, [] and "": what the server leaves out.
bool is_empty_value(const Json& value);
/// The same, and false and 0.
bool is_zero_value(const Json& value);

/// Whether two plain values at the same place are the same: literally, or, where the schema has an amount,
/// as the server writes it.
bool same_plain_value(const Json& desired, const Json& live, const FieldSchema* place);

}  // namespace cloudflow
