// The addresses of a Kafka cluster as clients take them.
#pragma once

#include <string>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"

namespace cloudflow {

/// Checks "host:port,host:port": what Kafka's clients would refuse, or look for in vain, is a mistake here. A secret
/// value is not quoted, and one that is not known yet passes.
void check_broker_addresses(const std::string& cluster, const ConfigValue& servers, Diagnostics& problems);

}  // namespace cloudflow
