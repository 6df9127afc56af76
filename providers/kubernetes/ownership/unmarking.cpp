// How an object is left to itself.
#include "providers/kubernetes/ownership/unmarking.h"

#include "providers/kubernetes/ownership/owned_fields.h"

namespace cloudflow {
namespace {

constexpr const char* managed_by = "app.kubernetes.io/managed-by";

/// Made under the application's key, which goes, too.
constexpr const char* adopted_digest = "cloudflow/adopted-config-digest";

/// What others manage, with our entries gone.
Json managers_without_us(const Json& live) {
  Json out = Json::array();
  if (const Json* all = find(live, {"metadata", "managedFields"}); all != nullptr && all->is_array()) {
    for (const Json& one : *all) {
      if (string_at(one, {"manager"}) != field_manager) out.push_back(one);
    }
  }
  // An empty list would mean that nothing is said about them.
  if (out.empty()) out.push_back(Json::object());
  return out;
}

}  // namespace

Json unmarking_patch(const Json& live, const ApplySet& set) {
  if (string_at(live, {"metadata", "labels", part_of_label}) != set.id()) return nullptr;
  Json labels = {{std::string(part_of_label), nullptr}};
  if (string_at(live, {"metadata", "labels", managed_by}) == "cloudflow") labels[managed_by] = nullptr;
  if (find(live, {"metadata", "labels", adopted_digest}) != nullptr) labels[adopted_digest] = nullptr;
  Json metadata = {{"uid", string_at(live, {"metadata", "uid"})},
                   {"resourceVersion", string_at(live, {"metadata", "resourceVersion"})},
                   {"labels", std::move(labels)},
                   {"managedFields", managers_without_us(live)}};
  if (find(live, {"metadata", "annotations", secret_values_annotation}) != nullptr)
    metadata["annotations"] = {{std::string(secret_values_annotation), nullptr}};
  return {{"metadata", std::move(metadata)}};
}

}  // namespace cloudflow
