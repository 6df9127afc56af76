// The history of an application.
#include "cli/views/history_view.h"

#include <fmt/format.h>

#include <vector>

#include "cli/views/table.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string changes_of(const HistoryEntry& entry) {
  if (!entry.took) return "";
  std::vector<std::string> out;
  const auto add = [&](int number, std::string_view what) {
    if (number > 0) out.push_back(fmt::format("{} {}", number, what));
  };
  add(entry.added, "added");
  add(entry.changed, "changed");
  add(entry.removed, "removed");
  add(entry.refused, "refused");
  add(entry.failed, "failed");
  return out.empty() ? "none" : join(out, ", ");
}

std::string commit_of(const HistoryEntry& entry) {
  if (entry.commit.empty()) return "no commit";
  return fmt::format("{}{}", entry.commit.substr(0, 7), entry.dirty ? " with changes" : "");
}

std::string seconds_of(const HistoryEntry& entry) {
  return entry.took ? fmt::format("{:.1f} s", static_cast<double>(entry.took->count()) / 1000.0) : "";
}

}  // namespace

std::string history_text(std::span<const HistoryEntry> entries, Style style, int width) {
  std::vector<std::vector<std::string>> rows;
  for (const HistoryEntry& entry : entries) {
    rows.push_back({std::to_string(entry.revision), entry.time, entry.command, entry.result, commit_of(entry), entry.by,
                    changes_of(entry), seconds_of(entry), entry.subject});
  }
  return table_text({"REVISION", "TIME", "COMMAND", "RESULT", "COMMIT", "BY", "CHANGES", "TOOK", "SUBJECT"}, rows,
                    {.style = style, .width = width, .is_prose = true});
}

std::string entry_text(const HistoryEntry& entry) {
  std::string out;
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += fmt::format("{:<12} {}\n", name, value);
  };
  line("revision", std::to_string(entry.revision));
  line("command", entry.command);
  line("result", entry.result);
  line("time", entry.time);
  line("took", seconds_of(entry));
  line("by", entry.by);
  line("commit", entry.commit.empty() ? "none" : entry.commit + (entry.dirty ? " with changes" : ""));
  line("subject", entry.subject);
  line("branch", entry.branch);
  line("version", entry.version);
  line("environment", entry.environment);
  line("changes", changes_of(entry));
  line("plan", entry.plan);
  return out;
}

std::string history_json(const std::string& application, std::span<const HistoryEntry> entries) {
  Json list = Json::array();
  for (const HistoryEntry& entry : entries) {
    list.push_back({{"revision", entry.revision},
                    {"command", entry.command},
                    {"result", entry.result},
                    {"time", entry.time},
                    {"took_ms", entry.took ? Json(entry.took->count()) : Json(nullptr)},
                    {"by", entry.by},
                    {"commit", entry.commit},
                    {"subject", entry.subject},
                    {"branch", entry.branch},
                    {"dirty", entry.dirty},
                    {"version", entry.version},
                    {"environment", entry.environment},
                    {"plan", entry.plan},
                    {"counts",
                     {{"added", entry.added},
                      {"changed", entry.changed},
                      {"removed", entry.removed},
                      {"refused", entry.refused},
                      {"failed", entry.failed}}}});
  }
  const Json out = {{"format_version", "1.0"}, {"application", application}, {"revisions", std::move(list)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cloudflow
