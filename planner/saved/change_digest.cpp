// Digests of what a change does.
#include "planner/saved/change_digest.h"

#include "sdk/support/digest.h"

namespace cloudflow {
namespace {

/// Apart from other uses of the same key.
constexpr std::string_view purpose = "cloudflow saved plan 1\n";

/// One difference; its secret values only where `with_secrets` says so.
Json field_digested(const FieldChange& field, bool with_secrets) {
  Json out = {{"path", field.path}, {"pointer", field.pointer}, {"take_over", field.take_over}};
  if (field.take_over) out["manager"] = field.manager;
  const bool hidden = field.secret && !with_secrets;
  out["before"] = !field.before ? Json(nullptr) : hidden ? Json(true) : Json::array({*field.before});
  out["after"] = !field.after ? Json(nullptr) : hidden ? Json(true) : Json::array({*field.after});
  return out;
}

Json digested(const Change& change, Json desired, bool with_secrets) {
  Json fields = Json::array();
  for (const FieldChange& field : change.fields) fields.push_back(field_digested(field, with_secrets));
  return {{"action", name_of(change.action)}, {"desired", std::move(desired)}, {"fields", std::move(fields)}};
}

}  // namespace

ChangeDigest digest_of(const Change& change, const Digester& with) {
  // Whether others have just now written what is left to them says nothing of the change.
  Resource asked = change.desired;
  for (const auto& [pointer, value] : change.left_to_others) asked.spec[Json::json_pointer(pointer)] = value;
  Json shown = with.without_secrets(asked);
  ChangeDigest out{.has_secrets = shown != asked.spec};
  for (const FieldChange& field : change.fields) out.has_secrets |= field.secret;
  out.open = sha256_hex(dump(digested(change, std::move(shown), false)));
  if (out.has_secrets && !with.key.empty())
    out.secrets =
        hex(hmac_sha256(with.key, std::string(purpose) + dump(digested(change, std::move(asked.spec), true))));
  return out;
}

bool stays_though_removed(const Change& change) {
  return change.action == Action::remove &&
         (!change.others.empty() || !string_at(change.precondition, {"keep"}).empty());
}

std::string identity_of(const Json& precondition) {
  return string_at(precondition, {"uid"}, string_at(precondition, {"topic_id"}));
}

std::string revision_of(const Json& precondition) {
  const long long generation = int_at(precondition, {"generation"});
  return generation > 0 ? std::to_string(generation) : string_at(precondition, {"resourceVersion"});
}

}  // namespace cloudflow
