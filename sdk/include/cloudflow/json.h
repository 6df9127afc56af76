// Json, and careful access to it: nothing here throws on what somebody else wrote.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// Keys are sorted, so equal values have equal text.
using Json = nlohmann::json;

/// The value of `text`; `what` names it in the error ("answer of GET /api").
Result<Json> parse_json(std::string_view text, std::string_view what);

/// How deep brackets are inside of each other, whether or not it is JSON: what is nested without bound needs a stack
/// without bound to be read.
int depth_of_json(std::string_view text);

/// The member at a path of keys, or null when any step is missing or not an object.
const Json* find(const Json& value, std::initializer_list<std::string_view> path);

/// The string, integer or boolean at a path of keys, or the fallback when it is missing or of another type.
std::string string_at(const Json& value, std::initializer_list<std::string_view> path, std::string_view fallback = "");
long long int_at(const Json& value, std::initializer_list<std::string_view> path, long long fallback = 0);
bool bool_at(const Json& value, std::initializer_list<std::string_view> path, bool fallback = false);

/// Compact text; invalid UTF-8 is replaced, never an exception.
std::string dump(const Json& value);

}  // namespace cloudflow
