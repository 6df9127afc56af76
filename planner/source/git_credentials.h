// How to log in to a git server.
#pragma once

#include <string>

#include "sdk/support/secret.h"

namespace cloudflow {

/// What a server needs to hear from us, and we from it.
struct GitCredentials {
  std::string username{};         ///< with the token; empty: any name does for most servers
  Secret token{};                 ///< for https
  std::string ca_file{};          ///< for https: whom we trust (PEM), instead of the system's
  std::string ssh_key{};          ///< path of a private key; empty: what ssh itself uses, as keys of the agent
  std::string ssh_known_hosts{};  ///< path of a file of host keys; empty: ssh's own
  std::string ssh_command{};      ///< instead of "ssh", read by the shell
};

}  // namespace cloudflow
