// Descriptor files to Descriptors.
#include "planner/blueprint/read_descriptors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "planner/blueprint/read_document.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int deepest_key = 64;  // of a class name written without quotes
constexpr std::string_view maven_list = "streamlets.txt";

/// The entries of a member that must be a list of objects.
ConfigValue::List entries(Fields& fields, std::string_view key, Diagnostics& problems) {
  const ConfigValue* value = fields.find(key);
  if (value == nullptr) return {};
  if (!value->is_list())
    wrong_type(*value, fmt::format("{} in {}", quote(key), fields.what()), "a list of objects", problems);
  return value->items();
}

/// Where an item of a list begins; or its name, where that is on another line: who renames it changes that line.
SourcePos name_of(const ConfigValue& item, std::string_view key) {
  const ConfigValue* name = item.find(key);
  const bool is_elsewhere = name != nullptr && name->is_scalar() && name->where().line != item.where().line;
  return is_elsewhere ? name->where() : item.where();
}

std::vector<Port> ports_from(Fields& fields, std::string_view key, const SchemaSource& place, Diagnostics& problems) {
  std::vector<Port> out;
  const std::string kind(key.substr(0, key.size() - 1));
  for (const ConfigValue& item : entries(fields, key, problems)) {
    Fields port(item, fmt::format("an {} of {}", kind, fields.what()), problems);
    Port& read = out.emplace_back();
    read.where = name_of(item, "name");
    read.name = port.required_text("name");
    if (const ConfigValue* schema = port.find("schema"); schema != nullptr) {
      read.schema =
          read_port_schema(*schema, fmt::format("{} {} of {}", kind, quote(read.name), fields.what()), place, problems)
              .value_or(PortSchema{});
    } else if (item.is_object()) {
      problems.error("missing-schema", item.where(),
                     fmt::format("{} {} of {} has no \"schema\"", kind, quote(read.name), fields.what()));
    }
    port.finish(Severity::warning);
  }
  return out;
}

std::vector<ConfigParameter> parameters_from(Fields& fields, Diagnostics& problems) {
  static const std::array<std::string, 6> types{"bool", "int32", "double", "string", "duration", "memorysize"};
  std::vector<ConfigParameter> out;
  for (const ConfigValue& item : entries(fields, "config_parameters", problems)) {
    Fields parameter(item, fmt::format("a config parameter of {}", fields.what()), problems);
    ConfigParameter& read = out.emplace_back();
    read.where = name_of(item, "key");
    read.key = parameter.required_text("key");
    read.description = parameter.text("description");
    const PlacedText type = parameter.placed_text("validation_type");
    read.type = type.value.empty() ? "string" : type.value;
    if (parameter.find("validation_pattern") != nullptr) read.pattern = parameter.text("validation_pattern");
    if (parameter.find("default_value") != nullptr) read.default_value = parameter.text("default_value");
    parameter.finish(Severity::warning);
    if (std::ranges::find(types, read.type) == types.end()) {
      problems.error("unknown-parameter-type", type.where,
                     fmt::format("config parameter {} of {} has the type {}, wanted {}", quote(read.key), fields.what(),
                                 quote(read.type), join(types, ", ")),
                     did_you_mean(read.type, types));
    }
  }
  return out;
}

/// Collects descriptors from whatever form the file has.
void collect(const ConfigValue& value, const std::string& key, int depth, const SchemaSource& place,
             std::vector<Descriptor>& out, Diagnostics& problems) {
  if (depth > deepest_key) {
    problems.error("wrong-type", value.where(), "objects are nested too deep, wanted a streamlet descriptor");
    return;
  }
  if (value.is_list()) {
    for (const ConfigValue& item : value.items()) collect(item, key, depth + 1, place, out, problems);
    return;
  }
  if (!value.is_object()) {
    wrong_type(value, key.empty() ? "the file" : quote(key), "a streamlet descriptor", problems);
    return;
  }
  const bool is_descriptor =
      value.find("class_name") != nullptr || value.find("runtime") != nullptr || value.find("inlets") != nullptr;
  if (is_descriptor) {
    Descriptor descriptor = descriptor_from(value.find("class_name") == nullptr && !key.empty()
                                                ? value.with("class_name", ConfigValue::string(key, value.where()))
                                                : value,
                                            place, problems);
    if (!descriptor.class_name.empty()) out.push_back(std::move(descriptor));
    return;
  }
  for (const auto& [name, member] : value.members())
    collect(member, key.empty() ? name : key + "." + name, depth + 1, place, out, problems);
}

bool is_descriptor_file(std::string_view path) {
  return path.ends_with(".json") || path.ends_with(".conf") || path.ends_with(".yaml") || path.ends_with(".yml");
}

/// The name that Maven's plugin gives the file of a class.
std::string encoded(std::string_view class_name) {
  std::string out;
  for (const char c : class_name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view(".-*_").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// The files that Maven's plugin wrote beside its list of classes.
std::vector<std::string> files_in_list(const SourceTree& tree, const std::string& list, Diagnostics& problems) {
  const Result<std::string> classes = tree.read(list);
  if (!classes) {
    problems.error(classes.error(), "unreadable-file");
    return {};
  }
  const std::string folder = list.substr(0, list.size() - maven_list.size());
  std::vector<std::string> out;
  const std::vector<std::string> lines = split(*classes, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view name = trimmed(lines[i]);
    if (name.empty()) continue;
    const std::string file = folder + encoded(name);
    if (tree.exists(file)) {
      out.push_back(file);
    } else {
      problems.error("missing-file", {tree.display(list), static_cast<int>(i) + 1, 1},
                     fmt::format("there is no file {} for class {}", quote(tree.display(file)), quote(name)),
                     "run the goal extract-streamlets again");
    }
  }
  return out;
}

std::vector<std::string> files_at(const SourceTree& tree, const PlacedText& path, Diagnostics& problems) {
  const auto whole = resolve_path("", path.value);
  const Result<std::vector<std::string>> below = whole ? tree.list(*whole) : std::vector<std::string>{};
  if (!below) {
    problems.error(below.error(), "unreadable-folder");
    return {};
  }
  if (!below->empty()) {
    std::vector<std::string> out;
    std::ranges::copy_if(*below, std::back_inserter(out), is_descriptor_file);
    if (out.empty())
      problems.error("missing-descriptors", path.where,
                     fmt::format("folder {} holds no descriptors, wanted *.json or *.conf", quote(path.value)));
    return out;
  }
  if (whole && tree.exists(*whole)) {
    if (*whole == maven_list || whole->ends_with("/" + std::string(maven_list)))
      return files_in_list(tree, *whole, problems);
    if (!path.value.ends_with("/")) return {*whole};
    problems.error("missing-descriptors", path.where,
                   fmt::format("folder {} holds no descriptors, wanted *.json or *.conf", quote(path.value)));
    return {};
  }
  const std::string why = whole ? obstacle_at(tree, *whole) : "it is outside the source";
  problems.error("missing-file", path.where,
                 why.empty() ? fmt::format("there is no file or folder {} for descriptors", quote(path.value))
                             : fmt::format("cannot read {} for descriptors: {}", quote(path.value), why));
  return {};
}

bool same(const Descriptor& a, const Descriptor& b) {
  const auto ports = [](const std::vector<Port>& all) {
    std::vector<std::string> out;
    for (const Port& port : all) out.push_back(port.name + "\n" + port.schema.format + "\n" + port.schema.fingerprint);
    return out;
  };
  return a.runtime == b.runtime && ports(a.inlets) == ports(b.inlets) && ports(a.outlets) == ports(b.outlets) &&
         a.project_id == b.project_id && a.image == b.image && a.parameters.size() == b.parameters.size() &&
         a.volume_mounts.size() == b.volume_mounts.size();
}

}  // namespace

std::vector<VolumeMount> volume_mounts_from(const ConfigValue& list, const std::string& owner, Diagnostics& problems) {
  std::vector<VolumeMount> out;
  if (list.is_null()) return out;
  if (!list.is_list()) wrong_type(list, fmt::format("\"volume_mounts\" in {}", owner), "a list of objects", problems);
  for (const ConfigValue& item : list.items()) {
    Fields mount(item, fmt::format("a volume mount of {}", owner), problems);
    VolumeMount& read = out.emplace_back();
    read.where = name_of(item, "name");
    read.name = mount.required_text("name");
    read.path = mount.text("path");
    const PlacedText mode = mount.placed_text("access_mode");
    read.access_mode = mode.value;
    read.claim = mount.text("pvc_name");
    mount.finish(Severity::warning);
    if (mode.value != "ReadWriteMany" && mode.value != "ReadOnlyMany") {
      problems.error("unknown-access-mode", mode.value.empty() ? item.where() : mode.where,
                     fmt::format("volume mount {} of {} has the access mode {}, wanted ReadWriteMany or ReadOnlyMany",
                                 quote(read.name), owner, quote(mode.value)));
    }
  }
  return out;
}

Descriptor descriptor_from(const ConfigValue& value, const SchemaSource& place, Diagnostics& problems) {
  const ConfigValue* name = value.find("class_name");
  const bool named = name != nullptr && name->is_scalar();
  Fields fields(value, named ? fmt::format("descriptor {}", quote(name->text())) : "the descriptor", problems);
  Descriptor out{.where = value.where()};
  out.class_name = fields.required_text("class_name");
  out.runtime = fields.required_text("runtime");
  out.description = fields.text("description");
  out.project_id = fields.text("project_id");
  out.image = fields.text("image");
  for (const PlacedText& label : fields.texts("labels")) out.labels.push_back(label.value);
  out.inlets = ports_from(fields, "inlets", place, problems);
  out.outlets = ports_from(fields, "outlets", place, problems);
  out.parameters = parameters_from(fields, problems);
  if (const ConfigValue* mounts = fields.find("volume_mounts"); mounts != nullptr)
    out.volume_mounts = volume_mounts_from(*mounts, fields.what(), problems);
  for (const ConfigValue& item : entries(fields, "attributes", problems)) {
    Fields attribute(item, fmt::format("an attribute of {}", fields.what()), problems);
    out.attributes.emplace_back(attribute.required_text("attribute_name"), attribute.text("config_path"));
    attribute.finish(Severity::warning);
  }
  fields.finish(Severity::warning);
  return out;
}

std::vector<Descriptor> read_descriptors(const SourceTree& tree, std::span<const PlacedText> paths,
                                         std::string_view folder, const EnvironmentLookup& environment,
                                         Diagnostics& problems) {
  std::map<std::string, Descriptor> by_class;
  for (const PlacedText& path : paths) {
    for (const std::string& file : files_at(tree, path, problems)) {
      const std::optional<ConfigValue> root = read_document(tree, file, environment, problems);
      if (!root) continue;
      std::vector<Descriptor> found;
      collect(*root, "", 0, {&tree, file, std::string(folder)}, found, problems);
      for (Descriptor& descriptor : found) {
        const auto [known, added] = by_class.try_emplace(descriptor.class_name, descriptor);
        if (added || same(known->second, descriptor)) continue;
        problems.error("duplicate-class", descriptor.where,
                       fmt::format("class {} has a second, different descriptor; the first is at {}",
                                   quote(descriptor.class_name), known->second.where.text()));
      }
    }
  }
  std::vector<Descriptor> out;
  for (auto& [name, descriptor] : by_class) out.push_back(std::move(descriptor));
  return out;
}

}  // namespace cloudflow
