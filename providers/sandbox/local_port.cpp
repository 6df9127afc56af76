// Ports of this machine's loopback.
#include "providers/sandbox/local_port.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace cloudflow {

bool is_port_free(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  // As servers do: what waits for the end of an old connection is no server.
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;  // NOLINT
  ::close(socket);
  return free;
}

std::optional<LocalPort> LocalPort::take(int port) {
  // A name that only one process can have, among those that share these ports.
  const int claim = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (claim < 0) return std::nullopt;
  LocalPort out(port, claim);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const std::string text = fmt::format("cloudflow-sandbox-port-{}", port);
  std::ranges::copy(text, name.sun_path + 1);  // the first byte is 0: a name without a file
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  if (::bind(claim, reinterpret_cast<const sockaddr*>(&name), size) != 0 || !is_port_free(port))  // NOLINT
    return std::nullopt;
  return out;
}

std::optional<LocalPort> LocalPort::take_from(int first, int count) {
  for (int port = first; port < first + count; ++port) {
    if (std::optional<LocalPort> out = take(port)) return out;
  }
  return std::nullopt;
}

std::optional<LocalPort> LocalPort::take_any() {
  constexpr int first = 20000;
  constexpr int count = 12000;
  // From anywhere: who asks at the same moment for a port by other means rarely finds the same.
  std::random_device seed;
  const int begin = std::uniform_int_distribution(first, first + count - 1)(seed);
  std::optional<LocalPort> out = take_from(begin, first + count - begin);
  return out ? std::move(out) : take_from(first, begin - first);
}

LocalPort& LocalPort::operator=(LocalPort&& other) noexcept {
  std::swap(number_, other.number_);
  std::swap(claim_, other.claim_);
  return *this;
}

LocalPort::~LocalPort() {
  if (claim_ >= 0) ::close(claim_);
}

}  // namespace cloudflow
