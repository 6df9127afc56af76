// `kubectl-cloudflow`: the original's command line over this program's pipeline.
#pragma once

#include <string_view>

namespace cloudflow {

/// Whether the program was called by the original's name.
bool is_classic(std::string_view program);

/// Parses the original's arguments and runs the verb. 0, or 1 with `Error: …` on stderr.
int run_classic(int argc, char** argv);

}  // namespace cloudflow
