// What answers at a port.
#include "sdk/support/port_probe.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_all.hpp>
#include <thread>

namespace cloudflow {
namespace {

/// Listens on loopback. Every connection gets `answer` once it has asked; nothing and it stays open, or is closed.
class Listener {
 public:
  enum class Manner { answer, close, keep_silent };
  Listener(Manner manner, std::string answer) : manner_(manner), answer_(std::move(answer)) {
    file_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(file_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(file_, 8) == 0);
    socklen_t size = sizeof address;
    REQUIRE(getsockname(file_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~Listener() {
    thread_.request_stop();
    thread_.join();
    for (const int open : open_) close(open);
    close(file_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  int port() const { return port_; }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{file_, POLLIN, 0};
      if (poll(&waiting, 1, 20) != 1) continue;
      const int client = accept(file_, nullptr, nullptr);
      if (client < 0) continue;
      open_.push_back(client);
      std::array<char, 512> request{};
      if (manner_ == Manner::keep_silent || recv(client, request.data(), request.size(), 0) <= 0) continue;
      if (manner_ == Manner::answer) send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      shutdown(client, SHUT_RDWR);
    }
  }

  Manner manner_;
  std::string answer_;
  int file_ = -1;
  int port_ = 0;
  std::vector<int> open_{};
  std::jthread thread_{};
};

PortAnswer probe(int port, const std::string& host = "127.0.0.1") {
  return probe_port({.host = host,
                     .port = port,
                     .request = "hello",
                     .is_expected = [](std::string_view answer) { return answer == "welcome!"; },
                     .patience = std::chrono::milliseconds(300)});
}

}  // namespace

TEST_CASE("what answers at a port is told by its first bytes", "[sdk][port]") {
  using Manner = Listener::Manner;
  CHECK(probe(Listener(Manner::answer, "welcome!").port()) == PortAnswer::expected);
  CHECK(probe(Listener(Manner::answer, "HTTP/1.1 400 Bad Request\r\n\r\n").port()) == PortAnswer::http);
  CHECK(probe(Listener(Manner::answer, std::string("\x15\x03\x03\0\x02\x02\x50", 7)).port()) == PortAnswer::tls);
  CHECK(probe(Listener(Manner::answer, "SSH-2.0-OpenSSH_9.2\r\n").port()) == PortAnswer::other);
  CHECK(probe(Listener(Manner::close, "").port()) == PortAnswer::closed);
  CHECK(probe(Listener(Manner::keep_silent, "").port()) == PortAnswer::silent);
}

TEST_CASE("a name without an address and a port where nobody listens are told apart", "[sdk][port]") {
  int port = 0;
  {
    const Listener gone(Listener::Manner::close, "");
    port = gone.port();
  }
  CHECK(probe(port) == PortAnswer::refused);
  CHECK(probe(port, "no-such-machine.invalid") == PortAnswer::unresolved);
}

}  // namespace cloudflow
