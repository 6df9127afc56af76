// Words and losses, by the annotations of the workload.
#include "providers/kubernetes/diff/stop_notes.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/flink/flink_stop.h"
#include "providers/kubernetes/rules/workload_annotations.h"

namespace cloudflow {
namespace {

constexpr std::string_view job_state = "the state of its Flink job, which is cancelled without a savepoint";

std::string_view words_of(FlinkStop how, bool removes) {
  switch (how) {
    case FlinkStop::savepoint:
      return removes ? "stops with a savepoint, which stays" : "stops with a savepoint and starts from it";
    case FlinkStop::checkpoint:
      return removes ? "is cancelled; its last checkpoint stays" : "is cancelled and starts from its last checkpoint";
    case FlinkStop::nothing:
      return removes ? "is cancelled, and its state is given up"
                     : "is cancelled and starts anew: its state is given up";
  }
  return "";
}

}  // namespace

void note_stop(Change& change, std::span<const Difference> found, const Json* desired, const Json* live) {
  if (change.id.kind != "Deployment.apps" || live == nullptr || is_scaled_to_zero(*live)) return;
  const bool removes = change.action == Action::remove;
  const std::optional<FlinkStop> how = flink_stop_of(removes || desired == nullptr ? *live : *desired);
  const Json& workload = removes || desired == nullptr ? *live : *desired;
  // Said once: of the workload that starts the job again.
  if (!how || !stop_when_of(workload).empty()) return;
  if (change.action == Action::update &&
      std::ranges::none_of(found, [](const Difference& one) { return touches(one.pointer, pod_template_pointer); }))
    return;
  change.notes.emplace_back(words_of(*how, removes));
  if (*how == FlinkStop::nothing) lose(change, {.what = std::string(job_state)});
}

void forget_stop(Change& change) {
  for (const FlinkStop how : {FlinkStop::savepoint, FlinkStop::checkpoint, FlinkStop::nothing})
    std::erase(change.notes, words_of(how, false));
  std::erase_if(change.losses, [](const Loss& loss) { return loss.what == job_state; });
}

void note_created_by_pods(Change& change, const Json* live) {
  if (change.action != Action::remove || change.id.kind != "Deployment.apps" || live == nullptr) return;
  const std::vector<std::string> rules = created_by_pods_of(*live);
  if (rules.empty()) return;
  const std::vector<std::string> kept = kept_keys_of(*live);
  change.notes.push_back(fmt::format("what it leaves goes as well: {}{}{}", fmt::join(rules, ", then "),
                                     kept.empty() ? "" : "; unless it holds ", fmt::join(kept, ", ")));
}

}  // namespace cloudflow
