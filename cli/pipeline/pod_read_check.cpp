// That what pods read exists.
#include "cli/pipeline/pod_read_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/render/pod_reads.h"
#include "sdk/support/parallel.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// How many objects are asked for at once.
constexpr std::size_t most_at_once = 16;

}  // namespace

PodReadsFound look_at_pod_reads(std::span<const Resource> desired, Provider& kubernetes, const std::stop_token& stop) {
  PodReadsFound out;
  for (const PodRead& read : pod_reads(desired)) out.emplace(read.what, Readiness::State::ready);
  std::vector<PodReadsFound::value_type*> open;
  for (auto& one : out) open.push_back(&one);
  parallel_for(open.size(), static_cast<int>(std::min(open.size(), most_at_once)), [&](std::size_t i) {
    auto& [id, state] = *open[i];
    const auto answer = kubernetes.readiness(std::span(&id, 1), stop);
    if (answer) {
      state = answer->front().state;
    } else if (answer.error().kind != ErrorKind::denied) {
      state = std::unexpected(answer.error());
    }
  });
  return out;
}

Result<PodReadCheck> check_pod_reads(std::span<const Resource> desired, const PodReadsFound& found, bool others_make,
                                     std::span<const Change> changes) {
  for (const auto& [id, state] : found) {
    if (!state) return std::unexpected(state.error());
  }
  PodReadCheck out;
  const auto is_missing = [](const auto& one) { return *one.second == Readiness::State::missing; };
  if (std::ranges::none_of(found, is_missing)) return out;
  const bool may_come = others_make || may_make_others(desired);
  for (const PodRead& read : pod_reads(desired)) {
    if (*found.at(read.what) != Readiness::State::missing) continue;
    const std::string place = read.what.scope.empty() ? "" : fmt::format(" of namespace {}", quote(read.what.scope));
    std::string text = fmt::format("pods of {} {} {}{}, which does not exist", read.reader->id.text(), verb_of(read),
                                   printable_name(read), place);
    // Pods that run have what they need, until they start anew.
    const auto change = std::ranges::find(changes, read.reader->id, &Change::id);
    if (change == changes.end() || change->refused || may_come) {
      out.notes.emplace_back(std::move(text), read.reader->id);
    } else {
      out.problems.error("pod-read-missing", read.reader->origin_of(read.pointer).value_or(SourcePos{}),
                         std::move(text),
                         fmt::format("create it first, add it to kubernetes/*.yaml, or {}",
                                     verb_of(read) == "read" ? "mark the reference as optional" : "name another"));
    }
  }
  return out;
}

}  // namespace cloudflow
