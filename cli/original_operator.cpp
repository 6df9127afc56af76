// Whether an operator of the original is at work.
#include "cli/original_operator.h"

#include <fmt/format.h>

#include "sdk/base/text.h"

namespace cloudflow {

std::optional<ExitCode> operator_in_the_way(Session& session, const std::string& space, bool ignore) {
  if (ignore) return std::nullopt;
  const auto operators = session.kubernetes().original_operators(space, session.host().finish);
  if (!operators) {
    session.view().error(operators.error());
    return ExitCode::failed;
  }
  if (operators->empty()) return std::nullopt;
  const OriginalOperator& one = operators->front();
  session.view().error(
      {ErrorKind::denied,
       fmt::format("an operator of the original Cloudflow runs in namespace {} and would undo what is changed here",
                   quote(one.space)),
       std::nullopt,
       fmt::format("stop it: kubectl -n {} scale deployment {} --replicas 0; or pass --ignore-operator when it does "
                   "not look after this namespace",
                   one.space, one.deployment)});
  return ExitCode::refused;
}

}  // namespace cloudflow
