// What a push brings and is not part of the repository yet.
#pragma once

struct git_repository;

namespace cloudflow {

/// In a pre-receive hook the pushed objects are in a folder of their own, which git names in the environment.
void add_pushed_objects(git_repository* repository);

}  // namespace cloudflow
