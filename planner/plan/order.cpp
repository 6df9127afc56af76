// The order of changes.
#include "planner/plan/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace cloudflow {
namespace {

using Edges = std::map<ResourceId, std::vector<ResourceId>>;

bool uses_others(const Change& change) { return change.traits.removal_rank == 0; }

/// Whether a removal is wrong before that of `other`: it is used by it, or holds it inside. A topic that has to stay,
/// say, keeps nothing else.
bool goes_after(const Change& change, const Change& other) {
  const int rank = change.traits.removal_rank;
  return other.traits.removal_rank < rank && (uses_others(other) || rank > Traits{}.removal_rank);
}

/// The changed resources that `id` waits for, looking through unchanged ones.
void collect_changed(const ResourceId& id, const std::map<ResourceId, const Resource*>& desired,
                     const std::set<ResourceId>& changed, std::set<ResourceId>& seen, std::set<ResourceId>& out) {
  const auto found = desired.find(id);
  if (found == desired.end()) return;
  for (const ResourceId& before : found->second->after) {
    if (!seen.insert(before).second) continue;
    if (changed.contains(before)) {
      out.insert(before);
    } else {
      collect_changed(before, desired, changed, seen, out);
    }
  }
}

/// "a → b → a" for a cycle among the ids that are left.
std::string cycle_text(const Edges& waits, ResourceId at) {
  std::vector<ResourceId> path;
  while (std::ranges::find(path, at) == path.end()) {
    path.push_back(at);
    at = waits.at(at).front();
  }
  path.erase(path.begin(), std::ranges::find(path, at));
  path.push_back(at);
  std::vector<std::string> names;
  for (const ResourceId& id : path) names.push_back(id.text());
  return fmt::format("{}", fmt::join(names, " → "));
}

}  // namespace

Result<std::vector<Change>> order_changes(std::vector<Change> changes, std::span<const Resource> desired,
                                          std::span<const RollWait> waits) {
  std::map<ResourceId, const Resource*> by_id;
  for (const Resource& resource : desired) by_id.emplace(resource.id, &resource);
  std::set<ResourceId> upserts;
  std::vector<ResourceId> users;
  for (const Change& change : changes) {
    if (change.action != Action::remove) upserts.insert(change.id);
    if (change.action != Action::remove && uses_others(change)) users.push_back(change.id);
  }
  for (Change& change : changes) {
    change.after.clear();
    if (change.action != Action::remove) {
      std::set<ResourceId> seen;
      std::set<ResourceId> out;
      collect_changed(change.id, by_id, upserts, seen, out);
      change.after.assign(out.begin(), out.end());
      continue;
    }
    for (const Change& other : changes) {
      if (other.action == Action::remove && goes_after(change, other)) change.after.push_back(other.id);
    }
    if (!uses_others(change)) change.after.insert(change.after.end(), users.begin(), users.end());
  }

  std::map<ResourceId, std::vector<ResourceId>> followers;
  std::map<ResourceId, std::size_t> open;
  std::map<ResourceId, std::size_t> index;
  for (std::size_t i = 0; i < changes.size(); ++i) index.emplace(changes[i].id, i);
  for (const RollWait& wait : waits) {
    const auto change = index.find(wait.change);
    if (!wait.in_plan || change == index.end()) continue;
    std::vector<ResourceId>& after = changes[change->second].after;
    if (std::ranges::find(after, wait.before) == after.end()) after.push_back(wait.before);
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    open[changes[i].id] = changes[i].after.size();
    for (const ResourceId& before : changes[i].after) followers[before].push_back(changes[i].id);
  }
  std::set<ResourceId> free;
  for (const auto& [id, count] : open) {
    if (count == 0) free.insert(id);
  }
  std::vector<Change> ordered;
  ordered.reserve(changes.size());
  while (!free.empty()) {
    const ResourceId id = *free.begin();
    free.erase(free.begin());
    open.erase(id);
    ordered.push_back(std::move(changes[index.at(id)]));
    for (const ResourceId& follower : followers[id]) {
      if (--open.at(follower) == 0) free.insert(follower);
    }
  }
  if (!open.empty()) {
    Edges left;
    for (const auto& [id, count] : open) {
      for (const ResourceId& before : changes[index.at(id)].after) {
        if (open.contains(before)) left[id].push_back(before);
      }
    }
    return failure(ErrorKind::invalid_input,
                   fmt::format("these wait for each other: {}", cycle_text(left, open.begin()->first)));
  }
  return ordered;
}

}  // namespace cloudflow
