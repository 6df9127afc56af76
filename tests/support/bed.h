// A server of tests/testbed that ends with its object.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace cloudflow::testing {

class Bed {
 public:
  Bed() = default;
  Bed(const Bed&) = delete;
  Bed& operator=(const Bed&) = delete;
  ~Bed();  ///< stops it and removes its folder

  /// Starts `program` with a folder of its own, and waits until it has written the file `ready` there. Returns what
  /// went wrong, "" when nothing did. `kind` becomes part of the folder's name.
  std::string start(const std::filesystem::path& program, const std::string& kind,
                    std::vector<std::string> arguments = {});

  /// Stops it, and keeps what it has written for another start().
  void stop();

  const std::filesystem::path& folder() const { return folder_; }
  pid_t process() const { return process_; }

 private:
  pid_t process_ = -1;
  std::filesystem::path folder_{};
};

}  // namespace cloudflow::testing
