// A plan as a comment on a change that is reviewed.
#include "cli/views/plan_markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "cli/systems.h"
#include "cli/views/plan_words.h"
#include "cli/views/resource_text.h"
#include "cli/views/value_lines.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

// Bytes of one foreign text. A plan that is read in a comment needs no more of it, and no single one may use up all
// room.
constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_prose = 500;
constexpr std::size_t longest_heading_part = 120;
constexpr std::size_t longest_line = 400;  // in a block of code

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether an ASCII character is text and nothing else where it stands, to Markdown and to HTML.
bool is_plain(std::string_view text, std::size_t i) {
  const char c = text[i];
  if (is_letter(c) || is_digit(c)) return true;
  // Beginnings of lines have meanings of their own (a list, a title), and blanks at the ends may be lost.
  if (i == 0 || (c == ' ' && i + 1 == text.size())) return false;
  // "1. " is an item of a list.
  const bool ends_number =
      std::ranges::all_of(text.substr(0, i), is_digit) && (i + 1 == text.size() || text[i + 1] == ' ');
  switch (c) {
    case '.':
      return !ends_number && text[i - 1] != 'w' && text[i - 1] != 'W';  // "www." makes a link
    case ':':
      return i + 1 < text.size() && (is_digit(text[i + 1]) || text[i + 1] == ' ');  // "http:" makes one, too
    case ')':
      return !ends_number;
    default:
      return std::string_view(" ,;/=?%$-('\"").contains(c);
  }
}

/// One line without tabs, with all that has a meaning as a reference to a character: this holds in Markdown and in
/// HTML, where a backslash would not. `in_code`: no server looks for mentions there.
std::string inert(std::string_view foreign, bool in_code) {
  std::string text = in_one_line(printable(foreign));
  std::ranges::replace(text, '\t', ' ');
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80 || is_plain(text, i)) {
      out += c;
    } else {
      out += fmt::format("&#{};", static_cast<int>(c));
    }
    // Servers look for "@name", "#1" and "!1" in what Markdown made, where a reference is the character again.
    const bool refers = c == '@' || c == '#' || c == '!';
    if (refers && !in_code && i + 1 < text.size()) out += "&#8203;";
    // In code they do not, but "a@b.example" is made a link by Markdown itself, unless something is between.
    if (c == '@' && in_code && i + 1 < text.size()) out += "<!-- -->";
  }
  return out;
}

std::string cut(std::string_view text, std::size_t longest) { return shortened(printable(text), longest); }
std::string prose(std::string_view text) { return markdown_text(cut(text, longest_prose)); }
std::string name(std::string_view text) { return markdown_code(cut(text, longest_name)); }

/// Room of a comment that is given away piece by piece.
class Room {
 public:
  explicit Room(std::size_t left) : left_(left) {}
  bool take(std::size_t length) {
    if (length > left_) return false;
    left_ -= length;
    return true;
  }
  std::size_t left() const { return left_; }

 private:
  std::size_t left_;
};

/// The lines that fit, and how many more there are.
std::string lines_within(const std::vector<std::string>& lines, Room& room, std::string_view what) {
  constexpr std::size_t last_line = 60;
  std::string out;
  std::size_t shown = 0;
  if (!room.take(last_line)) return out;
  while (shown < lines.size() && room.take(comment_length(lines[shown]))) out += lines[shown++];
  if (shown < lines.size())
    out += fmt::format("- … and {}\n", counted(static_cast<long long>(lines.size() - shown),
                                               fmt::format("more {}", what), fmt::format("more {}s", what)));
  return out;
}

std::string section(std::string_view title, const std::vector<std::string>& lines, Room& room, std::string_view what) {
  if (lines.empty() || !room.take(title.size() + 10)) return "";
  return fmt::format("### {}\n\n{}\n", title, lines_within(lines, room, what));
}

std::string title(const Plan& plan) {
  std::string out = "## Plan for " + markdown_text(cut(plan.application, longest_heading_part));
  if (!plan.version.empty()) out += " " + markdown_text(cut(plan.version, longest_heading_part));
  if (!plan.environment.empty()) out += " in " + markdown_text(cut(plan.environment, longest_heading_part));
  out += "\n\n";
  if (!plan.revision.commit.empty()) {
    out += "Commit " + name(plan.revision.commit.substr(0, 7));
    if (!plan.revision.branch.empty()) out += " of " + name(cut(plan.revision.branch, longest_heading_part));
    if (!plan.revision.subject.empty()) out += ": " + markdown_text(cut(plan.revision.subject, longest_heading_part));
    out += plan.revision.dirty ? " (**with uncommitted changes**)  \n" : "  \n";
  }
  constexpr std::size_t most_targets = 10;
  std::vector<std::string> targets;
  for (const std::string& target : plan.targets) {
    if (targets.size() == most_targets) break;
    targets.push_back(name(cut(target, longest_heading_part)));
  }
  if (!targets.empty()) out += "Target " + join(targets, ", ");
  if (plan.targets.size() > most_targets) out += fmt::format(" and {} more", plan.targets.size() - most_targets);
  return out + "\n\n";
}

/// Why the plan cannot be carried out as it is, what is lost, what restarts.
std::string risks(const Plan& plan, Room& room) {
  std::vector<std::string> refused;
  for (const Error& rejection : plan.rejections) {
    std::string line = "- " + prose(rejection.message);
    if (rejection.where) line += " at " + name(rejection.where->text());
    if (!rejection.hint.empty()) line += ". " + prose(rejection.hint);
    refused.push_back(line + "\n");
  }
  for (const std::string& violation : plan.violations) refused.push_back("- " + prose(violation) + "\n");
  std::vector<std::string> left;
  std::vector<std::string> losses;
  std::vector<std::string> disruptive;
  std::vector<std::string> restarts;
  for (const Change& change : plan.changes) {
    const std::string id = name(change.id.text());
    if (change.refused) left.push_back(fmt::format("- {}: {}\n", id, prose(*change.refused)));
    for (const Loss& loss : change.losses)
      losses.push_back(fmt::format("- {} {} {}\n", id, loss.certain ? "loses" : "may lose", prose(loss.what)));
    if (change.risk == Risk::data_loss && change.losses.empty())
      losses.push_back(fmt::format("- {} {}\n", id, only_may_lose(change) ? "may lose data" : "loses data"));
    if (change.risk == Risk::disruptive) disruptive.push_back(fmt::format("- {}\n", id));
    if (change.restarts > 0 && !change.refused)
      restarts.push_back(change.pods > 0 ? fmt::format("- {}: {}\n", id, counted(change.restarts, "pod"))
                                         : fmt::format("- {}\n", id));
  }
  std::string out = section("The plan cannot be applied", refused, room, "reason");
  out += section("Refused: these changes will not be made", left, room, "change");
  out += section("Loss of data", losses, room, "loss");
  out += section("Behaviour changes for others", disruptive, room, "change");
  return out + section("Restarts", restarts, room, "change");
}

std::string head_of(const Change& change) {
  std::vector<std::string> facts = {
      fmt::format("{} {}", markdown_code(symbol_of(change.action)), name(change.id.text()))};
  if (is_topic(change.id) && change.id.scope != "default") facts[0] += " (" + name(change.id.scope) + ")";
  if (change.refused) facts.emplace_back("<b>refused</b>");
  if (const std::string cost = cost_text(change); !cost.empty()) facts.push_back("<b>" + cost + "</b>");
  if (change.action == Action::create || change.action == Action::replace) {
    if (!change.headline.empty()) facts.push_back(prose(change.headline));
  } else if (change.action == Action::update) {
    facts.push_back(counted(static_cast<long long>(change.fields.size()), "field"));
  }
  return join(facts, " · ");
}

/// Lines inside a block of code, where nothing but the end of the block has a meaning.
std::string literal(std::string_view text) { return shortened(in_one_line(printable(text)), longest_line); }

std::string code_block(const std::string& lines) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : lines) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fmt::format("{}diff\n{}{}\n\n", fence, lines, fence);
}

/// "@@ path @@ cause", and what goes and comes.
std::string field_lines(const Plan& plan, const Change& change, const FieldChange& field, const Places& places,
                        bool full) {
  const FieldWords words = field_words(plan, change, field, places);
  std::string out = fmt::format("@@ {} @@", literal(words.path));
  if (!words.cause.empty()) out += " " + literal(words.cause);
  out += '\n';
  if (!words.has_values) return out;
  if (field.secret) {
    if (field.before) out += "- (secret)\n";
    if (field.after) out += "+ (secret)\n";
    return out;
  }
  if (const auto lines = value_lines(field.before, field.after, full, Style(false))) {
    for (const std::string& line : lines->lines) {
      const bool is_part = line.starts_with("+ ") || line.starts_with("- ") || line.starts_with("  ");
      out += (is_part ? "" : "  ") + literal(line) + "\n";
    }
    return out;
  }
  const std::size_t longest = full ? std::string::npos : longest_line / 2;  // an image with its digest fits
  const auto is_long = [&](const std::optional<Json>& side) { return side && dump(*side).size() > longest; };
  // Of long ones the part around their difference.
  if (field.before && field.after && (is_long(field.before) || is_long(field.after)))
    return out + "! " + literal(value_change(*field.before, *field.after, longest / 2)) + "\n";
  if (field.before) out += "- " + literal(value_text(*field.before, longest)) + "\n";
  if (field.after) out += "+ " + literal(value_text(*field.after, longest)) + "\n";
  return out;
}

/// What is folded below the line of a change.
std::string body_of(const Plan& plan, const Change& change, const Places& places, bool full) {
  std::string out;
  if (change.refused) out += fmt::format("- refused: {}\n", prose(*change.refused));
  if (const std::string why = removal_text(plan, change); !why.empty()) out += fmt::format("- {}\n", why);
  const SourcePos* whole = change.desired.origins.at("");
  if (whole != nullptr && change.action == Action::create) out += "- from " + name(places.text(*whole)) + "\n";
  for (const Loss& loss : change.losses)
    out += fmt::format("- {} {}\n", loss.certain ? "loses" : "may lose", prose(loss.what));
  for (const std::string& note : change.notes) out += fmt::format("- {}\n", prose(note));
  if (!out.empty()) out += '\n';
  std::string fields;
  if (change.action != Action::create || full || change.refused) {
    for (const FieldChange& field : change.fields) fields += field_lines(plan, change, field, places, full);
  }
  if (full && change.action == Action::create && is_object(change.id)) {
    for (const std::string& line : split(resources_yaml({&change.desired, 1}), '\n')) {
      if (!line.empty() && line != "---") fields += "+ " + literal(line) + "\n";
    }
  }
  return fields.empty() ? out : out + code_block(fields);
}

/// What a reader has to see first has the lowest number.
int rank_of(const Change& change) {
  if (change.refused) return 0;
  if (change.risk != Risk::none) return 4 - static_cast<int>(change.risk);
  if (change.action == Action::replace || change.action == Action::remove) return 4;
  return change.action == Action::update ? 5 : 6;
}

/// The places of the changes among all, those first that matter most.
std::vector<std::size_t> by_rank(const std::vector<const Change*>& changes) {
  std::vector<std::size_t> out(changes.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::ranges::stable_sort(out, {}, [&](std::size_t i) { return rank_of(*changes[i]); });
  return out;
}

constexpr std::string_view fold_begin = "<details>\n<summary>";
constexpr std::string_view fold_middle = "</summary>\n\n";
constexpr std::string_view fold_end = "</details>\n\n";

struct Changes {
  std::string text{};
  std::size_t without_body = 0;  ///< only their line is there
  std::size_t left_out = 0;
};

/// Lines of as many changes as fit, and then what is folded below them; both go first to those that matter most.
Changes changes_within(const Plan& plan, const std::vector<const Change*>& changes, const Places& places, Room& room,
                       bool full) {
  const std::vector<std::size_t> order = by_rank(changes);
  std::vector<std::string> heads(changes.size());
  std::vector<std::string> bodies(changes.size());
  Changes out;
  const auto take_head = [&](std::size_t i) {
    std::string head = head_of(*changes[i]);
    // A line that is not folded is an item of a list: "- " and a line break.
    if (room.take(comment_length(head) + 6)) heads[i] = std::move(head);
  };
  const auto take_body = [&](std::size_t i) {
    std::string body = body_of(plan, *changes[i], places, full);
    if (heads[i].empty() || body.empty()) return;
    if (room.take(comment_length(body) + comment_length(fold_begin) + comment_length(fold_middle) +
                  comment_length(fold_end))) {
      bodies[i] = std::move(body);
    } else {
      ++out.without_body;
    }
  };
  // What is refused or lost is said whole before others get as much as a line.
  const auto others = std::ranges::find_if(order, [&](std::size_t i) { return rank_of(*changes[i]) > 1; });
  for (auto i = order.begin(); i != others; ++i) {
    take_head(*i);
    take_body(*i);
  }
  std::for_each(others, order.end(), take_head);
  std::for_each(others, order.end(), take_body);
  out.left_out = static_cast<std::size_t>(std::ranges::count(heads, ""));
  bool in_list = false;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (heads[i].empty()) continue;
    if (in_list && !bodies[i].empty()) out.text += '\n';
    in_list = bodies[i].empty();
    if (in_list) {
      out.text += "- " + heads[i] + "\n";
    } else {
      out.text += fmt::format("{}{}{}{}{}", fold_begin, heads[i], fold_middle, bodies[i], fold_end);
    }
  }
  if (in_list) out.text += '\n';
  return out;
}

std::string records_line(const Plan& plan) {
  std::vector<std::string> words;
  for (const Change& change : plan.changes) {
    if (is_plain_record(plan, change)) words.push_back(markdown_text(plan.records.at(change.id)));
  }
  std::ranges::sort(words);
  return words.empty() ? "" : fmt::format("Cloudflow's own records change as well: {}.\n\n", join(words, ", "));
}

std::string left_out_text(const Changes& changes) {
  if (changes.left_out == 0 && changes.without_body == 0) return "";
  std::vector<std::string> what;
  if (changes.left_out > 0) what.push_back(counted(static_cast<long long>(changes.left_out), "change"));
  if (changes.without_body > 0)
    what.push_back("the details of " + counted(static_cast<long long>(changes.without_body), "change"));
  return fmt::format(
      "**Not all of the plan is here.** A comment has room for 65,536 characters; left out: {}. The page of the same "
      "plan (`--write html=FILE`) has all of it, as does `cloudflow plan`.\n\n",
      join(what, " and "));
}

}  // namespace

std::string markdown_text(std::string_view text) { return inert(text, false); }
std::string markdown_code(std::string_view text) { return "<code>" + inert(text, true) + "</code>"; }

std::size_t comment_length(std::string_view text) {
  std::size_t out = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) out += c == '\n' ? 2 : 1;
  }
  return out;
}

std::string plan_markdown(const Plan& plan, const FileText& file_text, const PlanMarkdownOptions& options) {
  constexpr std::size_t own_sentences = 800;  // all below that has no foreign text in it
  const Places places(plan, file_text);
  std::vector<const Change*> changes;
  for (const Change& change : plan.changes) {
    if (options.full || !is_plain_record(plan, change)) changes.push_back(&change);
  }
  const std::string top = title(plan);
  const std::string records = options.full ? "" : records_line(plan);
  const std::size_t fixed = own_sentences + comment_length(top) + comment_length(records);
  const std::size_t all = options.longest - std::min(options.longest, fixed);
  // Reasons first, but a thousand of them must leave room to say what changes.
  Room for_risks(all / 2);
  const std::string risk = risks(plan, for_risks);
  std::vector<std::string> note_lines;
  for (const Note& note : plan.notes) note_lines.push_back("- " + prose(note.text) + "\n");
  for (const std::string& topic : plan.takes_over) note_lines.push_back("- takes over " + name(topic) + " as it is\n");
  Room for_notes(all / 8);
  const std::string notes = section("To know", note_lines, for_notes, "note");
  Room for_changes(all - std::min(all, comment_length(risk) + comment_length(notes)));
  const Changes shown = changes_within(plan, changes, places, for_changes, options.full);

  const Conclusion conclusion = conclusion_of(plan);
  std::string out = top + risk;
  if (!conclusion.head.empty()) out += fmt::format("**{}** ", conclusion.head);
  if (!conclusion.text.empty()) out += conclusion.text + "\n\n";
  out += left_out_text(shown) + notes;
  if (!changes.empty() || !records.empty()) out += "### Changes\n\n" + shown.text + records;
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace cloudflow
