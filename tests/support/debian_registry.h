// Debian's docker-registry on loopback, with storage of its own.
#pragma once

#include <string>

#include "sdk/support/child.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {

struct DebianRegistryOptions {
  std::string login{};  ///< a line of an htpasswd file: it wants a password
  std::string auth{};   ///< else the value of `auth` in its configuration
  int network_of = 0;   ///< a process, on whose network's loopback it is
};

class DebianRegistry {
 public:
  /// Starts it, and waits until it answers. Throws std::runtime_error where it does not.
  explicit DebianRegistry(const DebianRegistryOptions& options = {});
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
