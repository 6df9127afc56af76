// An http proxy on loopback that tunnels every connection to one server.
#include "tests/support/connect_proxy.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace cloudflow::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(static_cast<std::uint16_t>(port));
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

/// Until one side ends.
void pump(int from, int to) {
  std::array<char, 16384> block{};
  for (;;) {
    const ssize_t got = ::recv(from, block.data(), block.size(), 0);
    if (got <= 0) break;
    for (ssize_t sent = 0; sent < got;) {
      const ssize_t put = ::send(to, block.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
      if (put <= 0) return;
      sent += put;
    }
  }
  ::shutdown(to, SHUT_WR);
}

}  // namespace

ConnectProxy::ConnectProxy(int port) : target_(port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("the proxy cannot listen");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] {
    for (;;) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      const std::scoped_lock lock(mutex_);
      open_.push_back(client);
      threads_.emplace_back([this, client] { serve(client); });
    }
  });
}

ConnectProxy::~ConnectProxy() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::scoped_lock lock(mutex_);
    for (const int each : open_) ::shutdown(each, SHUT_RDWR);
  }
  threads_.clear();
  for (const int each : open_) ::close(each);
  ::close(listener_);
}

void ConnectProxy::serve(int client) {
  std::string head;
  char c = 0;
  while (!head.ends_with("\r\n\r\n")) {
    if (::recv(client, &c, 1, 0) != 1) return;
    head += c;
  }
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(target_);
  {
    const std::scoped_lock lock(mutex_);
    open_.push_back(server);
    const std::size_t begin = head.find(' ') + 1;
    asked_.push_back(head.substr(begin, head.find(' ', begin) - begin));
  }
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
  constexpr std::string_view fine = "HTTP/1.1 200 Connected\r\n\r\n";
  ::send(client, fine.data(), fine.size(), MSG_NOSIGNAL);
  const std::jthread back([&] { pump(server, client); });
  pump(client, server);
}

std::string ConnectProxy::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

std::vector<std::string> ConnectProxy::asked() const {
  const std::scoped_lock lock(mutex_);
  return asked_;
}

}  // namespace cloudflow::testing
