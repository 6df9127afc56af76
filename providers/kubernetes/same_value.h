// When two values mean the same to the API server although they are written differently.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow {

/// The number that a quantity stands for ("100m", "1Gi", "2e3", 2); nothing when it is not one.
std::optional<long double> quantity(const Json& value);

/// Null, {}, [] and "": what the server leaves out.
bool is_empty_value(const Json& value);
/// The same, and false and 0.
bool is_zero_value(const Json& value);

/// Whether two plain values at the same path are the same. `path` holds the member names that lead there.
bool same_plain_value(const Json& desired, const Json& live, const std::vector<std::string>& path);

/// Whether the server adds this member by itself where it was not given.
bool is_server_default(std::string_view member, const Json& value);

/// The key fields of the lists that core kinds merge by key; empty: the list is one value.
/// `path` holds the member names that lead to the list.
std::vector<std::string> merge_keys(const std::vector<std::string>& path);
/// Whether core kinds merge that list as a set of plain values.
bool is_merged_set(const std::vector<std::string>& path);

}  // namespace cloudflow
