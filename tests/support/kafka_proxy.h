// A proxy in front of one Kafka broker that counts requests, and can do something between any two of them.
//
//   KafkaProxy proxy;
//   const auto kafka = start_behind(proxy);        // its clients are told proxy.port()
//   proxy.before(17, [] { kill(client, SIGKILL); return false; });   // false: this request and all later ones are lost
//   proxy.on_request([&](const KafkaRequest& request) { … return KafkaProxy::Fate::pass; });
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/support/kafkabed.h"

namespace cloudflow::testing {

/// What a client asks of a broker.
struct KafkaRequest {
  int kind = -1;           ///< the API key of Kafka's protocol
  int client = 0;          ///< its process, where that was named by tell_apart() before it connected
  bool is_change = false;  ///< of topics; asking whether the broker would do it is none
};

class KafkaProxy {
 public:
  enum class Fate {
    pass,
    lose_request,  ///< the broker never sees it, and the connection ends
    lose_answer,   ///< the broker has it, and the connection ends
  };

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
  /// From now on requests say when they come from this process.
  void tell_apart(int process);
  void forget(int process);
  /// Called for every request before it goes on, from any thread; may block, which holds that connection.
  void on_request(std::function<Fate(const KafkaRequest&)> hook);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A broker of its own behind the proxy, whose port it tells its clients.
Result<std::unique_ptr<Kafkabed>> start_behind(KafkaProxy& proxy);

}  // namespace cloudflow::testing
