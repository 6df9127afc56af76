// The values of a topic's own settings, as Kafka is to keep them.
#pragma once

#include <string>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"

namespace cloudflow {

/// Reports what Kafka would refuse, or keep otherwise than it is written: a difference that no apply ends. `settings`
/// is the object `topic`, nested or with dotted keys.
void verify_topic_values(const std::string& topic, const ConfigValue& settings, Diagnostics& problems);

/// Warns of names that Kafka does not know and that are nearly ones that it does, in what a topic's `topic`,
/// `connection-config`, `producer-config` and `consumer-config` set: Kafka takes plug-ins' names as well. Says the same
/// of one place only once.
void warn_of_setting_names(const ConfigValue& config, Diagnostics& problems);

/// Topics of one cluster whose names differ only in '.' and '_' cannot be told apart in Kafka's metrics; it makes two
/// of one request and refuses the second of two requests. The text that is the same for both.
std::string metric_name(std::string_view topic);

}  // namespace cloudflow
