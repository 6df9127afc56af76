// The pipeline from desired resources to a plan.
#include "planner/plan/make_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "planner/plan/drift_rules.h"
#include "planner/plan/order.h"
#include "planner/rollout/readers.h"
#include "planner/rollout/roll_out.h"
#include "sdk/support/parallel.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// What a provider needs to know where to look: for a manifest its id and version, so that large ones are not copied.
Resource outline(const Resource& resource) {
  Resource out{.id = resource.id};
  if (const Json* version = find(resource.spec, {"apiVersion"})) {
    out.spec = Json{{"apiVersion", *version}, {"kind", string_at(resource.spec, {"kind"})}};
  } else {
    out.spec = resource.spec;
  }
  return out;
}

/// Live things of all providers, read at the same time.
Result<std::vector<Live>> read_live(const PlanRequest& request, std::stop_token stop) {
  std::vector<Result<std::vector<Live>>> answers(request.providers.size());
  parallel_for(request.providers.size(), static_cast<int>(request.providers.size()), [&](std::size_t i) {
    Provider& provider = *request.providers[i];
    std::vector<Resource> of_provider;
    for (const Resource& resource : request.desired) {
      if (resource.id.provider == provider.name()) of_provider.push_back(outline(resource));
    }
    answers[i] = provider.read(of_provider, request.inventory, stop);
  });
  std::vector<Live> live;
  for (auto& answer : answers) {
    if (!answer) return std::unexpected(std::move(answer).error());
    std::ranges::move(*answer, std::back_inserter(live));
  }
  return live;
}

Provider* provider_of(const ResourceId& id, std::span<Provider* const> providers) {
  const auto found =
      std::ranges::find_if(providers, [&](const Provider* provider) { return provider->name() == id.provider; });
  return found == providers.end() ? nullptr : *found;
}

struct Pair {
  const Resource* desired = nullptr;
  Live* live = nullptr;
};

/// Desired and live by id, sorted by id.
std::vector<Pair> match(std::span<const Resource> desired, std::vector<Live>& live) {
  std::map<ResourceId, Pair> pairs;
  for (const Resource& resource : desired) pairs[resource.id].desired = &resource;
  for (Live& thing : live) pairs[thing.id].live = &thing;
  std::vector<Pair> out;
  out.reserve(pairs.size());
  for (const auto& [id, pair] : pairs) out.push_back(pair);
  return out;
}

Result<Change> compare_pair(const Provider& provider, const Pair& pair, std::span<const DriftRule> rules,
                            std::vector<std::string>& left) {
  if (rules.empty() || pair.desired == nullptr || pair.live == nullptr)
    return provider.compare(pair.desired, pair.live);
  CF_TRY(RuledChange ruled, compare_with_rules(provider, *pair.desired, *pair.live, rules));
  left = std::move(ruled.left);
  return std::move(ruled.change);
}

/// Compares every pair; what does not differ is let go, so that memory follows the changes, and counted where it is
/// asked for: what controllers derive from it, and what others marked as ours, is nothing of the application's.
Result<std::vector<Change>> compare_all(std::vector<Pair> pairs, const PlanRequest& request, Plan& plan,
                                        std::map<ResourceId, std::string>& kept) {
  const std::span<Provider* const> providers = request.providers;
  std::vector<Result<Change>> results(pairs.size());
  std::vector<std::vector<std::string>> left(pairs.size());
  parallel_for(pairs.size(), worker_count(), [&](std::size_t i) {
    const Pair& pair = pairs[i];
    const ResourceId& id = pair.desired != nullptr ? pair.desired->id : pair.live->id;
    const Provider* provider = provider_of(id, providers);
    if (provider == nullptr) {
      results[i] = failure(ErrorKind::unsupported,
                           fmt::format("{}: nothing here knows the system \"{}\"", id.text(), id.provider));
      return;
    }
    results[i] = compare_pair(*provider, pair, request.ignore_drift, left[i]);
    if (pair.live != nullptr && !(results[i] && needs_live_text(*results[i]))) pair.live->document = std::string();
  });
  std::vector<Change> changes;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    Result<Change>& result = results[i];
    if (!result) return std::unexpected(std::move(result).error());
    if (!left[i].empty()) {
      plan.notes.emplace_back(
          fmt::format("{} keeps {}, by the environment's rules for drift", result->id.text(), join(left[i], ", ")),
          result->id);
    }
    if (pairs[i].live != nullptr && needs_live_text(*result))
      kept.emplace(result->id, std::move(pairs[i].live->document));
    plan.pods += result->pods;
    if (result->action == Action::none && !result->refused && result->notes.empty()) {
      if (pairs[i].desired != nullptr) ++plan.unchanged;
    } else {
      changes.push_back(std::move(*result));
    }
  }
  return changes;
}

/// Lets each provider ask its system about its own changes, both at the same time.
Result<std::vector<Error>> verify_all(std::vector<Change>& changes, std::span<Provider* const> providers,
                                      std::stop_token stop) {
  std::ranges::stable_sort(changes, {}, [](const Change& change) { return change.id.provider; });
  std::vector<Result<std::vector<Error>>> answers(providers.size());
  parallel_for(providers.size(), static_cast<int>(providers.size()), [&](std::size_t i) {
    const auto mine = std::ranges::equal_range(changes, std::string(providers[i]->name()), {},
                                               [](const Change& change) { return change.id.provider; });
    answers[i] = providers[i]->verify(std::span(mine.begin(), mine.end()), stop);
  });
  std::vector<Error> rejections;
  for (auto& answer : answers) {
    if (!answer) return std::unexpected(std::move(answer).error());
    std::ranges::move(*answer, std::back_inserter(rejections));
  }
  return rejections;
}

/// What is made anew has nobody's values yet: it begins with all that is asked for, also what rules leave to others.
void make_anew_whole(std::vector<Change>& changes) {
  for (Change& change : changes) {
    if (change.action != Action::replace) continue;
    for (const auto& [pointer, value] : change.left_to_others) change.desired.spec[Json::json_pointer(pointer)] = value;
  }
}

/// What a provider says of a change that has got its last form.
void describe(std::vector<Change>& changes, std::span<Provider* const> providers) {
  for (Change& change : changes) {
    const Provider* provider = provider_of(change.id, providers);
    if (provider == nullptr) continue;
    change.traits = provider->traits(change.id);
    if (change.action == Action::create || change.action == Action::replace)
      change.headline = provider->headline(change.desired);
  }
}

/// What is said of many changes in the same words is said once of the plan.
void lift_shared_notes(Plan& plan) {
  constexpr int many = 3;
  std::map<std::string, int> count;
  for (const Change& change : plan.changes) {
    for (const std::string& note : change.notes) ++count[note];
  }
  for (const auto& [note, times] : count) {
    if (times < many) continue;
    for (Change& change : plan.changes) std::erase(change.notes, note);
    plan.notes.push_back(fmt::format("{} of {} changes: {}", times, plan.changes.size(), note));
  }
}

/// What gives a reader up waits until it has read all, and that for those who write.
void await_drains(const std::vector<Drain>& drains, std::vector<RollWait>& waits, Plan& plan) {
  for (const Drain& drain : drains) {
    std::ranges::copy(drain.writers, std::back_inserter(plan.awaits[drain.id]));
    for (const ResourceId& held : drain.held) {
      plan.awaits[held].push_back(drain.id);
      for (const ResourceId& writer : drain.writers)
        waits.push_back({.change = held, .before = writer, .in_plan = true, .because = {}});
    }
  }
}

/// Whether an apply of another commit was begun and did not end.
bool other_begun(const PlanRequest& request) {
  const Json& last = request.inventory.last;
  return string_at(last, {"state"}) == "applying" && string_at(last, {"commit"}) != request.commit;
}

}  // namespace

Result<Plan> make_plan(const PlanRequest& request, std::stop_token stop) {
  Plan plan;
  plan.application = request.application;
  CF_TRY(std::vector<Live> live, read_live(request, stop));
  ContractsInPlan contracts = find_contracts(request.contracts, request.desired, live);
  contracts.groups = request.groups.empty() ? request.application : request.groups;
  Readers readers{.clusters = request.kafka_clusters, .record = request.contracts, .drain = request.drain};
  CF_TRY(std::vector<Change> changes, compare_all(match(request.desired, live), request, plan, readers.live));
  if (request.compared) request.compared(changes);
  CF_TRY(plan.rejections, verify_all(changes, request.providers, stop));
  make_anew_whole(changes);
  describe(changes, request.providers);
  Unread unread;
  // The record changes with the ports, also where a Secret has gone before.
  const bool rewires = std::ranges::any_of(changes, [&](const Change& change) {
    return may_rewire(change) || (change.id == request.contracts && change.action != Action::none);
  });
  if (rewires) {
    add_ports(contracts, request.desired, readers);
    CF_TRY(unread, add_unread(readers, request.providers, changes, stop));
  }
  plan.stays_with = std::move(unread.stays_with);
  for (Change& change : changes) {
    if (change.action != Action::none || change.refused) continue;
    for (const std::string& note : change.notes) plan.notes.push_back(fmt::format("{}: {}", change.id.text(), note));
  }
  std::erase_if(changes, [&](const Change& change) {
    if (change.action != Action::none || change.refused) return false;
    if (change.desired.id == change.id) ++plan.unchanged;
    return true;
  });
  RollOutPlan roll = order_roll_out(contracts, changes, other_begun(request));
  plan.unsafe_order = std::move(roll.conflicts);
  plan.awaits = std::move(roll.awaits);
  plan.drains = std::move(roll.drains);
  std::ranges::move(roll.notes, std::back_inserter(plan.notes));
  await_drains(unread.drains, roll.waits, plan);
  Result<std::vector<Change>> ordered = order_changes(std::move(changes), request.desired, roll.waits);
  if (!ordered && !unread.drains.empty() && ordered.error().hint.empty())
    ordered.error().hint =
        "without --drain they need not; then stop what writes yourself, wait until `cloudflow status` shows lag 0, "
        "and apply";
  CF_TRY(plan.changes, std::move(ordered));
  lift_shared_notes(plan);
  return plan;
}

namespace {

/// Takes one change into what all of them lose: `only_may` is that no loss is certain.
void count_losses(const Change& change, bool& loses, bool& only_may) {
  if (change.risk != Risk::data_loss) return;
  only_may = only_may_lose(change) && (only_may || !loses);
  loses = true;
}

}  // namespace

PlanCounts count(const Plan& plan) {
  PlanCounts counts;
  for (const Change& change : plan.changes) {
    if (change.refused) {
      ++counts.refused;
      count_losses(change, counts.refused_loses_data, counts.refused_only_may_lose);
      continue;
    }
    counts.add += change.action == Action::create || change.action == Action::replace ? 1 : 0;
    counts.remove += change.action == Action::remove || change.action == Action::replace ? 1 : 0;
    counts.change += change.action == Action::update ? 1 : 0;
    counts.restarts += change.restarts;
    count_losses(change, counts.loses_data, counts.only_may_lose);
  }
  return counts;
}

void take_out(Plan& plan, const std::set<ResourceId>& ids) {
  const auto is_out = [&](const ResourceId& id) { return ids.contains(id); };
  std::erase_if(plan.changes, [&](const Change& change) { return is_out(change.id); });
  for (Change& change : plan.changes) std::erase_if(change.after, is_out);
}

const Blame* writer_of(const Plan& plan, const FieldChange& field) {
  if (!field.origin) return nullptr;
  const auto found = plan.writers.find({field.origin->file, field.origin->line});
  return found == plan.writers.end() ? nullptr : &found->second;
}

bool has_changes(const Plan& plan) {
  return std::ranges::any_of(plan.changes,
                             [](const Change& change) { return !change.refused && change.action != Action::none; });
}

std::string_view done_word(Action action) {
  switch (action) {
    case Action::create:
      return "created";
    case Action::update:
      return "updated";
    case Action::replace:
      return "replaced";
    case Action::remove:
      return "removed";
    case Action::none:
      return "ready";
  }
  return "";
}

}  // namespace cloudflow
