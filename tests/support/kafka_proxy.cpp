// A proxy in front of one Kafka broker: a thread for each direction of each connection.
#include "tests/support/kafka_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace cloudflow::testing {
namespace {

sockaddr_in address_of(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive(int from, char* into, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::recv(from, into, size, 0);
    if (got <= 0) return false;
    into += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

struct KafkaProxy::State {
  int listener = -1;
  int port = 0;
  std::atomic<int> target = 0;
  mutable std::mutex mutex{};
  std::set<int> open{};
  std::vector<std::thread> threads{};
  int count = 0;
  int nth = 0;
  int kind = -1;
  std::function<bool()> what{};
  std::thread accepting{};

  void remember(int file) {
    const std::scoped_lock lock(mutex);
    open.insert(file);
  }
  /// Wakes both threads of a connection; the files are closed at the end.
  static void end(int one, int other) {
    ::shutdown(one, SHUT_RDWR);
    ::shutdown(other, SHUT_RDWR);
  }
  bool may_pass(int request_kind) {
    std::function<bool()> now;
    {
      const std::scoped_lock lock(mutex);
      if ((kind < 0 || kind == request_kind) && ++count == nth) now = what;
    }
    return !now || now();
  }
  void requests(int client, int server) {
    std::string frame;
    while (true) {
      std::array<char, 4> head{};
      if (!receive(client, head.data(), head.size())) break;
      std::uint32_t size = 0;
      for (const char byte : head) size = size << 8 | static_cast<unsigned char>(byte);
      if (size > (64U << 20)) break;
      frame.assign(head.data(), head.size());
      frame.resize(head.size() + size);
      if (!receive(client, frame.data() + head.size(), size)) break;
      const int key = size < 2 ? -1 : static_cast<unsigned char>(frame[4]) << 8 | static_cast<unsigned char>(frame[5]);
      if (!may_pass(key) || !send_all(server, frame)) break;
    }
    end(client, server);
  }
  static void answers(int server, int client) {
    std::array<char, 65536> buffer{};
    while (true) {
      const ssize_t got = ::recv(server, buffer.data(), buffer.size(), 0);
      if (got <= 0 || !send_all(client, {buffer.data(), static_cast<std::size_t>(got)})) break;
    }
    end(client, server);
  }
  void accept_all() {
    while (true) {
      const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      remember(client);
      remember(server);
      const sockaddr_in address = address_of(target);
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        end(client, server);
        continue;
      }
      const std::scoped_lock lock(mutex);
      threads.emplace_back([this, client, server] { requests(client, server); });
      threads.emplace_back([client, server] { answers(server, client); });
    }
  }
};

KafkaProxy::KafkaProxy() : state_(std::make_unique<State>()) {
  state_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = address_of(0);
  socklen_t size = sizeof address;
  static_cast<void>(::bind(state_->listener, reinterpret_cast<const sockaddr*>(&address), size));
  ::listen(state_->listener, 64);
  ::getsockname(state_->listener, reinterpret_cast<sockaddr*>(&address), &size);
  state_->port = ntohs(address.sin_port);
  state_->accepting = std::thread([this] { state_->accept_all(); });
}

KafkaProxy::~KafkaProxy() {
  ::shutdown(state_->listener, SHUT_RDWR);
  state_->accepting.join();
  for (const int file : state_->open) ::shutdown(file, SHUT_RDWR);
  for (std::thread& thread : state_->threads) thread.join();
  for (const int file : state_->open) ::close(file);
  ::close(state_->listener);
}

int KafkaProxy::port() const { return state_->port; }
void KafkaProxy::forward_to(int port) { state_->target = port; }

void KafkaProxy::before(int nth, std::function<bool()> what, int kind) {
  const std::scoped_lock lock(state_->mutex);
  state_->count = 0;
  state_->nth = nth;
  state_->kind = kind;
  state_->what = std::move(what);
}

int KafkaProxy::requests() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->count;
}

}  // namespace cloudflow::testing
