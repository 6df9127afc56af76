// Environments of one project that meet on a Kafka cluster.
#include "planner/model/shared_kafka.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "planner/model/external_values.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

std::set<std::string> brokers_of(const KafkaSettings& cluster) {
  std::set<std::string> out;
  const ConfigValue* servers = cluster.config.at({"bootstrap", "servers"});
  if (servers == nullptr || !servers->is_scalar() || is_external(*servers)) return out;
  for (const std::string& server : split(servers->text(), ',')) {
    if (const std::string_view name = trimmed(server); !name.empty()) out.insert(lower(name));
  }
  return out;
}

/// What both are, in words; empty when they are not known to be the same.
std::string meeting_place(const KafkaSettings& one, const KafkaSettings& other) {
  if (!one.cluster_id.empty() && !other.cluster_id.empty())
    return one.cluster_id == other.cluster_id ? "cluster-id " + one.cluster_id : "";
  const std::set<std::string> brokers = brokers_of(other);
  for (const std::string& broker : brokers_of(one)) {
    if (brokers.contains(broker)) return broker;
  }
  return "";
}

/// The same objects in Kubernetes: one takes the place of the other instead of running beside it.
bool is_same_place(const Environment& one, const Environment& other) {
  return one.kubernetes.context == other.kubernetes.context && one.kubernetes.space == other.kubernetes.space &&
         one.kubernetes.kubeconfig == other.kubernetes.kubeconfig;
}

void compare(const Environment& one, const Environment& other, Diagnostics& problems) {
  if (one.topic_prefix != other.topic_prefix || is_same_place(one, other)) return;
  for (const auto& [name, cluster] : other.kafka) {
    const auto mine = one.kafka.find(name);
    const std::string where = mine == one.kafka.end() ? "" : meeting_place(mine->second, cluster);
    if (where.empty()) continue;
    const bool shares_groups = one.group_prefix == other.group_prefix;
    problems.warning("shared-kafka", cluster.where,
                     fmt::format("environments {} and {} are both on Kafka cluster {} ({}) with the same topics{}",
                                 quote(one.name), quote(other.name), quote(name), where,
                                 shares_groups ? ", and their consumer groups take each other's records" : ""),
                     fmt::format("give one of them a topic-prefix{}", shares_groups ? " and a group-prefix" : ""));
  }
}

}  // namespace

void warn_of_shared_kafka(const Project& project, Diagnostics& problems) {
  for (auto one = project.environments.begin(); one != project.environments.end(); ++one) {
    for (auto other = std::next(one); other != project.environments.end(); ++other)
      compare(one->second, other->second, problems);
  }
}

}  // namespace cloudflow
