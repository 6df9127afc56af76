// What is asked for, as it is written.
#include "cli/pipeline/source.h"

#include <fmt/format.h>

#include <filesystem>

#include "planner/application/load_application.h"
#include "planner/config/read_config.h"
#include "planner/project/read_project.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::vector<std::string> names_of(const std::map<std::string, Environment>& environments) {
  std::vector<std::string> names;
  for (const auto& [name, environment] : environments) names.push_back(name);
  return names;
}

}  // namespace

SourceRequest source_request(const SourceOptions& options, const Host& host) {
  SourceRequest request{.folder = options.folder,
                        .repository = options.repository,
                        .revision = options.revision,
                        .branch = options.branch,
                        .path = options.path,
                        .cache = cache_folder() + "/git"};
  const auto variable = [](std::string_view name) { return environment_variable(name).value_or(""); };
  const auto first_of = [&](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      if (std::string value = variable(name); !value.empty()) return value;
    }
    return std::string();
  };
  request.credentials = {.username = variable("CLOUDFLOW_GIT_USERNAME"),
                         .token = Secret(variable("CLOUDFLOW_GIT_TOKEN")),
                         .ca_file = first_of({"CLOUDFLOW_GIT_CA", "GIT_SSL_CAINFO", "SSL_CERT_FILE"}),
                         .ssh_key = variable("CLOUDFLOW_GIT_SSH_KEY"),
                         .ssh_known_hosts = variable("CLOUDFLOW_GIT_KNOWN_HOSTS"),
                         .ssh_command = variable("GIT_SSH_COMMAND")};
  request.stop = host.finish;
  return request;
}

std::string project_file_of(const SourceOptions& options) {
  const std::filesystem::path folder = options.repository.empty() ? options.folder : options.path;
  return (folder / options.file).lexically_normal().string();
}

FileText file_text_of(const SourceTree& tree) {
  // Places name files as the user sees them: with the folder of -C in front.
  const std::string shown = tree.display("x");
  const std::string prefix = shown.ends_with('x') ? shown.substr(0, shown.size() - 1) : "";
  return [&tree, prefix](const std::string& file) -> std::optional<std::string> {
    Result<std::string> text = tree.read(file.starts_with(prefix) ? file.substr(prefix.size()) : file);
    if (!text) return std::nullopt;
    return std::move(*text);
  };
}

Step<Source> read_given(SourceOptions options, std::shared_ptr<const SourceTree> tree, Project project) {
  Step<Source> out;
  std::optional<Application> application = load_application(*tree, project, environment_variable, out.problems);
  if (out.problems.has_errors()) return out;
  if (!application) {
    out.error = Error{ErrorKind::invalid_input, "the application could not be read"};
    return out;
  }
  out.value = Source{.options = std::move(options),
                     .tree = std::move(tree),
                     .project = std::move(project),
                     .application = *std::move(application),
                     .is_given = true};
  return out;
}

Step<Source> read_application(SourceOptions options, std::shared_ptr<const SourceTree> tree) {
  Diagnostics problems;
  std::optional<Project> project = read_project(*tree, options.file, environment_variable, problems);
  if (!project || problems.has_errors()) return {.problems = std::move(problems)};
  Step<Source> out = read_given(std::move(options), std::move(tree), *std::move(project));
  if (out.value) out.value->is_given = false;
  for (const Diagnostic& one : out.problems.all()) problems.add(one);
  out.problems = std::move(problems);
  return out;
}

Step<Source> in_environment(Source source) {
  Result<Environment> chosen = choose_environment(source.project, source.options, source.application.id);
  if (!chosen) return Step<Source>::failed(chosen.error());
  source.environment = *std::move(chosen);
  return {.value = std::move(source)};
}

SourceOptions at_commit(const Source& source, const std::string& commit) {
  SourceOptions out = source.options;
  const KubernetesSettings& now = source.environment.kubernetes;
  out.revision = commit;
  out.environment = source.environment.name;
  out.ns = now.ns;
  if (!now.context.empty()) out.context = now.context;
  if (!now.kubeconfig.empty()) out.kubeconfig = now.kubeconfig;
  return out;
}

Result<void> check_commit(const SourceRequest& request, const std::string& what, const std::string& subject) {
  const auto opened = open_source(request);
  if (opened) return {};
  return failure(
      opened.error().kind,
      fmt::format("{} is of commit {}{}, which cannot be read here: {}", what, request.revision.substr(0, 12),
                  subject.empty() ? "" : " " + quote(subject), opened.error().message),
      fmt::format("fetch it (git fetch origin {}), or name a repository that has it with --repository",
                  request.revision));
}

Error no_environment(const Project& project, const std::string& name) {
  const std::vector<std::string> names = names_of(project.environments);
  std::string hint = did_you_mean(name, names);
  if (hint.empty() && !names.empty()) hint = fmt::format("it has: {}", join(names, ", "));
  return {ErrorKind::not_found, fmt::format("the project has no environment {}", quote(name)), project.where, hint};
}

Result<Environment> choose_environment(const Project& project, const SourceOptions& options,
                                       const std::string& application) {
  const std::vector<std::string> names = names_of(project.environments);
  const std::string name = options.environment.empty() && names.size() == 1 ? names.front() : options.environment;
  const auto found = project.environments.find(name);
  if (found == project.environments.end() && !name.empty()) return std::unexpected(no_environment(project, name));
  if (found == project.environments.end()) {
    return std::unexpected(
        Error{ErrorKind::invalid_input,
              names.empty() ? "the project has no environments"
                            : fmt::format("which environment? the project has: {}", join(names, ", ")),
              project.where, names.empty() ? "add `environments:` to the project file" : "name one with -e"});
  }
  Environment out = found->second;
  if (!options.context.empty()) out.kubernetes.context = options.context;
  if (!options.ns.empty()) out.kubernetes.ns = options.ns;
  if (!options.kubeconfig.empty()) out.kubernetes.kubeconfig = options.kubeconfig;
  if (out.kubernetes.ns.empty()) out.kubernetes.ns = application;
  return out;
}

ConfigValue read_user_config(const SourceTree& tree, const Project& project, const Environment& environment,
                             Diagnostics& problems) {
  std::vector<std::string> files = project.config;
  files.insert(files.end(), environment.config.begin(), environment.config.end());
  return read_config(tree, files, environment_variable, problems);
}

std::string why_no_commit(const Result<Revision>& revision) {
  if (!revision) {
    const Error& error = revision.error();
    return fmt::format("no commit is named: {}{}", error.message,
                       error.hint.empty() ? "" : fmt::format(" ({})", error.hint));
  }
  if (!revision->commit.empty()) return "";
  return revision->branch.empty()
             ? "no commit is named: the folder is not in a git repository"
             : fmt::format("no commit is named: the branch {} has none yet", quote(revision->branch));
}

}  // namespace cloudflow
