// Taking over what Cloudflow 2 made.
#include "providers/kubernetes/ownership/adoption.h"

#include <fmt/format.h>

namespace cloudflow {
namespace {

constexpr std::string_view owner_kind = "CloudflowApplication";
constexpr std::string_view owners_pointer = "/metadata/ownerReferences";
constexpr const char* template_digest = "cloudflow/config-digest";
constexpr const char* adopted_digest = "cloudflow/adopted-config-digest";

bool is_cloudflow2(const Json& reference) { return string_at(reference, {"kind"}) == owner_kind; }

/// Whoever wrote the reference or the label that all of Cloudflow 2's objects have is Cloudflow 2.
bool is_of_cloudflow2(const Json& manager) {
  if (string_at(manager, {"operation"}) == "Apply" || !string_at(manager, {"subresource"}).empty()) return false;
  return find(manager, {"fieldsV1", "f:metadata", "f:ownerReferences"}) != nullptr ||
         find(manager, {"fieldsV1", "f:metadata", "f:labels", "f:app.kubernetes.io/part-of"}) != nullptr;
}

/// The elements of a list in metadata that are not to go.
template <class Goes>
Json kept(const Json& live, std::string_view list, Goes goes) {
  Json out = Json::array();
  if (const Json* all = find(live, {"metadata", list}); all != nullptr && all->is_array()) {
    for (const Json& one : *all) {
      if (!goes(one)) out.push_back(one);
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> cloudflow2_owner(const Json& live) {
  const Json* references = find(live, {"metadata", "ownerReferences"});
  if (references == nullptr || !references->is_array()) return std::nullopt;
  for (const Json& reference : *references) {
    if (is_cloudflow2(reference)) return string_at(reference, {"name"});
  }
  return std::nullopt;
}

FieldChange dropped_owner(const Json& live) {
  const std::string name = cloudflow2_owner(live).value_or("");
  return {.path = fmt::format("metadata.ownerReferences[{}]", name),
          .pointer = std::string(owners_pointer),
          .before = fmt::format("{} {}", owner_kind, name),
          .cause = Cause::adopted};
}

bool drops_owner(const FieldChange& field) { return field.pointer == owners_pointer && !field.after; }

bool drops_owner(const Change& change) {
  for (const FieldChange& field : change.fields) {
    if (drops_owner(field)) return true;
  }
  return false;
}

Json release_patch(const Json& live) {
  if (!cloudflow2_owner(live)) return nullptr;
  Json managers = kept(live, "managedFields", is_of_cloudflow2);
  // An empty list would mean that nothing is said about them.
  if (managers.empty()) managers.push_back(Json::object());
  return {{"metadata",
           {{"resourceVersion", string_at(live, {"metadata", "resourceVersion"})},
            {"ownerReferences", kept(live, "ownerReferences", is_cloudflow2)},
            {"managedFields", std::move(managers)}}}};
}

void keep_pods(Json& workload) {
  const Json* digest = find(workload, {"spec", "template", "metadata", "annotations", template_digest});
  if (digest == nullptr) return;
  // A label: changing an annotation of a Deployment would count as a new generation.
  workload["metadata"]["labels"][adopted_digest] = *digest;
  workload["spec"]["template"]["metadata"]["annotations"].erase(template_digest);
}

std::optional<Json> with_settled_pods(const Json& desired, const Json* live) {
  const Json* wanted = find(desired, {"spec", "template", "metadata", "annotations", template_digest});
  const Json* kept = find(desired, {"metadata", "labels", adopted_digest});
  if (wanted == nullptr && kept == nullptr) return std::nullopt;
  const Json* running =
      live == nullptr ? nullptr : find(*live, {"spec", "template", "metadata", "annotations", template_digest});
  Json out = desired;
  if (wanted != nullptr) {
    const Json* adopted = live == nullptr ? nullptr : find(*live, {"metadata", "labels", adopted_digest});
    if (running != nullptr || adopted == nullptr || *adopted != *wanted) return std::nullopt;
    keep_pods(out);
    return out;
  }
  if (live != nullptr && running == nullptr) return std::nullopt;
  out["spec"]["template"]["metadata"]["annotations"][template_digest] = *kept;
  out["metadata"]["labels"].erase(adopted_digest);
  return out;
}

}  // namespace cloudflow
