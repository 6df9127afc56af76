// Which Kafka broker a sandbox uses.
#pragma once

#include <string>

#include "cloudflow/diagnostics.h"
#include "planner/application/application.h"
#include "planner/project/project.h"

namespace cloudflow {

/// Chosen before anything is started: a client that a broker cannot serve finds out late, or never.
struct BrokerChoice {
  enum class Kind {
    embedded,  ///< ready in milliseconds, for clients that are built on librdkafka
    apache,    ///< Apache Kafka beside us, for all
    given,     ///< runs already
  };
  Kind kind = Kind::embedded;
  std::string address{};  ///< of one that is given
};

/// "embedded", "apache" or HOST:PORT, as the command line asks or else the project; otherwise Apache Kafka where a
/// streamlet runs on Java, and the embedded broker where none does.
BrokerChoice choose_broker(const std::string& asked, const Application& application, const SandboxSettings& settings,
                           Diagnostics& problems);
/// Finds streamlets that could not use the broker that there is: Java's client takes the embedded broker's first answer
/// for an order to wait for 20 minutes, and would hang without a word.
void check_broker(bool is_embedded, const Application& application, const SandboxSettings& settings,
                  Diagnostics& problems);

}  // namespace cloudflow
