// What is said of a plan in every form that people read.
#include "cli/views/plan_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/systems.h"
#include "cli/views/document_path.h"
#include "cli/views/value_lines.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// ", 3f2a91c "more partitions""
std::string writer_text(const Blame* writer) {
  if (writer == nullptr) return "";
  if (writer->uncommitted) return ", not committed";
  constexpr std::size_t longest = 50;
  return fmt::format(", {} {}", writer->commit, quote(shortened(writer->subject, longest)));
}

std::string field_cause(const Plan& plan, const FieldChange& field, const Places& places) {
  switch (field.cause) {
    case Cause::git:
      if (field.origin) return places.text(*field.origin) + writer_text(writer_of(plan, field));
      return field.take_over && !field.manager.empty() ? fmt::format("taken from {}", field.manager) : "";
    case Cause::drift: {
      if (field.manager.empty()) return "drift: changed since the last apply; by whom is not recorded";
      std::string out = fmt::format("drift: {}", field.manager);
      out += field.since.empty() ? ", time not recorded" : fmt::format(" at {}", field.since);
      if (field.take_over) out += ", taken back";
      return out;
    }
    case Cause::adopted:
      return field.manager.empty() ? "was not ours" : fmt::format("taken over from {}", field.manager);
  }
  return "";
}

/// The Secrets of the change's streamlet that change as well: "secret/aggregator".
std::string changing_secrets(const Plan& plan, const Change& change) {
  std::vector<std::string> out;
  for (const Change& other : plan.changes) {
    if (is_secret(other.id) && !change.desired.streamlet.empty() && other.desired.streamlet == change.desired.streamlet)
      out.push_back(other.id.text());
  }
  return join(out, ", ");
}

}  // namespace

Places::Places(const Plan& plan, const FileText& file_text) {
  if (!file_text) return;
  for (const Change& change : plan.changes) {
    if (const SourcePos* whole = change.desired.origins.at("")) look_at(*whole, file_text);
    for (const FieldChange& field : change.fields) {
      if (field.origin) look_at(*field.origin, file_text);
    }
  }
}

std::string Places::text(const SourcePos& where) const {
  const auto path = paths_.find(where);
  return path == paths_.end() || path->second.empty() ? where.text()
                                                      : fmt::format("{} ({})", where.text(), path->second);
}

void Places::look_at(const SourcePos& where, const FileText& file_text) {
  constexpr std::size_t most = 200;  // each costs a walk through its document
  if (!where.file.ends_with(".json") || paths_.size() >= most || paths_.contains(where)) return;
  auto [text, fresh] = texts_.try_emplace(where.file);
  if (fresh) text->second = file_text(where.file).value_or("");
  paths_.emplace(where, document_path(text->second, where));
}

FieldWords field_words(const Plan& plan, const Change& change, const FieldChange& field, const Places& places) {
  // A digest tells nobody anything: what it stands for does.
  if (field.cause == Cause::git && field.pointer.ends_with("/annotations/cloudflow~1config-digest")) {
    if (const std::string secrets = changing_secrets(plan, change); !secrets.empty())
      return {.path = "configuration", .cause = "reads " + secrets, .has_values = false};
  }
  // Where they are is for the next plan to know; that they are others now is all there is to say.
  if (field.pointer.ends_with("/annotations/cloudflow~1secret-values"))
    return {.path = "which values are secret", .cause = field_cause(plan, field, places), .has_values = false};
  return {.path = field.path, .cause = field_cause(plan, field, places)};
}

std::string_view symbol_of(Action action) {
  switch (action) {
    case Action::create:
      return "+";
    case Action::update:
      return "~";
    case Action::remove:
      return "-";
    case Action::replace:
      return "-/+";
    case Action::none:
      return "=";
  }
  return " ";
}

std::string cost_text(const Change& change) {
  std::vector<std::string> parts;
  if (change.restarts > 0 && change.pods == 0) parts.emplace_back("restarts");
  if (change.restarts > 0 && change.pods > 0)
    parts.push_back(fmt::format("restarts {}", counted(change.restarts, "pod")));
  if (change.risk == Risk::data_loss) parts.emplace_back(only_may_lose(change) ? "may lose data" : "loses data");
  if (change.risk == Risk::disruptive) parts.emplace_back("disruptive");
  return join(parts, ", ");
}

std::string removal_text(const Plan& plan, const Change& change) {
  if (change.action != Action::remove || plan.removes_all) return "";
  return is_topic(change.id) ? "no longer in the blueprint" : "no longer asked for";
}

bool is_plain_record(const Plan& plan, const Change& change) {
  return plan.records.contains(change.id) && !change.refused && !change.foreign && !change.adoptable &&
         change.risk == Risk::none && change.losses.empty() && change.notes.empty();
}

std::string records_cause(const Plan& plan, const std::vector<const Change*>& records, const Places& places) {
  std::vector<std::string> causes;
  for (const Change* record : records) {
    for (const FieldChange& field : record->fields) {
      if (field.cause == Cause::git) continue;
      std::string cause = field_cause(plan, field, places);
      if (std::ranges::find(causes, cause) == causes.end()) causes.push_back(std::move(cause));
    }
  }
  return join(causes, "; ");
}

std::string plan_footer(const Plan& plan) {
  const PlanCounts counts = count(plan);
  std::string out = fmt::format("{} to add, {} to change, {} to remove", counts.add, counts.change, counts.remove);
  if (!plan.takes_over.empty()) out += fmt::format(", {} to take over", plan.takes_over.size());
  if (counts.refused > 0) out += fmt::format(", {} refused", counts.refused);
  out += ". ";
  if (counts.restarts == 0) {
    out += "Restarts nothing, ";
  } else if (plan.pods == 0) {
    out += fmt::format("Restarts {}, ", counts.restarts);  // what runs without pods
  } else {
    out += fmt::format("Restarts {} of {}, ", counts.restarts, counted(plan.pods, "pod"));
  }
  out += counts.only_may_lose ? "may lose data" : counts.loses_data ? "loses data" : "loses no data";
  if (counts.refused_loses_data)
    out += fmt::format("; what is refused {} data", counts.refused_only_may_lose ? "might lose" : "would lose");
  return out + ".";
}

Conclusion conclusion_of(const Plan& plan) {
  if (!plan.changes.empty() || !plan.rejections.empty()) return {"Plan:", plan_footer(plan)};
  if (plan.removes_all) return {"No changes.", "There is nothing to remove."};
  if (!plan.takes_over.empty()) {
    return {"Plan:", fmt::format("{} to take over, as {}. Nothing else changes.",
                                 counted(static_cast<long long>(plan.takes_over.size()), "topic"),
                                 plan.takes_over.size() == 1 ? "it is" : "they are")};
  }
  if (plan.is_part) return {"", plan.violations.empty() ? "Nothing is to be taken over." : ""};
  return {"No changes.",
          fmt::format("{} as the source asks for.",
                      plan.unchanged == 1 ? "1 resource is" : fmt::format("{} resources are", plan.unchanged))};
}

}  // namespace cloudflow
