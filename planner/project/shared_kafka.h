// Environments of one project that meet on a Kafka cluster.
#pragma once

#include "cloudflow/diagnostics.h"
#include "planner/project/project.h"

namespace cloudflow {

/// Warns of two environments whose topics, and with them their consumer groups, are the same in Kafka. What the file
/// does not say, as brokers from a Secret, is not compared.
void warn_of_shared_kafka(const Project& project, Diagnostics& problems);

}  // namespace cloudflow
