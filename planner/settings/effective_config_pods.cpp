// The kubernetes section of a streamlet with every default written out.
#include "planner/settings/effective_config_layers.h"

namespace cloudflow {
namespace {

ConfigValue text_of(const ConfigValue& value) {
  if (!value.is_scalar() || value.is_string()) return value;
  return ConfigValue::string(value.text(), value.where());
}

/// `value` with `key` set to `fallback` unless it is there.
ConfigValue with_default(const ConfigValue& value, std::string_view key, const ConfigValue& fallback) {
  return value.find(key) != nullptr ? value : value.with(key, fallback.moved_to(value.where()));
}

ConfigValue with_object(const ConfigValue& value, std::string_view key) {
  return with_default(value, key, ConfigValue::object({}));
}

ConfigValue texts(const ConfigValue& object) {
  ConfigValue out = object;
  for (const auto& [key, member] : object.members()) out = out.with(key, text_of(member));
  return out;
}

/// `value` with every member of its object at `key` completed.
template <class Complete>
ConfigValue each_member(const ConfigValue& value, std::string_view key, Complete complete) {
  const ConfigValue* group = value.find(key);
  if (group == nullptr) return value;
  ConfigValue out = *group;
  for (const auto& [name, member] : group->members()) {
    if (member.is_object()) out = out.with(name, complete(member));
  }
  return value.with(key, out);
}

template <class Complete>
ConfigValue each_item(const ConfigValue& value, std::string_view key, Complete complete) {
  const ConfigValue* group = value.find(key);
  if (group == nullptr || !group->is_list()) return value;
  ConfigValue::List items;
  for (const ConfigValue& item : group->items()) items.push_back(item.is_object() ? complete(item) : item);
  return value.with(key, ConfigValue::list(std::move(items), group->where()));
}

ConfigValue complete_volume(const ConfigValue& volume) {
  ConfigValue out = volume;
  if (const ConfigValue* pvc = volume.find("pvc"); pvc != nullptr && pvc->is_object()) {
    out = out.with("pvc", with_default(*pvc, "read-only", ConfigValue::boolean(true)));
  }
  if (const ConfigValue* map = volume.find("config-map"); map != nullptr && map->is_object()) {
    out = out.with("config-map", with_object(with_default(*map, "optional", ConfigValue::boolean(false)), "items"));
  }
  return out;
}

ConfigValue complete_mount(const ConfigValue& mount) {
  const ConfigValue with_path = with_default(mount, "mount-path", ConfigValue::string(""));
  return with_default(with_default(with_path, "read-only", ConfigValue::boolean(true)), "subPath",
                      ConfigValue::string(""));
}

ConfigValue complete_port(const ConfigValue& port) {
  return with_default(with_default(port, "protocol", ConfigValue::string("TCP")), "host-ip", ConfigValue::string(""));
}

ConfigValue complete_container(const ConfigValue& container) {
  ConfigValue out = with_object(with_object(container, "resources"), "volume-mounts");
  ConfigValue resources = *out.find("resources");
  if (resources.is_object()) {
    resources = with_object(with_object(resources, "limits"), "requests");
    out = out.with("resources", resources.with("limits", texts(*resources.find("limits")))
                                    .with("requests", texts(*resources.find("requests"))));
  }
  for (const std::string_view key : {"env", "ports"}) {
    const ConfigValue* list = out.find(key);
    if (list == nullptr || !list->is_object()) continue;
    if (auto items = list->as_list()) out = out.with(key, ConfigValue::list(*std::move(items), list->where()));
  }
  out = each_item(out, "env", texts);
  out = each_item(out, "ports", complete_port);
  return each_member(out, "volume-mounts", complete_mount);
}

ConfigValue complete_pod(const ConfigValue& pod) {
  ConfigValue out = pod;
  for (const std::string_view key : {"annotations", "containers", "labels", "volumes"}) out = with_object(out, key);
  for (const std::string_view key : {"annotations", "labels"}) out = out.with(key, texts(*out.find(key)));
  return each_member(each_member(out, "volumes", complete_volume), "containers", complete_container);
}

}  // namespace

ConfigValue complete_kubernetes(const ConfigValue& kubernetes) {
  return each_member(with_object(kubernetes, "pods"), "pods", complete_pod);
}

}  // namespace cloudflow
