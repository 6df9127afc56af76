// The configuration of an application that runs on one Kafka broker, whatever it is on elsewhere.
#pragma once

#include <string>

#include "planner/settings/effective_config.h"

namespace cloudflow {

/// All topics on one broker without credentials, each made by this application. Names, settings and groups stay.
/// `session`: after so many milliseconds the broker gives up a reader that is silent, where nothing else is set; 0 for
/// the client's own.
EffectiveConfig on_one_broker(EffectiveConfig config, const std::string& address, int session = 0);

}  // namespace cloudflow
