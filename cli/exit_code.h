// Every exit code of the program.
#pragma once

namespace cloudflow {

enum class ExitCode : int {
  ok = 0,       ///< done, or nothing to do
  failed = 1,   ///< an error; nothing was changed, or what was changed is said
  changes = 2,  ///< plan --detailed-exitcode: there are changes
  refused = 3,  ///< a policy or a guard refused something
  partly = 4,   ///< partly applied: run apply again
  interrupted = 130,
};

}  // namespace cloudflow
