// The kubernetes section of the configuration: pods, volumes, containers.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "planner/config/print_config.h"
#include "planner/settings/config_schema_check.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

const ConfigValue& member_or_empty(const ConfigValue& value, std::string_view key) {
  static const ConfigValue nothing = ConfigValue::object({});
  const ConfigValue* found = value.find(key);
  return found != nullptr && found->is_object() ? *found : nothing;
}

void check_boolean(const SchemaCheck& check, const std::string& path, const ConfigValue& value, std::string_view key) {
  const ConfigValue* found = check.member(value, key);
  if (found != nullptr && !found->as_bool()) check.wrong(path, key, *found, "true or false");
}

void check_labels(const SchemaCheck& check, const std::string& path, const ConfigValue& pod, std::string_view key) {
  const ConfigValue* labels = check.object_member(path, pod, key);
  if (labels == nullptr) return;
  for (const auto& [name, value] : labels->members()) {
    const std::string at = path + "." + std::string(key);
    if (!is_label_key(name)) {
      check.error(
          "label", value, fmt::format("{} is no valid name in {}", quote(name), at),
          "a name is up to 63 of a-z, A-Z, 0-9, '.', '_' and '-', after an optional prefix such as example.com/");
    }
    if (!value.is_scalar()) {
      check.wrong(at, name, value, "text");
    } else if (key == "labels" && !is_label_value(value.text())) {
      check.wrong(at, name, value, "up to 63 of a-z, A-Z, 0-9, '.', '_' and '-' that begins and ends alphanumeric");
    }
  }
}

void check_config_map(const SchemaCheck& check, const std::string& path, const ConfigValue& map) {
  check.keys(path, map, {"name", "optional", "items"});
  check_boolean(check, path, map, "optional");
  const ConfigValue* items = check.object_member(path, map, "items");
  if (items == nullptr) return;
  for (const auto& [key, item] : items->members()) {
    const std::string at = path + ".items." + key;
    if (!check.object(at, item)) continue;
    check.keys(at, item, {"path"});
    check.scalar_member(at, item, "path", true);
  }
}

void check_volume(const SchemaCheck& check, const std::string& path, const ConfigValue& volume) {
  if (!check.object(path, volume)) return;
  check.keys(path, volume, {"secret", "pvc", "config-map"});
  int kinds = 0;
  for (const std::string_view kind : {"secret", "pvc", "config-map"}) {
    const ConfigValue* source = check.object_member(path, volume, kind);
    if (source == nullptr) continue;
    ++kinds;
    const std::string at = fmt::format("{}.{}", path, kind);
    check.scalar_member(at, *source, "name", true);
    if (kind == "secret") check.keys(at, *source, {"name"});
    if (kind == "pvc") {
      check.keys(at, *source, {"name", "read-only"});
      check_boolean(check, at, *source, "read-only");
    }
    if (kind == "config-map") check_config_map(check, at, *source);
  }
  if (kinds != 1)
    check.error("volume-kind", volume,
                fmt::format("{} has {}, but a volume is exactly one of secret, pvc and config-map", path,
                            kinds == 0 ? "no kind" : counted(kinds, "kind")));
}

/// Reports items of a list that have the same text under `key`.
void check_distinct(const SchemaCheck& check, const std::string& path, const ConfigValue::List& list,
                    std::string_view key, Severity severity) {
  std::map<std::string, const ConfigValue*> seen;
  for (const ConfigValue& item : list) {
    const ConfigValue* name = item.find(key);
    if (name == nullptr || !name->is_scalar()) continue;
    const auto [first, fresh] = seen.emplace(name->text(), name);
    if (fresh) continue;
    const std::string message =
        fmt::format("{} has {} {} twice; the first is at {}", path, key, quoted(*name), first->second->where().text());
    if (severity == Severity::error) {
      check.error("given-twice", *name, message);
    } else {
      check.warning("given-twice", *name, message, "the last one counts");
    }
  }
}

void check_env(const SchemaCheck& check, const std::string& path, const ConfigValue& container) {
  const ConfigValue* env = check.member(container, "env");
  if (env == nullptr) return;
  const auto items = env->as_list();
  if (!items) return check.wrong(path, "env", *env, "a list of {name, value}");
  for (const ConfigValue& item : *items) {
    const std::string at = path + ".env";
    if (!item.is_object()) {
      check.error("wrong-type", item, fmt::format("{} holds maps with name and value", at));
      continue;
    }
    check.keys(at, item, {"name", "value"});
    check.scalar_member(at, item, "name", true);
    check.scalar_member(at, item, "value", true);
  }
  // Cloudflow 2 took the last one without a word.
  check_distinct(check, path + ".env", *items, "name", Severity::warning);
}

void check_port_number(const SchemaCheck& check, const std::string& path, const ConfigValue& port, std::string_view key,
                       bool required) {
  const ConfigValue* number = check.scalar_member(path, port, key, required);
  if (number == nullptr) return;
  const auto value = number->as_int();
  if (!value || *value < 1 || *value > 65535) check.wrong(path, key, *number, "a port from 1 to 65535");
}

void check_ports(const SchemaCheck& check, const std::string& path, const ConfigValue& container) {
  const ConfigValue* ports = check.member(container, "ports");
  if (ports == nullptr) return;
  const auto items = ports->as_list();
  if (!items) return check.wrong(path, "ports", *ports, "a list");
  for (const ConfigValue& port : *items) {
    const std::string at = path + ".ports";
    if (!port.is_object()) {
      check.error("wrong-type", port, fmt::format("{} holds maps with container-port", at));
      continue;
    }
    check.keys(at, port, {"container-port", "protocol", "name", "host-ip", "host-port"});
    check_port_number(check, at, port, "container-port", true);
    check_port_number(check, at, port, "host-port", false);
    const ConfigValue* protocol = check.scalar_member(at, port, "protocol");
    if (protocol != nullptr && protocol->text() != "TCP" && protocol->text() != "UDP" && protocol->text() != "SCTP")
      check.wrong(at, "protocol", *protocol, "TCP, UDP or SCTP");
    const ConfigValue* name = check.scalar_member(at, port, "name");
    if (name != nullptr && !is_port_name(name->text()))
      check.wrong(at, "name", *name, "1 to 15 letters, digits and single '-', with a letter");
    check.scalar_member(at, port, "host-ip");
  }
  check_distinct(check, path + ".ports", *items, "name", Severity::error);
}

void check_resources(const SchemaCheck& check, const std::string& path, const ConfigValue& container) {
  const ConfigValue* resources = check.object_member(path, container, "resources");
  if (resources == nullptr) return;
  check.keys(path + ".resources", *resources, {"requests", "limits"});
  for (const std::string key : {"requests", "limits"}) {
    const std::string at = path + ".resources." + key;
    const ConfigValue* amounts = check.object_member(path + ".resources", *resources, key);
    if (amounts == nullptr) continue;
    check.keys(at, *amounts, {"cpu", "memory"});
    for (const std::string_view name : {"cpu", "memory"}) {
      const ConfigValue* amount = check.scalar_member(at, *amounts, name);
      if (amount != nullptr && !is_quantity(amount->text()))
        check.wrong(at, name, *amount, "a quantity such as 0.5, 500m or 2Gi");
    }
  }
}

/// Mounts have to name a volume of their own pod or of pod "pod", in the same section.
void check_mounts(const SchemaCheck& check, const std::string& path, const ConfigValue& container,
                  const ConfigValue& pod, const ConfigValue& pods) {
  const ConfigValue* mounts = check.object_member(path, container, "volume-mounts");
  if (mounts == nullptr) return;
  std::vector<std::string> declared;
  for (const ConfigValue* owner : {&pod, &member_or_empty(pods, "pod")}) {
    for (const auto& [name, volume] : member_or_empty(*owner, "volumes").members()) declared.push_back(name);
  }
  for (const auto& [name, mount] : mounts->members()) {
    const std::string at = path + ".volume-mounts." + name;
    if (!check.object(at, mount)) continue;
    check.keys(at, mount, {"mount-path", "read-only", "subPath"});
    check.scalar_member(at, mount, "mount-path");
    check.scalar_member(at, mount, "subPath");
    check_boolean(check, at, mount, "read-only");
    if (std::ranges::find(declared, name) != declared.end()) continue;
    const std::string hint = did_you_mean(name, declared);
    check.error("volume-undeclared", mount,
                fmt::format("{} mounts a volume that is not declared in the same kubernetes section", at),
                hint.empty() ? "declare it under volumes of the pod" : hint);
  }
}

void check_pod(const SchemaCheck& check, const std::string& path, const std::string& name, const ConfigValue& pod,
               const ConfigValue& pods) {
  check.keys(path, pod, {"labels", "annotations", "volumes", "containers"});
  check_labels(check, path, pod, "labels");
  check_labels(check, path, pod, "annotations");
  const ConfigValue& labels = member_or_empty(pod, "labels");
  if ((name == "job-manager" || name == "task-manager") && !labels.members().empty()) {
    check.error("pod-labels", labels, fmt::format("pods {} cannot have labels", quote(name)),
                "put them on pod \"pod\"");
  }
  if (const ConfigValue* volumes = check.object_member(path, pod, "volumes")) {
    for (const auto& [volume_name, volume] : volumes->members())
      check_volume(check, path + ".volumes." + volume_name, volume);
  }
  const ConfigValue* containers = check.object_member(path, pod, "containers");
  if (containers == nullptr) return;
  for (const auto& [container_name, container] : containers->members()) {
    const std::string at = path + ".containers." + container_name;
    if (!check.object(at, container)) continue;
    check.keys(at, container, {"env", "ports", "resources", "volume-mounts"});
    check_env(check, at, container);
    check_ports(check, at, container);
    check_resources(check, at, container);
    check_mounts(check, at, container, pod, pods);
  }
}

}  // namespace

void check_kubernetes(const SchemaCheck& check, const std::string& path, const ConfigValue& kubernetes) {
  check.keys(path, kubernetes, {"pods"});
  const ConfigValue* pods = check.object_member(path, kubernetes, "pods");
  if (pods == nullptr) return;
  for (const auto& [name, pod] : pods->members()) {
    const std::string at = path + ".pods." + name;
    if (check.object(at, pod)) check_pod(check, at, name, pod, *pods);
  }
}

}  // namespace cloudflow
