// The pods section of the configuration in Kubernetes' own words.
#include "planner/render/pod_sections.h"

namespace cloudflow {
namespace {

const ConfigValue& member(const ConfigValue& value, std::string_view key) {
  static const ConfigValue nothing = ConfigValue::object({});
  const ConfigValue* found = value.find(key);
  return found == nullptr ? nothing : *found;
}

bool is_true(const ConfigValue& value, std::string_view key) {
  const ConfigValue* found = value.find(key);
  return found != nullptr && found->as_bool() == true;
}

/// Puts `from`.`key` into `to` as `name` unless it is missing or "".
ConfigValue copied(const ConfigValue& to, std::string_view name, const ConfigValue& from, std::string_view key) {
  const ConfigValue* found = from.find(key);
  return found == nullptr || found->is_null() || (found->is_string() && found->text().empty()) ? to
                                                                                               : to.with(name, *found);
}

ConfigValue named(const std::string& name, const SourcePos& where) {
  return ConfigValue::object({{"name", ConfigValue::string(name, where)}}, where);
}

ConfigValue flag(const ConfigValue& from, std::string_view key) {
  return ConfigValue::boolean(true, member(from, key).where());
}

ConfigValue as_number(const ConfigValue& value) {
  const auto number = value.as_int();
  return number ? ConfigValue::number(*number, value.where()) : value;
}

ConfigValue volume(const std::string& name, const ConfigValue& from) {
  const ConfigValue out = named(name, from.where());
  if (const ConfigValue* secret = from.find("secret")) {
    return out.with("secret", copied(ConfigValue::object({}, secret->where()), "secretName", *secret, "name"));
  }
  if (const ConfigValue* claim = from.find("pvc")) {
    const ConfigValue source = copied(ConfigValue::object({}, claim->where()), "claimName", *claim, "name");
    return out.with("persistentVolumeClaim",
                    is_true(*claim, "read-only") ? source.with("readOnly", flag(*claim, "read-only")) : source);
  }
  const ConfigValue& map = member(from, "config-map");
  ConfigValue source = copied(ConfigValue::object({}, map.where()), "name", map, "name");
  if (is_true(map, "optional")) source = source.with("optional", flag(map, "optional"));
  ConfigValue::List items;
  for (const auto& [key, item] : member(map, "items").members()) {
    items.push_back(copied(ConfigValue::object({{"key", ConfigValue::string(key, item.where())}}, item.where()), "path",
                           item, "path"));
  }
  if (!items.empty()) source = source.with("items", ConfigValue::list(std::move(items), member(map, "items").where()));
  return out.with("configMap", source);
}

ConfigValue mount(const std::string& name, const ConfigValue& from) {
  ConfigValue out = copied(named(name, from.where()), "mountPath", from, "mount-path");
  if (is_true(from, "read-only")) out = out.with("readOnly", flag(from, "read-only"));
  return copied(out, "subPath", from, "subPath");
}

ConfigValue port(const ConfigValue& from) {
  ConfigValue out = ConfigValue::object({}, from.where());
  out = copied(copied(out, "name", from, "name"), "protocol", from, "protocol");
  out = copied(out, "hostIP", from, "host-ip");
  if (const ConfigValue* number = from.find("container-port")) out = out.with("containerPort", as_number(*number));
  if (const ConfigValue* number = from.find("host-port")) out = out.with("hostPort", as_number(*number));
  return out;
}

ConfigValue resources(const ConfigValue& from) {
  ConfigValue out = ConfigValue::object({}, from.where());
  for (const std::string_view key : {"requests", "limits"}) {
    if (const ConfigValue& group = member(from, key); !group.members().empty()) out = out.with(key, group);
  }
  return out;
}

template <class Convert>
ConfigValue listed(const ConfigValue& object, Convert convert) {
  ConfigValue::List items;
  for (const auto& [name, value] : object.members()) items.push_back(convert(name, value));
  return ConfigValue::list(std::move(items), object.where());
}

ConfigValue container(const ConfigValue& from) {
  const ConfigValue& env = member(from, "env");
  ConfigValue::List ports;
  for (const ConfigValue& item : member(from, "ports").items()) ports.push_back(port(item));
  return ConfigValue::object({{"env", env.is_list() ? env : ConfigValue::list({}, from.where())},
                              {"ports", ConfigValue::list(std::move(ports), member(from, "ports").where())},
                              {"resources", resources(member(from, "resources"))},
                              {"mounts", listed(member(from, "volume-mounts"), mount)}},
                             from.where());
}

ConfigValue pod(const ConfigValue& from) {
  ConfigValue containers = ConfigValue::object({}, from.where());
  for (const auto& [name, value] : member(from, "containers").members())
    containers = containers.with(name, container(value));
  return ConfigValue::object({{"labels", member(from, "labels")},
                              {"annotations", member(from, "annotations")},
                              {"volumes", listed(member(from, "volumes"), volume)},
                              {"containers", containers}},
                             from.where());
}

}  // namespace

ConfigValue empty_container() { return container(ConfigValue::object({})); }
ConfigValue empty_pod() { return pod(ConfigValue::object({})); }

ConfigValue kubernetes_pods(const ConfigValue& kubernetes) {
  ConfigValue out = ConfigValue::object({}, kubernetes.where());
  for (const auto& [name, value] : member(kubernetes, "pods").members()) out = out.with(name, pod(value));
  return out;
}

}  // namespace cloudflow
