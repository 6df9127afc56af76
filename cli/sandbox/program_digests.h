// Digests of programs: another content means another program.
#pragma once

#include <map>
#include <string>

#include "cloudflow/json.h"

namespace cloudflow {

/// Each file is read once, though many streamlets run it.
class ProgramDigests {
 public:
  /// Of all files that a process (its spec: ProcessProvider) runs; empty where there are none, or one is about to come.
  std::string operator()(const Json& spec);

 private:
  std::map<std::string, std::string> of_files_{};
};

}  // namespace cloudflow
