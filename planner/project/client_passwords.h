// Settings of Kafka clients that are passwords wherever they are written.
#pragma once

#include "planner/config/config_value.h"
#include "planner/project/project.h"

namespace cloudflow {

/// The same tree, in which every setting that Kafka's own clients never print (type PASSWORD of SslConfigs and
/// SaslConfigs) is a secret: at any depth, with dotted keys or nested ones.
ConfigValue with_passwords_marked(const ConfigValue& tree);
/// The same for all that an environment configures.
Environment with_passwords_marked(Environment environment);

}  // namespace cloudflow
