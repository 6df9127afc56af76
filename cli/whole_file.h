// Files that are written whole or not at all.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// Writes beside the file and renames, so that whoever reads it at this moment finds the old text or the new one, with
/// `permissions` from the start where they are given. A pipe or a device stays what it is, and so does a link. The
/// error is only the reason: "Permission denied".
Result<void> write_whole(const std::string& file, std::string_view text,
                         std::optional<std::filesystem::perms> permissions = std::nullopt);

}  // namespace cloudflow
