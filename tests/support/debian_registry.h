// Debian's docker-registry on loopback, with storage of its own.
#pragma once

#include <string>

#include "sdk/support/child.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {

class DebianRegistry {
 public:
  /// Starts it, and waits until it answers. Throws std::runtime_error where it does not. With `login`, a line of an
  /// htpasswd file, it wants a password. With `network_of`, a process, it is on the loopback of that one's network.
  explicit DebianRegistry(const std::string& login = {}, int network_of = 0);
  ~DebianRegistry();
  DebianRegistry(const DebianRegistry&) = delete;
  DebianRegistry& operator=(const DebianRegistry&) = delete;

  /// "127.0.0.1:PORT"
  const std::string& host() const { return host_; }
  /// Whether scripts/bootstrap has installed it.
  static bool is_installed();

 private:
  TempFolder folder_{};
  std::string host_{};
  Child child_{};
};

}  // namespace cloudflow::testing
