// A plan as one page for a browser.
#include "cli/views/plan_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "cli/systems.h"
#include "cli/views/html_text.h"
#include "cli/views/plan_page_files.h"
#include "cli/views/plan_words.h"
#include "cli/views/resource_text.h"
#include "cli/views/value_lines.h"
#include "planner/graph/graph_svg.h"
#include "sdk/support/digest.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Lines shown of one value.
constexpr std::size_t most_lines = 2000;

std::string_view page_file(std::string_view path) {
  const auto files = plan_page_files();
  const auto found = std::ranges::find(files, path, &PlanPageFile::path);
  return found == files.end() ? "" : found->text;
}

/// What a policy names the text of a script or a style by.
std::string hash_of(std::string_view text) { return "'sha256-" + to_base64(sha256(text)) + "'"; }

std::string counted_of(std::size_t count, std::string_view what) {
  return counted(static_cast<long long>(count), what);
}

std::string code(std::string_view text) { return "<code>" + html_text(text) + "</code>"; }

/// What a change is looked for by, beside its words: "refused", "loss", "disruptive", "restart".
std::vector<std::string> risks_of(const Change& change) {
  std::vector<std::string> out;
  if (change.refused) out.emplace_back("refused");
  if (change.risk == Risk::data_loss) out.emplace_back("loss");
  if (change.risk == Risk::disruptive) out.emplace_back("disruptive");
  if (change.restarts > 0) out.emplace_back("restart");
  return out;
}

bool is_grave(const Change& change) { return change.refused || change.risk == Risk::data_loss; }

/// The picture with what the plan says of it.
class PlannedGraph {
 public:
  PlannedGraph(const Plan& plan, PlanPicture picture) : picture_(std::move(picture)), nodes_of_(plan.changes.size()) {
    add_removed(plan);
    changes_of_.resize(picture_.graph.nodes.size());
    for (std::size_t i = 0; i < plan.changes.size(); ++i) {
      for (const std::size_t node : nodes_of(plan, plan.changes[i])) {
        changes_of_[node].push_back(i);
        nodes_of_[i].push_back(std::to_string(node));
      }
    }
  }

  bool empty() const { return picture_.graph.nodes.empty(); }
  /// Of a change, by its place in the plan: "3 7".
  std::string nodes_text(std::size_t change) const { return join(nodes_of_[change], " "); }

  std::string svg(const Plan& plan) {
    std::vector<NodeMark> marks;
    for (std::size_t i = 0; i < picture_.graph.nodes.size(); ++i) {
      GraphNode& node = picture_.graph.nodes[i];
      marks.push_back(mark_of(plan, node, changes_of_[i]));
      node.label = printable(node.label);
      if (changes_of_[i].empty()) continue;
      if (!node.detail.empty()) node.detail += " · ";
      node.detail += counted_of(changes_of_[i].size(), "change");
    }
    arrange(picture_.graph);
    return marked_graph_svg(picture_.graph, marks, "streamlets and topics");
  }

 private:
  /// What goes away is not in the application any more.
  void add_removed(const Plan& plan) {
    for (const Change& change : plan.changes) {
      if (change.action != Action::remove) continue;
      if (is_topic(change.id) && !picture_.topics.contains(change.id)) {
        picture_.topics.emplace(change.id, picture_.graph.nodes.size());
        picture_.graph.nodes.push_back({.label = change.id.name, .detail = "goes", .topic = true});
      } else if (change.traits.runs_pods) {
        const std::string name = short_name(plan, change.id.name);
        if (picture_.streamlets.try_emplace(name, picture_.graph.nodes.size()).second)
          picture_.graph.nodes.push_back({.label = name, .detail = "goes"});
      }
    }
  }

  /// "ingress" of "call-records-ingress".
  static std::string short_name(const Plan& plan, const std::string& name) {
    const std::string prefix = plan.application + "-";
    return name.starts_with(prefix) && name.size() > prefix.size() ? name.substr(prefix.size()) : name;
  }

  std::vector<std::size_t> nodes_of(const Plan& plan, const Change& change) const {
    if (const auto topic = picture_.topics.find(change.id); topic != picture_.topics.end()) return {topic->second};
    const std::string& streamlet =
        change.desired.streamlet.empty() ? short_name(plan, change.id.name) : change.desired.streamlet;
    if (is_topic(change.id)) return {};
    const auto found = picture_.streamlets.find(streamlet);
    if (found == picture_.streamlets.end()) return {};
    return {found->second};
  }

  static NodeMark mark_of(const Plan& plan, const GraphNode& node, const std::vector<std::size_t>& changes) {
    const std::string what = fmt::format("{} {}", node.topic ? "topic" : "streamlet", printable(node.label));
    if (changes.empty()) return {.kind = "none", .label = what + ": no changes"};
    // What runs says what becomes of a streamlet; without a change of it, what it reads or is reached by changes.
    const auto runs = std::ranges::find_if(changes, [&](std::size_t i) { return plan.changes[i].traits.runs_pods; });
    const Action action = runs != changes.end() ? plan.changes[*runs].action
                          : node.topic          ? plan.changes[changes.front()].action
                                                : Action::update;
    const bool grave = std::ranges::any_of(changes, [&](std::size_t i) { return is_grave(plan.changes[i]); });
    std::vector<std::string> said = {std::string(name_of(action)), counted_of(changes.size(), "change")};
    for (const std::size_t i : changes) {
      if (plan.changes[i].refused) said.emplace_back("refused");
      if (const std::string cost = cost_text(plan.changes[i]); !cost.empty()) said.push_back(cost);
    }
    std::ranges::sort(said.begin() + 2, said.end());
    said.erase(std::unique(said.begin() + 2, said.end()), said.end());
    return {.kind = std::string(name_of(action)) + (grave ? " grave" : ""),
            .sign = grave ? "!" : std::string(action == Action::replace ? "±" : symbol_of(action)),
            .link = fmt::format("#c{}", changes.front()),
            .label = fmt::format("{}: {}", what, join(said, ", "))};
  }

  PlanPicture picture_;
  std::vector<std::vector<std::size_t>> changes_of_{};
  std::vector<std::vector<std::string>> nodes_of_;
};

std::string heading(const Plan& plan) {
  std::string out = "<header>\n<p class=\"kicker\">Plan";
  if (!plan.environment.empty()) out += " for " + html_text(plan.environment);
  out += "</p>\n<h1>" + html_text(plan.application);
  if (!plan.version.empty()) out += " <small>" + html_text(plan.version) + "</small>";
  out += "</h1>\n<dl class=\"facts\">\n";
  if (!plan.revision.commit.empty()) {
    out += "<dt>Commit</dt><dd>" + code(plan.revision.commit.substr(0, 7));
    if (!plan.revision.branch.empty()) out += " of " + code(plan.revision.branch);
    if (!plan.revision.subject.empty()) out += " · " + html_text(in_one_line(plan.revision.subject));
    out += plan.revision.dirty ? " · <strong>with uncommitted changes</strong></dd>\n" : "</dd>\n";
  }
  if (!plan.targets.empty()) {
    out += "<dt>Target</dt><dd>";
    for (std::size_t i = 0; i < plan.targets.size(); ++i) out += (i == 0 ? "" : "<br>") + code(plan.targets[i]);
    out += "</dd>\n";
  }
  return out + "</dl>\n</header>\n";
}

std::string number(std::string_view kind, std::string_view value, std::string_view what) {
  return fmt::format("<li class=\"{}\"><b>{}</b><span>{}</span></li>\n", kind, value, what);
}

std::string numbers(const Plan& plan) {
  const PlanCounts counts = count(plan);
  std::string out;
  if (!plan.changes.empty()) {
    out += "<ul class=\"numbers\">\n";
    const auto kind = [](int value, std::string_view name) { return value == 0 ? "zero" : name; };
    out += number(kind(counts.add, "create"), fmt::format("+{}", counts.add), "to add");
    out += number(kind(counts.change, "update"), fmt::format("~{}", counts.change), "to change");
    out += number(kind(counts.remove, "remove"), fmt::format("−{}", counts.remove), "to remove");
    if (counts.refused > 0) out += number("refused", std::to_string(counts.refused), "refused");
    out += number(kind(counts.restarts, "restarts"), std::to_string(counts.restarts),
                  plan.pods == 0 ? "restarts" : "of " + counted(plan.pods, "pod") + " restart");
    if (!plan.takes_over.empty()) out += number("takes", std::to_string(plan.takes_over.size()), "to take over");
    out += "</ul>\n";
  }
  const Conclusion words = conclusion_of(plan);
  return out + fmt::format("<p class=\"conclusion\"><strong>{}</strong> {}</p>\n", words.head, words.text);
}

std::string alarm(std::string_view title, bool grave, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string out = fmt::format("<section class=\"alarm{}\">\n<h2>{}</h2>\n<ul>\n", grave ? " grave" : "", title);
  for (const std::string& line : lines) out += "<li>" + line + "</li>\n";
  return out + "</ul>\n</section>\n";
}

std::string link_to(std::size_t change, const ResourceId& id) {
  return fmt::format("<a href=\"#c{}\">{}</a>", change, code(id.text()));
}

std::string alarms(const Plan& plan) {
  std::vector<std::string> reasons;
  for (const Error& rejection : plan.rejections) {
    std::string line = html_text(rejection.message);
    if (rejection.where) line += " <span class=\"hint\">at " + code(rejection.where->text()) + "</span>";
    if (!rejection.hint.empty()) line += "<br><span class=\"hint\">" + html_text(rejection.hint) + "</span>";
    reasons.push_back(std::move(line));
  }
  for (const std::string& violation : plan.violations) reasons.push_back(html_text(violation));
  std::vector<std::string> refused;
  std::vector<std::string> losses;
  for (std::size_t i = 0; i < plan.changes.size(); ++i) {
    const Change& change = plan.changes[i];
    if (change.refused) refused.push_back(link_to(i, change.id) + ": " + html_text(*change.refused));
    for (const Loss& loss : change.losses) {
      losses.push_back(
          fmt::format("{} {} {}", link_to(i, change.id), loss.certain ? "loses" : "may lose", html_text(loss.what)));
    }
  }
  std::vector<std::string> notes;
  for (const Note& note : plan.notes) notes.push_back(html_text(note.text));
  for (const std::string& topic : plan.takes_over) notes.push_back("takes over " + code(topic) + " as it is");
  return alarm("The plan cannot be applied", true, reasons) +
         alarm("Refused: these changes will not be made", true, refused) + alarm("Loss of data", true, losses) +
         alarm("To know", false, notes);
}

std::string figure(const Plan& plan, PlannedGraph& graph) {
  if (graph.empty()) return "";
  std::string out =
      "<section aria-labelledby=\"picture\">\n<h2 id=\"picture\">Streamlets and topics</h2>\n<figure "
      "tabindex=\"0\" aria-labelledby=\"picture\">\n" +
      graph.svg(plan) + "</figure>\n";
  if (!plan.changes.empty()) {
    out +=
        "<ul class=\"legend\"><li>+ is made</li><li>~ changes</li><li>± is made anew</li><li>- goes</li><li>! is "
        "refused, or data is lost</li><li>boxes are streamlets, round ends topics</li></ul>\n";
  }
  return out + "</section>\n";
}

std::string option(std::string_view value, std::string_view words) {
  return fmt::format("<option value=\"{}\">{}</option>", value, words);
}

/// Shown by the script, as nothing can be filtered without it.
std::string filter_bar() {
  std::string out =
      "<div class=\"filter\" id=\"filter\" role=\"search\" aria-label=\"Filter the changes\" hidden>\n"
      "<label class=\"words\">Words<input type=\"search\" id=\"words\" autocomplete=\"off\" spellcheck=\"false\" "
      "placeholder=\"name, field, value, commit, author\"></label>\n<label>Action<select id=\"action\">";
  out += option("", "all");
  for (const Action action : {Action::create, Action::update, Action::replace, Action::remove})
    out += option(name_of(action), name_of(action));
  out += "</select></label>\n<label>Risk<select id=\"risk\">" + option("", "all") + option("refused", "refused") +
         option("loss", "loss of data") + option("disruptive", "disruptive") + option("restart", "restarts");
  return out +
         "</select></label>\n<button type=\"button\" id=\"open\">Open all</button>\n<button type=\"button\" "
         "id=\"close\">Close all</button>\n<button type=\"button\" id=\"all\" hidden>Show all changes</button>\n"
         "<output id=\"count\" for=\"words action risk\"></output>\n</div>\n";
}

std::string badges(const Change& change) {
  std::string out;
  const auto add = [&](std::string_view kind, std::string_view words) {
    out += fmt::format("<span class=\"badge {}\">{}</span>", kind, words);
  };
  if (change.refused) add("grave", "refused");
  if (change.risk == Risk::data_loss) add("grave", only_may_lose(change) ? "may lose data" : "loses data");
  if (change.risk == Risk::disruptive) add("disruptive", "disruptive");
  if (change.restarts > 0)
    add("restart", change.pods > 0 ? "restarts " + counted(change.restarts, "pod") : std::string("restarts"));
  return out;
}

std::string changed_lines(const std::vector<std::string>& lines) {
  std::string out = "<pre>";
  for (std::size_t i = 0; i < lines.size() && i < most_lines; ++i) {
    const std::string& line = lines[i];
    const std::string_view kind = line.starts_with("+ ") ? "ins" : line.starts_with("- ") ? "del" : "";
    const bool gap = kind.empty() && !line.starts_with("  ");
    if (gap) {
      out += "<span class=\"gap\">" + html_text(line) + "</span>\n";
    } else if (kind.empty()) {
      out += html_text(line) + "\n";
    } else {
      out += fmt::format("<span class=\"{}\">{}</span>\n", kind, html_text(line));
    }
  }
  if (lines.size() > most_lines)
    out += fmt::format("<span class=\"gap\">… {} that this page leaves out</span>\n",
                       counted_of(lines.size() - most_lines, "more line"));
  return out + "</pre>";
}

std::string values(const FieldChange& field) {
  if (!field.secret && (field.before || field.after)) {
    if (const auto lines = value_lines(field.before, field.after, true, Style(false)))
      return changed_lines(lines->lines);
  }
  const auto side = [&](std::string_view tag, const std::optional<Json>& value) {
    if (field.secret) return fmt::format("<{0}><span class=\"masked\">(secret)</span></{0}>", tag);
    return fmt::format("<{0} class=\"mono\">{1}</{0}>", tag, html_text(value_text(*value, std::string::npos)));
  };
  std::string out;
  if (field.before) out += side("del", field.before);
  if (field.before && field.after) out += " → ";
  if (field.after) out += side("ins", field.after);
  return "<p class=\"values\">" + out + "</p>";
}

std::string field_item(const Plan& plan, const Change& change, const FieldChange& field, const Places& places) {
  const FieldWords words = field_words(plan, change, field, places);
  std::string out = "<li><p class=\"path\">" + code(words.path) + "</p>";
  if (words.has_values) out += values(field);
  std::string cause = html_text(words.cause);
  const Blame* writer = field.cause == Cause::git && words.has_values ? writer_of(plan, field) : nullptr;
  if (writer != nullptr && !writer->author.empty()) cause += " · " + html_text(writer->author);
  if (!cause.empty()) out += "<p class=\"cause\">" + cause + "</p>";
  return out + "</li>\n";
}

std::string manifest(const Change& change) {
  if (change.action != Action::create || !is_object(change.id)) return "";
  std::string text;
  for (const std::string& line : split(resources_yaml({&change.desired, 1}), '\n')) {
    if (!line.empty() && line != "---") text += html_text(line) + "\n";
  }
  return "<pre>" + text + "</pre>\n";
}

/// What follows the name in the line of a change.
std::string headline(const Plan& plan, const Change& change) {
  if (change.action == Action::update) return counted_of(change.fields.size(), "field");
  if (change.action == Action::remove) return removal_text(plan, change);
  return html_text(in_one_line(change.headline));
}

std::string change_item(const Plan& plan, std::size_t index, const PlannedGraph& graph, const Places& places) {
  const Change& change = plan.changes[index];
  const std::string_view action = name_of(change.action);
  std::string out = fmt::format(
      "<li id=\"c{}\" class=\"{}\" data-action=\"{}\" data-risk=\"{}\" data-nodes=\"{}\">\n<details>\n<summary><span "
      "class=\"sign\" aria-hidden=\"true\">{}</span><span class=\"id\"><span class=\"hidden-text\">{} </span>{}",
      index, action, action, join(risks_of(change), " "), graph.nodes_text(index),
      change.action == Action::replace ? "±" : symbol_of(change.action), action, html_text(change.id.text()));
  const bool has_scope = !change.id.scope.empty() && !(is_topic(change.id) && change.id.scope == "default");
  if (has_scope) out += " <span class=\"scope\">" + html_text(change.id.scope) + "</span>";
  out += "</span><span class=\"badges\">" + badges(change) + "</span><span class=\"what\">" + headline(plan, change) +
         "</span></summary>\n<div class=\"body\">\n";
  if (change.refused) out += "<p class=\"lost\">Refused: " + html_text(*change.refused) + "</p>\n";
  for (const Loss& loss : change.losses)
    out += fmt::format("<p class=\"lost\">{} {}</p>\n", loss.certain ? "Loses" : "May lose", html_text(loss.what));
  if (!change.notes.empty()) {
    out += "<ul>\n";
    for (const std::string& note : change.notes) out += "<li>" + html_text(note) + "</li>\n";
    out += "</ul>\n";
  }
  if (const auto record = plan.records.find(change.id); record != plan.records.end())
    out += "<p class=\"cause\">cloudflow keeps this for itself: " + html_text(record->second) + "</p>\n";
  const SourcePos* whole = change.desired.origins.at("");
  if (whole != nullptr) out += "<p class=\"cause\">from " + code(places.text(*whole)) + "</p>\n";
  if (change.action != Action::create || change.refused) {
    std::string fields;
    for (const FieldChange& field : change.fields) fields += field_item(plan, change, field, places);
    if (!fields.empty()) out += "<ul class=\"fields\">\n" + fields + "</ul>\n";
  }
  return out + manifest(change) + "</div>\n</details>\n</li>\n";
}

}  // namespace

std::string plan_html(const Plan& plan, const FileText& file_text, PlanPicture picture) {
  const Places places(plan, file_text);
  PlannedGraph graph(plan, std::move(picture));
  const std::string_view style = page_file("page.css");
  const std::string_view script = page_file("page.js");
  const std::string title = plan.environment.empty() ? plan.application : plan.application + " in " + plan.environment;
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  // The policy stands before all that it is for. Texts of others are escaped; this is for the case that one is not.
  out += fmt::format(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; img-src "
      "data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'\">\n",
      hash_of(style), hash_of(script));
  out +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" "
      "content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n";
  out += fmt::format("<title>Plan for {}</title>\n<style>{}</style>\n</head>\n<body>\n", html_text(title), style);
  out += "<a class=\"skip\" href=\"#changes\">To the changes</a>\n" + heading(plan) + "<main>\n" + numbers(plan) +
         alarms(plan) + figure(plan, graph);
  out += "<section aria-labelledby=\"changes\">\n<h2 id=\"changes\">Changes</h2>\n";
  if (plan.changes.empty()) {
    out += "<p class=\"nothing\">Nothing changes.</p>\n";
  } else {
    out += filter_bar() + "<ol class=\"changes\">\n";
    for (std::size_t i = 0; i < plan.changes.size(); ++i) out += change_item(plan, i, graph, places);
    out += "</ol>\n";
  }
  out +=
      "</section>\n</main>\n<footer>Made by <code>cloudflow plan</code>. Secret values are in no form of a "
      "plan.</footer>\n";
  return out + fmt::format("<script>{}</script>\n</body>\n</html>\n", script);
}

}  // namespace cloudflow
