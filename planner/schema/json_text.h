// JSON from a schema file, with limits and places.
#pragma once

#include <string>
#include <string_view>

#include "cloudflow/json.h"

namespace cloudflow {

/// Schemas deeper or longer than this are refused: everything that walks them may then recurse.
inline constexpr int max_schema_depth = 100;
inline constexpr std::size_t max_schema_bytes = 4U << 20U;

/// Where the value at a JSON pointer begins in `text`; the start of the closest parent that is there otherwise.
SourcePos position_of(std::string_view text, std::string_view pointer, std::string_view file);

/// The place of one byte of `text`.
SourcePos position_at(std::string_view text, std::size_t offset, std::string_view file);

/// Parses JSON with `//` and `/* */` comments. The error has the place of the mistake; `what` names the text in it
/// ("avro schema").
Result<Json> read_schema_json(std::string_view text, std::string_view what, std::string_view file);

/// An invalid_input error about the value at `pointer`, with its place.
Error schema_error(std::string_view text, std::string_view pointer, std::string_view file, std::string message);

}  // namespace cloudflow
