// The class path of a process that runs on Java.
#pragma once

#include <string>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/result.h"

namespace cloudflow {

/// Whether the spec of a process (ProcessProvider) has one.
bool has_class_path(const Json& spec);
/// Its entries as absolute paths; those with "*" stay so, as Java knows them. not_found: the file that lists them
/// cannot be read; invalid_input: there are none.
Result<std::vector<std::string>> class_path_entries(const Json& spec);
/// The files in it: the jars, and what is in its folders. None where an entry is not there: a build is about to make
/// it.
std::vector<std::string> class_path_files(const Json& spec);

}  // namespace cloudflow
