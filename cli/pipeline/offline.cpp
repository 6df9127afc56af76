// Proves a source without asking any system.
#include "cli/pipeline/offline.h"

#include <set>
#include <utility>

#include "cli/pipeline/outside_values.h"
#include "cli/pipeline/source.h"
#include "planner/project/external_values.h"
#include "planner/render/render.h"

namespace cloudflow {

Offline check_offline(const SourceTree& tree, const Project& project, const Application& application,
                      Environment environment, Diagnostics& problems) {
  const ConfigValue config = read_user_config(tree, project, environment, problems);
  resolve_external(environment, lookup_offline(), problems);
  if (problems.has_errors()) return {};
  Offline out{.config = effective_config(application, environment, config, {}, problems)};
  if (!problems.has_errors())
    out.desired = render(application, environment, out.config, tree, problems, project.folder);
  return out;
}

Offline check_environments(const SourceTree& tree, const Project& project, const Application& application,
                           const std::string& only, Diagnostics& problems) {
  std::set<SourcePos> known;
  for (const Diagnostic& problem : problems.all()) {
    if (problem.severity == Severity::error) known.insert(problem.where);
  }
  std::map<std::string, Environment> environments = project.environments;
  if (environments.empty()) environments.emplace("", Environment{});
  Offline out;
  std::set<std::pair<SourcePos, std::string>> said;
  for (auto& [name, environment] : environments) {
    if (!only.empty() && name != only) continue;
    Diagnostics found;
    out = check_offline(tree, project, application, std::move(environment), found);
    for (const Diagnostic& diagnostic : found.all()) {
      if (!known.contains(diagnostic.where) && said.emplace(diagnostic.where, diagnostic.message).second)
        problems.add(diagnostic);
    }
  }
  return out;
}

}  // namespace cloudflow
