// The Secrets that carry configuration and credentials.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/resource.h"
#include "planner/application/application.h"
#include "planner/project/project.h"
#include "planner/settings/effective_config.h"

namespace cloudflow {

/// The Secret of a streamlet: one key for each document.
Resource streamlet_secret(const Application& application, const Streamlet& streamlet, const std::string& ns,
                          const std::map<std::string, ConfigValue>& documents);
/// Which object configuration_secret() makes.
ResourceId configuration_id(const Application& application, const std::string& ns);
/// `config-<application>`: the whole configuration, for people and `configuration`, and what the environment keeps.
Resource configuration_secret(const Application& application, const Environment& environment,
                              const EffectiveConfig& config, const std::string& ns);
/// `logging`: the logback file, byte for byte.
Resource logging_secret(const Application& application, const Environment& environment, const std::string& ns,
                        const std::string& logback);
/// The type of a pull secret.
inline constexpr std::string_view pull_secret_type = "kubernetes.io/dockerconfigjson";

/// The registry's credentials beside those of other registries that are there (ClusterFacts::registries); nothing when
/// the environment gives none. An annotation names the registry, so that its credentials go when another one comes.
std::optional<Resource> pull_secret(const Application& application, const Environment& environment,
                                    const ConfigValue& registries, const std::string& ns);

}  // namespace cloudflow
