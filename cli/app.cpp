// The command tree: one line per command.
#include "cli/app.h"

#include <CLI/CLI.hpp>

namespace cloudflow {

int run_app(int argc, char** argv) {
  CLI::App app("Plans and applies streaming applications on Kubernetes and Kafka", "cloudflow");
  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace cloudflow
