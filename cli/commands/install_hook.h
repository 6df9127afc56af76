// `cloudflow sync install-hook`: git push plans and deploys.
#pragma once

#include "cli/exit_code.h"

namespace CLI {
class App;
}  // namespace CLI

namespace cloudflow {

/// Adds it below `sync`.
void add_install_hook(CLI::App& sync, ExitCode& exit);

}  // namespace cloudflow
