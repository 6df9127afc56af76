// Checks manifests, completes them and makes resources of them.
#include "planner/render/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "planner/config/print_config.h"
#include "planner/config/read_config.h"
#include "planner/config/yaml_reader.h"
#include "planner/render/value_origins.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int max_depth = 100;

constexpr std::array cluster_scoped = {
    std::string_view("Namespace"),
    std::string_view("Node"),
    std::string_view("PersistentVolume"),
    std::string_view("ClusterRole.rbac.authorization.k8s.io"),
    std::string_view("ClusterRoleBinding.rbac.authorization.k8s.io"),
    std::string_view("StorageClass.storage.k8s.io"),
    std::string_view("CSIDriver.storage.k8s.io"),
    std::string_view("CustomResourceDefinition.apiextensions.k8s.io"),
    std::string_view("PriorityClass.scheduling.k8s.io"),
    std::string_view("IngressClass.networking.k8s.io"),
    std::string_view("RuntimeClass.node.k8s.io"),
    std::string_view("APIService.apiregistration.k8s.io"),
    std::string_view("MutatingWebhookConfiguration.admissionregistration.k8s.io"),
    std::string_view("ValidatingWebhookConfiguration.admissionregistration.k8s.io"),
    std::string_view("ValidatingAdmissionPolicy.admissionregistration.k8s.io"),
    std::string_view("ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io")};

constexpr std::string_view managed_by = "app.kubernetes.io/managed-by";
constexpr std::string_view part_of = "app.kubernetes.io/part-of";

std::string text_at(const ConfigValue& value, std::initializer_list<std::string_view> path) {
  const ConfigValue* found = value.at(path);
  return found != nullptr && found->is_string() ? found->text() : "";
}

std::string kind_with_group(std::string_view api_version, const std::string& kind) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? kind : kind + "." + std::string(api_version.substr(0, slash));
}

bool is_too_deep(const ConfigValue& value, int depth = 0) {
  return depth > max_depth || (value.is_object() && std::ranges::any_of(value.members(), [&](const auto& member) {
                                 return is_too_deep(member.second, depth + 1);
                               }));
}

/// Labels that mark ownership; another application's value is an error.
ConfigValue with_ownership(const ConfigValue& manifest, const ManifestContext& context, Diagnostics& problems) {
  ConfigValue out = manifest;
  for (const auto& [key, value] :
       {std::pair(managed_by, std::string("cloudflow")), std::pair(part_of, context.application)}) {
    const std::vector<std::string> path = {"metadata", "labels", std::string(key)};
    const ConfigValue* given = manifest.at(path);
    if (given == nullptr) {
      out = out.with_at(path, ConfigValue::string(value, manifest.where()));
    } else if (given->text() != value && text_at(manifest, {"kind"}) != "Namespace") {
      problems.error("ownership-label", given->where(),
                     fmt::format("label {} is {}, but cloudflow needs it to be {}", key, quoted(*given), quote(value)),
                     "remove the label");
    }
  }
  return out;
}

std::string_view type_name(const ConfigValue& value) {
  switch (value.type()) {
    case ConfigValue::Type::boolean:
      return "a boolean";
    case ConfigValue::Type::number:
      return "a number";
    case ConfigValue::Type::list:
      return "a list";
    case ConfigValue::Type::object:
      return "an object";
    case ConfigValue::Type::null:
    case ConfigValue::Type::string:
      break;
  }
  return "a text";
}

/// Maps of texts hold nothing else. What would be left out, or be written otherwise, is a mistake. A null is as if the
/// key were not there.
bool are_texts(const ConfigValue& manifest, const std::vector<std::string>& path, Diagnostics& problems) {
  const ConfigValue* map = manifest.at(path);
  if (map == nullptr || map->is_null()) return true;
  if (!map->is_object()) {
    problems.error("manifest", map->where(),
                   fmt::format("{} is {}, not an object of texts", join(path, "."), type_name(*map)));
    return false;
  }
  bool good = true;
  for (const auto& [key, value] : map->members()) {
    if (value.is_null() || value.is_string()) continue;
    good = false;
    problems.error("manifest", value.where(),
                   fmt::format("{} of {} is {}, not a text", quote(key), join(path, "."), type_name(value)),
                   value.is_scalar() ? "put it in quotes" : "");
  }
  return good;
}

/// What names an object is a text, or is not there.
bool is_text(const ConfigValue& manifest, const std::vector<std::string>& path, Diagnostics& problems) {
  const ConfigValue* value = manifest.at(path);
  if (value == nullptr || value->is_null() || value->is_string()) return true;
  problems.error("manifest", value->where(), fmt::format("{} is {}, not a text", join(path, "."), type_name(*value)),
                 value->is_scalar() ? "put it in quotes" : "");
  return false;
}

/// Values that the server decodes. It takes line breaks in them.
bool are_base64(const ConfigValue& manifest, const std::string& map, Diagnostics& problems) {
  const ConfigValue* values = manifest.find(map);
  if (values == nullptr || !values->is_object()) return true;
  bool good = true;
  for (const auto& [key, value] : values->members()) {
    if (!value.is_string()) continue;
    std::string text = value.text();
    std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
    std::string bytes;
    if (from_base64(text, bytes)) continue;
    good = false;
    problems.error("manifest", value.where(), fmt::format("{} of {} is not base64", quote(key), map),
                   map == "data" ? "put plain text into stringData" : "put plain text into data");
  }
  return good;
}

std::optional<Resource> manifest_failure(const SourcePos& where, std::string message, Diagnostics& problems) {
  problems.error("manifest", where, std::move(message));
  return std::nullopt;
}

struct Document {
  std::string text{};
  int first_line = 0;  ///< lines of the file before it
  bool json = false;
};

/// Whether a text is written as JSON, be its numbers too large for a value or not.
bool is_json(std::string_view text) {
  if (Json::accept(text)) return true;
  try {
    [[maybe_unused]] const Json parsed = Json::parse(text);
  } catch (const Json::out_of_range&) {
    return true;
  } catch (const Json::exception&) {
    return false;
  }
  return false;
}

/// The objects of a text that is nothing but JSON, which kubectl reads as such whatever the file is called; nothing
/// where it is not. Each stands at its line and column.
std::vector<Document> json_documents(std::string_view text) {
  std::vector<Document> out;
  std::size_t begin = text.find_first_not_of(" \t\r\n");
  while (begin < text.size()) {
    if (text[begin] != '{') return {};
    int depth = 0;
    bool quoted = false;
    std::size_t end = begin;
    for (; end < text.size(); ++end) {
      const char c = text[end];
      if (quoted && c == '\\') {
        ++end;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == '{' || c == '}')) {
        depth += c == '{' ? 1 : -1;
        if (depth == 0) break;
      }
    }
    if (end >= text.size()) return {};
    const std::string_view object = text.substr(begin, end + 1 - begin);
    if (!is_json(object)) return {};
    const std::string_view before = text.substr(0, begin);
    const auto lines = static_cast<std::size_t>(std::ranges::count(before, '\n'));
    const std::size_t column = begin - (before.rfind('\n') + 1);
    out.push_back({.text = std::string(lines, '\n') + std::string(column, ' ') + std::string(object), .json = true});
    begin = text.find_first_not_of(" \t\r\n", end + 1);
  }
  return out;
}

/// One YAML stream as its documents: each is read alone, so that a mistake in one hides none in another.
std::vector<Document> documents_of(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<Document> out = json_documents(text);
  if (!out.empty()) return out;
  Document current;
  int line_number = 0;
  bool content = false;
  const auto has_content = [](std::string_view line) {
    line = trimmed(line);
    return !line.empty() && !line.starts_with('#');
  };
  while (true) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const bool marker =
        line.starts_with("---") && (line.size() == 3 || line[3] == ' ' || line[3] == '\r' || line[3] == '\t');
    const bool end = line == "..." || line == "...\r";
    if (marker || end) {
      if (content) out.push_back(std::move(current));
      current = {.first_line = line_number};
      if (marker) (current.text += "   ") += line.substr(3);
      content = marker && has_content(line.substr(3));
    } else if (!line.starts_with("%YAML") && !line.starts_with("%TAG")) {
      current.text += line;
      content = content || has_content(line);
    }
    current.text += '\n';
    ++line_number;
    if (line.size() == text.size()) break;
    text.remove_prefix(line.size() + 1);
  }
  if (content) out.push_back(std::move(current));
  return out;
}

/// A list of another kind than List has no name: no object with one is a list of objects.
bool is_list_of_objects(const ConfigValue& document) {
  const ConfigValue* items = document.find("items");
  if (items == nullptr || !items->is_list()) return false;
  const std::string kind = text_at(document, {"kind"});
  const bool is_list = kind == "List" && text_at(document, {"apiVersion"}) == "v1";
  return is_list || (kind.ends_with("List") && document.at({"metadata", "name"}) == nullptr);
}

/// The manifests of a document: itself, or the items of a List. Those of a ConfigMapList need not repeat their kind.
void unpack(const ConfigValue& document, std::vector<ConfigValue>& out, int depth = 0) {
  if (depth >= 4 || !is_list_of_objects(document)) return out.push_back(document);
  const std::string list = text_at(document, {"kind"});
  for (ConfigValue item : document.find("items")->items()) {
    const ConfigValue* version = document.find("apiVersion");
    const bool complete = item.find("kind") != nullptr && item.find("apiVersion") != nullptr;
    if (list != "List" && item.is_object() && !complete && version != nullptr) {
      item = item.with("kind", ConfigValue::string(list.substr(0, list.size() - 4), item.where()));
      item = item.with("apiVersion", *version);
    }
    unpack(item, out, depth + 1);
  }
}

ConfigValue read_document(const Document& document, const std::string& name, Diagnostics& problems) {
  if (document.json) return parse_json(document.text, name, problems);
  return read_yaml(
      {.text = document.text, .name = name, .first_line = document.first_line, .scalars = YamlScalars::kubectl},
      YamlKeys::names, problems);
}

std::vector<ConfigValue> read_manifests(const SourceTree& tree, std::string_view folder, Diagnostics& problems) {
  std::vector<ConfigValue> out;
  const std::string root = (folder.empty() ? "" : std::string(folder) + "/") + "kubernetes";
  const Result<std::vector<std::string>> files = tree.list(root);
  if (!files) {
    problems.error(files.error(), "manifest");
    return out;
  }
  for (const std::string& path : *files) {
    if (!path.ends_with(".yaml") && !path.ends_with(".yml") && !path.ends_with(".json")) continue;
    const Result<std::string> text = tree.read(path);
    if (!text) {
      problems.error(text.error(), "manifest");
      continue;
    }
    for (const Document& document : documents_of(*text)) {
      const ConfigValue value = read_document(document, tree.display(path), problems);
      if (!value.is_null()) unpack(value, out);
    }
  }
  return out;
}

}  // namespace

bool is_cluster_scoped(std::string_view kind) {
  return std::ranges::find(cluster_scoped, kind) != cluster_scoped.end();
}

std::optional<Resource> manifest_resource(const ConfigValue& manifest, const ManifestContext& context,
                                          Diagnostics& problems) {
  if (!manifest.is_object())
    return manifest_failure(manifest.where(), "a manifest is an object with apiVersion, kind and metadata", problems);
  bool named = true;
  for (const std::vector<std::string>& path :
       {std::vector<std::string>{"apiVersion"}, {"kind"}, {"metadata", "name"}, {"metadata", "namespace"}})
    named = is_text(manifest, path, problems) && named;
  if (!named) return std::nullopt;
  const std::string api_version = text_at(manifest, {"apiVersion"});
  const std::string kind = text_at(manifest, {"kind"});
  const std::string name = text_at(manifest, {"metadata", "name"});
  if (api_version.empty()) return manifest_failure(manifest.where(), "the manifest has no apiVersion", problems);
  if (kind.empty()) return manifest_failure(manifest.where(), "the manifest has no kind", problems);
  if (name.empty())
    return manifest_failure(manifest.where(), fmt::format("the {} has no metadata.name", kind), problems);
  if (is_too_deep(manifest)) return manifest_failure(manifest.where(), "the manifest is nested too deeply", problems);
  bool texts = are_texts(manifest, {"metadata", "labels"}, problems);
  texts = are_texts(manifest, {"metadata", "annotations"}, problems) && texts;
  if (api_version == "v1" && (kind == "Secret" || kind == "ConfigMap")) {
    for (const char* map : {"data", "stringData", "binaryData"}) texts = are_texts(manifest, {map}, problems) && texts;
    texts = are_base64(manifest, kind == "Secret" ? "data" : "binaryData", problems) && texts;
  }
  if (!texts) return std::nullopt;
  Resource out;
  out.id = {.provider = "kubernetes",
            .kind = kind_with_group(api_version, kind),
            .scope = text_at(manifest, {"metadata", "namespace"}),
            .name = name};
  ConfigValue complete = with_ownership(manifest, context, problems);
  const bool cluster_wide = is_cluster_scoped(out.id.kind) || context.cluster_kinds.contains(out.id.kind);
  const std::vector<std::string> ns = {"metadata", "namespace"};
  if (cluster_wide) {
    if (!out.id.scope.empty())
      return manifest_failure(manifest.at(ns)->where(), fmt::format("a {} has no namespace", kind), problems);
  } else if (out.id.scope.empty()) {
    out.id.scope = context.ns;
    complete = complete.with_at(ns, ConfigValue::string(context.ns, manifest.where()));
  }
  out.spec = complete.to_json();
  out.origins.set("", manifest.where());
  add_places(complete, "", out);
  return out;
}

std::vector<Resource> extra_manifests(const SourceTree& tree, std::string_view folder, ManifestContext context,
                                      Diagnostics& problems) {
  const std::vector<ConfigValue> manifests = read_manifests(tree, folder, problems);
  for (const ConfigValue& manifest : manifests) {
    if (text_at(manifest, {"kind"}) != "CustomResourceDefinition" || text_at(manifest, {"spec", "scope"}) != "Cluster")
      continue;
    context.cluster_kinds.insert(text_at(manifest, {"spec", "names", "kind"}) + "." +
                                 text_at(manifest, {"spec", "group"}));
  }
  std::vector<Resource> out;
  for (const ConfigValue& manifest : manifests) {
    if (std::optional<Resource> resource = manifest_resource(manifest, context, problems))
      out.push_back(std::move(*resource));
  }
  return out;
}

}  // namespace cloudflow
