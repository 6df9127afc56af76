// The history of an application, for people and programs.
#pragma once

#include <span>
#include <string>

#include "cli/pipeline/history.h"
#include "cli/views/style.h"

namespace cloudflow {

/// One line for each entry, oldest first, laid out for so many columns; 0 for as many as it takes.
std::string history_text(std::span<const HistoryEntry> entries, Style style, int width = 0);
/// Everything of one entry.
std::string entry_text(const HistoryEntry& entry);
/// {"format_version","application","revisions":[…]} (docs/json.md)
std::string history_json(const std::string& application, std::span<const HistoryEntry> entries);

}  // namespace cloudflow
