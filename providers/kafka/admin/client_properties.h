// Java client properties (connection-config) → librdkafka configuration.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cloudflow/result.h"
#include "sdk/support/secret.h"

namespace cloudflow {

/// What to tell librdkafka, and what cannot be told.
struct ClientProperties {
  std::map<std::string, Secret> settings{};      ///< librdkafka's own names
  std::map<std::string, Secret> perhaps{};       ///< not known to us: for librdkafka when it knows the name
  std::map<std::string, std::string> ignored{};  ///< Java property → why it has no effect here
};

/// An error names the property and says what would work; it never holds a value.
Result<ClientProperties> client_properties(const std::map<std::string, Secret>& properties);

}  // namespace cloudflow
