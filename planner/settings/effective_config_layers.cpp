// Merging layers of configuration and tracing values back to them.
#include "planner/settings/effective_config_layers.h"

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int max_depth = 200;

ConfigValue without_nulls(const ConfigValue& value, int depth = 0) {
  if (!value.is_object() || depth > max_depth) return value;
  ConfigValue::Object members;
  for (const auto& [key, member] : value.members()) {
    if (!member.is_null()) members.emplace(key, without_nulls(member, depth + 1));
  }
  return ConfigValue::object(std::move(members), value.where());
}

/// The layer that decides what is at `path`: the first that has something there, or hides it with a value higher up.
const ConfigLayer* deciding(const std::vector<ConfigLayer>& layers, const std::vector<std::string>& path) {
  for (const ConfigLayer& layer : layers) {
    const ConfigValue* value = layer.value.at(path);
    if (value != nullptr) return &layer;
  }
  return nullptr;
}

void explain(const std::string& pointer, std::vector<std::string>& path, const ConfigValue& merged,
             const std::vector<ConfigLayer>& layers, std::vector<ExplainedValue>& out) {
  if (merged.is_object() && path.size() < max_depth) {
    for (const auto& [key, member] : merged.members()) {
      path.push_back(key);
      explain(pointer + "/" + pointer_step(key), path, member, layers, out);
      path.pop_back();
    }
    return;
  }
  const ConfigLayer* layer = deciding(layers, path);
  out.push_back({.pointer = pointer, .value = merged, .scope = layer == nullptr ? "" : layer->scope});
}

}  // namespace

ConfigValue merge_layers_with_nulls(const std::vector<ConfigLayer>& layers) {
  ConfigValue merged = ConfigValue::object({});
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    if (layer->value.is_object()) merged = merged.members().empty() ? layer->value : layer->value.over(merged);
  }
  return merged;
}

ConfigValue merge_layers(const std::vector<ConfigLayer>& layers) {
  return without_nulls(merge_layers_with_nulls(layers));
}

void explain_layers(const std::string& prefix, const std::vector<ConfigLayer>& layers,
                    std::vector<ExplainedValue>& out) {
  std::vector<std::string> path;
  explain(prefix, path, merge_layers(layers), layers, out);
}

ConfigValue user_config(const Environment& environment, const ConfigValue& files) {
  const ConfigValue base = files.is_object() ? files : ConfigValue::object({}, files.where());
  return environment.values.is_object() ? environment.values.over(base) : base;
}

namespace {

/// Whether any container in these layers mounts something at `path`.
bool mounts_at(const std::vector<ConfigLayer>& layers, std::string_view path) {
  const ConfigValue merged = merge_layers(layers);
  const ConfigValue* pods = merged.find("pods");
  if (pods == nullptr) return false;
  for (const auto& [pod_name, pod] : pods->members()) {
    const ConfigValue* containers = pod.find("containers");
    if (containers == nullptr) continue;
    for (const auto& [name, container] : containers->members()) {
      const ConfigValue* mounts = container.find("volume-mounts");
      if (mounts == nullptr) continue;
      for (const auto& [volume, mount] : mounts->members()) {
        const ConfigValue* at = mount.find("mount-path");
        if (at != nullptr && at->text() == path) return true;
      }
    }
  }
  return false;
}

}  // namespace

ConfigValue runtime_defaults(const RuntimeNeeds& runtime) {
  if (!runtime.storage) return {};
  const auto object = [](std::string_view key, const ConfigValue& value) {
    return ConfigValue::object({}).with(key, value);
  };
  const ConfigValue writable = object("read-only", ConfigValue::boolean(false));
  const ConfigValue claim = writable.with("name", ConfigValue::string(runtime.storage->claim));
  const ConfigValue mount = writable.with("mount-path", ConfigValue::string(runtime.storage->path));
  const ConfigValue pod =
      object("volumes", object("default", object("pvc", claim)))
          .with("containers", object("container", object("volume-mounts", object("default", mount))));
  return object("pods", object("pod", pod));
}

std::vector<ConfigLayer> streamlet_layers(const Streamlet& streamlet, const RuntimeNeeds& runtime,
                                          const Environment& environment, const ConfigValue& files,
                                          std::string_view section) {
  std::vector<ConfigLayer> layers;
  const auto add = [&](const ConfigValue& tree, std::string_view group, std::string_view name, std::string scope) {
    const ConfigValue* value = tree.at({"cloudflow", group, name, section});
    if (value != nullptr) layers.push_back({std::move(scope), *value});
  };
  add(environment.values, "streamlets", streamlet.name, "environment values, streamlet scope");
  add(files, "streamlets", streamlet.name, "streamlet scope");
  if (section == "config-parameters") return layers;
  add(environment.values, "runtimes", streamlet.runtime, "environment values, runtime scope");
  add(files, "runtimes", streamlet.runtime, "runtime scope");
  if (section == "kubernetes" && runtime.storage && !mounts_at(layers, runtime.storage->path))
    layers.push_back({"default of the runtime", runtime_defaults(runtime)});
  return layers;
}

}  // namespace cloudflow
