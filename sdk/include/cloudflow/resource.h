// What should exist, and what does: the nouns shared by the planner and every provider.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/origins.h"
#include "cloudflow/result.h"

namespace cloudflow {

/// Names one thing in one system. Equal ids mean the same thing, desired or live.
struct ResourceId {
  std::string provider{};  ///< "kubernetes" or "kafka"
  std::string kind{};      ///< Kubernetes: Kind, or Kind.group outside core ("Deployment.apps"); Kafka: "Topic"
  std::string scope{};     ///< Kubernetes: namespace, empty for cluster-scoped kinds; Kafka: the cluster's name
  std::string name{};

  auto operator<=>(const ResourceId&) const = default;
  /// As a user sees it: "deployment/call-records-ingress", "topic/call-stats". Kind in lower case, without group.
  std::string text() const;
};

/// Something that the application asks for.
struct Resource {
  ResourceId id{};
  /// Kubernetes: the whole manifest that is applied (apiVersion, kind, metadata, spec …).
  /// Kafka topic: {"partitions": int or absent, "replicas": int or absent, "config": {key: text}, "managed": bool;
  /// "existing": "as-it-is" when one that exists is not to be changed}.
  Json spec{};
  /// JSON pointer into spec → where the user asked for that value. "" is the resource as a whole. A pointer
  /// "/data/<key>#<pointer>" points into the JSON document that /data/<key> of a Secret holds in base64.
  Origins origins{};
  /// The same kind of pointers: values that are never printed and never written to a plan file.
  std::vector<std::string> secrets{};
  /// Must be ready before this one is made; on removal it is the other way round.
  std::vector<ResourceId> after{};
  /// The streamlet it belongs to; empty for what the application shares.
  std::string streamlet{};

  /// The place for a pointer: its own, or that of the closest parent; nothing when unknown.
  std::optional<SourcePos> origin_of(std::string_view pointer) const;
};

/// Something that exists in an outside system. The document is kept as text and parsed when it is compared,
/// so that ten thousand of them stay small.
struct Live {
  ResourceId id{};
  std::string document{};  ///< JSON as the system gave it
};

/// What this application has made, as recorded in the cluster: superset before writing, exact afterwards.
struct Inventory {
  bool exists = false;  ///< there is such a record already
  std::string application{};
  std::map<std::string, std::vector<std::string>> topics{};  ///< Kafka cluster id → topics this application created
  /// Kafka cluster id → topic → Kafka's own id of the topic that was created: one that others made again under the same
  /// name has another. A record of an older version has none.
  std::map<std::string, std::map<std::string, std::string>> topic_ids{};
  std::vector<ResourceId> resources{};  ///< kinds and namespaces of these are searched for leftovers
  Json
      last{};  ///< the last apply: {"commit","version","state":"applying"|"applied","time","by"}; null before the first
};

}  // namespace cloudflow
