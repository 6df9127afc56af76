// Credential plugins: programs that print a token or a client certificate.
#include "providers/kubernetes/api/exec_plugin.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "sdk/support/clock.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string ca_of(const TlsOptions& tls) {
  if (!tls.ca_data.empty() || tls.ca_file.empty()) return tls.ca_data;
  std::ifstream file(tls.ca_file, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What the plugin is told in KUBERNETES_EXEC_INFO.
Json exec_info(const ClusterAccess& access) {
  Json info = {
      {"apiVersion", access.exec->api_version}, {"kind", "ExecCredential"}, {"spec", {{"interactive", false}}}};
  if (!access.exec->wants_cluster) return info;
  Json cluster = {{"server", access.server}, {"config", access.exec->cluster_config}};
  if (!access.tls.server_name.empty()) cluster["tls-server-name"] = access.tls.server_name;
  if (access.tls.insecure) cluster["insecure-skip-tls-verify"] = true;
  if (const std::string ca = ca_of(access.tls); !ca.empty()) cluster["certificate-authority-data"] = to_base64(ca);
  if (!access.proxy.empty()) cluster["proxy-url"] = access.proxy;
  info["spec"]["cluster"] = std::move(cluster);
  return info;
}

std::string last_line(std::string_view text) {
  const std::string_view all = trimmed(text);
  const std::size_t end = all.rfind('\n');
  return std::string(end == std::string_view::npos ? all : trimmed(all.substr(end + 1)));
}

Result<ExecCredential> read_credential(const std::string& output, const ExecPlugin& plugin, const std::string& name) {
  const Json answer = Json::parse(output, nullptr, false);
  if (answer.is_discarded() || string_at(answer, {"kind"}) != "ExecCredential") {
    return failure(ErrorKind::unauthenticated, name + " did not print an ExecCredential");
  }
  if (const std::string version = string_at(answer, {"apiVersion"}); version != plugin.api_version) {
    return failure(ErrorKind::unauthenticated, fmt::format("{} printed apiVersion {}, but the kubeconfig says {}", name,
                                                           quote(version), quote(plugin.api_version)));
  }
  ExecCredential credential;
  credential.token = Secret(string_at(answer, {"status", "token"}));
  credential.certificate = string_at(answer, {"status", "clientCertificateData"});
  credential.key = Secret(string_at(answer, {"status", "clientKeyData"}));
  if (credential.certificate.empty() != credential.key.empty()) {
    return failure(ErrorKind::unauthenticated, name + " printed only one of clientCertificateData and clientKeyData");
  }
  if (credential.token.empty() && credential.certificate.empty()) {
    return failure(ErrorKind::unauthenticated, name + " printed neither a token nor a client certificate");
  }
  const std::string expires = string_at(answer, {"status", "expirationTimestamp"});
  if (!expires.empty()) credential.expires = parse_rfc3339(expires);
  return credential;
}

}  // namespace

Result<ExecCredential> run_exec_plugin(const ClusterAccess& access, const std::stop_token& stop) {
  const ExecPlugin& plugin = *access.exec;
  const std::string name = "credential plugin " + quote(plugin.command);
  ProcessRequest request;
  request.command.push_back(plugin.command);
  request.command.insert(request.command.end(), plugin.arguments.begin(), plugin.arguments.end());
  request.environment = plugin.environment;
  request.environment["KUBERNETES_EXEC_INFO"] = dump(exec_info(access));
  Result<ProcessOutput> ran = run_process(request, stop);
  if (!ran) {
    if (ran.error().kind == ErrorKind::not_found) {
      return failure(ErrorKind::not_found, name + " is not installed", plugin.install_hint);
    }
    return failure_in(name, std::move(ran).error());
  }
  if (ran->status != 0) {
    const std::string said = last_line(ran->errors);
    return failure(ErrorKind::unauthenticated,
                   fmt::format("{} failed with status {}{}{}", name, ran->status, said.empty() ? "" : ": ", said));
  }
  return read_credential(ran->output, plugin, name);
}

}  // namespace cloudflow
