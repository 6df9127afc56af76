// Fields inside our objects that belong to others, from the trees of managedFields.
#include "providers/kubernetes/ownership/other_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int max_depth = 50;

/// Whose parts say more than the whole.
bool is_container(std::string_view path) {
  static constexpr std::array<std::string_view, 5> names = {"", "metadata", "metadata.labels", "metadata.annotations",
                                                            "spec"};
  return std::ranges::find(names, path) != names.end();
}

/// What Kubernetes and kubectl keep in objects for themselves: "deployment.kubernetes.io/revision".
bool is_housekeeping(std::string_view path) {
  const std::size_t slash = path.find('/');
  const std::string_view owner = slash == std::string_view::npos ? path : path.substr(0, slash);
  const bool annotation = path.starts_with("metadata.annotations") || path.starts_with("metadata.labels");
  if (annotation && (owner.ends_with("kubernetes.io") || owner.ends_with("k8s.io"))) return true;
  return path == "metadata.finalizers" || path == "metadata.ownerReferences" || path.starts_with("status");
}

/// The words for one step of a tree; empty for what is no member or element.
std::string step_text(const std::string& path, const std::string& key) {
  if (key.starts_with("f:")) {
    const std::string name = key.substr(2);
    const bool brackets = name.find_first_of("./[]") != std::string::npos;
    if (brackets) return fmt::format("{}[{}]", path, name);
    return path.empty() ? name : path + "." + name;
  }
  if (key.starts_with("k:")) {
    const Json parsed = Json::parse(key.begin() + 2, key.end(), nullptr, false);
    if (!parsed.is_object()) return "";
    std::vector<std::string> parts;
    for (const auto& [field, value] : parsed.items()) {
      if (field == "protocol" && value == "TCP") continue;
      parts.push_back(value.is_string() ? value.get<std::string>() : dump(value));
    }
    return fmt::format("{}[{}]", path, join(parts, "/"));
  }
  if (key.starts_with("v:")) return fmt::format("{}[{}]", path, key.substr(2));
  return "";
}

void collect(const Json& theirs, const Json* ours, const std::string& path, std::vector<std::string>& out, int depth) {
  if (!theirs.is_object() || depth > max_depth) return;
  if (ours != nullptr && ours->empty()) return;  // ours as a whole, so is everything in it
  for (const auto& [key, below] : theirs.items()) {
    const std::string at = step_text(path, key);
    if (at.empty()) continue;
    const Json* mine = nullptr;
    if (ours != nullptr && ours->is_object()) {
      if (const auto found = ours->find(key); found != ours->end()) mine = &*found;
    }
    if (mine == nullptr && !is_container(at)) {
      // Names with dots are written in brackets; for the rule they are one more step.
      std::string plain = at;
      std::ranges::replace(plain, '[', '.');
      std::erase(plain, ']');
      if (!is_housekeeping(plain)) out.push_back(at);
    } else {
      collect(below, mine, at, out, depth + 1);
    }
  }
}

}  // namespace

std::vector<OtherFields> fields_of_others(const std::vector<FieldOwner>& owners,
                                          const std::vector<std::string>& shown) {
  const auto ours = std::ranges::find_if(owners, &FieldOwner::ours);
  if (ours == owners.end()) return {};  // all of it is somebody else's, which is said otherwise
  std::map<std::string, std::vector<std::string>> by_manager;
  for (const FieldOwner& owner : owners) {
    if (owner.ours || owner.manager == field_manager) continue;
    collect(*owner.fields, ours->fields, "", by_manager[owner.manager], 0);
  }
  std::vector<OtherFields> out;
  for (auto& [manager, paths] : by_manager) {
    std::erase_if(paths, [&](const std::string& path) {
      return std::ranges::any_of(shown, [&](const std::string& other) { return other.starts_with(path); });
    });
    std::ranges::sort(paths);
    paths.erase(std::ranges::unique(paths).begin(), paths.end());
    if (!paths.empty()) out.push_back({.manager = manager, .paths = std::move(paths)});
  }
  return out;
}

}  // namespace cloudflow
