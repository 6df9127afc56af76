// Folders of this machine in place of volumes.
#include "cli/sandbox/volumes.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr const char* volume_mounts_key = "volume-mounts";

/// Sections without content are mistakes elsewhere.
ConfigValue with_unless_empty(const ConfigValue& object, const std::string& key, const ConfigValue& member) {
  return member.members().empty() ? object.without(key) : object.with(key, member);
}

}  // namespace

std::map<std::string, PlacedText> take_volume_folders(ConfigValue& config) {
  std::map<std::string, PlacedText> out;
  const ConfigValue* streamlets = config.at({"cloudflow", "streamlets"});
  if (streamlets == nullptr || !streamlets->is_object()) return out;
  ConfigValue rest = *streamlets;
  for (const auto& [name, streamlet] : streamlets->members()) {
    const ConfigValue* mounts = streamlet.is_object() ? streamlet.find(volume_mounts_key) : nullptr;
    if (mounts == nullptr || !mounts->is_object()) continue;
    for (const auto& [mount, folder] : mounts->members()) {
      if (folder.is_scalar()) out[fmt::format("{}.{}", name, mount)] = {folder.text(), folder.where()};
    }
    rest = with_unless_empty(rest, name, streamlet.without(volume_mounts_key));
  }
  const ConfigValue all = with_unless_empty(*config.find("cloudflow"), "streamlets", rest);
  if (!out.empty()) config = with_unless_empty(config, "cloudflow", all);
  return out;
}

void check_volume_folders(const Application& application, const std::map<std::string, PlacedText>& given,
                          Diagnostics& problems) {
  std::vector<std::string> known;
  for (const Streamlet& streamlet : application.streamlets) {
    for (const VolumeMount& mount : streamlet.descriptor.volume_mounts)
      known.push_back(fmt::format("{}.{}", streamlet.name, mount.name));
  }
  for (const auto& [name, folder] : given) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::string hint = did_you_mean(name, known);
    problems.error("unknown-volume-mount", folder.where, fmt::format("there is no volume mount {}", quote(name)),
                   hint.empty() && !known.empty() ? "the volume mounts are: " + join(known, ", ") : hint);
  }
}

std::map<std::string, std::string> volume_paths(const Application& application,
                                                const std::map<std::string, PlacedText>& given,
                                                const std::string& project, const std::string& own) {
  std::map<std::string, std::string> out;
  for (const Streamlet& streamlet : application.streamlets) {
    for (const VolumeMount& mount : streamlet.descriptor.volume_mounts) {
      const std::string name = fmt::format("{}.{}", streamlet.name, mount.name);
      const auto wanted = given.find(name);
      const fs::path folder = wanted == given.end() ? fs::path(own) / streamlet.name / mount.name
                                                    : (fs::path(project) / wanted->second.value).lexically_normal();
      out[name] = folder.string();
    }
  }
  return out;
}

Result<std::map<std::string, std::string>> volume_folders(const Application& application,
                                                          const std::map<std::string, PlacedText>& given,
                                                          const std::string& project, const std::string& own) {
  std::map<std::string, std::string> out = volume_paths(application, given, project, own);
  for (const auto& [name, folder] : out) {
    std::error_code trouble;
    fs::create_directories(folder, trouble);
    if (!trouble) continue;
    const auto wanted = given.find(name);
    const std::size_t dot = name.find('.');  // names have none
    return failure(ErrorKind::denied,
                   fmt::format("{}the folder {} for volume mount {} of streamlet {} cannot be made: {}",
                               wanted == given.end() ? "" : wanted->second.where.text() + ": ", folder,
                               quote(name.substr(dot + 1)), quote(name.substr(0, dot)), trouble.message()));
  }
  return out;
}

void claim_volumes(const Application& application, Environment& environment) {
  environment.volume_mounts.clear();
  for (const Streamlet& streamlet : application.streamlets) {
    for (const VolumeMount& mount : streamlet.descriptor.volume_mounts)
      environment.volume_mounts[fmt::format("{}.{}", streamlet.name, mount.name)] = {"a-folder-here", mount.where};
  }
}

}  // namespace cloudflow
