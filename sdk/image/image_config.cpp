// Configuration and manifest of an image.
#include "sdk/image/image_config.h"

#include <fmt/format.h>

#include <chrono>

#include "sdk/support/clock.h"

namespace cloudflow {
namespace {

Json object_at(const Json& value, std::initializer_list<std::string_view> path) {
  const Json* found = find(value, path);
  return found != nullptr && found->is_object() ? *found : Json::object();
}

Json list_at(const Json& value, std::initializer_list<std::string_view> path) {
  const Json* found = find(value, path);
  return found != nullptr && found->is_array() ? *found : Json::array();
}

/// The base's variables with ours over them, each as "NAME=value".
Json variables(const Json& base, const std::map<std::string, std::string>& ours) {
  Json out = Json::array();
  for (const Json& one : list_at(base, {"Env"})) {
    const std::string text = one.is_string() ? one.get<std::string>() : "";
    if (!ours.contains(text.substr(0, text.find('=')))) out.push_back(text);
  }
  const bool has_path = base.contains("Env");
  if (!has_path && !ours.contains("PATH"))
    out.push_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  for (const auto& [name, value] : ours) out.push_back(fmt::format("{}={}", name, value));
  return out;
}

/// The part that says how a container starts.
Json start_of(const ImageConfig& config, const Json& base) {
  Json out = base;
  out["Env"] = variables(base, config.environment);
  if (!config.entrypoint.empty()) {
    out["Entrypoint"] = config.entrypoint;
    out.erase("Cmd");  // arguments for another entrypoint
  }
  if (!config.arguments.empty()) out["Cmd"] = config.arguments;
  if (!config.user.empty()) out["User"] = config.user;
  if (!out.contains("User") || out["User"] == "") out["User"] = config.usual_user;
  if (!config.work_folder.empty()) out["WorkingDir"] = config.work_folder;
  Json labels = object_at(base, {"Labels"});
  for (const auto& [name, value] : config.labels) labels[name] = value;
  if (!labels.empty()) out["Labels"] = std::move(labels);
  return out;
}

}  // namespace

Result<ImageDocuments> write_image(const ImageConfig& config, const BaseImage& base, std::span<const Layer> layers,
                                   const Layout& layout) {
  const std::string created = rfc3339(std::chrono::system_clock::time_point(std::chrono::seconds(config.time)));
  Json document = base.config.is_object() ? base.config : Json::object();
  // What docker notes of the container that the base was made in.
  for (const char* key : {"container", "container_config", "docker_version", "id", "parent"}) document.erase(key);
  document["architecture"] = config.architecture;
  document["os"] = "linux";
  document["created"] = created;
  document["config"] = start_of(config, object_at(base.config, {"config"}));
  Json diff_ids = list_at(base.config, {"rootfs", "diff_ids"});
  Json history = list_at(base.config, {"history"});
  if (diff_ids.size() != base.layers.size())
    return failure(
        ErrorKind::invalid_input,
        fmt::format("the base has {} layers, and its configuration names {}", base.layers.size(), diff_ids.size()),
        "the base is damaged, or no container image");
  Json all = Json::array();
  for (const Blob& layer : base.layers) all.push_back(to_json(layer));
  for (const Layer& layer : layers) {
    diff_ids.push_back(layer.diff_id);
    all.push_back(to_json(layer.blob));
    history.push_back({{"created", created}, {"created_by", "cloudflow image build"}});
  }
  document["rootfs"] = {{"type", "layers"}, {"diff_ids", std::move(diff_ids)}};
  document["history"] = std::move(history);
  CF_TRY(Blob config_blob, layout.put(dump(document), media::config));

  Json manifest = {{"schemaVersion", 2},
                   {"mediaType", media::manifest},
                   {"config", to_json(config_blob)},
                   {"layers", std::move(all)}};
  if (!base.digest.empty()) manifest["annotations"]["org.opencontainers.image.base.digest"] = base.digest;
  if (!base.name.empty()) manifest["annotations"]["org.opencontainers.image.base.name"] = base.name;
  CF_TRY(Blob manifest_blob, layout.put(dump(manifest), media::manifest));
  return ImageDocuments{std::move(config_blob), std::move(manifest_blob)};
}

}  // namespace cloudflow
