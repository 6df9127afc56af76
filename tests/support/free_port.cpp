// Tries ports at random.
#include "tests/support/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <stdexcept>

namespace cloudflow::testing {
namespace {

bool is_free(int port) {
  const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(file);
  return bound;
}

}  // namespace

int free_port() {
  std::random_device random;
  std::uniform_int_distribution<int> ports(10000, 32760);
  for (int tries = 0; tries < 1000; ++tries) {
    const int port = ports(random);
    if (is_free(port) && is_free(port + 1)) return port;
  }
  throw std::runtime_error("no port of 127.0.0.1 is free");
}

}  // namespace cloudflow::testing
