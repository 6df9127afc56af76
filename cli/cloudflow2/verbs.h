// What Cloudflow 2's command line says, as values, and one function for each verb.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/cloudflow2/output.h"
#include "cli/exit_code.h"
#include "cli/host.h"
#include "sdk/support/secret.h"

namespace cloudflow::cloudflow2 {

/// Options that every verb takes, before or after it.
struct GlobalOptions {
  std::string log_level = "off";
  std::string kubeconfig{};
  std::string ns{};           ///< empty: the application's name; for `list` all
  std::string operator_ns{};  ///< empty: all
  bool ignore_operator = false;
  Format format = Format::table;
};

/// Registry credentials as they were given.
struct Credentials {
  std::string username{};
  Secret password{};
};

struct DeployOptions {
  std::string file{};
  std::vector<std::string> keys{};   ///< key=value
  std::vector<std::string> files{};  ///< --conf
  std::vector<std::string> volume_mounts{};
  std::vector<std::string> scales{};
  std::string logback{};
  std::string service_account{};
  std::string username{};
  std::string password{};
  bool password_from_input = false;
  bool no_credentials = false;
};

struct ConfigureOptions {
  std::string application{};
  std::vector<std::string> keys{};
  std::vector<std::string> files{};
  std::string logback{};
};

struct ScaleOptions {
  std::string application{};
  std::vector<std::string> scales{};
};

struct CredentialOptions {
  std::string application{};
  std::string registry{};
  std::string username{};
  std::string password{};
  bool password_from_input = false;
};

ExitCode run_version(const GlobalOptions& global);
ExitCode run_list(const GlobalOptions& global, const Host& host);
ExitCode run_status(const std::string& application, const GlobalOptions& global, const Host& host);
ExitCode run_configuration(const std::string& application, const GlobalOptions& global, const Host& host);
ExitCode run_deploy(const DeployOptions& options, const GlobalOptions& global, const Host& host);
ExitCode run_undeploy(const std::string& application, const GlobalOptions& global, const Host& host);
ExitCode run_update_credentials(const CredentialOptions& options, const GlobalOptions& global, const Host& host);
ExitCode run_scale(const ScaleOptions& options, const GlobalOptions& global, const Host& host);
ExitCode run_configure(const ConfigureOptions& options, const GlobalOptions& global, const Host& host);

}  // namespace cloudflow::cloudflow2
