// The class path that a build has written to a file.
#pragma once

#include <filesystem>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

/// Its entries, relative ones to the folder of the file: separated by line ends, ':' or '@', as sbt, Maven
/// (dependency:build-classpath) and the Maven plugin of Cloudflow 2 write them. not_found: the file cannot be read, or
/// has more than 16 MiB.
Result<std::vector<std::filesystem::path>> read_class_path_list(const std::filesystem::path& file);

}  // namespace cloudflow
