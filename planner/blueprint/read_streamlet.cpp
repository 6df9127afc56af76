// A streamlet that explains itself in the blueprint.
#include "planner/blueprint/read_streamlet.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::vector<Port> read_ports(const ConfigValue& ports, std::string_view kind, const std::string& streamlet,
                             const SchemaSource& place, const KeyLines& lines, Diagnostics& problems) {
  std::vector<Port> out;
  for (const auto& [name, value] : ports.members()) {
    const std::string owner = fmt::format("{} {}", kind, quote(streamlet + "." + name));
    Port port{.name = name, .where = lines.key_of(value.where())};
    // A port may be given by its schema alone: {in: schemas/call.avsc}.
    if (value.is_scalar()) {
      port.schema = read_port_schema(value, owner, place, problems).value_or(PortSchema{});
    } else {
      Fields fields(value, owner, problems);
      if (const ConfigValue* schema = fields.find("schema"); schema != nullptr) {
        port.schema = read_port_schema(*schema, owner, place, problems).value_or(PortSchema{});
      } else if (value.is_object()) {
        problems.error("missing-schema", value.where(), fmt::format("{} has no \"schema\"", owner),
                       "name a schema file, or write bytearray for bytes of any kind");
      }
      fields.finish();
    }
    out.push_back(std::move(port));
  }
  return out;
}

std::vector<ConfigParameter> read_parameters(const ConfigValue& parameters, const std::string& streamlet,
                                             const KeyLines& lines, Diagnostics& problems) {
  static const std::array<std::string, 6> types{"bool", "int32", "double", "string", "duration", "memorysize"};
  std::vector<ConfigParameter> out;
  for (const auto& [key, value] : parameters.members()) {
    const std::string what = fmt::format("config parameter {} of streamlet {}", quote(key), quote(streamlet));
    Fields fields(value, what, problems);
    ConfigParameter parameter{.key = key, .where = lines.key_of(value.where())};
    const PlacedText type = fields.placed_text("type");
    parameter.type = type.value.empty() ? "string" : type.value;
    parameter.description = fields.text("description");
    if (fields.find("pattern") != nullptr) parameter.pattern = fields.text("pattern");
    if (fields.find("default") != nullptr) parameter.default_value = fields.text("default");
    fields.finish();
    if (std::ranges::find(types, parameter.type) == types.end()) {
      problems.error("unknown-parameter-type", type.where,
                     fmt::format("{} has the type {}, wanted {}", what, quote(type.value), join(types, ", ")),
                     did_you_mean(type.value, types));
    } else if (parameter.pattern && parameter.type != "string") {
      problems.error("unexpected-pattern", value.where(),
                     fmt::format("{} has a pattern and the type {}, wanted the type string", what, parameter.type));
    }
    out.push_back(std::move(parameter));
  }
  return out;
}

std::vector<VolumeMount> read_mounts(const ConfigValue& mounts, const std::string& streamlet, const KeyLines& lines,
                                     Diagnostics& problems) {
  static const std::array<std::string, 2> modes{"ReadWriteMany", "ReadOnlyMany"};
  std::vector<VolumeMount> out;
  for (const auto& [name, value] : mounts.members()) {
    const std::string what = fmt::format("volume mount {} of streamlet {}", quote(name), quote(streamlet));
    Fields fields(value, what, problems);
    VolumeMount mount{.name = name, .path = fields.text("path"), .where = lines.key_of(value.where())};
    const PlacedText mode = fields.placed_text("access-mode");
    mount.access_mode = mode.value.empty() ? modes[0] : mode.value;
    mount.claim = fields.text("claim");
    fields.finish();
    if (std::ranges::find(modes, mount.access_mode) == modes.end()) {
      problems.error(
          "unknown-access-mode", mode.where,
          fmt::format("{} has the access mode {}, wanted ReadWriteMany or ReadOnlyMany", what, quote(mode.value)),
          did_you_mean(mode.value, modes));
    }
    out.push_back(std::move(mount));
  }
  return out;
}

/// server: true, or the port it listens on.
void read_server(const ConfigValue* server, const std::string& streamlet, BlueprintStreamlet& out,
                 Diagnostics& problems) {
  if (server == nullptr) return;
  const std::optional<bool> flag = server->as_bool();
  const std::optional<long long> port = server->as_int();
  if (!flag && (!port || *port < 1 || *port > 65535)) {
    wrong_type(*server, fmt::format("\"server\" in streamlet {}", quote(streamlet)),
               "true, false or a port from 1 to 65535", problems);
    return;
  }
  if (flag && !*flag) return;
  out.descriptor->attributes.emplace_back("server", "cloudflow.internal.server.container-port");
  if (port) out.container_port = static_cast<int>(*port);
}

bool explains_itself(const ConfigValue& value) {
  static constexpr std::array<std::string_view, 6> own{"runtime",           "inlets", "outlets",
                                                       "config-parameters", "server", "volume-mounts"};
  return value.find("class-name") == nullptr ||
         std::ranges::any_of(own, [&](std::string_view key) { return value.find(key) != nullptr; });
}

}  // namespace

BlueprintStreamlet read_streamlet(const std::string& name, const ConfigValue& value, const SchemaSource& place,
                                  const KeyLines& lines, Diagnostics& problems) {
  BlueprintStreamlet out{.name = name, .where = lines.key_of(value.where())};
  Fields fields(value, fmt::format("streamlet {}", quote(name)), problems);
  const std::string class_name = fields.text("class-name");
  out.image = fields.placed_text("image");
  out.replicas = fields.whole("replicas");
  const std::string description = fields.text("description");
  if (!explains_itself(value)) {
    out.class_name = class_name;
    fields.finish();
    return out;
  }
  Descriptor& own = out.descriptor.emplace();
  own.class_name = class_name;
  own.description = description;
  own.image = out.image.value;
  own.where = out.where;
  own.runtime = fields.text("runtime");
  if (own.runtime.empty()) own.runtime = "container";
  own.inlets = read_ports(fields.object("inlets"), "inlet", name, place, lines, problems);
  own.outlets = read_ports(fields.object("outlets"), "outlet", name, place, lines, problems);
  own.parameters = read_parameters(fields.object("config-parameters"), name, lines, problems);
  own.volume_mounts = read_mounts(fields.object("volume-mounts"), name, lines, problems);
  for (const PlacedText& label : fields.texts("labels")) own.labels.push_back(label.value);
  read_server(fields.find("server"), name, out, problems);
  fields.finish();
  return out;
}

}  // namespace cloudflow
