// Looks through volumes and environment variables of pod templates.
#include "planner/render/pod_reads.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "planner/config/print_config.h"
#include "planner/render/manifest.h"

namespace cloudflow {
namespace {

std::string pod_pointer(std::string_view kind) {
  if (kind == "Pod") return "/spec";
  if (kind == "CronJob.batch") return "/spec/jobTemplate/spec/template/spec";
  static constexpr std::string_view workloads[] = {"Deployment.apps", "StatefulSet.apps", "DaemonSet.apps",
                                                   "ReplicaSet.apps", "Job.batch",        "ReplicationController"};
  return std::ranges::find(workloads, kind) == std::end(workloads) ? "" : "/spec/template/spec";
}

/// Collects what one pod names.
class Reader {
 public:
  Reader(const Resource& resource, std::vector<PodRead>& out) : resource_(resource), out_(out) {}

  void read() {
    const std::string pod = pod_pointer(resource_.id.kind);
    if (pod.empty()) return;
    // Every namespace gets the account "default" by itself.
    if (const Json* account = at(pod + "/serviceAccountName"); account != nullptr && *account != "default")
      add("ServiceAccount", pod, "serviceAccountName");
    add("PriorityClass.scheduling.k8s.io", pod, "priorityClassName");
    add("RuntimeClass.node.k8s.io", pod, "runtimeClassName");
    each(pod + "/volumes", [&](const std::string& volume) {
      add("ConfigMap", volume + "/configMap", "name");
      add("Secret", volume + "/secret", "secretName");
      add("PersistentVolumeClaim", volume + "/persistentVolumeClaim", "claimName");
      each(volume + "/projected/sources", [&](const std::string& source) {
        add("ConfigMap", source + "/configMap", "name");
        add("Secret", source + "/secret", "name");
      });
    });
    for (const char* list : {"/initContainers", "/containers"})
      each(pod + list, [&](const std::string& container) { read_container(container); });
  }

 private:
  const Json* at(const std::string& pointer) const {
    const Json::json_pointer place(pointer);
    return resource_.spec.contains(place) ? &resource_.spec.at(place) : nullptr;
  }

  template <class Take>
  void each(const std::string& pointer, const Take& take) {
    const Json* list = at(pointer);
    if (list == nullptr || !list->is_array()) return;
    for (std::size_t i = 0; i < list->size(); ++i) take(fmt::format("{}/{}", pointer, i));
  }

  void read_container(const std::string& container) {
    each(container + "/env", [&](const std::string& variable) {
      add("ConfigMap", variable + "/valueFrom/configMapKeyRef", "name");
      add("Secret", variable + "/valueFrom/secretKeyRef", "name");
    });
    each(container + "/envFrom", [&](const std::string& source) {
      add("ConfigMap", source + "/configMapRef", "name");
      add("Secret", source + "/secretRef", "name");
    });
  }

  void add(const char* kind, const std::string& pointer, const char* key) {
    const Json* reference = at(pointer);
    if (reference == nullptr || bool_at(*reference, {"optional"})) return;
    const std::string name = string_at(*reference, {key});
    if (name.empty()) return;
    ResourceId what{"kubernetes", kind, is_cluster_scoped(kind) ? "" : resource_.id.scope, name};
    if (seen_.insert(what).second) out_.push_back({std::move(what), &resource_, fmt::format("{}/{}", pointer, key)});
  }

  const Resource& resource_;
  std::vector<PodRead>& out_;
  std::set<ResourceId> seen_{};
};

/// Whether a StatefulSet makes this claim for one of its pods: "<template>-<set>-<ordinal>".
bool makes_claim(const Resource& set, const ResourceId& claim) {
  if (claim.kind != "PersistentVolumeClaim" || set.id.kind != "StatefulSet.apps" || set.id.scope != claim.scope)
    return false;
  const Json* templates = find(set.spec, {"spec", "volumeClaimTemplates"});
  return templates != nullptr && templates->is_array() && std::ranges::any_of(*templates, [&](const Json& one) {
           return claim.name.starts_with(fmt::format("{}-{}-", string_at(one, {"metadata", "name"}), set.id.name));
         });
}

}  // namespace

std::string printable_name(const PodRead& read) {
  ResourceId what = read.what;
  if (std::ranges::find(read.reader->secrets, read.pointer) != read.reader->secrets.end()) what.name = hidden_value;
  return what.text();
}

std::vector<PodRead> pod_reads(std::span<const Resource> desired) {
  std::vector<PodRead> out;
  for (const Resource& resource : desired) Reader(resource, out).read();
  if (out.empty()) return out;
  std::set<ResourceId> made;
  for (const Resource& resource : desired) made.insert(resource.id);
  std::erase_if(out, [&](const PodRead& read) {
    return made.contains(read.what) ||
           std::ranges::any_of(desired, [&](const Resource& one) { return makes_claim(one, read.what); });
  });
  return out;
}

std::string_view verb_of(const PodRead& read) {
  return read.what.kind == "ConfigMap" || read.what.kind == "Secret" ? "read" : "use";
}

bool may_make_others(std::span<const Resource> desired) {
  return std::ranges::any_of(desired, [](const Resource& resource) {
    const std::string_view kind = resource.id.kind;
    const std::size_t dot = kind.find('.');
    if (resource.id.provider != "kubernetes" || dot == std::string_view::npos) return false;
    const std::string_view group = kind.substr(dot + 1);
    return group.find('.') != std::string_view::npos && !group.ends_with(".k8s.io");
  });
}

}  // namespace cloudflow
