// A plan as a file.
#include "planner/saved/saved_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sdk/support/digest.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view format_name = "cloudflow-plan";
constexpr int format_major = 1;
constexpr std::string_view format_version = "1.0";
constexpr int deepest_plan = 200;
constexpr const char* digest_member = "digest";
constexpr const char* signature_member = "signature";

Json json_of(const SavedSource& source) {
  return {
      {"repository", source.repository}, {"commit", source.commit}, {"branch", source.branch}, {"path", source.path},
      {"folder", source.folder},         {"file", source.file},     {"dirty", source.dirty}};
}

Json json_of(const SavedTarget& target) {
  Json systems = Json::object();
  for (const auto& [name, system] : target.systems) systems[name] = {{"id", system.id}, {"address", system.address}};
  return {{"namespace", target.ns}, {"systems", std::move(systems)}};
}

Json json_of(const Allowances& allowed) {
  return {{"delete_all_topics", allowed.delete_all_topics},
          {"delete_topics", allowed.delete_topics},
          {"unsafe_order", allowed.unsafe_order},
          {"drain", allowed.drain},
          {"unattended", allowed.unattended}};
}

/// What the plan as it is shown does not say of a change.
Json check_of(const SavedChange& change) {
  return {{"address", change.id.text()},
          {"precondition", change.precondition},
          {"digest", change.digest.open},
          {"has_secrets", change.digest.has_secrets},
          {"secrets_digest", change.digest.secrets.empty() ? Json(nullptr) : Json(change.digest.secrets)},
          {"confirmed", change.confirmed},
          {"stays", change.stays}};
}

/// Of all members but those that are made from it.
std::string content_digest(Json whole) {
  whole.erase(digest_member);
  whole.erase(signature_member);
  return sha256_hex(dump(whole));
}

std::unexpected<Error> broken(const std::string& file, std::string_view why) {
  return failure(ErrorKind::invalid_input, fmt::format("{} is no saved plan that can be applied: {}", quote(file), why),
                 "make it again: cloudflow plan --out FILE");
}

std::vector<std::string> texts_of(const Json* list) {
  std::vector<std::string> out;
  if (list == nullptr || !list->is_array()) return out;
  for (const Json& text : *list) {
    if (text.is_string()) out.push_back(text.get<std::string>());
  }
  return out;
}

std::map<std::string, SavedSystem> systems_of(const Json* members) {
  std::map<std::string, SavedSystem> out;
  if (members == nullptr || !members->is_object()) return out;
  for (const auto& [name, system] : members->items())
    out.emplace(name, SavedSystem{.id = string_at(system, {"id"}), .address = string_at(system, {"address"})});
  return out;
}

template <class Enum, std::size_t N>
std::optional<Enum> named(const std::string& name, const Enum (&all)[N]) {
  for (const Enum one : all) {
    if (name_of(one) == name) return one;
  }
  return std::nullopt;
}

FieldChange field_of(const Json& shown) {
  FieldChange out{.path = string_at(shown, {"path"}),
                  .pointer = string_at(shown, {"pointer"}),
                  .secret = bool_at(shown, {"secret"}),
                  .manager = string_at(shown, {"manager"}),
                  .take_over = bool_at(shown, {"take_over"})};
  if (const Json* before = find(shown, {"before"})) out.before = *before;
  if (const Json* after = find(shown, {"after"})) out.after = *after;
  return out;
}

/// Nothing where a member is missing that decides.
std::optional<SavedChange> change_of(const Json& shown, const Json& check) {
  static constexpr Action actions[] = {Action::create, Action::update, Action::replace, Action::remove};
  static constexpr Risk risks[] = {Risk::none, Risk::restart, Risk::disruptive, Risk::data_loss};
  SavedChange out{.id = {string_at(shown, {"id", "provider"}), string_at(shown, {"id", "kind"}),
                         string_at(shown, {"id", "scope"}), string_at(shown, {"id", "name"})}};
  const std::optional<Action> action = named(string_at(shown, {"action"}), actions);
  const std::optional<Risk> risk = named(string_at(shown, {"risk"}), risks);
  const Json* refused = find(shown, {"refused"});
  const Json* precondition = find(check, {"precondition"});
  out.digest = {.open = string_at(check, {"digest"}),
                .has_secrets = bool_at(check, {"has_secrets"}),
                .secrets = string_at(check, {"secrets_digest"})};
  if (!action || !risk || refused == nullptr || precondition == nullptr || out.digest.open.empty() ||
      string_at(check, {"address"}) != out.id.text())
    return std::nullopt;
  out.action = *action;
  out.risk = *risk;
  out.refused = !refused->is_null();
  out.precondition = *precondition;
  out.confirmed = bool_at(check, {"confirmed"});
  out.stays = bool_at(check, {"stays"});
  if (const Json* losses = find(shown, {"losses"}); losses != nullptr && losses->is_array()) {
    for (const Json& loss : *losses)
      out.losses.push_back({.what = string_at(loss, {"what"}), .certain = bool_at(loss, {"certain"}, true)});
  }
  if (const Json* fields = find(shown, {"fields"}); fields != nullptr && fields->is_array()) {
    for (const Json& field : *fields) out.fields.push_back(field_of(field));
  }
  return out;
}

/// A full hash, or none: what is given to git must not be anything else.
bool is_commit_or_none(const std::string& text) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.empty() || ((text.size() == 40 || text.size() == 64) && std::ranges::all_of(text, is_hex));
}

/// Why the file cannot be read by this version; empty where it can.
std::string why_not_readable(const Json& whole) {
  if (!whole.is_object() || string_at(whole, {"format"}) != format_name)
    return "it is not one that `cloudflow plan --out` has written";
  const std::string version = string_at(whole, {"format_version"});
  const std::string made_by = string_at(whole, {"made_by"});
  if (version.substr(0, version.find('.')) != std::to_string(format_major)) {
    return fmt::format("its format is {}, which cloudflow {} writes; this one reads {}", quote(version), made_by,
                       format_version);
  }
  if (content_digest(whole) != string_at(whole, {digest_member}))
    return "it was changed after it was written: its content does not have its digest";
  return "";
}

}  // namespace

Json base_of(const Json& last) {
  if (!last.is_object()) return nullptr;
  Json out = Json::object();
  for (const char* member : {"commit", "version", "environment", "command", "state", "time", "by"})
    out[member] = string_at(last, {member});
  return out;
}

Compared digests_of(std::span<const Change> changes, const Digester& digester) {
  Compared out;
  for (const Change& change : changes) out.emplace(change.id, digest_of(change, digester));
  return out;
}

void take_confirmations(const SavedPlan& saved, const Digester& digester, std::span<Change> changes) {
  std::map<ResourceId, const SavedChange*> then;
  for (const SavedChange& change : saved.changes) {
    if (change.confirmed) then.emplace(change.id, &change);
  }
  for (Change& change : changes) {
    const auto found = then.find(change.id);
    if (found == then.end() || !change.losses.empty() || !change.takes.empty()) continue;
    const SavedChange& known = *found->second;
    const bool is_same = known.action == change.action && known.risk == change.risk &&
                         known.precondition == change.precondition &&
                         known.digest.open == digest_of(change, digester).open;
    if (is_same) change.verified = Verified::server;
  }
}

void save_changes(const Plan& plan, const Compared& compared, const Digester& digester, SavedPlan& out) {
  out.keyed = !digester.key.empty();
  for (const Change& change : plan.changes) {
    const ChangeDigest digest = digest_of(change, digester);
    const auto before = compared.find(change.id);
    const bool makes = change.action == Action::create || change.action == Action::update;
    const bool confirmed = makes && change.verified == Verified::server && change.losses.empty() &&
                           change.takes.empty() && before != compared.end() && before->second.open == digest.open &&
                           before->second.secrets == digest.secrets;
    out.changes.push_back({.id = change.id,
                           .action = change.action,
                           .risk = change.risk,
                           .refused = change.refused.has_value(),
                           .losses = change.losses,
                           .fields = change.fields,
                           .precondition = change.precondition,
                           .digest = digest,
                           .stays = stays_though_removed(change),
                           .confirmed = confirmed});
  }
}

namespace {

/// All but what is made from it.
Json content_of(const SavedPlan& plan) {
  Json checks = Json::array();
  for (const SavedChange& change : plan.changes) checks.push_back(check_of(change));
  const Json whole = {{"format", format_name},
                      {"format_version", format_version},
                      {"made_by", plan.made_by},
                      {"application", plan.application},
                      {"environment", plan.environment},
                      {"source", json_of(plan.source)},
                      {"target", json_of(plan.target)},
                      {"allowed", json_of(plan.allowed)},
                      {"base", plan.base},
                      {"keyed", plan.keyed},
                      {"plan", plan.shown},
                      {"checks", std::move(checks)}};
  // As it will be read: what is no UTF-8 is replaced when it is written.
  return Json::parse(dump(whole));
}

}  // namespace

void seal(SavedPlan& plan) { plan.digest = content_digest(content_of(plan)); }

std::string signed_bytes(const SavedPlan& plan) { return fmt::format("cloudflow saved plan\n{}\n", plan.digest); }

std::string text_of(const SavedPlan& plan) {
  Json whole = content_of(plan);
  whole[digest_member] = plan.digest;
  if (plan.signature) {
    whole[signature_member] = {{"algorithm", "ed25519"},
                               {"public_key_sha256", plan.signature->public_key},
                               {"value", to_base64(plan.signature->value)}};
  }
  return whole.dump(2) + "\n";
}

Result<SavedPlan> read_saved_plan(std::string_view text, const std::string& file) {
  if (depth_of_json(text) > deepest_plan) return broken(file, "it is nested deeper than any plan");
  const Json whole = Json::parse(text, nullptr, false);
  if (whole.is_discarded()) {
    return broken(file, text.find(format_name) == std::string_view::npos ? "it is no JSON"
                                                                         : "it is cut, or was changed: it is no JSON");
  }
  if (const std::string why = why_not_readable(whole); !why.empty()) return broken(file, why);
  const Json* shown = find(whole, {"plan", "changes"});
  const Json* checks = find(whole, {"checks"});
  const Json* base = find(whole, {"base"});
  if (shown == nullptr || checks == nullptr || base == nullptr || !shown->is_array() || !checks->is_array() ||
      shown->size() != checks->size())
    return broken(file, "its list of changes is not whole");
  SavedPlan out{.made_by = string_at(whole, {"made_by"}),
                .application = string_at(whole, {"application"}),
                .environment = string_at(whole, {"environment"}),
                .source = {.repository = string_at(whole, {"source", "repository"}),
                           .commit = string_at(whole, {"source", "commit"}),
                           .branch = string_at(whole, {"source", "branch"}),
                           .path = string_at(whole, {"source", "path"}),
                           .folder = string_at(whole, {"source", "folder"}),
                           .file = string_at(whole, {"source", "file"}),
                           .dirty = bool_at(whole, {"source", "dirty"})},
                .target = {.ns = string_at(whole, {"target", "namespace"}),
                           .systems = systems_of(find(whole, {"target", "systems"}))},
                .allowed = {.delete_all_topics = bool_at(whole, {"allowed", "delete_all_topics"}),
                            .delete_topics = texts_of(find(whole, {"allowed", "delete_topics"})),
                            .unsafe_order = bool_at(whole, {"allowed", "unsafe_order"}),
                            .drain = bool_at(whole, {"allowed", "drain"}),
                            .unattended = bool_at(whole, {"allowed", "unattended"})},
                .base = *base,
                .shown = whole["plan"],
                .keyed = bool_at(whole, {"keyed"}),
                .digest = string_at(whole, {digest_member})};
  if (find(whole, {signature_member}) != nullptr) {
    Ed25519Signature signature{.public_key = string_at(whole, {signature_member, "public_key_sha256"})};
    if (string_at(whole, {signature_member, "algorithm"}) != "ed25519" ||
        !from_base64(string_at(whole, {signature_member, "value"}), signature.value))
      return broken(file, "its signature is none that this version knows");
    out.signature = std::move(signature);
  }
  if (!is_commit_or_none(out.source.commit)) return broken(file, "its commit is none");
  for (std::size_t i = 0; i < shown->size(); ++i) {
    std::optional<SavedChange> change = change_of((*shown)[i], (*checks)[i]);
    if (!change) return broken(file, fmt::format("change {} of it is not whole", i + 1));
    out.changes.push_back(*std::move(change));
  }
  return out;
}

}  // namespace cloudflow
