// The class that runs streamlets of Cloudflow 2 outside of their container.
#pragma once

#include <mutex>
#include <stop_token>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow {

/// Compiles Launch.java for the user's Java, once.
class JavaLauncher {
 public:
  /// `folder` is made when it is needed.
  explicit JavaLauncher(std::string folder) : folder_(std::move(folder)) {}

  /// A folder for a class path; `java` is the program that will run it, "java" for the user's own. not_found: there is
  /// no compiler beside it; invalid_input: it does not compile.
  Result<std::string> folder(const std::string& java, const std::stop_token& stop);

 private:
  const std::string folder_;
  std::mutex mutex_{};
  bool is_made_ = false;
};

}  // namespace cloudflow
