// A plan for programs.
#include "cli/views/plan_json.h"

namespace cloudflow {
namespace {

Json place_json(const std::optional<SourcePos>& where) {
  if (!where) return nullptr;
  return {{"file", where->file}, {"line", where->line}, {"column", where->column}};
}

Json field_json(const Plan& plan, const FieldChange& field) {
  Json out = {{"path", field.path},     {"pointer", field.pointer},     {"cause", name_of(field.cause)},
              {"secret", field.secret}, {"take_over", field.take_over}, {"origin", place_json(field.origin)}};
  if (const Blame* writer = field.cause == Cause::git ? writer_of(plan, field) : nullptr) {
    out["commit"] = writer->uncommitted
                        ? Json(nullptr)
                        : Json{{"hash", writer->commit}, {"subject", writer->subject}, {"author", writer->author}};
  }
  if (!field.manager.empty()) out["manager"] = field.manager;
  if (!field.since.empty()) out["since"] = field.since;
  if (!field.secret) {
    if (field.before) out["before"] = *field.before;
    if (field.after) out["after"] = *field.after;
  }
  return out;
}

Json change_json(const Plan& plan, const Change& change) {
  Json fields = Json::array();
  for (const FieldChange& field : change.fields) fields.push_back(field_json(plan, field));
  Json after = Json::array();
  for (const ResourceId& id : change.after) after.push_back(id_json(id));
  Json awaits = Json::array();
  if (const auto found = plan.awaits.find(change.id); found != plan.awaits.end()) {
    for (const ResourceId& id : found->second) awaits.push_back(id_json(id));
  }
  Json others = Json::array();
  for (const OtherFields& other : change.others) others.push_back({{"manager", other.manager}, {"paths", other.paths}});
  Json losses = Json::array();
  for (const Loss& loss : change.losses) losses.push_back({{"what", loss.what}, {"certain", loss.certain}});
  const SourcePos* origin = change.desired.origins.at("");
  return {{"id", id_json(change.id)},
          {"address", change.id.text()},
          {"streamlet", change.desired.streamlet},
          {"action", name_of(change.action)},
          {"risk", name_of(change.risk)},
          {"losses", std::move(losses)},
          {"restarts", change.restarts},
          {"refused", change.refused ? Json(*change.refused) : Json(nullptr)},
          {"verified", name_of(change.verified)},
          {"notes", change.notes},
          {"fields", std::move(fields)},
          {"others", std::move(others)},
          {"after", std::move(after)},
          {"awaits", std::move(awaits)},
          {"origin", origin == nullptr ? Json(nullptr) : place_json(*origin)}};
}

}  // namespace

Json id_json(const ResourceId& id) {
  return {{"provider", id.provider}, {"kind", id.kind}, {"scope", id.scope}, {"name", id.name}};
}

Json error_json(const Error& error) {
  return {{"message", error.message}, {"origin", place_json(error.where)}, {"hint", error.hint}};
}

Json plan_document(const Plan& plan) {
  Json changes = Json::array();
  for (const Change& change : plan.changes) changes.push_back(change_json(plan, change));
  Json rejections = Json::array();
  for (const Error& rejection : plan.rejections) rejections.push_back(error_json(rejection));
  Json notes = Json::array();
  for (const Note& note : plan.notes) notes.push_back(note.text);
  const PlanCounts counts = count(plan);
  return {{"format_version", "1.3"},
          {"application", plan.application},
          {"version", plan.version},
          {"environment", plan.environment},
          {"revision",
           {{"commit", plan.revision.commit}, {"branch", plan.revision.branch}, {"dirty", plan.revision.dirty}}},
          {"targets", plan.targets},
          {"changes", std::move(changes)},
          {"rejections", std::move(rejections)},
          {"notes", std::move(notes)},
          {"violations", plan.violations},
          {"counts",
           {{"add", counts.add},
            {"change", counts.change},
            {"remove", counts.remove},
            {"refused", counts.refused},
            {"restarts", counts.restarts},
            {"unchanged", plan.unchanged},
            {"pods", plan.pods},
            {"loses_data", counts.loses_data},
            {"refused_loses_data", counts.refused_loses_data}}},
          {"takes_over", plan.takes_over},
          {"has_changes", has_changes(plan) || !plan.takes_over.empty()},
          {"applicable", plan.rejections.empty() && plan.violations.empty()}};
}

std::string plan_json(const Plan& plan) {
  return plan_document(plan).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cloudflow
