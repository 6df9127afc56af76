// Which rights on Kafka an application's plans and applies need: operations that an authorizer has to allow.
#pragma once

#include <set>
#include <span>
#include <string>

#include "cloudflow/resource.h"

namespace cloudflow {

/// That one operation may be done on one thing.
struct KafkaRight {
  std::string cluster{};    ///< name in the environment
  std::string kind{};       ///< "cluster", "topic", "group"
  std::string name{};       ///< of the topic; with what the names of groups begin; "*" for all; empty: the cluster
  bool prefixed = false;    ///< `name` is the beginning of names
  std::string operation{};  ///< "Describe", "AlterConfigs" …

  auto operator<=>(const KafkaRight&) const = default;
  /// "AlterConfigs on topic calls of Kafka default"
  std::string text() const;
};

/// For the whole life of what is desired. `groups`: with what the names of the application's consumer groups begin.
/// `deletes`: topics may be deleted, for which all groups have to be seen.
std::set<KafkaRight> kafka_rights_of_life(std::span<const Resource> desired, const std::string& groups, bool deletes);

}  // namespace cloudflow
