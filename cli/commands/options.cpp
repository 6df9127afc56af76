// Options that several commands share.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "planner/project/names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// An unset variable in a script ("--context $CONTEXT") must not mean the default.
CLI::Validator not_empty() { return {why_empty, ""}; }

/// A namespace that Kubernetes refuses would be found out after the first questions to it.
CLI::Validator namespace_name() {
  return {[](const std::string& given) {
            if (given.empty()) return std::string("is empty");
            if (is_object_label(given)) return std::string();
            return fmt::format("{} is no namespace, wanted {} characters at most of {}", quote(given), longest_label,
                               label_characters);
          },
          ""};
}

}  // namespace

std::string why_empty(const std::string& given) { return given.empty() ? "is empty" : ""; }

std::string why_no_revision(const std::string& given) {
  const bool is_number =
      !given.empty() && given.size() < 10 && given.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? "" : fmt::format("{} is no number of a revision", quote(given));
}

void add_source_options(CLI::App& command, SourceOptions& options, bool with_environment) {
  command.add_option("-C,--directory", options.folder, "Folder of the project (default: this one)")
      ->type_name("DIR")
      ->check(not_empty());
  command
      .add_option("--repository", options.repository,
                  "Read a commit of this git repository instead of the working tree")
      ->type_name("PATH|URL")
      ->check(not_empty());
  command.add_option("--revision", options.revision, "Branch, tag or commit to read (default with --repository: HEAD)")
      ->type_name("REV")
      ->check(not_empty());
  command.add_option("--path", options.path, "Folder inside the repository that holds the project")
      ->type_name("DIR")
      ->check(not_empty());
  command.add_option("-f,--file", options.file, "Project file")->type_name("FILE")->check(not_empty());
  if (!with_environment) return;
  command
      .add_option("-e,--environment", options.environment,
                  "Environment of the project file (may be left out where there is only one)")
      ->type_name("ENV")
      ->check(not_empty());
  command.add_option("--context", options.context, "Kubeconfig context, over the environment's")
      ->type_name("NAME")
      ->check(not_empty());
  command.add_option("-n,--namespace", options.ns, "Namespace, over the environment's")
      ->type_name("NAME")
      ->check(namespace_name());
  command.add_option("--kubeconfig", options.kubeconfig, "Kubeconfig file, over the environment's and $KUBECONFIG")
      ->type_name("FILE")
      ->check(not_empty());
}

void add_time(CLI::App& command, const std::string& name, int& seconds, const std::string& what, int least) {
  const std::string usual =
      seconds % 60 == 0 && seconds > 0 ? fmt::format("{}m", seconds / 60) : fmt::format("{}s", seconds);
  // The descriptions of the checks would stand in the help instead of a word.
  command.add_option(name, seconds, fmt::format("{}, as 90s or 5m (default: {})", what, usual))
      ->type_name("TIME")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, int>{{"s", 1}, {"m", 60}, {"h", 3600}},
                                        CLI::AsNumberWithUnit::CASE_INSENSITIVE)
                      .description(""))
      ->check(CLI::Range(least, 86400).description(""));
}

void add_lock_timeout(CLI::App& command, int& seconds) {
  add_time(command, "--lock-timeout", seconds, "Time to wait while another run is at work, 0s for none", 0);
}

void add_format(CLI::App& command, std::string& format, const std::vector<std::string>& formats) {
  command
      .add_option("--format", format,
                  fmt::format("{} (default: {})",
                              join({formats.begin(), formats.end() - 1}, ", ") + " or " + formats.back(), format))
      ->type_name("FORMAT")
      ->check(CLI::IsMember(formats).description(""));
}

void add_json(CLI::App& command, bool& json, const std::string& what) {
  const auto read = [&json](const std::string& format) { json = format == "json"; };
  const CLI::Option* format =
      command.add_option_function<std::string>("--format", read, fmt::format("text or json: {} (default: text)", what))
          ->type_name("FORMAT")
          ->check(CLI::IsMember({"text", "json"}).description(""));
  const CLI::Option* flag = command.add_flag("--json", json, "Short for --format json");
  // Told by CLI11 itself, it would stand in the help of both.
  command.parse_complete_callback([format, flag] {
    if (format->count() > 0 && flag->count() > 0) throw CLI::ExcludesError("--format", "--json");
  });
}

void add_json_flag(CLI::App& command, std::string& format) {
  const CLI::Option* option = command.get_option("--format");
  const CLI::Option* flag =
      command.add_flag_callback("--json", [&format] { format = "json"; }, "Short for --format json");
  // Told by CLI11 itself, it would stand in the help of both.
  command.parse_complete_callback([option, flag] {
    if (option->count() > 0 && flag->count() > 0) throw CLI::ExcludesError("--format", "--json");
  });
}

void add_allowances(CLI::App& command, Allowances& allowed) {
  command
      .add_option("--delete-topic", allowed.delete_topics,
                  "Delete this topic when it is not in the blueprint any more, or goes with destroy (may be repeated)")
      ->type_name("NAME");
  command.add_flag("--allow-unsafe-order", allowed.unsafe_order,
                   "Roll out new schemas although no order of the streamlets is safe");
  command.add_flag("--drain", allowed.drain,
                   "Let streamlets that are removed, or get another topic, read what is there first; what writes to "
                   "the topic changes before them");
  command.add_flag("--delete-topics", allowed.delete_all_topics,
                   "Delete every topic that this application made and no longer has in its blueprint; with destroy "
                   "every one that it made");
}

}  // namespace cloudflow
