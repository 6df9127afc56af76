// Kubeconfig files, merged as kubectl does: which server, trusted how, as whom.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/result.h"
#include "sdk/support/http_client.h"
#include "sdk/support/secret.h"

namespace cloudflow {

/// A program that prints credentials (client.authentication.k8s.io).
struct ExecPlugin {
  std::string api_version{};
  std::string command{};  ///< absolute when the file names it by a path; else searched in PATH
  std::vector<std::string> arguments{};
  std::map<std::string, std::string> environment{};
  std::string install_hint{};
  bool wants_cluster = false;  ///< provideClusterInfo
  Json cluster_config{};       ///< the cluster's extension client.authentication.k8s.io/exec, for the plugin
};

/// Everything needed to talk to one cluster as somebody.
struct ClusterAccess {
  std::string context{};  ///< names as in the file, for headings and messages
  std::string cluster{};
  std::string user{};
  std::string ns{};  ///< the context's namespace; empty when it names none

  std::string server{};  ///< URL, without a slash at the end
  std::string proxy{};
  TlsOptions tls{};
  bool disable_compression = false;

  Secret token{};
  std::string token_file{};  ///< read again from time to time; wins over token
  std::string username{};
  Secret password{};
  std::optional<ExecPlugin> exec{};

  std::string as{};  ///< impersonation: empty for none
  std::string as_uid{};
  std::vector<std::string> as_groups{};
  std::map<std::string, std::vector<std::string>> as_extra{};
};

/// The access that `context` (empty: the current one) of the files in `paths` describes; `paths` is separated by ':' as
/// in KUBECONFIG. Missing files are skipped as long as one is there; where two files define the same name, the first
/// wins. not_found for an unknown context, cluster or user; invalid_input (with its place) for a file that cannot be
/// read.
Result<ClusterAccess> read_kubeconfig(const std::string& paths, const std::string& context);

/// The service account of the pod that we run in: `folder` holds token, ca.crt and namespace, the address is in the
/// environment. unavailable when this is no pod.
Result<ClusterAccess> in_cluster_access(const std::string& folder = "/var/run/secrets/kubernetes.io/serviceaccount");

}  // namespace cloudflow
