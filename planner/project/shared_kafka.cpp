// Environments of one project that meet on a Kafka cluster.
#include "planner/project/shared_kafka.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "planner/project/external_values.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

const ConfigValue* servers_of(const KafkaSettings& cluster) { return cluster.config.at({"bootstrap", "servers"}); }

std::set<std::string> brokers_of(const KafkaSettings& cluster) {
  std::set<std::string> out;
  const ConfigValue* servers = servers_of(cluster);
  if (servers == nullptr || !servers->is_scalar() || is_external(*servers)) return out;
  for (const std::string& server : split(servers->text(), ',')) {
    if (const std::string_view name = trimmed(server); !name.empty()) out.insert(lower(name));
  }
  return out;
}

/// "from-env: KAFKA" where both clusters take their brokers from the same place outside git, else empty. A Secret is
/// one of each environment's namespace, and so another.
std::string common_reference(const KafkaSettings& one, const KafkaSettings& other) {
  const ConfigValue* mine = servers_of(one);
  const ConfigValue* theirs = servers_of(other);
  if (mine == nullptr || theirs == nullptr) return "";
  for (const std::string_view key : {"from-env", "from-file", "from-command"}) {
    const ConfigValue* name = mine->find(key);
    const ConfigValue* other_name = theirs->find(key);
    if (name != nullptr && other_name != nullptr && *name == *other_name)
      return name->is_scalar() ? fmt::format("{}: {}", key, name->text()) : std::string(key);
  }
  return "";
}

/// Where two environments meet.
struct MeetingPlace {
  std::string name{};    ///< empty when they are not known to meet
  bool depends = false;  ///< only where what stands outside git is the same for both
};

MeetingPlace meeting_place(const KafkaSettings& one, const KafkaSettings& other) {
  if (!one.cluster_id.empty() && !other.cluster_id.empty())
    return {one.cluster_id == other.cluster_id ? "cluster-id " + one.cluster_id : ""};
  const std::set<std::string> brokers = brokers_of(other);
  for (const std::string& broker : brokers_of(one)) {
    if (!brokers.contains(broker)) continue;
    // What a variable held is for nobody's eyes.
    const bool is_secret = servers_of(one)->is_secret() || servers_of(other)->is_secret();
    return {is_secret ? "its brokers come from outside git" : broker};
  }
  return {common_reference(one, other), true};
}

/// The same objects in Kubernetes: one takes the place of the other instead of running beside it.
bool is_same_place(const Environment& one, const Environment& other) {
  return one.kubernetes.context == other.kubernetes.context && one.kubernetes.ns == other.kubernetes.ns &&
         one.kubernetes.kubeconfig == other.kubernetes.kubeconfig;
}

void compare(const Environment& one, const Environment& other, Diagnostics& problems) {
  const bool shares_topics = one.topic_prefix == other.topic_prefix;
  const bool shares_groups = one.group_prefix == other.group_prefix;
  if ((!shares_topics && !shares_groups) || is_same_place(one, other)) return;
  for (const auto& [name, cluster] : other.kafka) {
    const auto mine = one.kafka.find(name);
    if (mine == one.kafka.end()) continue;
    const MeetingPlace where = meeting_place(mine->second, cluster);
    if (where.name.empty()) continue;
    std::string what = "the same topics";
    if (!shares_topics) what = "the same consumer groups on different topics, which rebalance and count as one";
    if (shares_topics && shares_groups) what += ", and their consumer groups take each other's records";
    std::string hint = shares_topics ? "a topic-prefix" : "a group-prefix";
    if (shares_topics && shares_groups) hint += " and a group-prefix";
    hint = "give one of them " + hint;
    if (where.depends) hint += "; if these are two clusters, write the cluster-id of each";
    problems.warning(
        "shared-kafka", cluster.where,
        fmt::format("environments {} and {} {} Kafka cluster {} ({}) with {}", quote(one.name), quote(other.name),
                    where.depends ? "may both be on" : "are both on", quote(name), where.name, what),
        hint);
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
