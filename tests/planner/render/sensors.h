// The recorded application "sensors", and a smaller one made by hand.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "planner/application/application.h"
#include "planner/application/read_application_json.h"
#include "planner/config/read_config.h"
#include "planner/project/project.h"
#include "planner/render/render.h"
#include "planner/settings/effective_config.h"
#include "sdk/support/text.h"
#include "tests/support/memory_tree.h"

namespace cloudflow::testing {

inline std::string fixture(const std::string& path) {
  std::ifstream in(std::string(CLOUDFLOW_SOURCE_DIR) + "/tests/fixtures/original/" + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// All messages, one per line: "file:line:column: error: message (hint)".
inline std::string texts(const Diagnostics& problems) {
  std::string out;
  for (const Diagnostic& problem : problems.all()) {
    out += problem.where.text() + (problem.where.text().empty() ? "" : ": ") +
           (problem.severity == Severity::error ? "error: " : "warning: ") + problem.message +
           (problem.hint.empty() ? "" : " (" + problem.hint + ")") + "\n";
  }
  return out;
}

inline ConfigValue hocon(const std::string& text, const std::string& name = "app.conf") {
  Diagnostics problems;
  ConfigValue value = read_hocon_text(text, name, [](std::string_view) { return std::nullopt; }, problems);
  return problems.empty() ? value : ConfigValue::string("cannot be read: " + texts(problems));
}

/// The application of a fixture; its file is called app.json in positions.
/// What the built-in runtimes need.
inline std::map<std::string, RuntimeNeeds> builtin_needs() {
  const MemoryTree none({});
  const TemplateFiles templates(none, "");
  std::map<std::string, RuntimeNeeds> out;
  for (const std::string& name : templates.runtimes()) out.emplace(name, templates.needs(name));
  return out;
}

inline Application sensors_application(const std::string& name, Diagnostics& problems) {
  const MemoryTree tree({{"app.json", fixture(name + "/app.json")}});
  Application out = read_application_json(tree, "app.json", problems).value_or(Application{});
  out.runtimes = builtin_needs();
  return out;
}

inline Streamlet small_streamlet(const std::string& name, const std::string& runtime, int line) {
  Streamlet out{.name = name,
                .class_name = "a." + name,
                .runtime = runtime,
                .image = "registry.example.com/" + name + ":1",
                .secret_name = name};
  out.where = {.file = "blueprint.conf", .line = line, .column = 5};
  out.config = ConfigValue::object({});
  return out;
}

/// in (server) → raw → out; runtime `container`.
inline Application small_application() {
  Application out{.id = "small", .version = "1.0"};
  out.runtimes = builtin_needs();
  out.where = {.file = "cloudflow.yaml", .line = 1, .column = 1};
  Streamlet in = small_streamlet("in", "container", 3);
  in.container_port = 3000;
  in.ports.emplace("out", PortMapping{.topic = "raw", .config = ConfigValue::object({})});
  Streamlet sink = small_streamlet("sink", "container", 4);
  sink.ports.emplace("in", PortMapping{.topic = "raw", .config = ConfigValue::object({})});
  out.streamlets = {in, sink};
  out.topics = {Topic{.id = "raw",
                      .config = ConfigValue::object({}),
                      .producers = {"in.out"},
                      .consumers = {"sink.in"},
                      .where = {"blueprint.conf", 7, 5}}};
  return out;
}

}  // namespace cloudflow::testing
