// What was done to an application, as entries of its history.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/pipeline/outside.h"
#include "cli/pipeline/record.h"
#include "cloudflow/json.h"
#include "planner/apply/event.h"

namespace cloudflow {

/// One run that changed something, or meant to.
struct HistoryEntry {
  long long revision = 0;  ///< counts the entries of an application from 1
  std::string command{};   ///< "apply", "destroy", "sync", "rollback" …
  std::string commit{};    ///< full hash; empty outside git
  std::string subject{};   ///< of the commit
  std::string branch{};
  bool dirty = false;  ///< the folder had changes that no commit has
  std::string version{};
  std::string environment{};
  std::string by{};      ///< "user@machine"
  std::string time{};    ///< when it began, RFC 3339
  std::string result{};  ///< "applied", "partly", "failed", "interrupted", "cut short"
  std::string plan{};    ///< SHA-256 of the plan, hex
  int added = 0;
  int changed = 0;
  int removed = 0;
  int refused = 0;
  int failed = 0;
  std::optional<std::chrono::milliseconds> took{};  ///< nothing where it was cut short
};

/// Of a run that has ended; without a number, which the cluster gives.
Json entry_of(const RecordedRun& run, const Outcome& outcome);
/// Of the run that the record names as the last one, where that never came to write its own.
std::optional<Json> entry_of_cut_short(const Inventory& record);

HistoryEntry history_entry(const Json& entry);
/// All that the cluster knows, oldest first.
Result<std::vector<HistoryEntry>> history_of(Outside& outside, const std::stop_token& stop);

/// Why there is no entry of that number.
Error no_revision(std::span<const HistoryEntry> entries, long long revision);

/// The entry with this number; else the last one that was applied whole and from another commit than what was done
/// last. not_found says which there are.
Result<HistoryEntry> entry_to_go_back_to(std::span<const HistoryEntry> entries, std::optional<long long> revision);

}  // namespace cloudflow
