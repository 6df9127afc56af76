// `cloudflow sandbox send` and `replay`: write records to a topic.
#pragma once

#include "cli/exit_code.h"
#include "cli/host.h"

namespace CLI {
class App;
}  // namespace CLI

namespace cloudflow {

/// Adds them below `sandbox`.
void add_sandbox_send(CLI::App& sandbox, const Host& host, ExitCode& exit);

}  // namespace cloudflow
