// Diagnostics for people and programs.
#include "cli/views/diagnostic_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "cli/views/columns.h"
#include "cli/views/credentials_in_text.h"
#include "cli/views/key_position.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Columns of a quoted line where nothing says how wide a line may be, and those that stand in front of it.
constexpr std::size_t widest_line = 160;
constexpr std::size_t margin_width = 8;
/// So many problems with one code are shown; who makes a mistake a thousand times learns nothing from the rest.
constexpr int shown_of_a_kind = 20;

std::optional<std::string> line_of(const std::string& text, int line) {
  std::size_t start = 0;
  for (int i = 1; i < line; ++i) {
    start = text.find('\n', start);
    if (start == std::string::npos) return std::nullopt;
    ++start;
  }
  std::string out = text.substr(start, text.find('\n', start) - start);
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

/// The quoted line and the caret under it. A long line is cut around the place, and before what must not be printed.
std::string excerpt(const SourcePos& where, int length, const FileText& file_text, Style style, int width) {
  if (where.line == 0 || !file_text) return "";
  const std::optional<std::string> text = file_text(where.file);
  std::optional<std::string> line = text ? line_of(*text, where.line) : std::nullopt;
  if (!line) return "";
  std::size_t at = byte_of_column(*line, where.column);
  if (const std::size_t credential = find_credential(*line); credential != std::string_view::npos) {
    *line = line->substr(0, credential) + "(hidden)";
    at = std::min(at, credential);
  }
  // A terminal shows a tab with a width of its own, and would break the line where it does not fit.
  if (width > 0) std::ranges::replace(*line, '\t', ' ');
  const std::size_t room =
      width > 0 ? std::clamp(static_cast<std::size_t>(width), 2 * margin_width, widest_line) - margin_width - 2
                : widest_line;
  if (line->size() > room + (width > 0 ? 2 : 0)) {
    std::size_t cut = at > room / 2 ? at - room / 2 : 0;
    std::size_t end = std::min(cut + room, line->size());
    while (cut > 0 && continues_character((*line)[cut])) --cut;
    while (end < line->size() && continues_character((*line)[end])) ++end;
    line = (cut > 0 ? "…" : "") + line->substr(cut, end - cut) + (end < line->size() ? "…" : "");
    at = at - cut + (cut > 0 ? std::string_view("…").size() : 0);
  }
  std::string out = fmt::format("{} {}\n", style(Colour::dim, fmt::format("{:>5} |", where.line)), *line);
  if (where.column == 0) return out;
  std::string margin;
  for (const char byte : line->substr(0, at)) {
    if (!continues_character(byte)) margin += byte == '\t' ? '\t' : ' ';
  }
  const int rest = column_of_byte(line->substr(at), line->size() - at) - 1;
  const auto marked = static_cast<std::size_t>(std::clamp(length, 1, std::max(1, rest)));
  out += fmt::format("{} {}{}\n", style(Colour::dim, "      |"), margin,
                     style(Colour::red, "^" + std::string(marked - 1, '~')));
  return out;
}

/// The key that a message about an unknown one names: the quoted word that it ends with, or else begins with.
std::string_view named_key(std::string_view message) {
  const bool first = !message.ends_with('"') && message.starts_with('"');
  const std::size_t end = first ? message.find('"', 1) : message.rfind('"');
  if (end == std::string_view::npos || end == 0) return "";
  const std::size_t begin = first ? 0 : message.rfind('"', end - 1);
  return begin == std::string_view::npos ? "" : message.substr(begin + 1, end - begin - 1);
}

/// A key that should not be there is marked itself, not its value.
void point_at_key(Diagnostic& diagnostic, const FileText& file_text) {
  if (diagnostic.code != "unknown-key" || !file_text) return;
  const std::string_view key = named_key(diagnostic.message);
  const std::optional<std::string> text = file_text(diagnostic.where.file);
  const std::optional<SourcePos> place = text ? key_position(*text, diagnostic.where, key) : std::nullopt;
  if (!place) return;
  diagnostic.where = *place;
  diagnostic.length = column_of_byte(key, key.size()) - 1;
}

/// As a reader goes through the files: files in the order of their first problem, each from top to bottom.
std::vector<Diagnostic> in_reading_order(const Diagnostics& diagnostics, const FileText& file_text) {
  std::map<std::string, std::size_t> files;
  for (const Diagnostic& diagnostic : diagnostics.all()) files.try_emplace(diagnostic.where.file, files.size());
  std::vector<Diagnostic> out = diagnostics.all();
  for (Diagnostic& diagnostic : out) point_at_key(diagnostic, file_text);
  std::ranges::stable_sort(out, {}, [&](const Diagnostic& diagnostic) {
    return std::tuple(files.at(diagnostic.where.file), diagnostic.where.line, diagnostic.where.column);
  });
  return out;
}

}  // namespace

std::string diagnostic_text(const Diagnostic& diagnostic, const FileText& file_text, Style style, int width) {
  const bool error = diagnostic.severity == Severity::error;
  const std::string place = diagnostic.where.text();
  std::string out = fmt::format("{}{}{}: {}\n", place, place.empty() ? "" : ": ",
                                style(error ? Colour::red : Colour::yellow, error ? "error" : "warning"),
                                in_one_line(diagnostic.message));
  out += excerpt(diagnostic.where, diagnostic.length, file_text, style, width);
  if (diagnostic.hint.empty()) return out;
  std::vector<std::string> lines = split(trimmed(diagnostic.hint), '\n');
  for (std::size_t i = 1; i < lines.size(); ++i) lines[i].insert(0, "    ");
  return out + fmt::format("  {}: {}\n", style(Colour::cyan, "hint"), join(lines, "\n"));
}

std::string diagnostics_text(const Diagnostics& diagnostics, const FileText& file_text, Style style, int width) {
  std::map<std::pair<Severity, std::string>, int> of_kind;
  int errors = 0;
  int warnings = 0;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    ++of_kind[{diagnostic.severity, diagnostic.code}];
    ++(diagnostic.severity == Severity::error ? errors : warnings);
  }
  std::string out;
  int hidden = 0;
  std::map<std::pair<Severity, std::string>, int> shown;
  for (const Diagnostic& diagnostic : in_reading_order(diagnostics, file_text)) {
    const std::pair kind(diagnostic.severity, diagnostic.code);
    const int number = ++shown[kind];
    if (number > shown_of_a_kind) continue;
    out += diagnostic_text(diagnostic, file_text, style, width);
    const int more = of_kind[kind] - shown_of_a_kind;
    if (number < shown_of_a_kind || more <= 0) continue;
    out += style(Colour::dim, fmt::format("… and {} more like this", more)) + "\n";
    hidden += more;
  }
  if (out.empty()) return out;
  std::string counts = errors > 0 ? counted(errors, "error") : "";
  if (warnings > 0) counts += fmt::format("{}{}", counts.empty() ? "" : ", ", counted(warnings, "warning"));
  if (hidden > 0) counts += fmt::format(", {} of them not shown; `validate --json` has them all", hidden);
  return out + counts + "\n";
}

Json problems_json(const Diagnostics& diagnostics, const FileText& file_text) {
  Json problems = Json::array();
  for (const Diagnostic& diagnostic : in_reading_order(diagnostics, file_text)) {
    problems.push_back({{"severity", diagnostic.severity == Severity::error ? "error" : "warning"},
                        {"code", diagnostic.code},
                        {"message", diagnostic.message},
                        {"file", diagnostic.where.file},
                        {"line", diagnostic.where.line},
                        {"column", diagnostic.where.column},
                        {"hint", diagnostic.hint}});
  }
  return problems;
}

std::string diagnostics_json(const Diagnostics& diagnostics, const FileText& file_text) {
  const Json out = {{"format_version", "1.0"},
                    {"valid", !diagnostics.has_errors()},
                    {"problems", problems_json(diagnostics, file_text)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string error_text(const Error& error, const FileText& file_text, Style style, int width) {
  return diagnostic_text({Severity::error, "failed", error.message, error.where.value_or(SourcePos{}), 1, error.hint},
                         file_text, style, width);
}

}  // namespace cloudflow
