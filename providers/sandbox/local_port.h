// Ports of this machine's loopback.
#pragma once

#include <optional>
#include <utility>

namespace cloudflow {

/// Whether somebody could listen on this port of 127.0.0.1 now.
bool is_port_free(int port);

/// A port that is free, and that no other sandbox of this machine takes while this object is there. Whoever listens on
/// it need not be this process. Goes with the process, however that ends.
class LocalPort {
 public:
  /// Nothing where somebody listens on it, or has it.
  static std::optional<LocalPort> take(int port);
  /// The first one from `first` on; nothing where none of `count` is free.
  static std::optional<LocalPort> take_from(int first, int count);
  /// One below those that the system gives to outgoing connections.
  static std::optional<LocalPort> take_any();
  LocalPort(LocalPort&& other) noexcept
      : number_(std::exchange(other.number_, 0)), claim_(std::exchange(other.claim_, -1)) {}
  LocalPort& operator=(LocalPort&& other) noexcept;
  LocalPort(const LocalPort&) = delete;
  LocalPort& operator=(const LocalPort&) = delete;
  ~LocalPort();

  int number() const { return number_; }

 private:
  LocalPort(int number, int claim) : number_(number), claim_(claim) {}
  int number_ = 0;
  int claim_ = -1;
};

}  // namespace cloudflow
