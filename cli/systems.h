// The two systems that an application is spread over, as ids tell them apart. Nothing else in cli/ names a provider or
// a kind: what a kind is to the others its provider tells (Traits).
#pragma once

#include <string>

#include "cloudflow/json.h"
#include "cloudflow/resource.h"

namespace cloudflow {

/// An object of Kubernetes.
inline bool is_object(const ResourceId& id) { return id.provider == "kubernetes"; }
inline bool is_namespace(const ResourceId& id) { return is_object(id) && id.kind == "Namespace"; }
/// Holds the documents of a streamlet, among others.
inline bool is_secret(const ResourceId& id) { return is_object(id) && id.kind == "Secret"; }
inline bool is_job(const ResourceId& id) { return is_object(id) && id.kind == "Job.batch"; }
/// `ns`: the namespace.
inline ResourceId secret_id(const std::string& ns, const std::string& name) {
  return {.provider = "kubernetes", .kind = "Secret", .scope = ns, .name = name};
}

/// A topic of a Kafka cluster; its scope is the cluster's name in cloudflow.yaml.
inline bool is_topic(const ResourceId& id) { return id.provider == "kafka"; }
/// One that cloudflow makes, and not only reads and writes.
inline bool is_managed_topic(const Resource& resource) {
  return is_topic(resource.id) && bool_at(resource.spec, {"managed"}, true);
}
inline ResourceId topic_id(const std::string& cluster, const std::string& topic) {
  return {.provider = "kafka", .kind = "Topic", .scope = cluster, .name = topic};
}

}  // namespace cloudflow
