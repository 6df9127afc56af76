// Rights as text: manifests of RBAC for kubectl, lines of kafka-acls.sh, and JSON for programs.
#pragma once

#include <map>
#include <set>
#include <string>

#include "cloudflow/json.h"
#include "providers/kafka/topic/kafka_rights.h"
#include "providers/kubernetes/cluster/rbac_manifests.h"
#include "providers/kubernetes/cluster/rights.h"

namespace cloudflow {

/// Who gets the rights, and what else is said of them.
struct Grant {
  std::string application{};
  std::string ns{};  ///< the application's namespace
  Rights rights{};
  std::set<KafkaRight> kafka{};
  std::map<std::string, std::string> bootstrap_servers{};  ///< by the names of the clusters, as far as they are known
  Json subject{};                                          ///< as in a binding; null: none is bound
  std::string principal{};                                 ///< of Kafka: "User:deployer"
};

/// One document for each manifest, and the lines of kafka-acls.sh as comments, so that kubectl takes all of it.
std::string rights_yaml(const Grant& grant);
/// The lines of kafka-acls.sh alone.
std::string kafka_acl_lines(const Grant& grant);
/// {"format_version","application","manifests":[…],"acls":[{"cluster","bootstrap_servers","principal","resource",
/// "name","pattern","operations"}]}
std::string rights_json(const Grant& grant);

}  // namespace cloudflow
