// `kubectl-cloudflow`: Cloudflow 2's command line over this program's pipeline.
#pragma once

#include <string_view>

namespace cloudflow {

/// Whether the program was called by Cloudflow 2's name.
bool is_cloudflow2(std::string_view program);

/// Parses Cloudflow 2's arguments and runs the verb. 0, or 1 with `Error: …` on stderr.
int run_cloudflow2(int argc, char** argv);

}  // namespace cloudflow
