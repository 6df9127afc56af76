// A jar that has nothing of the time in it.
#pragma once

#include <filesystem>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow {

/// The files of a folder as a jar (a zip file, not compressed: the layer is), sorted, without their times.
Result<std::string> make_jar(const std::filesystem::path& folder);

}  // namespace cloudflow
