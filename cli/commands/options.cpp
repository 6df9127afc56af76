// Options that several commands share.
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"

namespace cloudflow {

void add_source_options(CLI::App& command, SourceOptions& options, bool with_environment) {
  command.add_option("-C,--directory", options.folder, "Folder of the project (default: this one)")->type_name("DIR");
  command
      .add_option("--repository", options.repository,
                  "Read a commit of this git repository instead of the working tree")
      ->type_name("PATH|URL");
  command.add_option("--revision", options.revision, "Branch, tag or commit to read (default with --repository: HEAD)")
      ->type_name("REV");
  command.add_option("--path", options.path, "Folder inside the repository that holds the project")->type_name("DIR");
  command.add_option("-f,--file", options.file, "Project file")->type_name("FILE");
  if (!with_environment) return;
  command
      .add_option("-e,--environment", options.environment,
                  "Environment of the project file (may be left out where there is only one)")
      ->type_name("ENV");
  command.add_option("--context", options.context, "Kubeconfig context, over the environment's")->type_name("NAME");
  command.add_option("-n,--namespace", options.space, "Namespace, over the environment's")->type_name("NAME");
  command.add_option("--kubeconfig", options.kubeconfig, "Kubeconfig file, over the environment's and $KUBECONFIG")
      ->type_name("FILE");
}

void add_allowances(CLI::App& command, Allowances& allowed) {
  command
      .add_option("--delete-topic", allowed.delete_topics,
                  "Delete this topic when it is not in the blueprint any more (may be repeated)")
      ->type_name("NAME");
  command.add_flag("--allow-unsafe-order", allowed.unsafe_order,
                   "Roll out new schemas although no order of the streamlets is safe");
  command.add_flag("--delete-topics", allowed.delete_all_topics,
                   "Delete every topic that this application made and no longer has in its blueprint");
}

}  // namespace cloudflow
