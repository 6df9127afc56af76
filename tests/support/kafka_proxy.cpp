// A proxy in front of one Kafka broker: a thread for each direction of each connection.
#include "tests/support/kafka_proxy.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <list>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

#include "tests/support/free_port.h"

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

int port_of(int (*ask)(int, sockaddr*, socklen_t*), int file) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ask(file, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

/// The inode of our machine's socket with these two ports of 127.0.0.1; empty when there is none.
std::string socket_inode(int own_port, int other_port) {
  constexpr std::string_view loopback = "0100007F";
  const std::string own = fmt::format("{}:{:04X}", loopback, own_port);
  const std::string other = fmt::format("{}:{:04X}", loopback, other_port);
  std::ifstream table("/proc/net/tcp");
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string number;
    std::string from;
    std::string to;
    fields >> number >> from >> to;
    if (from != own || to != other) continue;
    constexpr int fields_between = 6;
    std::string inode;
    for (int i = 0; i <= fields_between; ++i) fields >> inode;
    return inode;
  }
  return "";
}

bool has_open(int process, const std::string& inode) {
  const std::string wanted = fmt::format("socket:[{}]", inode);
  std::error_code problem;
  for (std::filesystem::directory_iterator file(fmt::format("/proc/{}/fd", process), problem), end;
       !problem && file != end; file.increment(problem)) {
    std::error_code gone;
    if (std::filesystem::read_symlink(file->path(), gone).string() == wanted) return true;
  }
  return false;
}

int number_at(const std::string& frame, std::size_t at) {
  return at + 1 < frame.size() ? static_cast<unsigned char>(frame[at]) << 8 | static_cast<unsigned char>(frame[at + 1])
                               : -1;
}

/// What a request is, with its length in front.
KafkaRequest read_request(const std::string& frame, int client) {
  constexpr std::size_t after_length = 4;
  KafkaRequest out{.kind = number_at(frame, after_length), .client = client};
  const int version = number_at(frame, after_length + 2);
  struct Writing {
    int kind;
    int tagged_from;  ///< from this version on fields with tags come last
  };
  constexpr int delete_topics = 20;
  // CreateTopics, CreatePartitions and IncrementalAlterConfigs end with whether they only ask.
  static constexpr Writing asking[] = {{19, 5}, {37, 2}, {44, 1}};
  out.is_change = out.kind == delete_topics;
  for (const auto& [kind, tagged_from] : asking) {
    const std::size_t from_end = version >= tagged_from ? 2 : 1;
    if (out.kind == kind) out.is_change = frame.size() > from_end && frame[frame.size() - from_end] == 0;
  }
  return out;
}

struct Connection {
  int client = -1;
  int server = -1;
  int process = 0;
  std::atomic<bool> is_over = false;
  std::thread thread{};

  /// Wakes both threads; the files are closed when both have ended.
  void end() const {
    ::shutdown(client, SHUT_RDWR);
    ::shutdown(server, SHUT_RDWR);
  }
};

}  // namespace

struct KafkaProxy::State {
  int listener = -1;
  int port = 0;
  std::atomic<int> target = 0;
  mutable std::mutex mutex{};
  std::list<Connection> connections{};
  std::set<int> processes{};
  int count = 0;
  int nth = 0;
  int kind = -1;
  std::function<bool()> what{};
  std::function<Fate(const KafkaRequest&)> hook{};
  std::thread accepting{};

  Fate fate_of(const KafkaRequest& request) {
    std::function<bool()> now;
    std::function<Fate(const KafkaRequest&)> always;
    {
      const std::scoped_lock lock(mutex);
      if ((kind < 0 || kind == request.kind) && ++count == nth) now = what;
      always = hook;
    }
    if (now && !now()) return Fate::lose_request;
    return always ? always(request) : Fate::pass;
  }
  void requests(const Connection& connection) {
    std::string frame;
    while (true) {
      std::array<char, 4> head{};
      if (!receive(connection.client, head.data(), head.size())) break;
      std::uint32_t size = 0;
      for (const char byte : head) size = size << 8 | static_cast<unsigned char>(byte);
      if (size > (64U << 20)) break;
      frame.assign(head.data(), head.size());
      frame.resize(head.size() + size);
      if (!receive(connection.client, frame.data() + head.size(), size)) break;
      const Fate fate = fate_of(read_request(frame, connection.process));
      if (fate == Fate::lose_request) break;
      if (fate == Fate::lose_answer) ::shutdown(connection.client, SHUT_RDWR);
      if (!send_all(connection.server, frame)) break;
    }
    connection.end();
  }
  static void answers(const Connection& connection) {
    std::array<char, 65536> buffer{};
    while (true) {
      const ssize_t got = ::recv(connection.server, buffer.data(), buffer.size(), 0);
      if (got <= 0 || !send_all(connection.client, {buffer.data(), static_cast<std::size_t>(got)})) break;
    }
    connection.end();
  }
  void serve(Connection& connection) {
    {
      const std::jthread back([&] { answers(connection); });
      requests(connection);
    }
    connection.is_over = true;
  }
  /// Which of the processes that are told apart has opened this connection.
  int owner_of(int client) const {
    if (processes.empty()) return 0;
    const std::string inode = socket_inode(port_of(::getpeername, client), port);
    const auto found = std::ranges::find_if(processes, [&](int process) { return has_open(process, inode); });
    return inode.empty() || found == processes.end() ? 0 : *found;
  }
  /// Needs `mutex`.
  void close_ended() {
    connections.remove_if([](Connection& one) {
      if (!one.is_over) return false;
      one.thread.join();
      ::close(one.client);
      ::close(one.server);
      return true;
    });
  }
  void accept_all() {
    while (true) {
      const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_in address = address_of(target);
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(client);
        ::close(server);
        continue;
      }
      const std::scoped_lock lock(mutex);
      close_ended();
      Connection& connection = connections.emplace_back();
      connection.client = client;
      connection.server = server;
      connection.process = owner_of(client);
      connection.thread = std::thread([this, &connection] { serve(connection); });
    }
  }
};

KafkaProxy::KafkaProxy() : state_(std::make_unique<State>()) {
  state_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = address_of(0);
  static_cast<void>(::bind(state_->listener, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  ::listen(state_->listener, 64);
  state_->port = port_of(::getsockname, state_->listener);
  state_->accepting = std::thread([this] { state_->accept_all(); });
}

KafkaProxy::~KafkaProxy() {
  ::shutdown(state_->listener, SHUT_RDWR);
  state_->accepting.join();
  for (const Connection& one : state_->connections) one.end();
  for (Connection& one : state_->connections) {
    one.thread.join();
    ::close(one.client);
    ::close(one.server);
  }
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

void KafkaProxy::tell_apart(int process) {
  const std::scoped_lock lock(state_->mutex);
  state_->processes.insert(process);
}

void KafkaProxy::forget(int process) {
  const std::scoped_lock lock(state_->mutex);
  state_->processes.erase(process);
}

void KafkaProxy::on_request(std::function<Fate(const KafkaRequest&)> hook) {
  const std::scoped_lock lock(state_->mutex);
  state_->hook = std::move(hook);
}

Result<std::unique_ptr<Kafkabed>> start_behind(KafkaProxy& proxy) {
  const int port = free_port();
  proxy.forward_to(port);
  return Kafkabed::start(CLOUDFLOW_SOURCE_DIR,
                         {"--port", std::to_string(port), "--advertise", std::to_string(proxy.port())});
}

}  // namespace cloudflow::testing
