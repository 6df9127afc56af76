// Ends what is read of clients that take too long.
#include "sdk/http/read_deadlines.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <system_error>
#include <utility>

namespace cloudflow {
namespace {

struct Address {
  std::string host{};
  int port = 0;
};

/// `ask` is getpeername or getsockname. Nothing for what is no connection over IP.
std::optional<Address> address_of(int socket, int (*ask)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage raw{};
  socklen_t size = sizeof raw;
  auto* address = reinterpret_cast<sockaddr*>(&raw);  // NOLINT(*-reinterpret-cast): as sockets have it
  if (ask(socket, address, &size) != 0 || (raw.ss_family != AF_INET && raw.ss_family != AF_INET6)) return std::nullopt;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) !=
      0)
    return std::nullopt;
  return Address{host.data(), static_cast<int>(std::strtol(port.data(), nullptr, 10))};
}

/// -1 where there is none.
int socket_of(const ConnectionEnds& ends) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", problem)) {
    const std::string name = entry.path().filename();
    int number = -1;
    std::from_chars(name.data(), name.data() + name.size(), number);
    const auto client = address_of(number, getpeername);
    if (!client || client->port != ends.client_port || client->host != ends.client) continue;
    const auto server = address_of(number, getsockname);
    if (server && server->port == ends.server_port) return number;
  }
  return -1;
}

}  // namespace

ReadDeadlines::ReadDeadlines() : thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void ReadDeadlines::set(const void* connection, ConnectionEnds ends, Clock::time_point when, Shut what) {
  const std::scoped_lock lock(mutex_);
  entries_[connection] = {.ends = std::move(ends), .when = when, .what = what};
  if (when < wakes_) changed_.notify_all();
}

bool ReadDeadlines::forget(const void* connection) {
  const std::scoped_lock lock(mutex_);
  const auto known = entries_.find(connection);
  if (known == entries_.end()) return false;
  const bool is_over = known->second.is_over;
  entries_.erase(known);
  return is_over;
}

/// Under the lock, also while a socket is looked for: so it cannot be closed meanwhile, and its number be another's.
void ReadDeadlines::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const Clock::time_point now = Clock::now();
    wakes_ = Clock::time_point::max();
    for (auto& [connection, entry] : entries_) {
      if (entry.is_over) continue;
      if (entry.when > now) {
        wakes_ = std::min(wakes_, entry.when);
        continue;
      }
      entry.is_over = true;
      const int socket = socket_of(entry.ends);
      if (socket >= 0) ::shutdown(socket, entry.what == Shut::reading ? SHUT_RD : SHUT_RDWR);
    }
    if (wakes_ == Clock::time_point::max()) {
      changed_.wait(lock, stop, [this] {
        return std::ranges::any_of(entries_, [](const auto& one) { return !one.second.is_over; });
      });
    } else {
      const auto until = wakes_;
      changed_.wait_until(lock, stop, until, [&] {
        return std::ranges::any_of(entries_,
                                   [&](const auto& one) { return !one.second.is_over && one.second.when < until; });
      });
    }
  }
}

}  // namespace cloudflow
