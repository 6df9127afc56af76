// What a deploy keeps in the cluster, so that later verbs can do the same again with one thing changed.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "cli/cloudflow2/arguments.h"
#include "cli/pipeline/desired.h"
#include "cli/pipeline/source.h"
#include "providers/kubernetes/cluster/cluster.h"

namespace cloudflow::cloudflow2 {

/// Read from and written to further keys of the Secret `config-<application>`: `application.json` (the descriptor as it
/// was given), `configuration.json` (the user's configuration, without defaults), `logback.xml`, and `deploy.json`
/// ({"format", "service_account", "volume_mounts", "replicas", "secrets", "kafka_secrets_namespace"}).
struct Record {
  std::string descriptor{};
  std::string configuration{};
  std::string logback{};
  std::string service_account{};
  std::string kafka_ns{};
  std::map<std::string, std::string> volume_mounts{};
  std::map<std::string, int> replicas{};     ///< those that were asked for
  std::vector<std::string> secret_values{};  ///< JSON pointers into the configuration: never printed
};

/// The keys to keep for what is about to be deployed.
std::map<std::string, std::string> kept_keys(const Source& source, const Gathered& gathered,
                                             const std::string& descriptor);

/// What a deploy kept; nothing when the application was not deployed this way. Errors are those of the cluster.
Result<std::optional<Record>> read_record(KubernetesCluster& cluster, const std::string& application,
                                          std::stop_token stop);

/// The record as arguments. The configuration in it is left out when `new_configuration` comes instead.
Given given_from(const Record& record, bool new_configuration, Diagnostics& problems);

}  // namespace cloudflow::cloudflow2
