// Writes references to images into the text of a project file.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// The YAML text with these entries of `images` set. Only the values change: comments, order and layout of everything
/// else stay, byte for byte. An entry that is missing is added before the others, a missing `images` at the end.
/// unsupported where that cannot be done in this text; its hint says what to write.
Result<std::string> with_images(const std::string& text, std::string_view file,
                                const std::map<std::string, std::string>& images);

}  // namespace cloudflow
