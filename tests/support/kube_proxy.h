// A proxy in front of a real API server that writes down every write, and can hold or lose requests and answers.
//
//   KubeProxy proxy(access.server, access.tls);     // everybody who comes is who `tls` says
//   proxy.on_request([&](const SeenRequest& request) { … return KubeProxy::Fate::pass; });
//   … a client talks to proxy.url() …
//   for (const ProxiedWrite& write : proxy.writes()) …
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sdk/support/http_client.h"
#include "tests/support/fault_server.h"

namespace cloudflow::testing {

/// A request that changes something, with what the server said. Dry runs are none.
struct ProxiedWrite {
  std::string method{};
  std::string path{};
  std::string body{};
  int status = 0;
  std::chrono::steady_clock::time_point sent{};  ///< when it went to the server
  std::chrono::steady_clock::time_point at{};    ///< when the server had answered
};

class KubeProxy {
 public:
  enum class Fate {
    pass,
    lose_request,  ///< the server never sees it, and the client gets no answer
    lose_answer,   ///< done, but the client gets no answer
    say_conflict,  ///< the server never sees it, and the client is told 409, 429, 500 or 503
    say_too_many,
    say_too_many_now,  ///< without Retry-After
    say_internal_error,
    say_unavailable,
  };

  KubeProxy(std::string server, TlsOptions tls);
  /// Called for every request before it goes on; may block, which holds that request alone.
  void on_request(std::function<Fate(const SeenRequest&)> hook);
  /// From now on nobody can see that a client's process is one of this machine: what it writes of itself names another.
  void pretend_elsewhere() { elsewhere_ = true; }
  std::string url() const { return front_.url(); }
  /// A kubeconfig for it.
  std::string kubeconfig() const;
  /// How many requests the server has answered.
  int answered() const { return answered_; }
  /// In the order in which the server answered.
  std::vector<ProxiedWrite> writes() const;

 private:
  FaultAnswer pass_on(const SeenRequest& request);

  const std::string server_;
  HttpClient back_;
  std::atomic<bool> elsewhere_ = false;
  std::atomic<int> answered_ = 0;
  mutable std::mutex mutex_{};
  std::function<Fate(const SeenRequest&)> hook_{};
  std::vector<ProxiedWrite> writes_{};
  FaultServer front_{};  // ends first: it calls the others
};

}  // namespace cloudflow::testing
