// `cloudflow image push`.
#pragma once

#include "cli/exit_code.h"
#include "cli/host.h"

namespace CLI {
class App;
}  // namespace CLI

namespace cloudflow {

/// Adds it to `cloudflow image`.
void add_image_push(CLI::App& image, const Host& host, ExitCode& exit);

}  // namespace cloudflow
