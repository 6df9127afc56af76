// A Kafka broker inside this process, ready in milliseconds.
#pragma once

#include <memory>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow {

/// librdkafka's mock cluster. It knows producers, consumers, groups and transactions of clients that are built on
/// librdkafka; Java's client cannot use it. It keeps 5 MiB of each partition and forgets everything at its end.
class EmbeddedBroker {
 public:
  /// Milliseconds after which a reader that is silent is given up. Clients of the older protocol of groups have to be
  /// told; they would take 45 s, which looks like a standstill to who has just killed one.
  static constexpr int session = 3000;

  /// On a free port of 127.0.0.1. unsupported: librdkafka refuses; says why.
  static Result<std::unique_ptr<EmbeddedBroker>> start();
  ~EmbeddedBroker();
  EmbeddedBroker(const EmbeddedBroker&) = delete;
  EmbeddedBroker& operator=(const EmbeddedBroker&) = delete;

  /// "127.0.0.1:40123"
  std::string address() const;
  /// conflict: there is one of that name.
  Result<void> make_topic(const std::string& name, int partitions);
  /// not_found: there is none.
  Result<void> delete_topic(const std::string& name);

 private:
  struct Handles;
  explicit EmbeddedBroker(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

}  // namespace cloudflow
