// Streamlets as processes of the user's machine.
#include "planner/render/processes.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "planner/render/streamlet_files.h"
#include "planner/render/topics.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

const std::vector<std::string> port_at = {"cloudflow", "internal", "server", "container-port"};

/// A value at a pointer of the resource, with its places and what of it is secret.
void put(Resource& out, const std::string& pointer, const ConfigValue& value) {
  out.spec[Json::json_pointer(pointer)] = value.to_json();
  value.each_leaf([&](const std::string& below, const ConfigValue& leaf) {
    out.origins.set(pointer + below, leaf.where());
    if (leaf.is_secret()) out.secrets.push_back(pointer + below);
  });
}

std::vector<std::string> texts_of(const std::vector<PlacedText>& placed) {
  std::vector<std::string> out;
  for (const PlacedText& text : placed) out.push_back(text.value);
  return out;
}

/// A program and its arguments.
std::vector<std::string> words_of(const SandboxProcess& process) {
  if (!process.command.empty()) return texts_of(process.command);
  std::vector<std::string> out{process.java.empty() ? "java" : process.java};
  for (const PlacedText& option : process.java_options) out.push_back(option.value);
  out.emplace_back(class_path_main);
  return out;
}

/// Engines that run inside of the process, where a cluster would have processes of theirs.
bool is_engine(const std::string& runtime) { return runtime == "flink" || runtime == "spark"; }

void add_command(Resource& out, const SandboxProcess& process, const std::string& runtime, const ProcessPlace& place) {
  const std::string folder = (std::filesystem::path(place.folder) / process.folder).lexically_normal().string();
  const std::vector<std::string> words = words_of(process);
  out.spec["command"] = words;
  out.spec["folder"] = folder;
  out.origins.set("/command", process.command.empty() ? process.where : process.command.front().where);
  if (!process.class_path.empty()) {
    out.spec["class-path"] = texts_of(process.class_path);
    out.origins.set("/class-path", process.class_path.front().where);
  }
  if (!process.class_path_file.empty()) {
    out.spec["class-path-file"] = process.class_path_file;
    out.origins.set("/class-path-file", process.where);
  }
  if (process.command.empty() && is_engine(runtime)) out.spec["runtime"] = runtime;
  if (place.program) out.spec["program"] = place.program(out.spec);
  for (const auto& [name, value] : process.environment) {
    const std::string pointer = "/environment/" + pointer_step(name);
    out.spec["environment"][name] = value.text();
    out.origins.set(pointer, value.where());
    if (value.is_secret()) out.secrets.push_back(pointer);
  }
}

/// The same streamlet, told where to listen, and where its volumes are.
Streamlet placed(Streamlet streamlet, const ProcessPlace& place) {
  if (const auto port = place.ports.find(streamlet.name); port != place.ports.end())
    streamlet.config = streamlet.config.with_at(port_at, ConfigValue::number(port->second, streamlet.where));
  for (VolumeMount& mount : streamlet.descriptor.volume_mounts) {
    if (const auto folder = place.volumes.find(streamlet.name + "." + mount.name); folder != place.volumes.end())
      mount.path = folder->second;
  }
  return streamlet;
}

/// Commands that run nothing: most likely a name is misspelt.
void find_unused(const Application& application, const SandboxSettings& settings, Diagnostics& problems) {
  std::vector<std::string> known;
  for (const Streamlet& streamlet : application.streamlets) {
    known.push_back(streamlet.name);
    known.push_back(streamlet.class_name);
  }
  for (const auto& [name, process] : settings.processes) {
    if (name == "*" || std::ranges::find(known, name) != known.end()) continue;
    problems.warning(
        "unused-command", process.where,
        fmt::format("the command of {} runs nothing: no streamlet and no class is called that", quote(name)),
        did_you_mean(name, known));
  }
}

}  // namespace

const SandboxProcess* process_of(const SandboxSettings& settings, const Streamlet& streamlet) {
  auto found = settings.processes.find(streamlet.name);
  if (found == settings.processes.end()) found = settings.processes.find(streamlet.class_name);
  if (found == settings.processes.end()) found = settings.processes.find("*");
  return found == settings.processes.end() ? nullptr : &found->second;
}

std::vector<Resource> render_processes(const Application& application, const EffectiveConfig& config,
                                       const SandboxSettings& settings, const ProcessPlace& place,
                                       Diagnostics& problems) {
  std::vector<Resource> out = render_topics(config, problems);
  find_unused(application, settings, problems);
  std::vector<ResourceId> topics;
  for (const Resource& topic : out) topics.push_back(topic.id);
  for (const Streamlet& streamlet : application.streamlets) {
    const SandboxProcess* process = process_of(settings, streamlet);
    if (process == nullptr) {
      problems.error(
          "no-command", streamlet.where,
          fmt::format("nothing says how to run streamlet {} on this machine", quote(streamlet.name)),
          fmt::format("write `sandbox: {{processes: {{{}: [PROGRAM, ARGUMENT, …]}}}}` in the project file, or "
                      "`{{class-path: [JAR, …]}}` for a streamlet of Cloudflow 2; a class may stand for the "
                      "name, or \"*\" for all",
                      streamlet.name));
      continue;
    }
    Resource resource{.id = {.provider = "sandbox", .kind = "Process", .name = streamlet.name},
                      .after = topics,
                      .streamlet = streamlet.name};
    resource.origins.set("", streamlet.where);
    if (const auto port = place.http.find(streamlet.name); port != place.http.end())
      resource.spec["environment"]["CLOUDFLOW_HTTP"] = fmt::format("127.0.0.1:{}", port->second);
    add_command(resource, *process, streamlet.runtime, place);
    for (const auto& [file, document] : streamlet_documents(application, placed(streamlet, place), config))
      put(resource, "/documents/" + pointer_step(file), document);
    out.push_back(std::move(resource));
  }
  std::ranges::sort(out, {}, &Resource::id);
  return out;
}

}  // namespace cloudflow
