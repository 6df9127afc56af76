// What the source asks of the outside before it can be rendered: values that are not in git, and facts of the cluster.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>

#include "planner/application/application.h"
#include "planner/project/external_values.h"
#include "planner/project/project.h"
#include "planner/settings/effective_config.h"
#include "sdk/support/secret.h"

namespace cloudflow {

/// Where values from outside come from in `plan` and `apply`: the environment, files and commands in `folder`, and
/// Secrets of the cluster, by `secret`.
ExternalLookup lookup_online(const std::string& folder,
                             std::function<Result<std::string>(const std::string& name, const std::string& key)> secret,
                             std::stop_token stop);
/// Offline nothing outside the source is looked at: placeholders pass every check, and the result has the same shape.
ExternalLookup lookup_offline();

/// What rendering needs to know of the cluster.
struct FactsNeeded {
  std::set<std::string> kafka_clusters{};  ///< of topics, that the environment does not describe
  bool claims = false;
  bool registries = false;

  bool any() const { return !kafka_clusters.empty() || claims || registries; }
};
FactsNeeded facts_needed(const Application& application, const Environment& environment,
                         const ConfigValue& user_config);

/// What the cluster answered. A secret text is HOCON, as Cloudflow 2 keeps it.
struct FactsRead {
  std::map<std::string, Secret> kafka_clusters{};  ///< also clusters that nobody needs: their names serve hints
  std::map<std::string, std::string> claims{};
  Secret registries{};  ///< empty where there are none
};
/// As rendering takes it: everything in a secret is marked as never to be shown, but addresses and counts. Mistakes in
/// the secrets of clusters that are not needed are their owners' business.
ClusterFacts facts_of(const FactsRead& read, const FactsNeeded& needed, Diagnostics& problems);

}  // namespace cloudflow
