// Ends what is read of clients that take too long.
//
// The HTTP library waits for each byte, however long all of them take, and has no way to leave off. So its socket is
// found by the addresses of its ends, and shut.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace cloudflow {

/// Both ends of a connection as the server sees them; no other socket of the program has the same.
struct ConnectionEnds {
  std::string client{};  ///< "127.0.0.1", "::1"
  int client_port = 0;
  int server_port = 0;
};

class ReadDeadlines {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Shut {
    reading,     ///< what comes is no longer read; an answer can be written
    everything,  ///< the client is told that the connection is gone
  };

  ReadDeadlines();
  ReadDeadlines(const ReadDeadlines&) = delete;
  ReadDeadlines& operator=(const ReadDeadlines&) = delete;

  /// Shuts it at that time, unless it is forgotten before; in place of what was said of it before.
  void set(const void* connection, ConnectionEnds ends, Clock::time_point when, Shut what);
  /// To be called before its socket is closed. Returns whether its time has come.
  bool forget(const void* connection);

 private:
  struct Entry {
    ConnectionEnds ends{};
    Clock::time_point when{};
    Shut what = Shut::reading;
    bool is_over = false;
  };
  void watch(const std::stop_token& stop);

  std::mutex mutex_{};
  std::condition_variable_any changed_{};
  std::map<const void*, Entry> entries_{};
  Clock::time_point wakes_ = Clock::time_point::max();
  std::jthread thread_{};  // ends first
};

}  // namespace cloudflow
