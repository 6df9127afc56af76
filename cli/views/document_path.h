// Where in a JSON document a position is.
#pragma once

#include <string>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// The JSON pointer of the value that stands at a position ("/spec/deployments/0/image"), where the line is so long
/// that its number and a column help nobody; "" elsewhere, and where the text is no JSON up to there.
std::string document_path(std::string_view text, const SourcePos& where);

}  // namespace cloudflow
