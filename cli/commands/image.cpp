// `cloudflow image`: what builds and pushes images.
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/commands/image_build.h"
#include "cli/commands/image_push.h"

namespace cloudflow {

void add_image_options(CLI::App& command, ImageOptions& options) {
  command.add_option("builds", options.names, "Names of builds in the project file (default: all)")->type_name("NAME");
  command.add_option("-C,--folder", options.source.folder, "Folder of the project (default: .)")->type_name("DIR");
  command.add_option("-f,--file", options.source.file, "Project file (default: cloudflow.yaml)")->type_name("FILE");
  command
      .add_option("--output", options.output,
                  "Folder of the images, each in a folder with its build's name (default: build/images)")
      ->type_name("DIR");
}

void add_image(CLI::App& app, const Host& host, ExitCode& exit) {
  CLI::App* command = app.add_subcommand("image", "Build images of streamlets without a daemon, and push them");
  command->require_subcommand(1);
  add_image_build(*command, host, exit);
  add_image_push(*command, host, exit);
}

}  // namespace cloudflow
