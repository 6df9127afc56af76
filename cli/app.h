// The command tree.
#pragma once

namespace cloudflow {

/// Parses the arguments and runs the command; gives its exit code.
int run_app(int argc, char** argv);

}  // namespace cloudflow
