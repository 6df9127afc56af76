// What leaves a manifest and the server would keep all the same.
#include "providers/kubernetes/diff/kept_values.h"

#include <algorithm>
#include <array>

#include "providers/kubernetes/diff/risk.h"
#include "providers/kubernetes/ownership/owned_fields.h"

namespace cloudflow {
namespace {

using Path = std::array<std::string_view, 6>;

/// Where the pods of a workload are described.
constexpr std::array<Path, 4> pod_specs = {{{"spec", "template", "spec"},
                                            {"spec", "jobTemplate", "spec", "template", "spec"},
                                            {"template", "spec"},
                                            {"spec"}}};

const Json* at(const Json& value, const Path& path, std::string_view prefix = {}) {
  const Json* found = &value;
  for (const std::string_view step : path) {
    if (step.empty()) break;
    found = find(*found, {std::string(prefix).append(step)});
    if (found == nullptr) return nullptr;
  }
  return found;
}

Json& made(Json& value, const Path& path) {
  Json* found = &value;
  for (const std::string_view step : path) {
    if (!step.empty()) found = &(*found)[std::string(step)];
  }
  return *found;
}

/// What we own in a live object.
const Json* our_fields(const std::vector<FieldOwner>& owners) {
  const auto ours = std::ranges::find_if(owners, &FieldOwner::ours);
  return ours == owners.end() ? nullptr : ours->fields;
}

}  // namespace

std::optional<Json> with_let_go(const Json& desired, const Json& live) {
  const std::vector<FieldOwner> owners = field_owners(live);
  const Json* ours = our_fields(owners);
  if (ours == nullptr) return std::nullopt;
  for (const Path& path : pod_specs) {
    const Json* wanted = at(desired, path);
    const Json* there = at(live, path);
    const Json* owned = at(*ours, path, "f:");
    if (wanted == nullptr || there == nullptr || owned == nullptr || !wanted->is_object()) continue;
    if (wanted->contains("serviceAccountName") || wanted->contains("serviceAccount")) continue;
    if (!owned->contains("f:serviceAccountName") || !there->contains("serviceAccount")) continue;
    Json out = desired;
    made(out, path)["serviceAccount"] = "";
    return out;
  }
  return std::nullopt;
}

bool is_kept_by_server(std::string_view kind, std::string_view pointer, const std::optional<Json>& before,
                       const std::optional<Json>& after) {
  return kind == "Service" && pointer == "/spec/clusterIP" && before == Json("None") && !after;
}

bool is_kept_by_server(const Change& change) {
  return change.action == Action::replace && std::ranges::any_of(change.fields, [&](const FieldChange& field) {
           return is_kept_by_server(change.id.kind, field.pointer, field.before, field.after);
         });
}

Json with_shared_labels(const Json& desired, const Json& live) {
  Json out = desired;
  const Json* labels = find(out, {"metadata", "labels"});
  if (labels == nullptr || !labels->is_object()) return out;
  for (const char* name :
       {"app.kubernetes.io/managed-by", "app.kubernetes.io/part-of", "com.lightbend.cloudflow/app-id"}) {
    if (!labels->contains(name)) continue;
    const Json* there = find(live, {"metadata", "labels", name});
    if (there == nullptr) {
      out["metadata"]["labels"].erase(name);
    } else {
      out["metadata"]["labels"][name] = *there;
    }
  }
  return out;
}

std::string_view unowned_scaler(std::string_view kind, const Json& live, const FieldChange& field) {
  if (!field.before || !field.after) return "";
  if (field.pointer != "/spec/replicas") {
    // Where a definition says that objects of its kind are scaled is not known here: any number may be it.
    const bool is_number = field.before->is_number_integer() && field.after->is_number_integer();
    return is_number && !is_built_in(kind) ? scale_or_git : "";
  }
  if (find(live, {"spec", "replicas"}) == nullptr) return "";
  return *field.before == 1 ? scale_or_git : "scale";
}

}  // namespace cloudflow
