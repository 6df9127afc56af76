// Credential plugins: programs that print a token or a client certificate.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "providers/kubernetes/api/kubeconfig.h"

namespace cloudflow {

/// What a plugin has printed.
struct ExecCredential {
  Secret token{};
  std::string certificate{};  ///< PEM
  Secret key{};
  std::optional<std::chrono::system_clock::time_point> expires{};
};

/// Runs the plugin of `access` (which must have one) and reads its ExecCredential. unauthenticated when it fails or
/// prints something else; not_found, with the plugin's install hint, when there is no such program.
Result<ExecCredential> run_exec_plugin(const ClusterAccess& access, const std::stop_token& stop);

}  // namespace cloudflow
