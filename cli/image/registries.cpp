// The registries that commands of this run talk to.
#include "cli/image/registries.h"

#include "cli/host.h"
#include "cli/version.h"
#include "sdk/support/clock.h"

namespace cloudflow {
namespace {

std::vector<std::filesystem::path> login_files() {
  const auto variable = [](std::string_view name) {
    return std::filesystem::path(environment_variable(name).value_or(""));
  };
  if (const auto file = variable("REGISTRY_AUTH_FILE"); !file.empty()) return {file};
  if (const auto folder = variable("DOCKER_CONFIG"); !folder.empty()) return {folder / "config.json"};
  std::vector<std::filesystem::path> out;
  if (const auto folder = variable("XDG_RUNTIME_DIR"); !folder.empty()) out.push_back(folder / "containers/auth.json");
  if (const auto home = variable("HOME"); !home.empty()) {
    out.push_back(home / ".config/containers/auth.json");
    out.push_back(home / ".docker/config.json");
  }
  return out;
}

/// SSL_CERT_FILE names who is trusted in place of whom the system trusts, as for other programs.
HttpOptions options() {
  return {.tls = {.ca_file = environment_variable("SSL_CERT_FILE").value_or("")},
          .user_agent = "cloudflow/" + std::string(program_version)};
}

}  // namespace

Registries::Registries() : logins_(login_files()), http_(options(), real_clock()) {}

Repository Registries::open(const ImageReference& image) { return {http_, real_clock(), logins_, image}; }

}  // namespace cloudflow
