// A plan for people: terraform's habits, plus causes and risks.
#include "cli/views/plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/systems.h"
#include "cli/views/layout.h"
#include "cli/views/plan_words.h"
#include "cli/views/resource_text.h"
#include "cli/views/table.h"
#include "cli/views/value_lines.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

Colour colour_of(Action action) {
  switch (action) {
    case Action::create:
      return Colour::green;
    case Action::update:
      return Colour::yellow;
    case Action::replace:
    case Action::remove:
      return Colour::red;
    case Action::none:
      return Colour::plain;
  }
  return Colour::plain;
}

/// Columns in front of the lines below a field.
constexpr std::size_t value_indent = 11;

/// Bytes of a value that are shown in one line.
std::size_t longest_shown(const PlanTextOptions& options) {
  if (options.full) return std::string::npos;
  if (options.width <= 0) return longest_value;
  const auto width = static_cast<std::size_t>(options.width);
  constexpr std::size_t least = 20;
  constexpr std::size_t arrow_and_ellipsis = 4;
  return std::clamp(width - std::min(width, value_indent + arrow_and_ellipsis), least, longest_value);
}

std::string field_values(const FieldChange& field, const PlanTextOptions& options) {
  const std::size_t longest = longest_shown(options);
  if (field.secret) return field.after ? (field.before ? "(secret) → (secret)" : "(secret)") : "(secret) → removed";
  if (!field.before) return field.after ? value_text(*field.after, longest) : "(none)";
  if (!field.after) return value_text(*field.before, longest) + " → removed";
  return value_change(*field.before, *field.after, longest);
}

/// How a plan is shown, with words for its places.
struct Shown : public PlanTextOptions {
  Shown(const PlanTextOptions& options, const Plan& plan, const FileText& file_text)
      : PlanTextOptions(options), places(plan, file_text) {}
  Places places;
};

std::string padded(std::string text, std::size_t width) {
  const std::size_t have = text_width(text);
  if (have < width) text.append(width - have, ' ');
  return text;
}

struct FieldText {
  std::string path{};
  std::string values{};
  std::string cause{};
  std::vector<std::string> lines{};  ///< below it: the changed lines of a long value
};

FieldText field_text(const Plan& plan, const Change& change, const FieldChange& field, const Shown& options) {
  FieldWords words = field_words(plan, change, field, options.places);
  FieldText out{.path = std::move(words.path), .cause = std::move(words.cause)};
  if (!words.has_values) return out;
  std::optional<ValueLines> long_value;
  if (!field.secret && (field.before || field.after))
    long_value = value_lines(field.before, field.after, options.full, options.style);
  if (long_value) {
    out.values = std::move(long_value->summary);
    out.lines = std::move(long_value->lines);
  } else {
    out.values = field_values(field, options);
  }
  return out;
}

/// Widens a column for a cell, up to `widest`. A cell that is wider must not push away all others on a terminal.
void widen(std::size_t& column, const std::string& cell, std::size_t widest, const PlanTextOptions& options) {
  const std::size_t width = text_width(cell);
  if (options.width <= 0 || width <= widest) column = std::max(column, std::min(width, widest));
}

/// A part of the terminal's width; without a terminal as said.
std::size_t part_of_width(const PlanTextOptions& options, std::size_t part, std::size_t without_terminal) {
  return options.width <= 0 ? without_terminal
                            : std::min(without_terminal, static_cast<std::size_t>(options.width) / part);
}

std::string fields_text(const Plan& plan, const Change& change, const Shown& options) {
  const Style& style = options.style;
  const std::size_t widest_path = part_of_width(options, 2, std::string::npos);
  const std::size_t widest_values = part_of_width(options, 4, 48);
  std::size_t path_width = 0;
  std::size_t values_width = 0;
  std::vector<FieldText> texts;
  for (const FieldChange& field : change.fields) {
    texts.push_back(field_text(plan, change, field, options));
    widen(path_width, texts.back().path, widest_path, options);
    widen(values_width, texts.back().values, widest_values, options);
  }
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const FieldChange& field = change.fields[i];
    const Action action = !field.before ? Action::create : !field.after ? Action::remove : Action::update;
    std::string text = fmt::format("       {} {}  {}  {}", style(colour_of(action), symbol_of(action)),
                                   padded(texts[i].path, path_width), padded(texts[i].values, values_width),
                                   style(Colour::dim, texts[i].cause));
    while (text.ends_with(' ')) text.pop_back();
    out += text + "\n";
    for (const std::string& line : texts[i].lines) out += std::string(value_indent, ' ') + line + "\n";
  }
  return out;
}

/// All of a new object below its line, secrets masked; of a topic the line says all.
std::string manifest_text(const Change& change) {
  if (!is_object(change.id)) return "";
  std::string out;
  for (const std::string& line : split(resources_yaml({&change.desired, 1}), '\n')) {
    if (!line.empty() && line != "---") out += "         " + line + "\n";
  }
  return out;
}

std::string change_text(const Plan& plan, const Change& change, std::size_t name_width, const Shown& options) {
  const Style& style = options.style;
  const bool refused = change.refused.has_value();
  std::string head = fmt::format("{:>4} {}", symbol_of(change.action), change.id.text());
  if (is_topic(change.id) && change.id.scope != "default") head += fmt::format(" ({})", change.id.scope);
  std::string line = style(refused ? Colour::red : colour_of(change.action), padded(head, name_width));
  const std::string risk = cost_text(change);
  std::vector<std::string> facts;
  if (refused) {
    facts.push_back(style(Colour::red, "refused: " + *change.refused));
  } else {
    if (!risk.empty()) facts.push_back(style(Colour::bold, risk));
    if (change.action == Action::create || change.action == Action::replace) {
      if (!change.headline.empty()) facts.push_back(change.headline);
      if (const SourcePos* whole = change.desired.origins.at(""))
        facts.push_back(style(Colour::dim, options.places.text(*whole)));
    }
    if (const std::string why = removal_text(plan, change); !why.empty()) facts.push_back(why);
  }
  line += "  " + join(facts, "  ");
  while (line.ends_with(' ')) line.pop_back();
  line += '\n';

  if (change.action != Action::create || options.full || change.refused.has_value())
    line += fields_text(plan, change, options);
  if (options.full && change.action == Action::create) line += manifest_text(change);
  for (const Loss& loss : change.losses) {
    line += fmt::format("       {} {} {}\n", style(Colour::red, "!"), loss.certain ? "loses" : "may lose", loss.what);
  }
  for (const std::string& note : change.notes) line += fmt::format("       {} {}\n", style(Colour::yellow, "!"), note);
  return line;
}

/// One line for the records of each action: "~ records: contracts, configuration".
std::string records_text(const Plan& plan, const Shown& shown) {
  const Style& style = shown.style;
  std::map<Action, std::vector<const Change*>> records;
  for (const Change& change : plan.changes) {
    if (is_plain_record(plan, change)) records[change.action].push_back(&change);
  }
  std::string out;
  for (const auto& [action, changes] : records) {
    std::vector<std::string> words;
    for (const Change* change : changes) words.push_back(plan.records.at(change->id));
    std::ranges::sort(words);
    const std::string head = fmt::format("{:>4} records: {}", symbol_of(action), join(words, ", "));
    const std::string cause = records_cause(plan, changes, shown.places);
    out +=
        fmt::format("{}{}{}\n", style(colour_of(action), head), cause.empty() ? "" : "  ", style(Colour::dim, cause));
  }
  return out;
}

std::string heading(const Plan& plan, const PlanTextOptions& options) {
  const Style& style = options.style;
  std::string out = style(
      Colour::bold, plan.version.empty() ? plan.application : fmt::format("{} {}", plan.application, plan.version));
  if (!plan.revision.commit.empty()) {
    out += fmt::format(" @ {}", plan.revision.commit.substr(0, 7));
    std::vector<std::string> parts;
    if (!plan.revision.branch.empty()) parts.push_back(plan.revision.branch);
    parts.emplace_back(plan.revision.dirty ? "with uncommitted changes" : "clean");
    out += fmt::format(" ({})", join(parts, ", "));
  }
  const std::string line = out + " → " + join(plan.targets, ", ");
  if (options.width <= 0 || text_width(line) <= static_cast<std::size_t>(options.width)) return line + "\n";
  return out + "\n  → " + join(plan.targets, "\n  → ") + "\n";
}

/// What it comes to; nothing below reasons for which nothing is done.
std::string last_line(const Plan& plan, const Style& style) {
  const Conclusion words = conclusion_of(plan);
  if (words.text.empty()) return "";
  return words.head.empty() ? words.text + "\n" : fmt::format("{} {}\n", style(Colour::bold, words.head), words.text);
}

}  // namespace

std::string plan_text(const Plan& plan, const FileText& file_text, const PlanTextOptions& given) {
  const Shown options(given, plan, file_text);
  const Style& style = options.style;
  std::string out = heading(plan, options) + "\n";
  std::size_t name_width = 0;
  std::vector<Action> used;
  for (const Change& change : plan.changes) {
    if (options.full || !is_plain_record(plan, change))
      name_width =
          std::max(name_width, std::min<std::size_t>(text_width(change.id.text()) + 6, part_of_width(options, 2, 56)));
    if (std::ranges::find(used, change.action) == used.end()) used.push_back(change.action);
  }
  if (!used.empty()) {
    std::ranges::sort(used);
    std::vector<std::string> legend;
    for (const Action action : used)
      legend.push_back(fmt::format("{} {}", style(colour_of(action), symbol_of(action)), name_of(action)));
    out += fmt::format("Symbols: {}\n\n", join(legend, "   "));
  }
  for (const Change& change : plan.changes) {
    if (options.full || !is_plain_record(plan, change)) out += change_text(plan, change, name_width, options);
  }
  if (!options.full) out += records_text(plan, options);
  if (!plan.changes.empty()) out += "\n";
  for (const Error& rejection : plan.rejections) out += error_text(rejection, file_text, style, options.width);
  if (!plan.rejections.empty()) out += "\n";
  for (const Note& note : plan.notes) out += fmt::format("{} {}\n", style(Colour::cyan, "note:"), note.text);
  for (const std::string& violation : plan.violations)
    out += fmt::format("{} {}\n", style(Colour::red, "refused:"), violation);
  if (!plan.notes.empty() || !plan.violations.empty()) out += "\n";
  out += last_line(plan, style);
  return laid_out(out, options.width, options.full ? TooWide::keep : TooWide::shorten);
}

}  // namespace cloudflow
