// The proven application: every streamlet known, every port wired, every contract checked.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "planner/blueprint/descriptor.h"
#include "planner/config/config_value.h"
#include "planner/runtime/runtimes.h"

namespace cloudflow {

/// What a port is wired to.
struct PortMapping {
  std::string topic{};    ///< topic id in the blueprint
  std::string cluster{};  ///< named Kafka cluster; empty for the default
  ConfigValue config{};  ///< the topic's Kafka configuration as the blueprint has it, an object (docs/compatibility.md,
                         ///< Blueprint)
};

/// One streamlet of the application.
struct Streamlet {
  std::string name{};
  std::string class_name{};
  std::string runtime{};
  std::string image{};
  std::string secret_name{};  ///< subdomain form of the name
  Descriptor descriptor{};
  std::map<std::string, PortMapping> ports{};  ///< inlet or outlet name → wire
  ConfigValue config{};                        ///< object: e.g. cloudflow.internal.server.container-port
  std::optional<int> container_port{};         ///< set when it is a server: 3000
  std::optional<int> replicas{};               ///< as the build or the blueprint has it
  SourcePos where{};                           ///< where the blueprint names it
  SourcePos image_where{};                     ///< where the image was given
};

/// One topic of the blueprint.
struct Topic {
  std::string id{};
  std::string cluster{};                 ///< empty for the default
  ConfigValue config{};                  ///< object, see PortMapping::config
  std::vector<std::string> producers{};  ///< "<streamlet>.<outlet>"
  std::vector<std::string> consumers{};  ///< "<streamlet>.<inlet>"
  SourcePos where{};
};

/// Only read_application and verify make one.
struct Application {
  std::string id{};  ///< label form, also the default namespace
  std::string version{};
  bool prometheus_agent = true;                    ///< agent_paths has "prometheus"
  std::string service_account{};                   ///< empty for cloudflow-app-serviceaccount
  std::vector<Streamlet> streamlets{};             ///< sorted by name
  std::vector<Topic> topics{};                     ///< sorted by id; only those with a port
  std::map<std::string, RuntimeNeeds> runtimes{};  ///< of its streamlets
  SourcePos where{};

  const Streamlet* streamlet(std::string_view name) const;
  const Topic* topic(std::string_view id) const;
  /// What its runtime reads of the configuration; nothing where no runtime is known.
  const RuntimeNeeds& needs_of(const Streamlet& streamlet) const;
};

}  // namespace cloudflow
