// The configuration that each streamlet and topic really gets: files, environment, defaults and cluster facts put
// together.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "planner/application/application.h"
#include "planner/config/config_value.h"
#include "planner/project/project.h"
#include "planner/settings/facts.h"

namespace cloudflow {

/// The Kafka cluster of topics that name none.
inline constexpr std::string_view default_cluster = "default";

/// One topic with everything that applies to it. Every value keeps the place where it was written.
struct EffectiveTopic {
  std::string id{};
  std::string cluster{};     ///< "default" when none is named; a broker list when the topic brings its own
  ConfigValue name{};        ///< of the topic in Kafka
  ConfigValue partitions{};  ///< number, or null for the broker's default
  ConfigValue replicas{};    ///< number, or null for the broker's default
  ConfigValue managed{};     ///< boolean
  ConfigValue config{};      ///< configuration over blueprint over cluster
  SourcePos where{};
};

/// One streamlet's part of the configuration. All three trees are objects.
struct EffectiveStreamlet {
  std::string name{};
  ConfigValue parameters{};                     ///< key → value
  ConfigValue runtime{};                        ///< handed to the runtime as it is
  ConfigValue kubernetes{};                     ///< {"pods": …} with its defaults written out
  ConfigValue replicas{};                       ///< number
  bool replicas_given = false;                  ///< false: it is 1 because nobody said
  std::map<std::string, ConfigValue> ports{};   ///< port → what it is told of its topic
  std::map<std::string, ConfigValue> claims{};  ///< volume mount → name of the claim it is bound to
};

/// A PersistentVolumeClaim that must exist.
struct ClaimUse {
  std::string claim{};
  bool is_secret = false;     ///< the claim's name is not printed
  std::string access_mode{};  ///< that it must allow; empty for any
  std::string user{};         ///< `volume mount "data" of streamlet "proc"`
  SourcePos where{};
};

/// Only effective_config makes one.
struct EffectiveConfig {
  ConfigValue document{};  ///< the whole configuration with its defaults, as the user wrote it
  std::map<std::string, EffectiveStreamlet> streamlets{};
  std::map<std::string, EffectiveTopic> topics{};  ///< by id
  /// Kafka clusters that topics use: bootstrap.servers (nested), connection-config, producer-config, consumer-config,
  /// partitions, replicas.
  std::map<std::string, ConfigValue> clusters{};
  /// The same of clusters that the environment has, or that secrets describe, and no topic is on: topics that left the
  /// source may be there.
  std::map<std::string, ConfigValue> other_clusters{};
  /// Brokers of the default cluster, also where no topic is on it: programs up to Cloudflow 2.0.10 read them. Null
  /// where it is not known.
  ConfigValue default_brokers{};
  std::string groups{};  ///< with which names of consumer groups begin: the application, with the environment's prefix
  std::vector<ClaimUse> claims{};
  ClusterFacts facts{};
};

/// Checks `user` (files already merged and resolved; see config_schema.h) and derives what every streamlet and topic
/// gets. All mistakes go to `problems`; the result then holds what could be derived.
EffectiveConfig effective_config(const Application& application, const Environment& environment,
                                 const ConfigValue& user, const ClusterFacts& facts, Diagnostics& problems);

/// Reports claims that neither exist nor are in `planned` (claim → access modes), and such that lack an access mode.
/// Says nothing about claims outside `planned` when the cluster was not asked.
void check_claims(const EffectiveConfig& config, const std::map<std::string, std::string>& planned,
                  Diagnostics& problems);

/// One value of a streamlet's configuration and where it comes from.
struct ExplainedValue {
  std::string pointer{};  ///< "/config-parameters/rate", "/config/akka/loglevel", "/kubernetes/pods/…",
                          ///< "/ports/in/topic/name", "/replicas"
  ConfigValue value{};    ///< with its position; may be secret
  std::string
      scope{};  ///< "streamlet scope", "runtime scope", "default of the parameter", "Kafka cluster \"default\"" …
};

/// Every value that `streamlet` gets, sorted by pointer. Lists count as one value. Empty for an unknown streamlet.
std::vector<ExplainedValue> explain_config(const Application& application, const Environment& environment,
                                           const ConfigValue& user, const ClusterFacts& facts,
                                           std::string_view streamlet);

}  // namespace cloudflow
