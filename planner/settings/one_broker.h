// The configuration of an application that runs on one Kafka broker, whatever it is on elsewhere.
#pragma once

#include <string>

#include "planner/settings/effective_config.h"

namespace cloudflow {

/// What is special about a broker.
struct OneBroker {
  std::string address{};  ///< HOST:PORT
  int session =
      0;  ///< milliseconds after which it gives up a reader that is silent, where nothing else is set; 0: theirs
  bool is_single = false;  ///< it has no others that could hold replicas
};

/// All topics on one broker without credentials, each made by this application. Names, settings and groups stay; of
/// replicas, and how many have to be in sync, only where there can be some.
EffectiveConfig on_one_broker(EffectiveConfig config, const OneBroker& broker);

}  // namespace cloudflow
