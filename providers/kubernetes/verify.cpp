// KubernetesProvider::verify: server-side dry runs of the changes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>

#include "providers/kubernetes/api/parallel.h"
#include "providers/kubernetes/collected.h"
#include "providers/kubernetes/dependents.h"
#include "providers/kubernetes/diff/client_side_apply.h"
#include "providers/kubernetes/diff/compare.h"
#include "providers/kubernetes/diff/defaults_in_the_way.h"
#include "providers/kubernetes/diff/kept_values.h"
#include "providers/kubernetes/diff/risk.h"
#include "providers/kubernetes/diff/stand_in.h"
#include "providers/kubernetes/diff/stop_notes.h"
#include "providers/kubernetes/ownership/adoption.h"
#include "providers/kubernetes/ownership/ownership.h"
#include "providers/kubernetes/provider_state.h"
#include "providers/kubernetes/refusal.h"
#include "providers/kubernetes/rules/readiness_rules.h"
#include "sdk/support/background_task.h"
#include "sdk/support/digest.h"
#include "sdk/support/parallel.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view in_place_note = " cannot be changed in place";

/// How the server says, with status 500 and without a reason, that an object does not fit its schema.
bool is_about_schema(const ApiError& error) {
  return error.status == 500 && error.server_message.starts_with("failed to create typed patch object");
}

/// An answer that is about this change; anything else is about the connection and ends the whole.
bool is_rejection(const ApiError& error) {
  return error.status >= 400 && error.status != 401 && error.status != 429 &&
         (error.status < 500 || error.reason == "InternalError" || is_about_schema(error));
}

bool creates(std::span<const Change> all, std::string_view kind, const std::string& scope, const std::string& name) {
  return std::ranges::any_of(all, [&](const Change& change) {
    return change.id.kind == kind && change.id.name == name && change.id.scope == scope &&
           change.action == Action::create;
  });
}

bool creates_namespace(std::span<const Change> all, const std::string& ns) { return creates(all, "Namespace", "", ns); }

bool creates_kind(std::span<const Change> all, const std::string& kind) {
  return std::ranges::any_of(all, [&](const Change& change) {
    if (change.id.kind != "CustomResourceDefinition.apiextensions.k8s.io") return false;
    return string_at(change.desired.spec, {"spec", "names", "kind"}) + "." +
               string_at(change.desired.spec, {"spec", "group"}) ==
           kind;
  });
}

/// What the server looks up before it takes an object of this kind: kind, scope, name.
std::vector<ResourceId> looked_up_by(const ResourceId& id, const Json& body) {
  std::vector<ResourceId> out;
  const auto add = [&](const char* kind, const std::string& scope, const std::string& name) {
    if (!name.empty()) out.push_back({.provider = "kubernetes", .kind = kind, .scope = scope, .name = name});
  };
  if (id.kind == "Pod") {
    add("ServiceAccount", id.scope, string_at(body, {"spec", "serviceAccountName"}, "default"));
    add("PriorityClass.scheduling.k8s.io", "", string_at(body, {"spec", "priorityClassName"}));
    add("RuntimeClass.node.k8s.io", "", string_at(body, {"spec", "runtimeClassName"}));
  }
  // Who may not grant everything may grant what a role has, so the role is looked up.
  if (id.kind == "RoleBinding.rbac.authorization.k8s.io" || id.kind == "ClusterRoleBinding.rbac.authorization.k8s.io") {
    const bool in_cluster = string_at(body, {"roleRef", "kind"}) == "ClusterRole";
    add(in_cluster ? "ClusterRole.rbac.authorization.k8s.io" : "Role.rbac.authorization.k8s.io",
        in_cluster ? "" : id.scope, string_at(body, {"roleRef", "name"}));
  }
  return out;
}

/// The server's ways to say that what it looked up is not there.
bool says_missing(const std::string& message, const std::string& name) {
  return message.find(quote(name) + " not found") != std::string::npos ||
         message.find(fmt::format("with name {} was found", name)) != std::string::npos;
}

/// Kinds whose changes others in the same plan are judged by.
bool is_looked_up(std::string_view kind) {
  constexpr std::array<std::string_view, 8> kinds = {"Namespace",
                                                     "PersistentVolume",
                                                     "CustomResourceDefinition.apiextensions.k8s.io",
                                                     "ServiceAccount",
                                                     "PriorityClass.scheduling.k8s.io",
                                                     "RuntimeClass.node.k8s.io",
                                                     "Role.rbac.authorization.k8s.io",
                                                     "ClusterRole.rbac.authorization.k8s.io"};
  return std::ranges::find(kinds, kind) != kinds.end();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// The value at a JSON pointer; null when there is none, or the pointer leads into a document.
const Json* value_at(const Json& object, const std::string& pointer) {
  if (pointer.empty() || pointer.find('#') != std::string::npos) return nullptr;
  const Json::json_pointer at(pointer);
  return object.contains(at) ? &object.at(at) : nullptr;
}

/// The one element of `made` that has all plain members of `element`, whatever the server has added to it. Null where
/// there is none, or where several cannot be told apart.
const Json* same_element(const Json& made, const Json& element) {
  const auto is_same = [&](const Json& other) {
    if (!element.is_object() || !other.is_object()) return element == other;
    return std::ranges::all_of(element.items(), [&](const auto& entry) {
      const auto found = other.find(entry.key());
      return entry.value().is_structured() || (found != other.end() && *found == entry.value());
    });
  };
  if (std::ranges::count_if(made, is_same) != 1) return nullptr;
  return &*std::ranges::find_if(made, is_same);
}

/// What stands in `made`, which the server has made of `body`, where a pointer into `body` leads to: elements of lists
/// may have other places there. Null when there is nothing, or when the pointer leads to an element itself.
const Json* made_at(const Json& body, const Json& made, const std::string& pointer) {
  if (pointer.empty() || pointer.find('#') != std::string::npos) return nullptr;
  const Json* asked = &body;
  const Json* found = &made;
  Json::json_pointer rest(pointer);
  std::vector<std::string> steps;
  for (; !rest.empty(); rest.pop_back()) steps.insert(steps.begin(), rest.back());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool is_last = i + 1 == steps.size();
    const Json::json_pointer step = Json::json_pointer() / steps[i];
    if (found->is_array()) {
      if (is_last || !asked->is_array() || !asked->contains(step)) return nullptr;
      asked = &asked->at(step);
      found = same_element(*found, *asked);
      if (found == nullptr) return nullptr;
      continue;
    }
    if (!found->contains(step)) return nullptr;
    found = &found->at(step);
    if (!is_last) {
      if (!asked->contains(step)) return nullptr;
      asked = &asked->at(step);
    }
  }
  return found;
}

/// Whether two objects have the same, or nothing, at a pointer.
bool same_at(const Json& one, const Json& other, const std::string& pointer) {
  const Json* first = value_at(one, pointer);
  const Json* second = value_at(other, pointer);
  return first == nullptr ? second == nullptr : second != nullptr && *first == *second;
}

/// What a write is about: without what every write and every controller moves.
Json substance(Json object) {
  object.erase("status");
  if (const auto metadata = object.find("metadata"); metadata != object.end() && metadata->is_object()) {
    for (const char* field : {"managedFields", "resourceVersion", "generation"}) metadata->erase(field);
  }
  return object;
}

/// One change on its way through the server.
class DryRun {
 public:
  DryRun(ProviderState& state, Change& change, std::span<const Change> all, std::vector<Error>& rejections)
      : state_(state), change_(change), all_(all), rejections_(rejections) {}

  Result<void> run(const std::stop_token& stop);

 private:
  Result<void> removal(const std::stop_token& stop);
  Result<void> write(const std::stop_token& stop);
  Result<void> update(const std::stop_token& stop);
  Result<void> take_prediction(Json predicted, const ApiResult<Json>& live, const std::stop_token& stop);
  ApiResult<Json> without_kubectl(Json predicted, const Json& live, const std::stop_token& stop);
  ApiResult<Json> over_defaults(const ApiError& refused, const ApplyOptions& options, const std::stop_token& stop);
  Result<void> try_replacement(const ApiError& refused, const std::stop_token& stop);
  Result<void> try_stand_in(const Json& live, const std::stop_token& stop);
  bool is_made_otherwise(const Json& made, const Json& live);
  void say_what_it_becomes(const Json& predicted);
  void say_warnings();
  Result<void> say_losses(const std::stop_token& stop);
  Result<void> rejected(const ApiError& error, const std::stop_token& stop);
  void check_unseen(const std::string& because, const std::stop_token& stop);
  void turn_into_update(const Json& live);
  void drop(std::string note = "");
  Result<void> compare_again(const std::stop_token& stop);

  ProviderState& state_;
  Change& change_;
  std::span<const Change> all_;
  std::vector<Error>& rejections_;
  ApiResource resource_{};
  ApiPath path_{};
  Json body_{};
  Json predicted_{};                     ///< what an update would make of the object
  std::vector<std::string> warnings_{};  ///< of the server, about what is asked for
  bool is_second_look_ = false;
};

/// What the server cannot be asked about is held against the schema of its kind.
void DryRun::check_unseen(const std::string& because, const std::stop_token& stop) {
  std::optional<std::vector<Error>> found = check_locally(change_, all_, state_.schemas, stop);
  const std::string later = because + ", so the server can check this only when it is applied";
  if (!found) {
    change_.notes.push_back(later);
    return;
  }
  if (found->empty()) {
    change_.notes.push_back(later + "; it fits the schema of its kind");
    change_.verified = Verified::local;
  }
  std::ranges::move(*found, std::back_inserter(rejections_));
}

Result<void> DryRun::rejected(const ApiError& error, const std::stop_token& stop) {
  if (!is_rejection(error)) return std::unexpected<Error>(error);
  if (is_about_schema(error)) {
    // The same in words of our own, with the place of each.
    std::optional<std::vector<Error>> found = check_locally(change_, all_, state_.schemas, stop);
    if (found && !found->empty()) {
      std::ranges::move(*found, std::back_inserter(rejections_));
      return {};
    }
  }
  for (Error& one : rejections_of(change_, error)) rejections_.push_back(std::move(one));
  return {};
}

Result<void> DryRun::run(const std::stop_token& stop) {
  if (change_.action == Action::none || change_.refused || change_.check_only) return {};
  const auto resource = state_.resource_of(change_.id, string_at(change_.desired.spec, {"apiVersion"}), stop);
  if (!resource) {
    if (resource.error().kind != ErrorKind::not_found) return std::unexpected(resource.error());
    if (creates_kind(all_, change_.id.kind)) {
      check_unseen(fmt::format("kind {} is created by this plan", quote(change_.id.kind)), stop);
      return {};
    }
    Error error = resource.error();
    error.message = fmt::format("{}: {}", change_.id.text(), error.message);
    error.where = change_.desired.origin_of("/kind");
    rejections_.push_back(std::move(error));
    return {};
  }
  resource_ = *resource;
  path_ = resource_.object(change_.id.scope, change_.id.name);
  if (change_.action == Action::remove) {
    CF_CHECK(removal(stop));
  } else {
    body_ = applied_body(change_.desired, state_.set);
    CF_CHECK(write(stop));
    say_warnings();
  }
  return rejections_.empty() ? say_losses(stop) : Result<void>();
}

void DryRun::say_warnings() {
  if (change_.action == Action::none) return;
  for (const std::string& warning : warnings_) {
    std::string note = "the server warns: " + on_one_line(warning);
    if (std::ranges::find(change_.notes, note) == change_.notes.end()) change_.notes.push_back(std::move(note));
  }
}

/// The change turns out to be none.
void DryRun::drop(std::string note) {
  change_.action = Action::none;
  change_.risk = Risk::none;
  change_.restarts = 0;
  change_.fields.clear();
  change_.notes.clear();
  change_.losses.clear();
  change_.takes.clear();
  change_.others.clear();
  if (!note.empty()) change_.notes.push_back(std::move(note));
}

/// What is lost depends on what hangs on the object: asked only for the few changes that need it.
Result<void> DryRun::say_losses(const std::stop_token& stop) {
  if (!may_have_dependents(change_) || lets_go(change_)) return {};
  const auto live = state_.client.get(path_, stop);
  if (!live && live.error().kind == ErrorKind::not_found) return {};
  if (!live) return std::unexpected<Error>(live.error());
  const Json* then = change_.action == Action::remove ? nullptr : predicted_.is_null() ? &body_ : &predicted_;
  if (!has_dependents(change_, then, *live)) {
    // What was guessed before the server filled in what is not asked for.
    if (change_.action == Action::update) judge_losses(change_, then, &*live, {});
    return {};
  }
  CF_TRY(const Dependents dependents, dependents_of(state_.client, change_, *live, all_, stop));
  judge_losses(change_, then, &*live, dependents);
  return {};
}

Result<void> DryRun::removal(const std::stop_token& stop) {
  if (lets_go(change_)) {
    change_.verified = Verified::server;  // nothing but our own fields, which anybody may give up
    return {};
  }
  const DeleteOptions options{
      .uid = string_at(change_.precondition, {"uid"}), .propagation = "Background", .dry_run = true};
  const auto removed = state_.client.remove(path_, options, stop);
  if (!removed && removed.error().kind != ErrorKind::not_found) return rejected(removed.error(), stop);
  if (!removed) change_.action = Action::none;
  change_.verified = Verified::server;
  return {};
}

Result<void> DryRun::write(const std::stop_token& stop) {
  if (change_.action != Action::create) return update(stop);
  const auto predicted =
      state_.client.apply(path_, body_, {.force = false, .dry_run = true, .warnings = &warnings_}, stop);
  if (predicted) {
    change_.verified = Verified::server;
    return {};
  }
  const ApiError& error = predicted.error();
  if (error.status == 404 && creates_namespace(all_, change_.id.scope)) {
    check_unseen(fmt::format("namespace {} is created by this plan", quote(change_.id.scope)), stop);
    return {};
  }
  for (const ResourceId& one : looked_up_by(change_.id, body_)) {
    if ((error.status != 403 && error.status != 404) || !creates(all_, one.kind, one.scope, one.name)) continue;
    if (!says_missing(error.server_message, one.name)) continue;
    check_unseen(fmt::format("{} is created by this plan", one.text()), stop);
    return {};
  }
  if (error.status == 403 && change_.id.kind == "Namespace") {
    rejections_.push_back(
        {.kind = ErrorKind::denied,
         .message = fmt::format("namespace {} does not exist, and you may not create it", quote(change_.id.name)),
         .where = change_.desired.origin_of(""),
         .hint = "ask for it, or name another one"});
    return {};
  }
  return rejected(error, stop);
}

Result<void> DryRun::update(const std::stop_token& stop) {
  const bool going =
      std::ranges::any_of(change_.notes, [](const std::string& note) { return note.starts_with("is being deleted"); });
  if (change_.action == Action::replace && going) return {};
  if (is_kept_by_server(change_)) return try_replacement({}, stop);
  if (const std::string uid = string_at(change_.precondition, {"uid"}); !uid.empty()) body_["metadata"]["uid"] = uid;
  ApplyOptions options{.force = false, .dry_run = true, .warnings = &warnings_};
  // What there is is asked for at the same time as what would become of it.
  BackgroundTask<ApiResult<Json>> live([this](const std::stop_token& ended) { return state_.client.get(path_, ended); },
                                       stop);
  auto predicted = state_.client.apply(path_, body_, options, stop);
  if (!predicted && is_manager_conflict(predicted.error())) {
    mark_take_overs(change_, predicted.error());
    options.force = true;
    predicted = state_.client.apply(path_, body_, options, stop);
  }
  if (!predicted && is_default_in_the_way(predicted.error()))
    predicted = over_defaults(predicted.error(), options, stop);
  if (!predicted && is_immutability(predicted.error())) return try_replacement(predicted.error(), stop);
  if (!predicted && predicted.error().kind == ErrorKind::conflict) return compare_again(stop);
  if (!predicted) return rejected(predicted.error(), stop);
  change_.verified = Verified::server;
  return take_prediction(*std::move(predicted), live.take(), stop);
}

/// The object is not the one any more that was read: what a run asked for that was killed may take effect only now.
Result<void> DryRun::compare_again(const std::stop_token& stop) {
  const auto now = state_.client.get(path_, stop);
  if (!now && now.error().kind != ErrorKind::not_found) return std::unexpected<Error>(now.error());
  const bool is_same = now && string_at(*now, {"metadata", "uid"}) == string_at(change_.precondition, {"uid"});
  if (is_same || is_second_look_) {
    rejections_.push_back(
        {.kind = ErrorKind::conflict,
         .message = fmt::format("{}: was replaced or deleted while this plan was made", change_.id.text()),
         .hint = "plan again"});
    return {};
  }
  const Live live{.id = change_.id, .document = now ? dump(*now) : std::string()};
  const Resource desired = change_.desired;
  CF_TRY(change_, compare_object(&desired, now ? &live : nullptr, state_.set));
  is_second_look_ = true;
  warnings_.clear();
  if (change_.action == Action::none || change_.refused) return {};
  body_ = applied_body(change_.desired, state_.set);
  return write(stop);
}

/// The same with those defaults cleared that exclude what is asked for: the strategy by itself, and the rest without
/// it.
ApiResult<Json> DryRun::over_defaults(const ApiError& refused, const ApplyOptions& options,
                                      const std::stop_token& stop) {
  const auto live = state_.client.get(path_, stop);
  if (!live) return std::unexpected(live.error());
  Json body = without_default_volumes(body_, *live).value_or(body_);
  const auto patch = strategy_patch(body_, *live, refused);
  if (!patch && body == body_) return std::unexpected(refused);
  if (!patch) return state_.client.apply(path_, body, options, stop);
  const auto patched = state_.client.merge_patch(path_, *patch, {.dry_run = true}, stop);
  if (!patched) return patched;
  const std::string member = patch->at("spec").begin().key();
  body["spec"].erase(member);
  auto predicted = state_.client.apply(path_, body, options, stop);
  if (predicted) (*predicted)["spec"][member] = patched->at("spec").at(member);
  return predicted;
}

/// The prediction without what a kubectl owns and is not asked for. What the server fills in where nothing is given it
/// fills in there, too: such a field becomes its default, or stays what it is.
ApiResult<Json> DryRun::without_kubectl(Json predicted, const Json& live, const std::stop_token& stop) {
  const std::vector<std::string> taken = taken_from_kubectl(body_, live, schema_of_resource(change_.desired));
  if (taken.empty()) return predicted;
  const Json patch = patch_between(substance(live), substance(without_taken(predicted, live, taken)));
  if (patch.empty()) return predicted;
  return state_.client.merge_patch(path_, patch, {.dry_run = true}, stop);
}

bool owns_only_mark(const Json& live) { return std::ranges::any_of(field_owners(live), &FieldOwner::only_mark); }

/// Compares what the server would make of it with what it has.
Result<void> DryRun::take_prediction(Json predicted, const ApiResult<Json>& live, const std::stop_token& stop) {
  if (!live && live.error().kind != ErrorKind::not_found) return std::unexpected<Error>(live.error());
  if (!live) return {};
  if (change_.action == Action::replace) turn_into_update(*live);
  if (may_take_from_kubectl(change_)) {
    auto without = without_kubectl(std::move(predicted), *live, stop);
    if (!without && is_immutability(without.error())) return try_replacement(without.error(), stop);
    if (!without) return rejected(without.error(), stop);
    predicted = *std::move(without);
  }
  if (substance(predicted) == substance(*live) && !drops_owner(change_)) {
    const bool has_only_mark = only_marks(field_owners(*live), body_) || has_only_label(*live, state_.set);
    const bool becomes_ours = change_.action == Action::update && has_only_mark && !owns_only_mark(predicted);
    std::vector<OtherFields> others = std::move(change_.others);
    drop(becomes_ours ? note_of_taking(field_owners(*live), body_) : "");
    if (!becomes_ours) return {};
    change_.action = Action::update;
    change_.others = std::move(others);
    return {};
  }
  predicted_ = predicted;
  change_.fields = predicted_fields(change_, substance(*live), substance(predicted), *live, state_.set);
  const Json* before = find(*live, {"spec", "template"});
  const Json* then = find(predicted, {"spec", "template"});
  const bool may_restart = change_.restarts > 0 || change_.id.kind == "StatefulSet.apps";
  if (may_restart && change_.action == Action::update && before != nullptr && then != nullptr && *before == *then) {
    forget_stop(change_);
    change_.restarts = moved_pods(change_.id.kind, predicted, *live);
    change_.risk = !change_.losses.empty() ? Risk::data_loss : change_.restarts > 0 ? Risk::restart : Risk::none;
  }
  say_what_it_becomes(predicted);
  return {};
}

/// What is not asked for any more may get the server's default instead of going away.
void DryRun::say_what_it_becomes(const Json& predicted) {
  for (FieldChange& field : change_.fields) {
    if (field.after || field.secret) continue;
    const Json* then = made_at(body_, predicted, field.pointer);
    if (then == nullptr || then->is_structured()) continue;
    field.after = *then;
    change_.notes.push_back(fmt::format(
        "{} is not asked for any more: it becomes {}, the server's default{}", field.path, dump(*then),
        field.path == "spec.replicas" ? "; an autoscaler that is to decide has to scale it once before" : ""));
  }
}

/// The server accepts in place what our table called immutable.
void DryRun::turn_into_update(const Json& live) {
  forget_judgement(change_, &body_, &live);
  change_.action = Action::update;
  std::erase_if(change_.notes, [](const std::string& note) { return note.ends_with(in_place_note); });
  const std::vector<FieldOwner> owners = field_owners(live);
  const auto found = differences(body_, live, OwnedFields(owners), schema_of_resource(change_.desired));
  if (found) judge(change_, *found, &body_, &live);
  judge_take_over(change_);
}

/// Whether a new object would get what the live one has, wherever the two may not differ: something changes it while it
/// is made, and will do so again.
bool DryRun::is_made_otherwise(const Json& made, const Json& live) {
  if (change_.fields.empty()) return false;
  return std::ranges::all_of(change_.fields, [&](const FieldChange& field) {
    return field.pointer.starts_with("/metadata/") ? same_at(body_, live, field.pointer)
                                                   : !field.pointer.empty() && same_at(made, live, field.pointer);
  });
}

/// A new object by another name: that the server would take it shows that only the change in place is impossible.
Result<void> DryRun::try_stand_in(const Json& live, const std::stop_token& stop) {
  const StandIn stand_in = stand_in_for(change_.id, body_);
  const auto made =
      state_.client.create(resource_.collection(change_.id.scope), stand_in.body, {.dry_run = true}, stop);
  if (made) {
    change_.verified = Verified::server;
    for (const std::string& left_out : stand_in.left_out)
      change_.notes.push_back(
          fmt::format("not proven: whether the server takes {}, which two objects cannot both have", left_out));
    if (is_made_otherwise(*made, live)) {
      std::vector<std::string> paths;
      for (const FieldChange& field : change_.fields) paths.push_back(field.path);
      drop(fmt::format(
          "is left as it is: the server (a webhook or a policy) makes it with another {} than is asked for, "
          "and would again",
          join(paths, ", ")));
    }
    return {};
  }
  ApiError error = made.error();
  if (is_quota_refusal(error)) {
    change_.notes.push_back(fmt::format("not proven: a quota leaves no room to try it beside the present one ({})",
                                        error.server_message.substr(error.server_message.find("exceeded quota: "))));
    return {};
  }
  // Nobody wrote an object of the other name.
  for (std::string* text : {&error.message, &error.server_message})
    *text = replaced(*text, stand_in.name, stand_in.original);
  for (ApiCause& cause : error.causes) cause.message = replaced(cause.message, stand_in.name, stand_in.original);
  return rejected(error, stop);
}

/// The server refuses to change a field in place. That a new object would be accepted is the proof that replacing
/// helps.
Result<void> DryRun::try_replacement(const ApiError& refused, const std::stop_token& stop) {
  const auto live = state_.client.get(path_, stop);
  if (!live && live.error().kind != ErrorKind::not_found) return std::unexpected<Error>(live.error());
  // The server says of another object that its uid is immutable.
  const std::string uid = string_at(change_.precondition, {"uid"});
  if (live && !uid.empty() && string_at(*live, {"metadata", "uid"}) != uid) return compare_again(stop);
  if (!live) return {};
  CF_CHECK(try_stand_in(*live, stop));
  if (!rejections_.empty() || change_.action == Action::none) return {};
  const DeleteOptions options{
      .uid = string_at(change_.precondition, {"uid"}), .propagation = "Background", .dry_run = true};
  const auto removed = state_.client.remove(path_, options, stop);
  if (!removed && removed.error().kind != ErrorKind::not_found) return rejected(removed.error(), stop);
  if (change_.action == Action::replace) return {};
  forget_judgement(change_, &body_, &*live);
  change_.action = Action::replace;
  for (const ApiCause& cause : refused.causes) change_.notes.push_back(cause.field + std::string(in_place_note));
  judge(change_, {}, &body_, &*live);
  judge_take_over(change_);
  if (const std::string keep = keep_annotation(*live); !keep.empty() && !change_.refused)
    change_.refused =
        fmt::format("it would have to be deleted and made anew, and its annotation {} asks to keep it", keep);
  return {};
}

}  // namespace

Result<void> ProviderState::verify_one(Change& change, std::span<const Change> all, std::vector<Error>& rejections,
                                       std::stop_token stop) {
  return DryRun(*this, change, all, rejections).run(stop);
}

namespace {

/// Versions whose schemas will be asked for: no dry run knows what comes into a namespace that the plan makes.
std::vector<std::string> versions_unseen(std::span<const Change> changes, std::span<const Change> heads) {
  std::set<std::string> out;
  for (const Change& change : changes) {
    if (change.action == Action::create && creates_namespace(heads, change.id.scope))
      out.insert(string_at(change.desired.spec, {"apiVersion"}));
  }
  return {out.begin(), out.end()};
}

}  // namespace

Result<std::vector<Error>> KubernetesProvider::verify(std::span<Change> changes, std::stop_token stop) {
  const std::vector<Change> heads = [&] {  // what the others need to know, unchanging while all of them are refined
    std::vector<Change> out;
    for (const Change& change : changes) {
      if (is_looked_up(change.id.kind)) out.push_back(change);
    }
    return out;
  }();
  // Schemas come while the server says that it cannot try it.
  const BackgroundTask<int> schemas(
      [this, versions = versions_unseen(changes, heads)](const std::stop_token& ended) {
        parallel_for(versions.size(), static_cast<int>(parallel_calls),
                     [&](std::size_t i) { static_cast<void>(state_->schemas.document(versions[i], ended)); });
        return 0;
      },
      stop);
  std::vector<std::vector<Error>> rejections(changes.size());
  CF_CHECK(in_parallel(
      changes.size(), parallel_calls,
      [&](std::size_t i, const std::stop_token& inner) {
        if (changes[i].verified == Verified::server) return Result<void>();
        return state_->verify_one(changes[i], heads, rejections[i], inner);
      },
      stop));
  CF_CHECK(say_collected(*state_, changes, stop));
  for (Change& change : changes) change.starts_stopped = starts_stopped(change);
  std::vector<Error> out;
  for (std::vector<Error>& some : rejections) std::ranges::move(some, std::back_inserter(out));
  return out;
}

}  // namespace cloudflow
