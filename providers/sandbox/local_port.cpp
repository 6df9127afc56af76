// Ports of this machine's loopback.
#include "providers/sandbox/local_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <random>

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

int free_port(int other) {
  constexpr int first = 20000;
  constexpr int count = 12000;
  // From anywhere: two that look at the same moment rarely find the same.
  std::random_device seed;
  const int begin = std::uniform_int_distribution(0, count - 1)(seed);
  for (int i = 0; i < count; ++i) {
    const int port = first + (begin + i) % count;
    if (port != other && is_port_free(port)) return port;
  }
  return 0;
}

}  // namespace cloudflow
