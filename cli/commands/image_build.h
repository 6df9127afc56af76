// `cloudflow image build`.
#pragma once

#include "cli/exit_code.h"
#include "cli/host.h"
#include "cli/image/image_project.h"

namespace CLI {
class App;
}  // namespace CLI

namespace cloudflow {

/// Adds it to `cloudflow image`.
void add_image_build(CLI::App& image, const Host& host, ExitCode& exit);
/// The builds' names, -C, --file and --output.
void add_image_options(CLI::App& command, ImageOptions& options);

}  // namespace cloudflow
