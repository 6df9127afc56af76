// Whether an operator of Cloudflow 2 is at work.
#include "cli/cloudflow2_operator.h"

#include <fmt/format.h>

#include "providers/kubernetes/cluster/cloudflow2.h"
#include "sdk/support/text.h"

namespace cloudflow {

std::optional<ExitCode> operator_in_the_way(KubernetesCluster& cluster, const std::string& ns, bool ignore,
                                            const Host& host, View& view) {
  if (ignore) return std::nullopt;
  const auto operators = cloudflow2_operators(cluster, ns, host.finish);
  if (!operators) {
    view.error(operators.error());
    return ExitCode::failed;
  }
  if (operators->empty()) return std::nullopt;
  const Cloudflow2Operator& one = operators->front();
  view.error(
      {ErrorKind::denied,
       fmt::format("an operator of Cloudflow 2 runs in namespace {} and would undo what is changed here",
                   quote(one.ns)),
       std::nullopt,
       fmt::format("stop it: kubectl -n {} scale deployment {} --replicas 0; or pass --ignore-operator when it does "
                   "not look after this namespace",
                   one.ns, one.deployment)});
  return ExitCode::refused;
}

}  // namespace cloudflow
