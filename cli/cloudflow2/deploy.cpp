// `deploy`, `scale` and `configure`: three ways to say what is to run.
#include <fmt/format.h>

#include "cli/cloudflow2/cloudflow2_view.h"
#include "cli/cloudflow2/record.h"
#include "cli/cloudflow2/release.h"
#include "cli/cloudflow2/verbs.h"
#include "sdk/support/text.h"

namespace cloudflow::cloudflow2 {
namespace {

/// Exactly one of credentials and --no-registry-credentials.
std::optional<Credentials> credentials_of(const DeployOptions& options, Diagnostics& problems) {
  const bool given = !options.username.empty() || !options.password.empty() || options.password_from_input;
  if (options.no_credentials) {
    if (given) problems.error("credentials", {}, "--no-registry-credentials but credentials provided");
    return std::nullopt;
  }
  Credentials out{.username = options.username, .password = Secret(options.password)};
  if (options.password_from_input) out.password = Secret(read_line().value_or(""));
  if (out.username.empty() || out.password.empty()) {
    problems.error("credentials", {},
                   "Docker credentials not provided (use '-u', and '--password-stdin' or '-p'), or say "
                   "--no-registry-credentials");
    return std::nullopt;
  }
  return out;
}

ExitCode finish(View& view, const Diagnostics& problems, Release release, const GlobalOptions& global,
                const Host& host) {
  view.diagnostics(problems);
  if (problems.has_errors()) return ExitCode::failed;
  return run_release(std::move(release), global, host, view);
}

}  // namespace

ExitCode run_deploy(const DeployOptions& options, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_cloudflow2_view(host, global.log_level);
  Diagnostics problems;
  Release release;
  Given& given = release.given;
  given.project.from = given.files->add_file(options.file);
  if (!given.files->exists(given.project.from))
    problems.error("missing-file", {}, fmt::format("the CR file {} does not exist", quote(options.file)));
  add_configuration(given, options.files, options.keys, options.logback, problems);
  given.environment.volume_mounts = mounts_from(options.volume_mounts, problems);
  given.environment.service_account = options.service_account;
  release.replicas = replicas_from(options.scales, "--scale", problems);
  release.credentials = credentials_of(options, problems);
  return finish(*view, problems, std::move(release), global, host);
}

ExitCode run_scale(const ScaleOptions& options, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_cloudflow2_view(host, global.log_level);
  Diagnostics problems;
  Release release{.replicas = replicas_from(options.scales, "scale", problems)};
  if (!problems.has_errors()) {
    const std::unique_ptr<Outside> outside = open_deployed(options.application, global, host, *view);
    if (outside == nullptr) return ExitCode::failed;
    const std::optional<Record> record = deployed_record(*outside, options.application, host, *view);
    if (!record) return ExitCode::failed;
    release.given = given_from(*record, false, problems);
  }
  return finish(*view, problems, std::move(release), global, host);
}

ExitCode run_configure(const ConfigureOptions& options, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_cloudflow2_view(host, global.log_level);
  Diagnostics problems;
  Release release;
  add_configuration(release.given, options.files, options.keys, options.logback, problems);
  if (!problems.has_errors()) {
    const std::unique_ptr<Outside> outside = open_deployed(options.application, global, host, *view);
    if (outside == nullptr) return ExitCode::failed;
    const std::optional<Record> record = deployed_record(*outside, options.application, host, *view);
    if (!record) return ExitCode::failed;
    Diagnostics again;
    release.given = given_from(*record, true, problems);
    add_configuration(release.given, options.files, options.keys, options.logback, again);
  }
  return finish(*view, problems, std::move(release), global, host);
}

}  // namespace cloudflow::cloudflow2
