// Columns as Cloudflow 2 prints them.
#pragma once

#include <string>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow::cloudflow2 {

using Row = std::vector<std::string>;

/// Columns of 18, or one more than the longest where that is longer; the last one as it is. No line end at the end.
std::string plain_columns(const std::vector<Row>& rows);

/// A grid of +, - and |, cells padded by one. The first `head` rows stand above a rule of their own; in the others the
/// columns from `centred` to the end are centred. No line end at the end.
std::string grid(const std::vector<Row>& rows, std::size_t head, std::size_t centred);

/// As Jackson writes YAML: strings in quotes, lists not indented. Keeps the order of members; with line end.
std::string yaml_text(const nlohmann::ordered_json& value);

}  // namespace cloudflow::cloudflow2
