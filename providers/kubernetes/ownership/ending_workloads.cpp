// Workloads in a record, each as [kind, namespace, name].
#include "providers/kubernetes/ownership/ending_workloads.h"

#include "providers/kubernetes/rules/workload_pods.h"

namespace cloudflow {

std::vector<ResourceId> ending_workloads(const Inventory& record) {
  std::vector<ResourceId> out;
  const Json* recorded = find(record.last, {ending_member});
  if (recorded == nullptr || !recorded->is_array()) return out;
  for (const Json& one : *recorded) {
    const bool is_whole =
        one.is_array() && one.size() == 3 && one[0].is_string() && one[1].is_string() && one[2].is_string();
    if (is_whole) out.push_back({"kubernetes", one[0], one[1], one[2]});
  }
  return out;
}

Json record_of_ending(const Inventory& before, std::span<const Change> changes, const std::set<ResourceId>& asked_for) {
  std::set<ResourceId> all;
  for (const ResourceId& id : ending_workloads(before)) all.insert(id);
  for (const Change& change : changes) {
    if (change.action == Action::remove && !change.refused && has_pods(change.id.kind)) all.insert(change.id);
  }
  Json out;
  for (const ResourceId& id : all) {
    if (!asked_for.contains(id)) out.push_back(Json::array({id.kind, id.scope, id.name}));
  }
  return out;
}

ResourceId ending_pods(const std::string& ns) { return {"kubernetes", "Pod", ns, "* of removed workloads"}; }

}  // namespace cloudflow
