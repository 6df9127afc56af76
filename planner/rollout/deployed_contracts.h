// Which port uses which schema, as it is kept beside the application so that the next plan knows what is deployed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/resource.h"
#include "planner/schema/port_schema.h"

namespace cloudflow {

/// One port of one streamlet on the topic that it has in Kafka.
struct DeployedPort {
  std::string streamlet{};
  std::string port{};
  bool produces = false;
  std::string topic{};    ///< its name in Kafka
  std::string cluster{};  ///< as in ResourceId::scope
  PortSchema schema{};    ///< without text when it was not kept

  std::string name() const { return streamlet + "." + port; }
  /// The same schema, as far as can be told.
  bool same_schema(const DeployedPort& other) const;
};

/// The contracts of a whole application.
struct DeployedContracts {
  std::vector<DeployedPort> ports{};                           ///< sorted by name
  std::map<std::string, std::vector<ResourceId>> workloads{};  ///< streamlet → what runs it

  const DeployedPort* find(const DeployedPort& port) const;  ///< the one with the same streamlet and port
};

/// As the data of a ConfigMap: "<streamlet>.<port>" → one line; "schema-<digest>" → a schema's text, each once;
/// "workloads-<streamlet>" → a line for each. Texts beyond `limit` bytes in all are left out, the largest first; their
/// number is added to `left_out`.
std::map<std::string, std::string> contracts_data(const DeployedContracts& contracts, std::size_t limit, int& left_out);

/// What contracts_data wrote; lines that are not understood are skipped.
DeployedContracts read_contracts(const Json& data);

}  // namespace cloudflow
