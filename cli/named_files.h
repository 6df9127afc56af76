// Files that a command line names: inside the project's folder or anywhere else.
#pragma once

#include <span>
#include <string>

#include "cli/pipeline/source.h"

namespace cloudflow {

/// Makes the options' folder wide enough for all these files, and their names what they are called in it. A name is
/// relative to the folder, or absolute; empty ones stay. With a revision the folder is the same one in that commit; in
/// a repository that is named they stay as they are: there is nothing outside.
void widen_folder(SourceOptions& options, std::span<std::string* const> files);

/// A project file outside the folder names another project: the folder becomes the one that it is in.
void enter_folder_of_project(SourceOptions& options);

}  // namespace cloudflow
