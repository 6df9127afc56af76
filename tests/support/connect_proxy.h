// An http proxy on loopback that tunnels every connection to one server, whatever name it is asked for.
#pragma once

#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cloudflow::testing {

class ConnectProxy {
 public:
  /// `port` of 127.0.0.1 is where all tunnels end.
  explicit ConnectProxy(int port);
  ~ConnectProxy();
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;

  std::string url() const;                 ///< "http://127.0.0.1:PORT"
  std::vector<std::string> asked() const;  ///< "registry.example.com:443", once for each tunnel

 private:
  void serve(int client);

  int target_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_{};
  std::vector<std::string> asked_{};
  std::vector<int> open_{};
  std::list<std::jthread> threads_{};
  std::jthread acceptor_{};
};

}  // namespace cloudflow::testing
