// One desired manifest against one live object: the change between them.
#include "providers/kubernetes/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/adoption.h"
#include "providers/kubernetes/difference.h"
#include "providers/kubernetes/other_fields.h"
#include "providers/kubernetes/owned_fields.h"
#include "providers/kubernetes/ownership.h"
#include "providers/kubernetes/quick_compare.h"
#include "providers/kubernetes/risk.h"
#include "providers/kubernetes/secret_values.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

/// So many fields of another manager are named in a note; Change::others has all.
constexpr std::size_t most_paths = 5;

/// The place that asked for a value. A map that is new as a whole has no place of its own: that of the first value in
/// it that has one. What is not asked for any more has none: only what stands there now could be shown.
std::optional<SourcePos> origin_of(const FieldChange& field, const Resource& desired) {
  if (!field.after) return std::nullopt;
  const std::string inside = field.pointer + "/";
  const Origins::Places& places = desired.origins.all();
  const auto next = places.lower_bound(inside);
  if (!places.contains(field.pointer) && next != places.end() && next->first.starts_with(inside)) return next->second;
  return desired.origin_of(field.pointer);
}

FieldChange field_change(MarkedDifference marked, const Resource& desired) {
  Difference& difference = marked.difference;
  FieldChange field{.path = std::move(difference.path),
                    .pointer = std::move(difference.pointer),
                    .before = std::move(difference.before),
                    .after = std::move(difference.after),
                    .secret = marked.secret};
  const FieldOwner* other = difference.owned.newest_other();
  if (!difference.owned.has_ours()) {
    field.cause = Cause::adopted;
  } else if (!difference.owned.owned_by_us() && other != nullptr) {
    field.cause = Cause::drift;
  }
  if (other != nullptr) {
    field.manager = other->manager;
    field.since = other->since;
    field.take_over = field.after.has_value();
  }
  field.origin = origin_of(field, desired);
  if (desired.id.kind == "Secret" && field.pointer.starts_with("/data/")) {
    const std::string plain = "/stringData" + field.pointer.substr(5);
    const SourcePos* given = desired.origins.at(plain);
    if (given != nullptr && !desired.origins.contains(field.pointer)) field.origin = *given;
  }
  return field;
}

/// Secrets given through stringData are in data when they are applied.
std::vector<std::string> secrets_of(const Resource& desired) {
  std::vector<std::string> out = desired.secrets;
  for (const std::string& pointer : desired.secrets) {
    if (pointer.starts_with("/stringData")) out.push_back("/data" + pointer.substr(11));
  }
  return out;
}

/// What of a manifest is compared: its identity is equal already.
Json comparable(Json body) {
  body.erase("apiVersion");
  body.erase("kind");
  body["metadata"].erase("name");
  body["metadata"].erase("namespace");
  return body;
}

/// What a change that does nothing keeps: thousands of them must stay small.
Resource without_content(const Resource& desired) {
  return {.id = desired.id, .after = desired.after, .streamlet = desired.streamlet};
}

/// Says what others keep in an object that changes; a new one does not have it any more.
void add_other_fields(const std::vector<FieldOwner>& owners, Change& change) {
  std::vector<std::string> shown;
  for (const FieldChange& field : change.fields) shown.push_back(field.path);
  const bool lost = change.action == Action::replace;
  change.others = fields_of_others(owners, shown);
  for (const OtherFields& other : change.others) {
    std::vector<std::string> paths = other.paths;
    paths.resize(std::min(paths.size(), most_paths));
    const std::size_t more = other.paths.size() - paths.size();
    change.notes.push_back(fmt::format("{} the fields of {}: {}{}", lost ? "loses" : "keeps", other.manager,
                                       join(paths, ", "), more > 0 ? fmt::format(" and {} more", more) : ""));
  }
}

Result<Change> compare_owned(const Resource& desired, const Json& live, const ApplySet& set, Change change) {
  change.desired = without_content(desired);
  if (desired.id.kind == "Namespace") return change;
  change.precondition = precondition_of(live);
  if (auto why = stranger(live, set)) {
    change.action = Action::update;
    change.desired = desired;
    change.refused = std::move(why->reason);
    change.foreign = true;
    change.adoptable = why->adoptable;
    return change;
  }
  change.adoptable = is_unmarked(desired.id, live, set);
  if (find(live, {"metadata", "deletionTimestamp"}) != nullptr) {
    change.action = Action::replace;
    change.desired = desired;
    change.notes.emplace_back("is being deleted: it is made anew once it is gone");
    judge(change, {}, &desired.spec, &live);
    return change;
  }
  const Json body = comparable(applied_body(desired, set));
  const std::vector<FieldOwner> owners = field_owners(live);
  const OwnedFields root(owners);
  CF_TRY(std::vector<Difference> found, differences(body, live, root));
  const bool releases = original_owner(live).has_value();
  if (found.empty() && !releases) return change;

  change.action = Action::update;
  change.desired = desired;
  for (const Difference& difference : found) {
    if (!is_immutable(desired.id.kind, difference, live)) continue;
    change.action = Action::replace;
    change.notes.push_back(fmt::format("{} cannot be changed in place", difference.path));
  }
  judge(change, found, &body, &live);
  if (!root.has_ours() && string_at(live, {"metadata", "labels", part_of_label}).empty()) {
    change.notes.emplace_back("exists already and is taken over");
  }
  const std::vector<std::string> secrets = secrets_of(desired);
  std::vector<MarkedDifference> marked;
  if (desired.id.kind == "Secret") {
    marked = open_secret(std::move(found), body, live, secrets);
  } else {
    for (Difference& difference : found) {
      const bool secret = covers(secrets, difference.pointer);
      marked.push_back({.difference = std::move(difference), .secret = secret});
    }
  }
  for (MarkedDifference& one : marked) change.fields.push_back(field_change(std::move(one), desired));
  if (releases && change.action == Action::update) change.fields.push_back(dropped_owner(live));
  // What was only marked so far is taken over now.
  const bool only_marked = kept_by_others(desired.id.kind, live).all;
  for (FieldChange& field : change.fields) {
    if (only_marked && field.cause == Cause::drift) field.cause = Cause::adopted;
  }
  judge_take_over(change);
  add_other_fields(owners, change);
  return change;
}

/// The desired resource with its digest where the live one wants it (adoption.h).
std::optional<Resource> settled(const Resource& desired, const Json* live) {
  std::optional<Json> spec = with_settled_pods(desired.spec, live);
  if (!spec) return std::nullopt;
  Resource out = without_content(desired);
  out.spec = *std::move(spec);
  out.origins = desired.origins;
  out.secrets = desired.secrets;
  return out;
}

Result<Change> compare_both(const Resource& desired, const Json& live, const ApplySet& set, Change change) {
  const std::optional<Resource> instead = settled(desired, &live);
  return compare_owned(instead ? *instead : desired, live, set, std::move(change));
}

Change compare_leftover(const Json& live, const ApplySet& set, Change change) {
  const bool ours = is_made_by_us(live, set);
  const bool going = find(live, {"metadata", "deletionTimestamp"}) != nullptr;
  if (change.id.kind == "Namespace" || going || !ours) return change;
  change.action = Action::remove;
  change.precondition = precondition_of(live);
  judge(change, {}, nullptr, &live);
  note_kept(change, live);
  return change;
}

}  // namespace

Json precondition_of(const Json& live) {
  return {{"uid", string_at(live, {"metadata", "uid"})},
          {"resourceVersion", string_at(live, {"metadata", "resourceVersion"})}};
}

Result<Change> compare_thoroughly(const Resource* desired, const Live* live, const ApplySet& set) {
  Change change{.id = desired != nullptr ? desired->id : live->id};
  if (live == nullptr) {
    change.action = Action::create;
    change.desired = settled(*desired, nullptr).value_or(*desired);
    return change;
  }
  auto object = parse_json(live->document, live->id.text());
  if (!object) return std::unexpected(std::move(object).error());
  if (desired == nullptr) return compare_leftover(*object, set, std::move(change));
  auto compared = compare_both(*desired, *object, set, std::move(change));
  if (!compared) return failure_in(desired->id.text(), std::move(compared).error());
  return compared;
}

Result<Change> compare_object(const Resource* desired, const Live* live, const ApplySet& set) {
  if (desired == nullptr || live == nullptr || desired->id.kind == "Namespace")
    return compare_thoroughly(desired, live, set);
  const auto quick = FlatJson::parse(live->document);
  if (!quick || !surely_equal(*desired, *quick, set)) return compare_thoroughly(desired, live, set);
  Change change{.id = desired->id, .desired = without_content(*desired)};
  change.precondition = {{"uid", unescaped(quick->text_at({"metadata", "uid"}))},
                         {"resourceVersion", unescaped(quick->text_at({"metadata", "resourceVersion"}))}};
  return change;
}

}  // namespace cloudflow
