// Checks manifests, completes them and makes resources of them.
#include "planner/render/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "planner/config/read_config.h"
#include "planner/render/places.h"
#include "sdk/base/text.h"

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
      problems.error(
          "ownership-label", given->where(),
          fmt::format("label {} is {}, but cloudflow needs it to be {}", key, quote(given->text()), quote(value)),
          "remove the label");
    }
  }
  return out;
}

std::optional<Resource> manifest_failure(const SourcePos& where, std::string message, Diagnostics& problems) {
  problems.error("manifest", where, std::move(message));
  return std::nullopt;
}

struct Document {
  std::string text{};
  int first_line = 0;  ///< lines of the file before it
};

/// One YAML stream as its documents: each is read alone, so that a mistake in one hides none in another.
std::vector<Document> documents_of(std::string_view text) {
  std::vector<Document> out;
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

/// The manifests of a document: itself, or the items of a List.
void unpack(const ConfigValue& document, std::vector<ConfigValue>& out, int depth = 0) {
  const ConfigValue* items = document.find("items");
  if (depth < 4 && items != nullptr && items->is_list() && text_at(document, {"kind"}).ends_with("List")) {
    for (const ConfigValue& item : items->items()) unpack(item, out, depth + 1);
  } else {
    out.push_back(document);
  }
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
      const ConfigValue value = parse_yaml(document.text, tree.display(path), problems, document.first_line);
      if (!value.is_null()) unpack(value, out);
    }
  }
  return out;
}

}  // namespace

std::optional<Resource> manifest_resource(const ConfigValue& manifest, const ManifestContext& context,
                                          Diagnostics& problems) {
  if (!manifest.is_object())
    return manifest_failure(manifest.where(), "a manifest is an object with apiVersion, kind and metadata", problems);
  const std::string api_version = text_at(manifest, {"apiVersion"});
  const std::string kind = text_at(manifest, {"kind"});
  const std::string name = text_at(manifest, {"metadata", "name"});
  if (api_version.empty()) return manifest_failure(manifest.where(), "the manifest has no apiVersion", problems);
  if (kind.empty()) return manifest_failure(manifest.where(), "the manifest has no kind", problems);
  if (name.empty())
    return manifest_failure(manifest.where(), fmt::format("the {} has no metadata.name", kind), problems);
  if (is_too_deep(manifest)) return manifest_failure(manifest.where(), "the manifest is nested too deeply", problems);
  Resource out;
  out.id = {.provider = "kubernetes",
            .kind = kind_with_group(api_version, kind),
            .scope = text_at(manifest, {"metadata", "namespace"}),
            .name = name};
  ConfigValue complete = with_ownership(manifest, context, problems);
  const bool cluster_wide = std::ranges::find(cluster_scoped, out.id.kind) != cluster_scoped.end() ||
                            context.cluster_kinds.contains(out.id.kind);
  const std::vector<std::string> space = {"metadata", "namespace"};
  if (cluster_wide) {
    if (!out.id.scope.empty())
      return manifest_failure(manifest.at(space)->where(), fmt::format("a {} has no namespace", kind), problems);
  } else if (out.id.scope.empty()) {
    out.id.scope = context.space;
    complete = complete.with_at(space, ConfigValue::string(context.space, manifest.where()));
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
