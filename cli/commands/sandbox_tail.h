// `cloudflow sandbox tail`: shows the records of a topic.
#pragma once

#include "cli/exit_code.h"
#include "cli/host.h"

namespace CLI {
class App;
}  // namespace CLI

namespace cloudflow {

/// Adds it below `sandbox`.
void add_sandbox_tail(CLI::App& sandbox, const Host& host, ExitCode& exit);

}  // namespace cloudflow
