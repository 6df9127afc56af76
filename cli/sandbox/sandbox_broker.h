// The Kafka broker of a sandbox, and its topics as a provider.
#pragma once

#include <memory>
#include <string>

#include "cli/host.h"
#include "cli/sandbox/broker_choice.h"
#include "cli/sandbox/work_folder.h"
#include "cli/views/view.h"
#include "providers/kafka/kafka_provider.h"
#include "providers/sandbox/apache_broker.h"
#include "providers/sandbox/embedded_broker.h"

namespace cloudflow {

/// Started, or only connected to, as it was chosen. One that was started ends with it.
class SandboxBroker {
 public:
  /// What is given has to outlive it. `data`: a folder on disk that is empty; used by Apache Kafka alone.
  static Result<std::unique_ptr<SandboxBroker>> start(const BrokerChoice& choice, const WorkFolder& work,
                                                      const std::string& data, const Host& host, View& view);

  const std::string& address() const { return address_; }
  bool is_embedded() const { return embedded_ != nullptr; }
  /// It runs already for somebody else, who may have other brokers beside it.
  bool is_given() const { return embedded_ == nullptr && apache_ == nullptr; }
  /// Milliseconds after which readers should let it give them up when they are silent; 0: as they like.
  int session() const { return is_given() ? 0 : is_embedded() ? EmbeddedBroker::session : ApacheBroker::session; }
  Provider& topics() { return *topics_; }
  /// The same where it is a real broker, else null.
  KafkaProvider* kafka() { return kafka_; }
  /// That it has ended by itself, and why; empty where it has not.
  std::string problem() const { return apache_ == nullptr ? "" : apache_->problem(); }

 private:
  SandboxBroker() = default;

  std::string address_{};
  std::unique_ptr<EmbeddedBroker> embedded_{};
  std::unique_ptr<ApacheBroker> apache_{};
  std::unique_ptr<Provider> topics_{};
  KafkaProvider* kafka_ = nullptr;
};

}  // namespace cloudflow
