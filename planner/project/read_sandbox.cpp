// `sandbox:` of cloudflow.yaml.
#include "planner/project/read_sandbox.h"

#include <fmt/format.h>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// A list is a program and its arguments; one text is a line for the shell.
std::vector<PlacedText> command_of(const ConfigValue& value, const std::string& what, Diagnostics& problems) {
  if (value.is_list()) {
    std::vector<PlacedText> words;
    for (const ConfigValue& word : value.items()) {
      if (word.is_scalar()) {
        words.push_back({word.text(), word.where()});
      } else {
        wrong_type(word, "a word of " + what, "a string", problems);
      }
    }
    if (words.empty()) problems.error("empty-command", value.where(), what + " is empty, wanted a program");
    return words;
  }
  if (value.is_scalar() && !trimmed(value.text()).empty())
    return {{"/bin/sh", value.where()}, {"-c", value.where()}, {value.text(), value.where()}};
  wrong_type(value, what, "a command: a list of words, or a line for the shell", problems);
  return {};
}

/// What runs: a command, or a class path of Java.
void read_program(Fields& fields, const std::string& what, SandboxProcess& out, Diagnostics& problems) {
  const ConfigValue* command = fields.find("command");
  out.class_path = fields.texts("class-path");
  out.class_path_file = fields.text("class-path-file");
  out.java = fields.text("java");
  out.java_options = fields.texts("java-options");
  if (command != nullptr) out.command = command_of(*command, what, problems);
  if (command != nullptr && (has_class_path(out) || !out.java.empty() || !out.java_options.empty())) {
    problems.error("two-programs", command->where(),
                   fmt::format("{} has a \"command\", and says how Java runs a class path", fields.what()),
                   "leave one of them out: a command names its own program and options");
  } else if (command == nullptr && !has_class_path(out)) {
    problems.error("missing-key", fields.where(), fmt::format("{} has no \"command\"", fields.what()),
                   "write command: [PROGRAM, ARGUMENT, …], or for a streamlet of Cloudflow 2 class-path: [JAR, …]");
  }
}

SandboxProcess process_of(const std::string& name, const ConfigValue& value, const ProjectPlace& place,
                          Diagnostics& problems) {
  const std::string what = fmt::format("the command of {}", quote(name));
  SandboxProcess out{.folder = place.folder, .where = value.where()};
  if (!value.is_object()) {
    out.command = command_of(value, what, problems);
    return out;
  }
  Fields fields(value, fmt::format("process {} of the sandbox", quote(name)), problems);
  read_program(fields, what, out, problems);
  const PlacedText folder = fields.placed_text("folder");
  if (!folder.value.empty())
    out.folder = project_path(folder, fmt::format("the folder of {}", quote(name)), false, place, problems);
  for (const auto& [variable, text] : fields.object("environment").members()) {
    if (text.is_scalar()) {
      out.environment[variable] = text;
    } else {
      wrong_type(text, fmt::format("variable {} of {}", variable, quote(name)), "a string", problems);
    }
  }
  fields.finish();
  return out;
}

}  // namespace

SandboxSettings read_sandbox(Fields& fields, const ProjectPlace& place, Diagnostics& problems) {
  SandboxSettings out;
  const ConfigValue value = fields.object("sandbox");
  if (value.members().empty()) return out;
  Fields own(value, "the sandbox", problems);
  // Only the sandbox needs them: they may lie on one machine alone.
  for (const PlacedText& file : own.texts("config")) {
    const std::string path = project_path(file, "a configuration file of the sandbox", false, place, problems);
    if (!path.empty()) out.config.push_back(path);
  }
  out.kafka = own.placed_text("kafka");
  for (const auto& [name, process] : own.object("processes").members())
    out.processes.emplace(name, process_of(name, process, place, problems));
  own.finish();
  return out;
}

}  // namespace cloudflow
