// One desired manifest against one live object: the change between them.
#include "providers/kubernetes/diff/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/diff/difference.h"
#include "providers/kubernetes/diff/kept_values.h"
#include "providers/kubernetes/diff/quick_compare.h"
#include "providers/kubernetes/diff/risk.h"
#include "providers/kubernetes/diff/secret_values.h"
#include "providers/kubernetes/ownership/adoption.h"
#include "providers/kubernetes/ownership/other_fields.h"
#include "providers/kubernetes/ownership/owned_fields.h"
#include "providers/kubernetes/ownership/ownership.h"
#include "providers/kubernetes/rules/workload_pods.h"
#include "sdk/support/hidden_text.h"
#include "sdk/support/text.h"

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

FieldChange field_change(MarkedDifference marked, const Resource& desired, const Json& live) {
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
    // What leaves the source is removed only where its other owner is a kubectl, which keeps nothing (owned_fields.h).
    field.take_over = field.after.has_value() || !difference.owned.kept_by_others();
  } else if (difference.owned.has_ours() && !difference.owned.owned_by_us()) {
    if (const std::string_view scaler = unowned_scaler(desired.id.kind, live, field); !scaler.empty()) {
      field.cause = Cause::drift;
      field.manager = scaler;
      field.take_over = true;
    }
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

/// Whether our fields are named as another version of the kind names them: only the server can translate them.
bool names_in_another_version(const std::vector<FieldOwner>& owners, const Resource& desired) {
  const auto ours = std::ranges::find_if(owners, &FieldOwner::ours);
  const std::string wanted = string_at(desired.spec, {"apiVersion"});
  return ours != owners.end() && !ours->only_mark && !wanted.empty() && !ours->api_version.empty() &&
         ours->api_version != wanted;
}

/// Whether a difference holds what kubectl applied last: all of the object, secrets included.
bool repeats_what_was_applied(const Difference& difference) {
  const auto holds = [](const std::optional<Json>& value) {
    return value && value->is_structured() && dump(*value).find(last_applied_annotation) != std::string::npos;
  };
  const bool is_it = !difference.names.empty() && difference.names.back() == last_applied_annotation;
  return is_it || holds(difference.before) || holds(difference.after);
}

std::vector<FieldChange> field_changes(std::vector<Difference> found, const Resource& desired, const Json& body,
                                       const Json& live) {
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
  std::vector<FieldChange> out;
  for (MarkedDifference& one : marked) {
    one.secret = one.secret || repeats_what_was_applied(one.difference);
    out.push_back(field_change(std::move(one), desired, live));
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

/// That nobody owns a number of replicas which the server may have filled in.
void note_unowned_replicas(Change& change) {
  for (const FieldChange& field : change.fields) {
    if (field.manager != scale_or_git) continue;
    change.notes.push_back(fmt::format(
        "{} is 1 and nobody's: either the source asks for it for the first time, or somebody scaled it to that",
        field.path));
  }
}

Result<Change> compare_owned(const Resource& desired, const Json& live, const ApplySet& set, Change change) {
  change.desired = without_content(desired);
  const bool shared = desired.id.kind == "Namespace";
  change.precondition = precondition_of(live);
  if (auto why = shared ? std::nullopt : stranger(live, set)) {
    change.action = Action::update;
    change.desired = desired;
    change.refused = std::move(why->reason);
    change.foreign = true;
    change.adoptable = why->adoptable;
    return change;
  }
  change.adoptable = !shared && is_unmarked(desired.id, live, set);
  if (find(live, {"metadata", "deletionTimestamp"}) != nullptr) {
    if (shared) {
      change.notes.emplace_back("is being deleted, with everything in it");
      return change;
    }
    change.action = Action::replace;
    change.desired = desired;
    change.notes.emplace_back("is being deleted: it is made anew once it is gone");
    judge(change, {}, &desired.spec, &live);
    return change;
  }
  const Json body = comparable(applied_body(desired, set));
  const std::vector<FieldOwner> owners = field_owners(live);
  const OwnedFields root(owners);
  CF_TRY(std::vector<Difference> found, differences(body, live, root, schema_of_resource(desired)));
  const bool releases = cloudflow2_owner(live).has_value();
  // What is as desired and not ours would stay when it leaves the source.
  const bool becomes_ours = !shared && (only_marks(owners, body) || has_only_label(live, set));
  if (found.empty() && !releases && !becomes_ours && !names_in_another_version(owners, desired)) return change;

  change.action = Action::update;
  change.desired = desired;
  for (const Difference& difference : found) {
    const bool kept = is_kept_by_server(desired.id.kind, difference.pointer, difference.before, difference.after) &&
                      string_at(body, {"spec", "type"}) != "ExternalName";
    if (!kept && !is_immutable(desired.id.kind, difference, live)) continue;
    change.action = Action::replace;
    change.notes.push_back(fmt::format("{} cannot be changed in place", difference.path));
  }
  judge(change, found, &body, &live);
  if (!shared && !root.has_ours() && string_at(live, {"metadata", "labels", part_of_label}).empty()) {
    change.notes.emplace_back("exists already and is taken over");
  }
  if (becomes_ours && found.empty()) change.notes.push_back(note_of_taking(owners, body));
  change.fields = field_changes(std::move(found), desired, body, live);
  if (releases && change.action == Action::update) change.fields.push_back(dropped_owner(live));
  judge_take_over(change);
  note_unowned_replicas(change);
  add_other_fields(owners, change);
  return change;
}

/// The same resource with another content.
Resource with_spec(const Resource& desired, Json spec) {
  Resource out = without_content(desired);
  out.spec = std::move(spec);
  out.origins = desired.origins;
  out.secrets = desired.secrets;
  return out;
}

/// The desired resource with its digest where the live one wants it (adoption.h).
std::optional<Resource> settled(const Resource& desired, const Json* live) {
  std::optional<Json> spec = with_settled_pods(desired.spec, live);
  return spec ? std::optional(with_spec(desired, *std::move(spec))) : std::nullopt;
}

bool asks_for_more_than_a_name(const Resource& ns) {
  const Json body = comparable(ns.spec);
  const Json* labels = find(body, {"metadata", "labels"});
  return body.size() > 1 || body["metadata"].size() > (labels != nullptr && labels->empty() ? 1 : 0);
}

Result<Change> compare_both(const Resource& desired, const Json& live, const ApplySet& set, Change change) {
  if (desired.id.kind == "Namespace") {
    const Resource wanted = with_spec(desired, with_shared_labels(desired.spec, live));
    if (!string_at(live, {"metadata", "uid"}).empty()) return compare_owned(wanted, live, set, std::move(change));
    // That it is there is all that we were allowed to see.
    change.desired = without_content(desired);
    if (asks_for_more_than_a_name(wanted))
      change.notes.emplace_back("exists and may not be read: its labels are not compared");
    return change;
  }
  const std::optional<Resource> instead = settled(desired, &live);
  const Resource& wanted = instead ? *instead : desired;
  if (std::optional<Json> spec = with_let_go(wanted.spec, live))
    return compare_owned(with_spec(wanted, *std::move(spec)), live, set, std::move(change));
  return compare_owned(wanted, live, set, std::move(change));
}

Change compare_leftover(const Json& live, const ApplySet& set, Change change) {
  const bool ours = is_made_by_us(live, set);
  const bool going = find(live, {"metadata", "deletionTimestamp"}) != nullptr;
  if (change.id.kind == "Namespace" && !going)
    change.notes.push_back(fmt::format(
        "stays, as others may use it; what is left in it goes with it: kubectl delete namespace {}", change.id.name));
  if (!ours && !going && has_pods(change.id.kind) && has_only_label(live, set) &&
      find(live, {"metadata", "ownerReferences"}) == nullptr)
    change.notes.emplace_back(
        "stays, with its pods: somebody made it from a copy of this application's; apply takes over what the source "
        "asks for, kubectl delete ends the rest");
  if (change.id.kind == "Namespace" || going || !ours) return change;
  change.action = Action::remove;
  change.precondition = precondition_of(live);
  judge(change, {}, nullptr, &live);
  note_kept(change, live);
  return change;
}

/// Whether `path` is `parent` or inside it.
bool lies_in(std::string_view path, std::string_view parent) {
  if (!path.starts_with(parent)) return false;
  return path.size() == parent.size() || std::string_view(".[:").find(path[parent.size()]) != std::string_view::npos;
}

/// Whether the manifest says something of a place, or of what is around it as a whole.
bool is_asked_for(const Json& body, const Difference& difference) {
  const Json* at = &body;
  for (const std::string& name : difference.names) {
    while (at->is_array()) {  // any element: which one it is does not matter here
      if (at->empty()) return true;
      at = &at->front();
    }
    at = find(*at, {name});
    if (at == nullptr) return false;
  }
  return true;
}

/// A field of the comparison with what the server would make of it. What it becomes where it is not asked for any more
/// is said elsewhere (verify.cpp).
FieldChange as_predicted(FieldChange field, const FieldChange& predicted) {
  if (field.pointer.empty()) field.pointer = predicted.pointer;
  const bool structured = predicted.before && predicted.before->is_structured();
  if (!predicted.after || structured || (!field.before && !field.after)) {
    field.before = predicted.before;
    field.after = predicted.after;
  }
  return field;
}

/// What the server makes of one place where the comparison found something: that, in the finer of both views.
std::vector<FieldChange> confirmed(const std::vector<FieldChange>& found, FieldChange predicted) {
  std::vector<FieldChange> inside;
  for (const FieldChange& field : found) {
    if (field.path == predicted.path) return {as_predicted(field, predicted)};
    if (lies_in(field.path, predicted.path)) inside.push_back(field);
  }
  if (!inside.empty()) return inside;
  for (const FieldChange& field : found) {
    if (!lies_in(predicted.path, field.path)) continue;
    predicted.cause = field.cause;
    predicted.manager = field.manager;
    predicted.since = field.since;
    predicted.take_over = field.take_over;
    predicted.secret = predicted.secret || field.secret;
    if (!predicted.origin && predicted.after) predicted.origin = field.origin;
    return {std::move(predicted)};
  }
  return {};
}

}  // namespace

std::vector<FieldChange> predicted_fields(const Change& change, const Json& before, const Json& after, const Json& live,
                                          const ApplySet& set) {
  const Resource& desired = change.desired;
  const Json body = comparable(applied_body(desired, set));
  const std::vector<FieldOwner> owners = field_owners(live);
  std::vector<FieldChange> out;
  std::vector<FieldChange> following;
  const bool translated = names_in_another_version(owners, desired);  // then what is ours cannot be told by its path
  const auto has = [&](const std::string& path) {
    return std::ranges::find(out, path, &FieldChange::path) != out.end();
  };
  for (Difference& difference :
       differences_of_states(comparable(before), comparable(after), OwnedFields(owners), schema_of_resource(desired))) {
    const bool ours = translated || difference.owned.owned_by_us() || is_asked_for(body, difference);
    std::vector<Difference> one;
    one.push_back(std::move(difference));
    for (FieldChange& field : field_changes(std::move(one), desired, body, live)) {
      std::vector<FieldChange> known = confirmed(change.fields, field);
      for (FieldChange& same : known) {
        if (!has(same.path)) out.push_back(std::move(same));
      }
      if (known.empty()) (ours ? out : following).push_back(std::move(field));
    }
  }
  if (out.empty()) out = std::move(following);
  // Dropping Cloudflow 2's owner is no part of what is applied: it follows.
  for (const FieldChange& field : change.fields) {
    if (drops_owner(field)) out.push_back(field);
  }
  return out;
}

const FieldSchema& schema_of_resource(const Resource& resource) {
  return schema_of(string_at(resource.spec, {"apiVersion"}), string_at(resource.spec, {"kind"}));
}

Json precondition_of(const Json& live) {
  Json out = {{"uid", string_at(live, {"metadata", "uid"})},
              {"resourceVersion", string_at(live, {"metadata", "resourceVersion"})}};
  // Unlike the version it stands still while a controller reports a status.
  if (const Json* generation = find(live, {"metadata", "generation"})) out["generation"] = *generation;
  if (std::string keep = keep_annotation(live); !keep.empty()) out["keep"] = std::move(keep);
  return out;
}

std::string note_of_taking(const std::vector<FieldOwner>& owners, const Json& body) {
  const std::vector<std::string> who = keepers(owners, body);
  if (who.empty()) return std::string(as_it_is_note);
  return fmt::format("is as asked for, and was made by others: what leaves the source stays as long as {} has it, too",
                     join(who, ", "));
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
