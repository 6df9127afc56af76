// The commands below `cloudflow sandbox`.
#pragma once

#include "cli/exit_code.h"
#include "cli/host.h"

namespace CLI {
class App;
}  // namespace CLI

namespace cloudflow {

/// `tail`: shows the records of a topic.
void add_sandbox_tail(CLI::App& sandbox, const Host& host, ExitCode& exit);
/// `send` and `replay`: write records to a topic.
void add_sandbox_send(CLI::App& sandbox, const Host& host, ExitCode& exit);
/// `plan`: what would change.
void add_sandbox_plan(CLI::App& sandbox, const Host& host, ExitCode& exit);
/// `top`: what flows.
void add_sandbox_top(CLI::App& sandbox, const Host& host, ExitCode& exit);

}  // namespace cloudflow
