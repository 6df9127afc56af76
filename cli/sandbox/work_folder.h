// A folder that only this run has.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

/// In $XDG_RUNTIME_DIR, which lies in memory, or in the folder for temporary files; only the user may look into it. It
/// goes with the object. A run that is killed leaves its folder, and the processes that it had started: the next one
/// ends them, and removes it.
class WorkFolder {
 public:
  static Result<WorkFolder> make();
  /// Remembers a process, so that it does not outlive a run that is killed. Safe from any thread.
  void note_process(const std::string& name, const std::string& mark) const;
  /// One more folder for this run, on disk: in the one for temporary files.
  Result<std::string> make_large_folder() const;
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder& operator=(WorkFolder&&) = delete;
  WorkFolder(const WorkFolder&) = delete;
  ~WorkFolder();

  const std::string& path() const { return path_; }
  /// The folders of all runs of this user that are at work.
  static std::vector<std::string> of_living_runs();
  /// Those of runs that were killed, until the next one clears them away.
  static std::vector<std::string> of_killed_runs();

 private:
  explicit WorkFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace cloudflow
