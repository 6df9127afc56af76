// What was done to an application.
#include "cli/pipeline/history.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/plan_json.h"
#include "sdk/support/digest.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Longer texts are cut: fifty entries are to stay far below what an object may hold.
constexpr std::size_t longest_text = 200;

std::string shortened(std::string text) {
  if (text.size() <= longest_text) return text;
  std::size_t end = longest_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not inside a character
  return text.substr(0, end) + "…";
}

std::string result_of(const Outcome& outcome) {
  if (outcome.interrupted) return "interrupted";
  if (outcome.complete() && outcome.refused == 0) return "applied";
  return outcome.made_anything() ? "partly" : "failed";
}

std::string in_words(const HistoryEntry& entry) {
  return fmt::format("revision {} ({} at {})", entry.revision, entry.command, entry.time);
}

}  // namespace

Json entry_of(const RecordedRun& run, const Outcome& outcome) {
  const Plan& plan = run.plan;
  return {{"id", run.id},
          {"command", command_of(run)},
          {"commit", plan.revision.commit},
          {"subject", shortened(plan.revision.subject)},
          {"branch", shortened(plan.revision.branch)},
          {"dirty", plan.revision.dirty},
          {"version", shortened(plan.version)},
          {"environment", plan.environment},
          {"by", shortened(run.by)},
          {"time", run.started},
          {"result", result_of(outcome)},
          {"plan", run.saved_plan.empty() ? sha256_hex(dump(plan_document(plan))) : run.saved_plan},
          {"added", outcome.added},
          {"changed", outcome.changed},
          {"removed", outcome.removed},
          {"refused", outcome.refused},
          {"failed", outcome.failures.size()},
          {"took_ms", outcome.took.count()}};
}

std::optional<Json> entry_of_cut_short(const Inventory& record) {
  const std::string id = string_at(record.last, {"run"});
  if (!was_interrupted(record) || id.empty()) return std::nullopt;
  return Json{{"id", id},
              {"command", string_at(record.last, {"command"}, "apply")},
              {"commit", string_at(record.last, {"commit"})},
              {"subject", string_at(record.last, {"subject"})},
              {"dirty", bool_at(record.last, {"dirty"})},
              {"version", string_at(record.last, {"version"})},
              {"environment", string_at(record.last, {"environment"})},
              {"by", string_at(record.last, {"by"})},
              {"time", string_at(record.last, {"time"})},
              {"plan", string_at(record.last, {plan_member})},
              {"result", "cut short"}};
}

HistoryEntry history_entry(const Json& entry) {
  const auto number = [&](std::string_view key) { return static_cast<int>(int_at(entry, {key})); };
  HistoryEntry out{.revision = int_at(entry, {"revision"}),
                   .command = string_at(entry, {"command"}),
                   .commit = string_at(entry, {"commit"}),
                   .subject = string_at(entry, {"subject"}),
                   .branch = string_at(entry, {"branch"}),
                   .dirty = bool_at(entry, {"dirty"}),
                   .version = string_at(entry, {"version"}),
                   .environment = string_at(entry, {"environment"}),
                   .by = string_at(entry, {"by"}),
                   .time = string_at(entry, {"time"}),
                   .result = string_at(entry, {"result"}),
                   .plan = string_at(entry, {"plan"}),
                   .added = number("added"),
                   .changed = number("changed"),
                   .removed = number("removed"),
                   .refused = number("refused"),
                   .failed = number("failed")};
  if (find(entry, {"took_ms"}) != nullptr) out.took = std::chrono::milliseconds(int_at(entry, {"took_ms"}));
  return out;
}

Result<std::vector<HistoryEntry>> history_of(Outside& outside, const std::stop_token& stop) {
  CF_TRY(const std::vector<Json> found, outside.cluster().history().read(stop));
  std::vector<HistoryEntry> out;
  for (const Json& entry : found) out.push_back(history_entry(entry));
  return out;
}

Error no_revision(std::span<const HistoryEntry> entries, long long revision) {
  return {ErrorKind::not_found, fmt::format("the history has no revision {}", revision), std::nullopt,
          entries.empty()
              ? "it is empty: every apply that changes something adds to it"
              : fmt::format("it has {} to {}: cloudflow history", entries.front().revision, entries.back().revision)};
}

Result<HistoryEntry> entry_to_go_back_to(std::span<const HistoryEntry> entries, std::optional<long long> revision) {
  if (entries.empty())
    return failure(ErrorKind::not_found, "this application has no history to go back in",
                   "every apply that changes something adds to it");
  const auto usable = [](const HistoryEntry& entry) {
    return !entry.commit.empty() && !entry.dirty && entry.command != "destroy";
  };
  if (revision) {
    const auto found = std::ranges::find(entries, *revision, &HistoryEntry::revision);
    if (found == entries.end()) return std::unexpected(no_revision(entries, *revision));
    if (!usable(*found)) {
      return failure(ErrorKind::invalid_input,
                     fmt::format("{} cannot be gone back to: {}", in_words(*found),
                                 found->command == "destroy" ? "it removed the application"
                                 : found->commit.empty()     ? "it was of no commit"
                                                             : "its folder had changes that no commit has"),
                     "choose another: cloudflow history");
    }
    return *found;
  }
  const HistoryEntry& last = entries.back();
  const auto before = std::find_if(entries.rbegin(), entries.rend(), [&](const HistoryEntry& entry) {
    return usable(entry) && entry.result == "applied" && (entry.commit != last.commit || last.dirty);
  });
  if (before == entries.rend()) {
    return failure(
        ErrorKind::not_found,
        fmt::format("nothing to go back to: no other commit than that of {} was applied whole", in_words(last)),
        "to see what there is: cloudflow history");
  }
  return *before;
}

}  // namespace cloudflow
