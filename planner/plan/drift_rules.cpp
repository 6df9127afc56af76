// Which changes of others stay.
#include "planner/plan/drift_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sdk/support/name_pattern.h"

namespace cloudflow {
namespace {

/// Somebody has written the live value since it was ours, or manages it.
bool is_of_others(const FieldChange& field) { return field.cause == Cause::drift || !field.manager.empty(); }

std::string left_in_words(const FieldChange& field) {
  return field.manager.empty() ? field.path : fmt::format("{} ({})", field.path, field.manager);
}

/// How a field is left: by asking for what is live, or by not asking for it.
enum class Leave { as_it_is, unasked };

/// Whether the field could be left.
bool leave(const FieldChange& field, Leave how, Resource& desired) {
  // What lies inside a document in another value has no place of its own in what is written.
  if (field.pointer.empty() || field.pointer.find('#') != std::string::npos) return false;
  const Json::json_pointer at(field.pointer);
  const bool is_asked_for = desired.spec.contains(at);
  const bool is_in_list = desired.spec.contains(at.parent_pointer()) && desired.spec.at(at.parent_pointer()).is_array();
  if (is_in_list && (!is_asked_for || !field.before)) return false;  // which element it would be is not known
  if (is_in_list || (how == Leave::as_it_is && field.before)) {
    desired.spec[at] = *field.before;
  } else if (is_asked_for) {
    desired.spec.at(at.parent_pointer()).erase(at.back());
  }
  return is_asked_for || field.before;
}

/// The fields of a change that a rule leaves to others.
std::vector<FieldChange> left_fields(const Change& change, std::span<const DriftRule> rules) {
  std::vector<FieldChange> out;
  std::ranges::copy_if(change.fields, std::back_inserter(out), [&](const FieldChange& field) {
    return is_of_others(field) &&
           std::ranges::any_of(rules, [&](const DriftRule& rule) { return is_about(rule, change.id, field); });
  });
  return out;
}

}  // namespace

bool is_about(const DriftRule& rule, const ResourceId& id, const FieldChange& field) {
  const bool is_path = matches_pattern(rule.path, field.path) || matches_pattern(rule.path + ".*", field.path) ||
                       matches_pattern(rule.path + "[*", field.path);
  return is_path && matches_pattern(rule.resource, id.text()) && matches_pattern(rule.manager, field.manager);
}

Result<RuledChange> compare_with_rules(const Provider& provider, const Resource& desired, const Live& live,
                                       std::span<const DriftRule> rules) {
  RuledChange out;
  CF_TRY(out.change, provider.compare(&desired, &live));
  // What is made anew has nobody else's values; what is refused, as it is another's, is not for rules.
  if (out.change.action != Action::update || out.change.foreign) return out;
  const std::vector<FieldChange> fields = left_fields(out.change, rules);
  if (fields.empty()) return out;
  Resource asked = desired;
  std::vector<const FieldChange*> left;
  // Where fields have managers, one that is not asked for stays with whoever has it, and they may go on changing it.
  const Leave how = provider.traits(desired.id).tells_managers ? Leave::unasked : Leave::as_it_is;
  for (const FieldChange& field : fields) {
    if (leave(field, how, asked)) left.push_back(&field);
  }
  CF_TRY(out.change, provider.compare(&asked, &live));
  for (const FieldChange* field : left) {
    const bool still =
        std::ranges::any_of(out.change.fields, [&](const FieldChange& one) { return one.path == field->path; });
    if (still) continue;
    out.left.push_back(left_in_words(*field));
    if (const Json::json_pointer at(field->pointer); desired.spec.contains(at))
      out.change.left_to_others.emplace_back(field->pointer, desired.spec.at(at));
  }
  return out;
}

}  // namespace cloudflow
