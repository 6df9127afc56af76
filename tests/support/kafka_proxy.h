// A proxy in front of one Kafka broker that counts requests, and can do something between any two of them.
//
//   KafkaProxy proxy;                              // clients are told proxy.port(): kafkabed --advertise
//   proxy.forward_to(broker_port);
//   proxy.before(17, [] { kill(client, SIGKILL); return false; });   // false: this request and all later ones are lost
#pragma once

#include <functional>
#include <memory>

namespace cloudflow::testing {

class KafkaProxy {
 public:
  KafkaProxy();  ///< listens on a free port of 127.0.0.1
  ~KafkaProxy();
  KafkaProxy(const KafkaProxy&) = delete;
  KafkaProxy& operator=(const KafkaProxy&) = delete;

  int port() const;
  void forward_to(int port);
  /// Counts from 1 again, and calls `what` before request `nth` is passed on; false ends that connection instead.
  /// With a `kind` (an API key of Kafka's protocol) only such requests are counted.
  void before(int nth, std::function<bool()> what, int kind = -1);
  /// Requests since before(), of all connections.
  int requests() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow::testing
