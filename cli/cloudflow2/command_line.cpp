// Cloudflow 2's command tree: one function per verb.
#include "cli/cloudflow2/command_line.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>

#include "cli/cloudflow2/cloudflow2_view.h"
#include "cli/cloudflow2/verbs.h"
#include "cli/version.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace cloudflow2 {
namespace {

/// What the command line says.
struct Line {
  GlobalOptions global{};
  std::string output{};
  std::string application{};
  DeployOptions deploy{};
  ConfigureOptions configure{};
  ScaleOptions scale{};
  CredentialOptions credentials{};
  std::vector<std::string> ignored{};
  bool microservices = false;
  bool skip_checks = false;
};

/// A list option that takes one argument each time it is written.
CLI::Option* repeated(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                      const std::string& text, const std::string& type) {
  return command.add_option(name, values, text)->type_name(type)->allow_extra_args(false);
}

void add_application(CLI::App& command, std::string& application) {
  command.add_option("cloudflowApp", application, "The application")->required();
}

void add_password(CLI::App& command, std::string& username, std::string& password, bool& from_input) {
  command.add_option("-u,--username", username, "User of the Docker registry");
  command.add_option("-p,--password", password, "Password of the Docker registry; better: --password-stdin");
  command.add_flag("--password-stdin", from_input, "Read the password from standard input");
}

void add_configuration_options(CLI::App& command, std::vector<std::string>& files, std::vector<std::string>& keys,
                               std::string& logback) {
  repeated(command, "--conf", files, "Configuration in HOCON; later ones win", "FILE");
  command.add_option("--logback-config", logback, "Logback configuration for all streamlets")->type_name("FILE");
  command.add_option("config-key", keys, "KEY=VALUE over the configuration files");
}

void add_deploy(CLI::App& app, Line& line) {
  CLI::App& command = *app.add_subcommand("deploy", "Deploy an application from its CR file");
  DeployOptions& options = line.deploy;
  command.add_option("crFile", options.file, "The file that the build made")->required();
  add_password(command, options.username, options.password, options.password_from_input);
  command.add_flag("--no-registry-credentials", options.no_credentials, "The registry needs no credentials");
  repeated(command, "--volume-mount", options.volume_mounts, "Claim for a volume mount of a streamlet",
           "STREAMLET.MOUNT=CLAIM");
  repeated(command, "--scale", options.scales, "Replicas of a streamlet", "STREAMLET=N");
  command.add_option("--serviceaccount", options.service_account, "Service account of the pods")->type_name("NAME");
  add_configuration_options(command, options.files, options.keys, options.logback);
  // Of older versions: there is nothing to turn off any more.
  repeated(command, "--unmanaged-runtimes", line.ignored, "Accepted and ignored", "RUNTIMES")->group("");
  command.add_flag("--microservices", line.microservices, "Accepted and ignored")->group("");
  command.add_option("--skip-checks", line.skip_checks, "Accepted and ignored")->group("");
}

void add_verbs(CLI::App& app, Line& line) {
  app.add_subcommand("version", "Print the version");
  app.add_subcommand("list", "List the applications");
  add_application(*app.add_subcommand("status", "Show what runs"), line.application);
  add_application(*app.add_subcommand("configuration", "Show the configuration of an application"), line.application);
  add_deploy(app, line);
  add_application(*app.add_subcommand("undeploy", "Remove an application"), line.application);
  CLI::App& credentials = *app.add_subcommand("update-docker-credentials", "Set the credentials of a registry");
  add_application(credentials, line.credentials.application);
  credentials.add_option("dockerRegistry", line.credentials.registry, "The registry")->required();
  add_password(credentials, line.credentials.username, line.credentials.password, line.credentials.password_from_input);
  CLI::App& scale = *app.add_subcommand("scale", "Set numbers of replicas");
  add_application(scale, line.scale.application);
  scale.add_option("streamlet=replicas", line.scale.scales, "STREAMLET=N");
  CLI::App& configure = *app.add_subcommand("configure", "Replace the configuration of an application");
  add_application(configure, line.configure.application);
  add_configuration_options(configure, line.configure.files, line.configure.keys, line.configure.logback);
}

void add_globals(CLI::App& app, Line& line) {
  app.add_option("-v,--log-level", line.global.log_level, "off (default), error, warn, info, debug or trace: on stderr")
      ->type_name("LEVEL")
      ->check([](const std::string& level) {
        return log_rank(lower(level)) ? "" : "off, error, warn, info, debug or trace is wanted, not " + quote(level);
      });
  app.add_option("--kube-config", line.global.kubeconfig, "Kubeconfig file, over $KUBECONFIG")
      ->type_name("FILE")
      ->check([](const std::string& name) {
        std::error_code problem;  // one that may not be looked at counts as absent
        return std::filesystem::exists(name, problem) ? "" : "the kubeconfig " + quote(name) + " does not exist";
      });
  app.add_option("-n,--namespace", line.global.ns, "Namespace (default: the application's name)")->type_name("NAME");
  app.add_option("--operator-namespace", line.global.operator_ns,
                 "Namespace of the Kafka cluster secrets, and where a live operator is looked for (default: all)")
      ->type_name("NAME");
  app.add_flag("--ignore-operator", line.global.ignore_operator,
               "Go on although an operator of Cloudflow 2 runs in the cluster");
  app.add_option("-o,--output", line.output, "classic, table (default), json or yaml")
      ->type_name("FORMAT")
      ->check([](const std::string& name) {
        return format_of(name) ? ""
                               : quote(name) + " is not a valid output format, wanted classic, table, json or yaml";
      });
}

/// What to say when the first word is no verb; CLI11 would only say that one is missing.
std::string unknown_verb(int argc, char** argv, const CLI::App& app) {
  if (!app.get_subcommands().empty()) return "";
  if (argc < 2) return "Command not provided";
  const std::string word = argv[1];
  if (word.starts_with('-')) return "";
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  std::erase(names, "undeploy");  // never guessed
  const std::string hint = did_you_mean(word, names);
  return fmt::format("there is no command {}{}", quote(word), hint.empty() ? "" : fmt::format(" ({})", hint));
}

bool choose_format(Line& line) {
  if (line.output.empty()) line.output = environment_variable("KUBECTL_CLOUDFLOW_OUTPUT_FORMAT").value_or("table");
  const auto format = format_of(line.output);
  if (format) line.global.format = *format;
  if (!format) {
    print_err(error_line({ErrorKind::invalid_input, fmt::format("{} is not a valid output format", quote(line.output)),
                          std::nullopt, "KUBECTL_CLOUDFLOW_OUTPUT_FORMAT wants classic, table, json or yaml"}));
  }
  return format.has_value();
}

ExitCode run_verb(const std::string& verb, const Line& line, const Host& host) {
  if (verb == "list") return run_list(line.global, host);
  if (verb == "status") return run_status(line.application, line.global, host);
  if (verb == "configuration") return run_configuration(line.application, line.global, host);
  if (verb == "deploy") return run_deploy(line.deploy, line.global, host);
  if (verb == "undeploy") return run_undeploy(line.application, line.global, host);
  if (verb == "update-docker-credentials") return run_update_credentials(line.credentials, line.global, host);
  if (verb == "scale") return run_scale(line.scale, line.global, host);
  if (verb == "configure") return run_configure(line.configure, line.global, host);
  return run_version(line.global);
}

}  // namespace
}  // namespace cloudflow2

bool is_cloudflow2(std::string_view program) {
  return std::filesystem::path(program).filename() == "kubectl-cloudflow";
}

int run_cloudflow2(int argc, char** argv) {
  const Host host = make_host();
  cloudflow2::Line line;
  CLI::App app("Deploys Cloudflow applications: Cloudflow 2's commands. The command cloudflow knows more.",
               "kubectl-cloudflow");
  app.require_subcommand(1);
  app.fallthrough();
  cloudflow2::add_verbs(app, line);
  cloudflow2::add_globals(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& problem) {
    const std::string verb = cloudflow2::unknown_verb(argc, argv, app);
    print_err(fmt::format("Error: {}\nTry --help for more information.\n", verb.empty() ? problem.what() : verb));
    return static_cast<int>(ExitCode::failed);
  }
  line.global.log_level = lower(line.global.log_level);
  if (!cloudflow2::choose_format(line)) return static_cast<int>(ExitCode::failed);
  const ExitCode exit = cloudflow2::run_verb(app.get_subcommands().front()->get_name(), line, host);
  const bool kept = exit == ExitCode::ok || exit == ExitCode::interrupted;
  return static_cast<int>(kept ? exit : ExitCode::failed);
}

}  // namespace cloudflow
