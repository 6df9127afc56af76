// KubernetesProvider::verify: server-side dry runs of the changes.
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "providers/kubernetes/adoption.h"
#include "providers/kubernetes/compare.h"
#include "providers/kubernetes/parallel.h"
#include "providers/kubernetes/provider_state.h"
#include "providers/kubernetes/refusal.h"
#include "providers/kubernetes/risk.h"
#include "providers/kubernetes/workload_stop.h"
#include "sdk/base/digest.h"
#include "sdk/base/text.h"

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

bool creates_namespace(std::span<const Change> all, const std::string& space) {
  return std::ranges::any_of(all, [&](const Change& change) {
    return change.id.kind == "Namespace" && change.id.name == space && change.action == Action::create;
  });
}

bool creates_kind(std::span<const Change> all, const std::string& kind) {
  return std::ranges::any_of(all, [&](const Change& change) {
    if (change.id.kind != "CustomResourceDefinition.apiextensions.k8s.io") return false;
    return string_at(change.desired.spec, {"spec", "names", "kind"}) + "." +
               string_at(change.desired.spec, {"spec", "group"}) ==
           kind;
  });
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
  Result<void> take_prediction(const Json& predicted, const std::stop_token& stop);
  Result<void> try_replacement(const ApiError& refused, const std::stop_token& stop);
  Result<void> rejected(const ApiError& error, const std::stop_token& stop);
  void check_unseen(const std::string& because, const std::stop_token& stop);
  void turn_into_update(const Json& live);

  ProviderState& state_;
  Change& change_;
  std::span<const Change> all_;
  std::vector<Error>& rejections_;
  ApiResource resource_{};
  ApiPath path_{};
  Json body_{};
};

/// What the server cannot be asked about is held against the schema of its kind.
void DryRun::check_unseen(const std::string& because, const std::stop_token& stop) {
  std::optional<std::vector<Error>> found = check_locally(change_, all_, state_.schemas, stop);
  if (!found) {
    change_.notes.push_back(fmt::format("the server has not seen it: {}", because));
    return;
  }
  if (found->empty()) {
    change_.notes.push_back(fmt::format("the server has not seen it, but it fits the server's schema: {}", because));
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
  if (change_.action == Action::remove) return removal(stop);
  body_ = applied_body(change_.desired, state_.set);
  return write(stop);
}

Result<void> DryRun::removal(const std::stop_token& stop) {
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
  const auto predicted = state_.client.apply(path_, body_, {.force = false, .dry_run = true}, stop);
  if (predicted) {
    change_.verified = Verified::server;
    return {};
  }
  const ApiError& error = predicted.error();
  if (error.status == 404 && creates_namespace(all_, change_.id.scope)) {
    check_unseen(fmt::format("namespace {} is created by this plan", quote(change_.id.scope)), stop);
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
  if (const std::string uid = string_at(change_.precondition, {"uid"}); !uid.empty()) body_["metadata"]["uid"] = uid;
  ApplyOptions options{.force = false, .dry_run = true};
  auto predicted = state_.client.apply(path_, body_, options, stop);
  if (!predicted && is_manager_conflict(predicted.error())) {
    mark_take_overs(change_, predicted.error());
    options.force = true;
    predicted = state_.client.apply(path_, body_, options, stop);
  }
  if (!predicted && is_immutability(predicted.error())) return try_replacement(predicted.error(), stop);
  if (!predicted && predicted.error().kind == ErrorKind::conflict) {
    rejections_.push_back(
        {.kind = ErrorKind::conflict,
         .message = fmt::format("{}: was replaced or deleted while this plan was made", change_.id.text()),
         .hint = "plan again"});
    return {};
  }
  if (!predicted) return rejected(predicted.error(), stop);
  change_.verified = Verified::server;
  return take_prediction(*predicted, stop);
}

/// Compares what the server would make of it with what it has.
Result<void> DryRun::take_prediction(const Json& predicted, const std::stop_token& stop) {
  const auto live = state_.client.get(path_, stop);
  if (!live && live.error().kind != ErrorKind::not_found) return std::unexpected<Error>(live.error());
  if (!live) return {};
  if (change_.action == Action::replace) turn_into_update(*live);
  if (substance(predicted) == substance(*live) && !drops_owner(change_)) {
    change_.action = Action::none;
    change_.risk = Risk::none;
    change_.restarts = 0;
    change_.fields.clear();
    change_.notes.clear();
    return {};
  }
  // What would still differ afterwards is only written differently by the server.
  const Live after{.id = change_.id, .document = dump(predicted)};
  const auto left = compare_object(&change_.desired, &after, state_.set);
  if (left && left->fields.size() < change_.fields.size()) {
    std::erase_if(change_.fields, [&](const FieldChange& field) {
      // Dropping the original's owner is no part of what is applied: it follows.
      return !drops_owner(field) &&
             std::ranges::any_of(left->fields, [&](const FieldChange& other) { return other.path == field.path; });
    });
  }
  const Json* before = find(*live, {"spec", "template"});
  const Json* then = find(predicted, {"spec", "template"});
  if (change_.restarts > 0 && change_.action == Action::update && before != nullptr && then != nullptr &&
      *before == *then) {
    forget_stop(change_);
    change_.risk = Risk::none;
    change_.restarts = 0;
  }
  return {};
}

/// The server accepts in place what our table called immutable.
void DryRun::turn_into_update(const Json& live) {
  change_.action = Action::update;
  change_.risk = Risk::none;
  change_.restarts = 0;
  std::erase_if(change_.notes, [](const std::string& note) { return note.ends_with(in_place_note); });
  const std::vector<FieldOwner> owners = field_owners(live);
  const auto found = differences(body_, live, OwnedFields(owners));
  if (found) judge(change_, *found, &body_, &live);
}

/// The server refuses to change a field in place. That a new object would be accepted is the proof that replacing
/// helps.
Result<void> DryRun::try_replacement(const ApiError& refused, const std::stop_token& stop) {
  Json fresh = body_;
  const std::string name = "cloudflow-check-" + sha256_hex(change_.id.name).substr(0, 8);
  fresh["metadata"].erase("uid");
  fresh["metadata"]["name"] = name;
  const auto created = state_.client.create(resource_.collection(change_.id.scope), fresh, {.dry_run = true}, stop);
  if (!created) return rejected(created.error(), stop);
  const DeleteOptions options{
      .uid = string_at(change_.precondition, {"uid"}), .propagation = "Background", .dry_run = true};
  const auto removed = state_.client.remove(path_, options, stop);
  if (!removed && removed.error().kind != ErrorKind::not_found) return rejected(removed.error(), stop);
  change_.verified = Verified::server;
  if (change_.action == Action::replace) return {};
  change_.action = Action::replace;
  change_.risk = Risk::none;
  change_.restarts = 0;
  for (const ApiCause& cause : refused.causes) change_.notes.push_back(cause.field + std::string(in_place_note));
  const auto live = state_.client.get(path_, stop);
  judge(change_, {}, &body_, live ? &*live : nullptr);
  return {};
}

}  // namespace

Result<void> ProviderState::verify_one(Change& change, std::span<const Change> all, std::vector<Error>& rejections,
                                       std::stop_token stop) {
  return DryRun(*this, change, all, rejections).run(stop);
}

Result<std::vector<Error>> KubernetesProvider::verify(std::span<Change> changes, std::stop_token stop) {
  const std::vector<Change> heads = [&] {  // what the others need to know, unchanging while all of them are refined
    std::vector<Change> out;
    for (const Change& change : changes) {
      const bool definition = change.id.kind == "CustomResourceDefinition.apiextensions.k8s.io";
      if (change.id.kind == "Namespace" || definition) out.push_back(change);
    }
    return out;
  }();
  std::vector<std::vector<Error>> rejections(changes.size());
  CF_CHECK(in_parallel(
      changes.size(), parallel_calls,
      [&](std::size_t i, const std::stop_token& inner) {
        return state_->verify_one(changes[i], heads, rejections[i], inner);
      },
      stop));
  std::vector<Error> out;
  for (std::vector<Error>& some : rejections) std::ranges::move(some, std::back_inserter(out));
  return out;
}

}  // namespace cloudflow
