// What a plan may do.
#include "planner/plan/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "planner/plan/drift_rules.h"
#include "sdk/support/name_pattern.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

bool may_delete_topic(const std::string& name, const PolicySettings& policy, const Allowances& allowed) {
  return allowed.delete_all_topics || std::ranges::find(allowed.delete_topics, name) != allowed.delete_topics.end() ||
         any_matches(policy.delete_topics, name);
}

/// A denied risk denies what is worse, too.
bool is_denied(Risk risk, const std::vector<std::string>& deny) {
  for (const Risk level : {Risk::restart, Risk::disruptive, Risk::data_loss}) {
    if (risk >= level && std::ranges::find(deny, name_of(level)) != deny.end()) return true;
  }
  return false;
}

/// What exists and carries nobody's mark belongs to whoever made it, until somebody names it.
bool is_unnamed(const Change& change, const PolicySettings& policy, const Allowances& allowed) {
  return change.adoptable && !change.foreign && !is_named_for_adoption(change.id, policy, allowed);
}

void refuse_unnamed(Change& change) {
  change.foreign = true;
  change.refused = fmt::format(
      "it exists already and is not this application's; to take it over: cloudflow adopt {0}, or adopt: [{0}] in the "
      "environment's policy",
      change.id.text());
}

/// Why the plan as a whole is refused: what belongs to others, and what was not named.
std::vector<std::string> foreign_things(const Plan& plan, long long unnamed) {
  const auto all = std::ranges::count_if(plan.changes, &Change::foreign);
  const auto adoptable =
      std::ranges::count_if(plan.changes, [](const Change& change) { return change.foreign && change.adoptable; });
  std::vector<std::string> out;
  if (all > unnamed) {
    out.push_back(fmt::format(
        "{} to {}", all - unnamed == 1 ? "1 resource belongs" : fmt::format("{} resources belong", all - unnamed),
        adoptable > unnamed ? "this application as Cloudflow 2's operator ran it; take it over with `cloudflow adopt`"
                            : "others; rename, or deploy to another namespace"));
  }
  if (unnamed > 0) {
    out.push_back(fmt::format("{} already without this application's mark; name what is to be taken over, or rename",
                              unnamed == 1 ? "1 resource exists" : fmt::format("{} resources exist", unnamed)));
  }
  return out;
}

/// Whether it goes only when somebody names it.
bool waits_to_be_named(const Change& change) {
  return change.traits.removed_by_name && change.action == Action::remove;
}

/// Of what goes with a change by itself, the first that the policy protects.
const ResourceId* taken_though_protected(const Change& change, const PolicySettings& policy) {
  const auto is_protected = [&](const ResourceId& id) {
    return std::ranges::any_of(policy.protect,
                               [&](const std::string& pattern) { return patterns_overlap(pattern, id.text()); });
  };
  const auto found = std::ranges::find_if(change.takes, is_protected);
  return found == change.takes.end() ? nullptr : &*found;
}

std::optional<std::string> refusal(const Change& change, const PolicySettings& policy, const Allowances& allowed) {
  if (allowed.unattended && change.risk == Risk::data_loss) {
    return fmt::format("it {} data, which waits for a person: run apply", only_may_lose(change) ? "may lose" : "loses");
  }
  if (allowed.unattended && change.starts_stopped)  // in an incident that was meant
    return "it would start what somebody scaled to nothing, which waits for a person: run apply";
  if ((change.action == Action::remove || change.action == Action::replace) &&
      any_matches(policy.protect, change.id.text())) {
    return "the environment's policy protects it";
  }
  if (const ResourceId* taken = taken_though_protected(change, policy)) {
    const std::string text = taken->text();
    return text.contains('*')
               ? fmt::format("some of {} may go with it, and the environment's policy protects these", text)
               : fmt::format("{} goes with it, and the environment's policy protects that", text);
  }
  if (is_denied(change.risk, policy.deny)) {
    return fmt::format("the environment's policy denies the risk {}", quote(name_of(change.risk)));
  }
  if (!policy.take_over) {
    for (const FieldChange& field : change.fields) {
      if (std::ranges::any_of(policy.take_over_drift,
                              [&](const DriftRule& rule) { return is_about(rule, change.id, field); }))
        continue;
      if (field.take_over)
        return fmt::format("it would take {} from {}, and the environment's policy has take-over: false", field.path,
                           quote(field.manager));
      if (!change.traits.tells_managers && field.cause == Cause::drift)
        return fmt::format("somebody has changed {}, and the environment's policy has take-over: false", field.path);
    }
  }
  return std::nullopt;
}

/// What --delete-topic names and is not there to be deleted: mistyped, in use again, or deleted before.
std::optional<std::string> nothing_to_delete(const std::string& name, const Plan& plan) {
  std::vector<std::string> dropped;
  for (const Change& change : plan.changes) {
    if (waits_to_be_named(change)) dropped.push_back(change.id.name);
  }
  if (std::ranges::find(dropped, name) != dropped.end()) return std::nullopt;
  const std::string hint = did_you_mean(name, dropped);
  return fmt::format("--delete-topic {} deletes nothing: this application has not dropped a topic of that name{}", name,
                     hint.empty() ? "" : "; " + hint);
}

/// Everything that has to be done or ready before a change starts, also through what is only awaited.
std::set<ResourceId> waits_of(const Change& change, const Plan& plan) {
  std::set<ResourceId> out(change.after.begin(), change.after.end());
  std::vector<ResourceId> open = {change.id};
  while (!open.empty()) {
    const auto awaited = plan.awaits.find(open.back());
    open.pop_back();
    if (awaited == plan.awaits.end()) continue;
    for (const ResourceId& id : awaited->second) {
      if (out.insert(id).second) open.push_back(id);
    }
  }
  return out;
}

/// What waits for a refused change will not be done either. Changes stand after those that they wait for.
void refuse_followers(Plan& plan) {
  std::map<ResourceId, ResourceId> refused;  // → the change that was refused for its own sake
  for (Change& change : plan.changes) {
    if (change.foreign) continue;  // the plan as a whole is refused
    if (change.refused) {
      refused.emplace(change.id, change.id);
      continue;
    }
    for (const ResourceId& before : waits_of(change, plan)) {
      const auto because = refused.find(before);
      if (because == refused.end()) continue;
      change.refused = fmt::format("it waits for {}, which is refused", because->second.text());
      refused.emplace(change.id, because->second);
      break;
    }
  }
}

/// A writer whose change is refused goes on writing to its old topic, so who reads that has to stay, too. Whether
/// anything was refused by this.
bool refuse_readers_of_refused_writers(Plan& plan) {
  std::set<ResourceId> refused;
  for (const Change& change : plan.changes) {
    if (change.refused && !change.foreign) refused.insert(change.id);
  }
  bool any = false;
  for (Change& change : plan.changes) {
    const auto writers = plan.stays_with.find(change.id);
    if (change.refused || writers == plan.stays_with.end()) continue;
    const auto staying =
        std::ranges::find_if(writers->second, [&](const ResourceId& id) { return refused.contains(id); });
    if (staying == writers->second.end()) continue;
    change.refused = fmt::format("{} is refused, and goes on writing to the topic that is read now", staying->text());
    any = true;
  }
  return any;
}

/// A pod that is not to be restarted must not find other files when it restarts by itself.
void refuse_what_refused_pods_read(Plan& plan) {
  std::map<ResourceId, std::vector<const Change*>> readers;
  for (const Change& change : plan.changes) {
    for (const ResourceId& before : change.after) readers[before].push_back(&change);
  }
  for (Change& change : plan.changes) {
    if (change.refused || change.action != Action::update || !change.traits.read_by_pods) continue;
    const std::vector<const Change*>& by = readers[change.id];
    const bool all = std::ranges::all_of(by, [](const Change* reader) { return reader->refused && !reader->foreign; });
    if (!by.empty() && all)
      change.refused = fmt::format("only {} reads it, and that is refused", by.front()->id.text());
  }
}

/// Of a destroy that cannot take all: what becomes of the rest, and how to go on.
void note_what_stays(Plan& plan) {
  const bool any = std::ranges::any_of(
      plan.changes, [](const Change& change) { return change.refused.has_value() && !change.foreign; });
  const bool is_done = plan.violations.empty() && plan.rejections.empty();
  if (!plan.removes_all || !any || !is_done) return;
  plan.notes.emplace_back(
      "what is refused stays, and the record with it; all else goes. When its reason is gone (of what the policy "
      "protects: when it is not in `protect` any more), destroy again");
}

}  // namespace

bool is_named_for_adoption(const ResourceId& id, const PolicySettings& policy, const Allowances& allowed) {
  const std::string name = id.text();
  return any_matches(policy.adopt, name) || any_matches(allowed.adopt, name);
}

void apply_policy(Plan& plan, const PolicySettings& policy, const Allowances& allowed) {
  for (const std::string& name : allowed.delete_topics) {
    if (auto note = nothing_to_delete(name, plan)) plan.notes.push_back(*std::move(note));
  }
  std::vector<Change> kept;
  long long unnamed = 0;
  for (Change& change : plan.changes) {
    if (waits_to_be_named(change) && !may_delete_topic(change.id.name, policy, allowed)) {
      plan.notes.push_back(fmt::format("{}{} stays as it is; to delete it: --delete-topic {}", change.id.text(),
                                       plan.removes_all ? "" : " is no longer in the blueprint and", change.id.name));
      continue;
    }
    if (!change.refused && is_unnamed(change, policy, allowed)) {
      refuse_unnamed(change);
      ++unnamed;
    }
    if (!change.refused) change.refused = refusal(change, policy, allowed);
    kept.push_back(std::move(change));
  }
  plan.changes = std::move(kept);
  do {
    refuse_followers(plan);
  } while (refuse_readers_of_refused_writers(plan));
  refuse_what_refused_pods_read(plan);

  for (const std::string& reason : plan.unsafe_order) {
    std::string text = fmt::format("no order of roll-out is safe: {}", reason);
    if (allowed.unsafe_order) {
      plan.notes.emplace_back(std::move(text));
    } else {
      plan.violations.push_back(std::move(text));
    }
  }
  if (allowed.unsafe_order) {
    const auto drains = [&](const ResourceId& id) { return plan.drains.contains(id); };
    for (auto& [change, awaited] : plan.awaits) std::erase_if(awaited, drains);
    std::erase_if(plan.awaits, [&](const auto& one) { return one.second.empty() || drains(one.first); });
  }
  if (!plan.unsafe_order.empty() && !allowed.unsafe_order) {
    plan.notes.emplace_back(
        "first deploy a version that can read both the old and the new records; or stop the streamlets and pass "
        "--allow-unsafe-order");
  }
  std::ranges::move(foreign_things(plan, unnamed), std::back_inserter(plan.violations));
  const PlanCounts counts = count(plan);
  if (policy.max_deletes && counts.remove > *policy.max_deletes) {
    plan.violations.push_back(
        fmt::format("{} to remove, the environment's policy allows {}", counts.remove, *policy.max_deletes));
  }
  if (policy.max_restarts && counts.restarts > *policy.max_restarts) {
    plan.violations.push_back(fmt::format("{} to restart, the environment's policy allows {}",
                                          counted(counts.restarts, "pod"), *policy.max_restarts));
  }
  note_what_stays(plan);
}

}  // namespace cloudflow
