// KubernetesProvider::apply: one write under the precondition it was planned with.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/created_by_pods.h"
#include "providers/kubernetes/diff/client_side_apply.h"
#include "providers/kubernetes/diff/compare.h"
#include "providers/kubernetes/diff/defaults_in_the_way.h"
#include "providers/kubernetes/diff/risk.h"
#include "providers/kubernetes/ownership/adoption.h"
#include "providers/kubernetes/ownership/ownership.h"
#include "providers/kubernetes/provider_state.h"
#include "providers/kubernetes/refusal.h"
#include "providers/kubernetes/rules/readiness_rules.h"
#include "providers/kubernetes/workload_stop.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;

/// How often a write is tried again because controllers keep writing the object's status.
constexpr int attempts = 8;
constexpr std::chrono::milliseconds deletion_poll = 200ms;
constexpr std::chrono::seconds quota_deadline = 60s;

std::unexpected<Error> moved(const Change& change, std::string what) {
  return failure(ErrorKind::conflict, fmt::format("{}: {}", change.id.text(), what), "plan again");
}

/// A value in a message.
std::string shown(const std::optional<Json>& value) {
  constexpr std::size_t most = 60;
  if (!value) return "not there";
  const std::string text = dump(*value);
  return text.size() <= most ? text : "a value of " + counted(static_cast<long long>(text.size()), "byte");
}

bool is_going(const Json& live) { return find(live, {"metadata", "deletionTimestamp"}) != nullptr; }

/// What `now` loses beyond what was approved; empty when there is nothing.
std::string unplanned_loss(const Change& planned, const Change& now) {
  for (const Loss& loss : now.losses) {
    if (!is_approved(planned.losses, loss))
      return fmt::format("it {} {} now", loss.certain ? "loses" : "may lose", loss.what);
  }
  return "";
}

/// What of `now` the plan did not say; empty when it said everything.
std::string unplanned(const Change& planned, const Change& now) {
  if (now.refused) return *now.refused;
  if (now.action != planned.action) return fmt::format("would now be a {}", name_of(now.action));
  for (const FieldChange& field : now.fields) {
    const auto same = std::ranges::find(planned.fields, field.path, &FieldChange::path);
    if (same == planned.fields.end()) return field.path + " differs too";
    // A saved plan holds no secret values.
    const bool is_secret = field.secret || same->secret;
    if (!is_secret && same->after != field.after) return field.path + " would get another value";
    if (field.take_over && !same->take_over)
      return fmt::format("{} is now owned by {}", field.path, quote(field.manager));
    if (same->before != field.before && (!is_secret || (same->before && field.before)))
      return is_secret ? fmt::format("{} is not what it was", field.path)
                       : fmt::format("{} is {} now, and was {}", field.path, shown(field.before), shown(same->before));
  }
  return unplanned_loss(planned, now);
}

/// One change on its way into the cluster.
class Write {
 public:
  Write(ProviderState& state, const Change& change, ApiPath path)
      : state_(state), change_(change), path_(std::move(path)), body_(applied_body(change.desired, state.set)) {}

  /// Looks once more at what goes, where the version that was planned with does not tell all that is lost, or where
  /// something is stopped and taken away before. False when there is nothing left to do.
  Result<bool> confirm(const std::stop_token& stop);
  Result<void> make(const std::stop_token& stop);
  /// What the server warned of, as far as the plan cannot have said it.
  void note_warnings() const;

 private:
  Result<void> create(const std::stop_token& stop, bool* full = nullptr);
  Result<void> update(const std::stop_token& stop);
  Result<void> remove(const std::stop_token& stop);
  Result<std::optional<std::string>> version_to_remove(const Json& live, bool is_other, const std::stop_token& stop);
  Result<std::optional<std::string>> version_to_replace(const Json& live, bool is_other, bool& done,
                                                        const std::stop_token& stop);
  Result<void> let_go(const std::stop_token& stop);
  Result<void> replace(const std::stop_token& stop);
  using LookAtLive = std::function<Result<std::optional<std::string>>(const Json& live, bool is_other)>;
  Result<void> remove_version(const LookAtLive& look, const std::stop_token& stop);
  Result<void> remove_for_another(const std::stop_token& stop, bool& done);
  Result<void> wait_until_gone(const std::stop_token& stop);
  Result<void> create_again(const std::stop_token& stop);
  bool is_absent(const std::stop_token& stop);
  Result<void> release(Json live, const std::stop_token& stop);
  Result<Readiness> pods_left(const std::stop_token& stop);
  ApiResult<Json> apply_over_defaults(const ApiError& refused, const ApplyOptions& options,
                                      const std::stop_token& stop);
  Result<void> take_from_kubectl(const std::stop_token& stop);
  Result<void> look_again(const std::stop_token& stop, bool& done);
  Result<Change> compared(const Json& live) const;

  ProviderState& state_;
  const Change& change_;
  ApiPath path_;
  Json body_;
  std::string version_ = string_at(change_.precondition, {"resourceVersion"});  ///< the one that may be deleted
  std::vector<std::string> warnings_{};
};

void Write::note_warnings() const {
  if (change_.verified == Verified::server && change_.action != Action::replace) return;
  const std::scoped_lock lock(state_.warnings_mutex);
  for (const std::string& warning : warnings_)
    state_.warnings.insert(fmt::format("{}: {}", change_.id.text(), warning));
}

Result<Change> Write::compared(const Json& live) const {
  const Live document{.id = change_.id, .document = dump(live)};
  return compare_object(&change_.desired, &document, state_.set);
}

/// Whether a conflict was about an object that is there no more, or never was.
bool Write::is_absent(const std::stop_token& stop) {
  const auto live = state_.client.get(path_, stop);
  return !live && live.error().kind == ErrorKind::not_found;
}

/// `full` says whether a quota had no room.
Result<void> Write::create(const std::stop_token& stop, bool* full) {
  Json body = body_;
  body["metadata"].erase("resourceVersion");
  // No object has this version, and one that does not exist is made whatever the version: "only if absent" in one call.
  if (change_.id.kind != "Namespace") body["metadata"]["resourceVersion"] = "1";
  auto made = state_.client.apply(path_, body, {.warnings = &warnings_}, stop);
  if (!made && made.error().kind == ErrorKind::conflict && is_absent(stop))
    made = state_.client.apply(path_, body, {.warnings = &warnings_}, stop);
  if (made) {
    if (find(body, {"spec", "ttlSecondsAfterFinished"}) != nullptr)
      state_.note_passing(change_.id, string_at(*made, {"metadata", "uid"}));
    return {};
  }
  if (full != nullptr) *full = is_quota_refusal(made.error());
  if (made.error().kind != ErrorKind::conflict) return std::unexpected<Error>(made.error());
  const auto live = state_.client.get(path_, stop);
  if (!live && live.error().kind == ErrorKind::not_found) return std::unexpected<Error>(made.error());
  if (!live) return std::unexpected<Error>(live.error());
  CF_TRY(Change now, compared(*live));
  if (now.action == Action::none) return {};
  if (now.refused) return moved(change_, "was created by someone else after the plan, and " + *now.refused);
  // What is only written differently the server knows.
  std::vector<Error> rejections;
  CF_CHECK(state_.verify_one(now, {}, rejections, stop));
  if (rejections.empty() && now.action == Action::none) return {};
  return moved(change_, "was created by someone else after the plan, with different content");
}

/// After a conflict: reads the object and decides whether the planned change is still the one to make.
Result<void> Write::look_again(const std::stop_token& stop, bool& done) {
  const auto live = state_.client.get(path_, stop);
  if (!live && live.error().kind == ErrorKind::not_found) return moved(change_, "was deleted since the plan was made");
  if (!live) return std::unexpected<Error>(live.error());
  CF_TRY(Change now, compared(*live));
  if (now.action == Action::none) {
    done = true;
    return {};
  }
  const std::string planned_uid = string_at(change_.precondition, {"uid"});
  if (!planned_uid.empty() && planned_uid != string_at(*live, {"metadata", "uid"})) {
    return moved(change_, "was replaced by another object since the plan was made");
  }
  std::string why = unplanned(change_, now);
  if (!why.empty()) {
    // The plan was refined by the server; only what is refined alike can be compared with it.
    std::vector<Error> rejections;
    CF_CHECK(state_.verify_one(now, {}, rejections, stop));
    if (!rejections.empty()) return std::unexpected(std::move(rejections.front()));
    if (now.action == Action::none) {
      done = true;
      return {};
    }
    why = unplanned(change_, now);
  }
  if (!why.empty()) return moved(change_, "has changed since the plan was made: " + why);
  body_["metadata"]["resourceVersion"] = string_at(*live, {"metadata", "resourceVersion"});
  return {};
}

/// What a kubectl owns, too, would stay although it left the source.
Result<void> Write::take_from_kubectl(const std::stop_token& stop) {
  for (int i = 0;; ++i) {
    auto live = state_.client.get(path_, stop);
    if (!live) return std::unexpected<Error>(live.error());
    if (string_at(*live, {"metadata", "resourceVersion"}) != string_at(body_, {"metadata", "resourceVersion"})) {
      bool done = false;
      CF_CHECK(look_again(stop, done));
      if (done) return {};
      if (live = state_.client.get(path_, stop); !live) return std::unexpected<Error>(live.error());
    }
    if (taken_from_kubectl(body_, *live, schema_of_resource(change_.desired)).empty()) return {};
    const Json patch = take_from_kubectl_patch(*live);
    if (patch.is_null()) return {};
    const auto taken = state_.client.merge_patch(path_, patch, {}, stop);
    if (taken) {
      body_["metadata"]["resourceVersion"] = string_at(*taken, {"metadata", "resourceVersion"});
      return {};
    }
    // Its controllers write, too: what is planned is held against the next version.
    if (taken.error().kind != ErrorKind::conflict || i + 1 == attempts) return std::unexpected<Error>(taken.error());
  }
}

Result<void> Write::update(const std::stop_token& stop) {
  for (const char* field : {"uid", "resourceVersion"}) {
    if (const std::string value = string_at(change_.precondition, {field}); !value.empty())
      body_["metadata"][field] = value;
  }
  if (may_take_from_kubectl(change_)) CF_CHECK(take_from_kubectl(stop));
  ApplyOptions options{.force = std::ranges::any_of(change_.fields, &FieldChange::take_over), .warnings = &warnings_};
  for (int i = 0;; ++i) {
    auto written = state_.client.apply(path_, body_, options, stop);
    if (!written && is_default_in_the_way(written.error()))
      written = apply_over_defaults(written.error(), options, stop);
    if (written) return drops_owner(change_) ? release(*std::move(written), stop) : Result<void>();
    if (written.error().kind != ErrorKind::conflict || i + 1 == attempts)
      return std::unexpected<Error>(written.error());
    bool done = false;
    CF_CHECK(look_again(stop, done));
    if (done) return {};
    // The planned change is still the one to make. What conflicts beyond it is only written differently.
    options.force = options.force || is_manager_conflict(written.error());
  }
}

/// Removes what the server once filled in and what excludes what is asked for now. Until the manifest itself is applied
/// only its owner changes.
ApiResult<Json> Write::apply_over_defaults(const ApiError& refused, const ApplyOptions& options,
                                           const std::stop_token& stop) {
  const auto live = state_.client.get(path_, stop);
  if (!live) return std::unexpected(live.error());
  auto claim = claim_defaults(body_, *live, refused);
  if (!claim) return std::unexpected(refused);
  const std::string planned = string_at(body_, {"metadata", "resourceVersion"});
  (*claim)["metadata"]["resourceVersion"] =
      planned.empty() ? string_at(*live, {"metadata", "resourceVersion"}) : planned;
  const auto claimed = state_.client.merge_patch(path_, *claim, {}, stop);
  if (!claimed) return claimed;
  Json body = body_;
  body["metadata"].erase("resourceVersion");  // it held for the claim, and controllers may have seen that already
  return state_.client.apply(path_, body, options, stop);
}

/// The object is ours now: Cloudflow 2 lets go of it.
Result<void> Write::release(Json live, const std::stop_token& stop) {
  for (int i = 0;; ++i) {
    const Json patch = release_patch(live);
    if (patch.is_null()) return {};
    const auto released = state_.client.merge_patch(path_, patch, {}, stop);
    if (released) return {};
    if (released.error().kind != ErrorKind::conflict || i + 1 == attempts)
      return std::unexpected<Error>(released.error());
    auto again = state_.client.get(path_, stop);
    if (!again) return std::unexpected<Error>(again.error());
    live = *std::move(again);
  }
}

/// Deletes the version that the plan was made with. Where there is another one by now, `look` says which may be deleted
/// instead, or nothing where no deletion is due any more.
Result<void> Write::remove_version(const LookAtLive& look, const std::stop_token& stop) {
  DeleteOptions options{.uid = string_at(change_.precondition, {"uid"}),
                        .resource_version = version_,
                        // Dependents go after it: the object itself is gone at once, and so is its name.
                        .propagation = "Background"};
  for (int i = 0;; ++i) {
    const auto removed = state_.client.remove(path_, options, stop);
    if (removed || removed.error().kind == ErrorKind::not_found) return {};
    if (removed.error().kind != ErrorKind::conflict || i + 1 == attempts)
      return std::unexpected<Error>(removed.error());
    const auto live = state_.client.get(path_, stop);
    if (!live && live.error().kind == ErrorKind::not_found) return {};
    if (!live) return std::unexpected<Error>(live.error());
    const bool is_other = !options.uid.empty() && options.uid != string_at(*live, {"metadata", "uid"});
    CF_TRY(std::optional<std::string> version, look(*live, is_other));
    if (!version) return {};
    options.resource_version = *std::move(version);
  }
}

/// As long as the difference is still the one that was planned. `done` when there is none any more: another object may
/// be there, the one that we made before we were interrupted.
Result<std::optional<std::string>> Write::version_to_replace(const Json& live, bool is_other, bool& done,
                                                             const std::stop_token& stop) {
  if (is_going(live) || is_other) return std::nullopt;
  CF_CHECK(look_again(stop, done));
  if (done) return std::nullopt;
  return string_at(body_, {"metadata", "resourceVersion"});
}

/// Removes what is made anew afterwards.
Result<void> Write::remove_for_another(const std::stop_token& stop, bool& done) {
  return remove_version([&](const Json& live, bool is_other) { return version_to_replace(live, is_other, done, stop); },
                        stop);
}

/// Missing when none of the pods that the removed workload made runs any more. An error where that cannot be seen.
Result<Readiness> Write::pods_left(const std::stop_token& stop) {
  Readiness gone{.state = Readiness::State::missing, .reason = {}};
  if (!has_pods(change_.id.kind)) return gone;
  auto pods = list_objects(state_.client, well_known_resource("Pod")->collection(change_.id.scope), {}, stop);
  if (!pods && pods.error().kind == ErrorKind::denied)
    pods.error().message =
        fmt::format("{}: whether its old pods still run cannot be seen: {}", change_.id.text(), pods.error().message);
  if (!pods) return std::unexpected(pods.error());
  return with_pods(gone, {.kind = change_.id.kind, .name = change_.id.name},
                   PodsByWorkload(*pods).of(change_.id.kind, change_.id.name), state_.cluster.pod_times(stop));
}

/// Controllers write status all the time, which says nothing against the removal. Whose the object is and what is lost
/// with it has to be what was approved; what others keep in it by now stays.
Result<std::optional<std::string>> Write::version_to_remove(const Json& live, bool is_other,
                                                            const std::stop_token& stop) {
  if (is_other) return moved(change_, "was replaced by another object since the plan was made");
  if (is_going(live)) return std::nullopt;
  if (const auto other = stranger(live, state_.set))
    return moved(change_, fmt::format("stays: since the plan was made it {}", other->reason));
  const Live document{.id = change_.id, .document = dump(live)};
  CF_TRY(Change now, compare_object(nullptr, &document, state_.set));
  if (now.action != Action::remove)
    return moved(change_, "stays: since the plan was made it has lost the mark of this application");
  if (lets_go(now)) {
    CF_CHECK(let_go(stop));
    return std::nullopt;
  }
  if (may_have_dependents(now)) {
    std::vector<Error> rejections;
    CF_CHECK(state_.verify_one(now, {}, rejections, stop));
    if (!rejections.empty()) return std::unexpected(std::move(rejections.front()));
    if (now.action != Action::remove) return std::nullopt;
  }
  if (const std::string more = unplanned_loss(change_, now); !more.empty())
    return moved(change_, "has changed since the plan was made: " + more);
  return string_at(live, {"metadata", "resourceVersion"});
}

Result<void> Write::remove(const std::stop_token& stop) {
  if (lets_go(change_)) return let_go(stop);
  return remove_version([&](const Json& live, bool is_other) { return version_to_remove(live, is_other, stop); }, stop);
}

Result<bool> Write::confirm(const std::stop_token& stop) {
  const bool removes = change_.action == Action::remove && !lets_go(change_);
  if (!removes && change_.action != Action::replace) return true;
  const bool acts_before = removes && change_.id.kind == "Deployment.apps";
  const std::string uid = string_at(change_.precondition, {"uid"});
  if ((!acts_before && !may_have_dependents(change_)) || uid.empty()) return true;
  const auto live = state_.client.get(path_, stop);
  if (!live && live.error().kind == ErrorKind::not_found) return true;
  if (!live) return std::unexpected<Error>(live.error());
  if (acts_before && version_ == string_at(*live, {"metadata", "resourceVersion"})) return true;
  const bool is_other = uid != string_at(*live, {"metadata", "uid"});
  if (!removes && (is_other || is_going(*live))) return true;
  bool done = false;
  CF_TRY(std::optional<std::string> version,
         removes ? version_to_remove(*live, is_other, stop) : version_to_replace(*live, is_other, done, stop));
  if (version) version_ = *version;
  return !done && (version.has_value() || !removes);
}

/// Takes away what is ours of an object, and leaves the rest to those who wrote it.
Result<void> Write::let_go(const std::stop_token& stop) {
  const std::string uid = string_at(change_.precondition, {"uid"});
  for (int i = 0;; ++i) {
    const auto live = state_.client.get(path_, stop);
    if (!live && live.error().kind == ErrorKind::not_found) return {};
    if (!live) return std::unexpected<Error>(live.error());
    if (!uid.empty() && uid != string_at(*live, {"metadata", "uid"}))
      return moved(change_, "was replaced by another object since the plan was made");
    auto left = stays_whole(change_) ? ApiResult<Json>(*live)
                                     : state_.client.apply(path_, release_body(*live), {.force = true}, stop);
    const bool marked = left && string_at(*left, {"metadata", "labels", part_of_label}) == state_.set.id();
    // Where a field may not go (an immutable Secret), or others have our label as well, only the mark is taken away.
    if (marked || (!left && left.error().status == 422)) {
      const Json metadata = {{"resourceVersion", string_at(marked ? *left : *live, {"metadata", "resourceVersion"})},
                             {"labels", {{std::string(part_of_label), nullptr}}},
                             {"annotations", {{std::string(secret_values_annotation), nullptr}}}};
      left = state_.client.merge_patch(path_, {{"metadata", metadata}}, {}, stop);
    }
    if (left) {
      state_.note_let_go(change_.id);
      return {};
    }
    if (left.error().kind != ErrorKind::conflict || i + 1 == attempts) return std::unexpected<Error>(left.error());
  }
}

Result<void> Write::wait_until_gone(const std::stop_token& stop) {
  const std::string uid = string_at(change_.precondition, {"uid"});
  const std::chrono::milliseconds deadline = state_.deadline;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(deadline).count();
  const auto end = state_.clock.now() + deadline;
  for (;;) {
    const auto live = state_.client.get(path_, stop);
    if (!live && live.error().kind != ErrorKind::not_found) return std::unexpected<Error>(live.error());
    if (live && string_at(*live, {"metadata", "uid"}) != uid) return {};
    if (!live) {
      // Its pods run on for as long as they take to end: new ones beside them would be one too many.
      CF_TRY(const Readiness pods, pods_left(stop));
      if (pods.state == Readiness::State::missing) return {};
      if (state_.clock.now() >= end)
        return failure(ErrorKind::timeout, fmt::format("not gone after {} s: {}", seconds, pods.reason),
                       "apply again when they have ended; it makes the new one then");
    } else if (state_.clock.now() >= end) {
      return failure(ErrorKind::timeout, fmt::format("not gone after {} s: {}", seconds, deletion_of(*live)),
                     "apply again when it is gone; it makes the new one then");
    }
    state_.clock.sleep(deletion_poll, stop);
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  }
}

/// In the place of what was deleted. A quota counts that for a moment longer.
Result<void> Write::create_again(const std::stop_token& stop) {
  const auto end = state_.clock.now() + quota_deadline;
  for (;;) {
    bool full = false;
    const Result<void> made = create(stop, &full);
    if (made || !full || state_.clock.now() >= end) return made;
    state_.clock.sleep(deletion_poll, stop);
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  }
}

Result<void> Write::replace(const std::stop_token& stop) {
  CF_CHECK(pods_left(stop));  // who cannot see that they end must not begin
  bool done = false;
  CF_CHECK(remove_for_another(stop, done));
  if (done) return {};
  CF_CHECK(wait_until_gone(stop));
  return create_again(stop);
}

Result<void> Write::make(const std::stop_token& stop) {
  switch (change_.action) {
    case Action::none:
      return {};
    case Action::create:
      return create(stop);
    case Action::update:
      return update(stop);
    case Action::remove:
      return remove(stop);
    case Action::replace:
      return replace(stop);
  }
  return {};
}

Result<void> apply_as_it_is(ProviderState& state, const Change& change, const std::stop_token& stop) {
  if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  if (change.refused)
    return failure(ErrorKind::invalid_input, fmt::format("{}: {}", change.id.text(), *change.refused));
  if (change.action == Action::none || change.check_only) return {};
  const std::string api_version = string_at(change.desired.spec, {"apiVersion"});
  auto path = state.path_of(change.id, api_version, stop);
  if (!path && path.error().kind == ErrorKind::not_found) {
    state.discovery.forget();  // its definition may have been made by this plan
    path = state.path_of(change.id, api_version, stop);
  }
  if (!path) return std::unexpected(std::move(path).error());
  Write write(state, change, *path);
  CF_TRY(const bool to_do, write.confirm(stop));
  if (!to_do) return {};
  // What is only let go of runs on for those who made it.
  Result<void> stopped = lets_go(change) ? Result<void>() : stop_before(state, change, *path, stop);
  if (!stopped) {
    // It has waited itself, for as long as it makes sense: no outage of the API server, which is waited out.
    if (stopped.error().kind == ErrorKind::unavailable) stopped.error().kind = ErrorKind::timeout;
    return stopped;
  }
  if (!lets_go(change))
    CF_CHECK(remove_created_by_pods(state.client, state.clock, state.deadline, change, *path, stop));
  if (change.action != Action::remove) state.note_written(change.id);
  Result<void> done = write.make(stop);
  write.note_warnings();
  if (done) {
    state.trouble.over(change.id.kind);
  } else if (state.trouble.is_lasting(change.id.kind, done.error(), stop)) {
    return std::unexpected(KindTrouble::told(std::move(done).error()));
  }
  return done;
}

}  // namespace

Result<void> KubernetesProvider::apply(const Change& change, std::stop_token stop) {
  // A namespace may be made before there is a lock and a record.
  if (change.id.kind != "Namespace") state_->begin_to_store_digest_key(stop);
  const bool has_digest = change.action != Action::none && change.action != Action::remove && !change.refused &&
                          !change.check_only && carries_digest(change.desired.spec);
  if (!has_digest || stop.stop_requested()) return apply_as_it_is(*state_, change, stop);
  CF_CHECK(state_->store_digest_key(stop));
  const std::optional<Change> under_it = state_->under_stored_key(change);
  return apply_as_it_is(*state_, under_it ? *under_it : change, stop);
}

}  // namespace cloudflow
