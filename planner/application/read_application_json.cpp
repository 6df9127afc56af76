// The file that sbt or Maven built to Application.
#include "planner/application/read_application_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "planner/application/name_collisions.h"
#include "planner/application/topics_of_ports.h"
#include "planner/blueprint/fields.h"
#include "planner/blueprint/read_descriptors.h"
#include "planner/blueprint/read_document.h"
#include "planner/project/names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view api_group = "cloudflow.lightbend.com/";

void check_kind(Fields& fields, const ConfigValue& root, Diagnostics& problems) {
  const PlacedText version = fields.placed_text("apiVersion");
  const PlacedText kind = fields.placed_text("kind");
  fields.allow("metadata");
  fields.allow("status");
  if (kind.value == "CloudflowApplication" && version.value.starts_with(api_group)) return;
  problems.error(
      "not-an-application", kind.value.empty() ? root.where() : kind.where,
      fmt::format(
          "the file holds {}, wanted a CloudflowApplication of {}v1alpha1",
          kind.value.empty() ? "no kind" : fmt::format("the kind {} of {}", quote(kind.value), quote(version.value)),
          api_group));
}

/// Descriptor format versions, K11.
void check_version(Fields& spec, Diagnostics& problems) {
  constexpr long long newest = 6;
  const ConfigValue* value = spec.find("version");
  if (value == nullptr) {
    problems.error("missing-key", spec.where(), "spec has no \"version\"");
    return;
  }
  const std::optional<long long> version = value->as_int();
  if (!version || *version < 1) {
    problems.error("malformed-version", value->where(),
                   fmt::format("the descriptor version is {}, wanted a number from 2 to {}",
                               value->is_scalar() ? quote(value->text()) : std::string(kind_of(*value)), newest));
  } else if (*version > newest) {
    problems.error("newer-version", value->where(),
                   fmt::format("the descriptor version is {}, wanted {} or older", *version, newest),
                   "a newer cloudflow may know it");
  } else if (*version < 2) {
    problems.error("older-version", value->where(),
                   fmt::format("the descriptor version is {}, wanted 2 or newer", *version),
                   "build the application with Cloudflow 2");
  } else if (*version < 5) {
    problems.warning("older-version", value->where(),
                     fmt::format("the descriptor version is {}, and is read as {}", *version, newest),
                     "build the application with a newer Cloudflow");
  }
}

/// Nothing depends on it, but Cloudflow 2 takes no file without it.
void check_library_version(Fields& spec, Diagnostics& problems) {
  const std::string version = spec.required_text("library_version");
  if (version.find(' ') == std::string::npos) return;
  problems.error("malformed-version", spec.find("library_version")->where(),
                 fmt::format("the library version is {}, wanted one without blanks", quote(version)));
}

std::map<std::string, Descriptor> read_streamlets(Fields& spec, const SchemaSource& place, Diagnostics& problems) {
  std::map<std::string, Descriptor> out;
  const ConfigValue* list = spec.find("streamlets");
  if (list == nullptr || !list->is_list()) {
    if (list != nullptr) wrong_type(*list, "\"streamlets\" in spec", "a list of objects", problems);
    return out;
  }
  for (const ConfigValue& item : list->items()) {
    Fields streamlet(item, "an entry of \"streamlets\"", problems);
    const std::string name = streamlet.required_text("name");
    if (const ConfigValue* descriptor = streamlet.find("descriptor"); descriptor != nullptr) {
      const bool added = out.emplace(name, descriptor_from(*descriptor, place, problems)).second;
      if (!added)
        problems.error("duplicate-streamlet-names", item.where(),
                       fmt::format("spec lists streamlet {} twice", quote(name)));
    } else if (item.is_object()) {
      problems.error("missing-key", item.where(), fmt::format("streamlet {} has no \"descriptor\"", quote(name)));
    }
    streamlet.finish(Severity::warning);
  }
  return out;
}

PortMapping read_mapping(const ConfigValue& value, const std::string& owner, Diagnostics& problems) {
  Fields fields(value, owner, problems);
  PortMapping out{.topic = fields.required_text("id"), .cluster = fields.text("cluster")};
  out.config = fields.object("config").moved_to(value.where());
  // Up to descriptor version 4 some settings stood next to the id.
  if (const ConfigValue* name = fields.find("name"); name != nullptr && out.config.at({"topic", "name"}) == nullptr) {
    out.config = out.config.with_at(std::array<std::string, 2>{"topic", "name"}, *name);
  }
  if (const ConfigValue* servers = fields.find("bootstrap_servers");
      servers != nullptr && out.config.at({"bootstrap", "servers"}) == nullptr) {
    out.config = out.config.with_at(std::array<std::string, 2>{"bootstrap", "servers"}, *servers);
  }
  if (const ConfigValue* managed = fields.find("managed"); managed != nullptr && out.config.find("managed") == nullptr)
    out.config = out.config.with("managed", *managed);
  fields.finish(Severity::warning);
  return out;
}

/// "<app>.<streamlet>" without the application.
std::string streamlet_of(const std::string& deployment, const std::string& application) {
  return deployment.starts_with(application + ".") ? deployment.substr(application.size() + 1) : deployment;
}

std::optional<int> container_port_of(Fields& deployment, const Streamlet& streamlet, Diagnostics& problems) {
  if (const ConfigValue* endpoint = deployment.find("endpoint"); endpoint != nullptr) {
    Fields fields(*endpoint, fmt::format("the endpoint of deployment {}", quote(streamlet.name)), problems);
    fields.allow("app_id");
    fields.allow("streamlet");
    const std::optional<int> port = fields.whole("container_port", 1);
    fields.finish(Severity::warning);
    if (port) return port;
  }
  const ConfigValue* port = streamlet.config.at({"cloudflow", "internal", "server", "container-port"});
  if (port == nullptr || !port->as_int() || *port->as_int() < 1 || *port->as_int() > 65535) return std::nullopt;
  return static_cast<int>(*port->as_int());
}

Streamlet read_deployment(const ConfigValue& item, const std::string& application,
                          const std::map<std::string, Descriptor>& descriptors, Diagnostics& problems) {
  const ConfigValue* full = item.find("name");
  Fields fields(
      item, full != nullptr && full->is_scalar() ? fmt::format("deployment {}", quote(full->text())) : "a deployment",
      problems);
  Streamlet out{.where = item.where()};
  const std::string deployment = fields.required_text("name");
  out.name = fields.text("streamlet_name");
  if (out.name.empty()) out.name = streamlet_of(deployment, application);
  out.class_name = fields.required_text("class_name");
  out.runtime = fields.required_text("runtime");
  out.image = fields.required_text("image");
  out.image_where = item.find("image") != nullptr ? item.find("image")->where() : item.where();
  out.secret_name = fields.text("secret_name");
  if (out.secret_name.empty()) out.secret_name = subdomain_form(out.name);
  out.config = fields.object("config");
  out.replicas = fields.whole("replicas");
  out.container_port = container_port_of(fields, out, problems);
  const ConfigValue ports = fields.object("port_mappings");
  for (const auto& [port, mapping] : ports.members()) {
    out.ports[port] =
        read_mapping(mapping, fmt::format("port {} of streamlet {}", quote(port), quote(out.name)), problems);
  }
  const ConfigValue* mounts = fields.find("volume_mounts");
  fields.finish(Severity::warning);
  const auto descriptor = descriptors.find(out.name);
  if (descriptor == descriptors.end()) {
    problems.error("missing-descriptor", item.where(),
                   fmt::format("spec has a deployment of streamlet {}, and no descriptor of it", quote(out.name)));
    return out;
  }
  out.descriptor = descriptor->second;
  if (mounts != nullptr) {
    // The deployment says which claim a mount is bound to; the descriptor what it is.
    for (const VolumeMount& bound : volume_mounts_from(*mounts, fields.what(), problems)) {
      const auto mount = std::ranges::find(out.descriptor.volume_mounts, bound.name, &VolumeMount::name);
      if (mount == out.descriptor.volume_mounts.end()) {
        out.descriptor.volume_mounts.push_back(bound);
      } else if (!bound.claim.empty()) {
        mount->claim = bound.claim;
      }
    }
  }
  return out;
}

void check_ports(const Streamlet& streamlet, Diagnostics& problems) {
  for (const auto& [port, mapping] : streamlet.ports) {
    if (streamlet.descriptor.inlet(port) != nullptr || streamlet.descriptor.outlet(port) != nullptr) continue;
    problems.error("unknown-port", streamlet.where,
                   fmt::format("deployment of streamlet {} maps port {}, which its descriptor does not have",
                               quote(streamlet.name), quote(port)));
  }
  for (const auto* ports : {&streamlet.descriptor.inlets, &streamlet.descriptor.outlets}) {
    for (const Port& port : *ports) {
      if (streamlet.ports.contains(port.name)) continue;
      problems.warning("unconnected-port", streamlet.where,
                       fmt::format("port {} is on no topic", quote(streamlet.name + "." + port.name)));
    }
  }
}

std::vector<Streamlet> read_deployments(Fields& spec, const std::string& application,
                                        const std::map<std::string, Descriptor>& descriptors, Diagnostics& problems) {
  std::map<std::string, Streamlet> by_name;
  const ConfigValue* list = spec.find("deployments");
  if (list != nullptr && !list->is_list()) wrong_type(*list, "\"deployments\" in spec", "a list of objects", problems);
  if (list != nullptr && list->is_list()) {
    for (const ConfigValue& item : list->items()) {
      if (!item.is_object()) {
        wrong_type(item, "an entry of \"deployments\"", "an object", problems);
        continue;
      }
      Streamlet streamlet = read_deployment(item, application, descriptors, problems);
      if (!streamlet.descriptor.class_name.empty()) check_ports(streamlet, problems);
      if (!is_dns_label(streamlet.name)) {
        problems.error("invalid-streamlet-name", item.where(),
                       fmt::format("streamlet name {} is invalid, wanted lower case letters, digits and dashes, with a "
                                   "letter or digit at both ends",
                                   quote(streamlet.name)));
      }
      const std::string name = streamlet.name;
      if (!by_name.emplace(name, std::move(streamlet)).second) {
        problems.error("duplicate-streamlet-names", item.where(),
                       fmt::format("spec has two deployments of streamlet {}", quote(name)));
      }
    }
  }
  if (by_name.empty())
    problems.error("empty-streamlets", spec.where(), "the application has no deployments, wanted at least one");
  std::vector<Streamlet> out;
  for (auto& [name, streamlet] : by_name) out.push_back(std::move(streamlet));
  return out;
}

/// The build has made it one of Kubernetes' names; a missing one is reported by who reads it.
void check_id(const ConfigValue* id, Diagnostics& problems) {
  if (id == nullptr || !id->is_scalar() || is_object_label(id->text())) return;
  const std::string form = label_form(id->text());
  problems.error("invalid-application-name", id->where(),
                 fmt::format("app_id is {}, wanted {}", quote(id->text()),
                             is_dns_label(form) ? quote(form) : std::string(label_characters)));
}

}  // namespace

std::optional<Application> application_from(const ConfigValue& root, const SourceTree& tree, std::string_view path,
                                            Diagnostics& problems) {
  Diagnostics mine;
  Application out{.where = {tree.display(path), 1, 1}};
  Fields fields(root, "the application", mine);
  check_kind(fields, root, mine);
  const ConfigValue* content = fields.find("spec");
  if (content == nullptr && !mine.has_errors()) {
    mine.error("missing-key", root.where(), "the application has no \"spec\"");
  } else if (!mine.has_errors()) {
    fields.finish(Severity::warning);
    Fields spec(*content, "spec", mine);
    out.id = spec.required_text("app_id");
    out.version = spec.text("app_version");
    out.service_account = spec.text("service_account");
    check_library_version(spec, mine);
    out.prometheus_agent = spec.object("agent_paths").find("prometheus") != nullptr;
    check_version(spec, mine);
    const auto descriptors = read_streamlets(spec, {&tree, std::string(path), ""}, mine);
    out.streamlets = read_deployments(spec, out.id, descriptors, mine);
    spec.finish(Severity::warning);
    check_id(content->find("app_id"), mine);
    out.topics = topics_of_ports(out.streamlets, mine);
    if (!mine.has_errors()) check_name_collisions(out, mine);
  }
  for (const Diagnostic& problem : mine.all()) problems.add(problem);
  if (mine.has_errors()) return std::nullopt;
  return out;
}

std::optional<Application> read_application_json(const SourceTree& tree, std::string_view path, Diagnostics& problems) {
  if (!tree.exists(path)) {
    problems.error("missing-file", {tree.display(path), 0, 0}, missing_text(tree, path, "application file"));
    return std::nullopt;
  }
  const std::optional<ConfigValue> document = read_document(tree, path, {}, problems);
  if (!document) return std::nullopt;
  return application_from(*document, tree, path, problems);
}

}  // namespace cloudflow
