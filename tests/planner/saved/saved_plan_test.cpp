#include "planner/saved/saved_plan.h"

#include <catch2/catch_all.hpp>
#include <random>

#include "planner/saved/hold_to.h"
#include "tests/support/fake_provider.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;

namespace {

Json shown_change(const Change& change) {
  Json fields = Json::array();
  for (const FieldChange& field : change.fields) {
    Json one = {
        {"path", field.path}, {"pointer", field.pointer}, {"secret", field.secret}, {"take_over", field.take_over}};
    if (field.before && !field.secret) one["before"] = *field.before;
    if (field.after && !field.secret) one["after"] = *field.after;
    fields.push_back(std::move(one));
  }
  Json losses = Json::array();
  for (const Loss& loss : change.losses) losses.push_back({{"what", loss.what}, {"certain", loss.certain}});
  return {{"id",
           {{"provider", change.id.provider},
            {"kind", change.id.kind},
            {"scope", change.id.scope},
            {"name", change.id.name}}},
          {"action", name_of(change.action)},
          {"risk", name_of(change.risk)},
          {"refused", change.refused ? Json(*change.refused) : Json(nullptr)},
          {"fields", std::move(fields)},
          {"losses", std::move(losses)}};
}

Digester digester(const std::string& key = "k") {
  return {.without_secrets =
              [](const Resource& resource) {
                Json out = resource.spec;
                for (const std::string& pointer : resource.secrets) out[Json::json_pointer(pointer)] = "(secret)";
                return out;
              },
          .key = key};
}

/// As it comes back from a file.
SavedPlan saved(const Plan& plan, const Digester& with = digester()) {
  SavedPlan out{.made_by = "0.1.0", .application = "app", .environment = "test"};
  out.shown = {{"changes", Json::array()}};
  for (const Change& change : plan.changes) out.shown["changes"].push_back(shown_change(change));
  save_changes(plan, digests_of(plan.changes, with), with, out);
  seal(out);
  Result<SavedPlan> read = read_saved_plan(text_of(out), "x.cfplan");
  REQUIRE(read);
  CHECK(text_of(*read) == text_of(out));
  CHECK(read->digest == out.digest);
  return *std::move(read);
}

Change update(const std::string& name, int before, int after) {
  const ResourceId id{"p", "Thing", "s", name};
  return {.id = id,
          .action = Action::update,
          .fields = {{.path = "size", .pointer = "/size", .before = before, .after = after}},
          .desired = {.id = id, .spec = {{"size", after}}},
          .precondition = {{"uid", "u-" + name}, {"resourceVersion", "1"}, {"generation", 1}}};
}

Plan plan_of(std::vector<Change> changes) {
  Plan out;
  out.changes = std::move(changes);
  return out;
}

/// Why the change of a plan with nothing else is not the approved one any more; empty where it is.
std::string moved(const Change& then, const Change& now, bool& unchecked, const std::string& key_now = "k") {
  Plan plan = plan_of({now});
  const HeldTo held = hold_to(saved(plan_of({then})), digester(key_now), MovedChanges::refused, plan);
  unchecked = held.secrets_unchecked;
  CHECK(held.moved.size() == (plan.changes.front().refused ? 1U : 0U));
  return plan.changes.front().refused.value_or("");
}

std::string moved(const Change& then, const Change& now) {
  bool unchecked = false;
  return moved(then, now, unchecked);
}

}  // namespace

TEST_CASE("a saved plan that is cut or changed anywhere is not read", "[saved]") {
  SavedPlan plan{.made_by = "0.1.0", .application = "app", .environment = "test"};
  const Plan made = plan_of({update("a", 1, 2)});
  plan.shown = {{"changes", Json::array({shown_change(made.changes.front())})}};
  save_changes(made, {}, digester(), plan);
  seal(plan);
  const std::string text = text_of(plan);
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    const Result<SavedPlan> cut = read_saved_plan(text.substr(0, size), "x");
    CAPTURE(size);
    REQUIRE_FALSE(cut);
    CHECK_THAT(cut.error().message, ContainsSubstring("\"x\" is no saved plan that can be applied: "));
  }
  std::mt19937 random(GENERATE(1U, 2U, 3U));
  for (int i = 0; i < 3000; ++i) {
    std::string other = text;
    char& byte = other[random() % other.size()];
    const char before = byte;
    byte = static_cast<char>(' ' + random() % 95);
    if (byte == before) continue;
    const Json content = Json::parse(other, nullptr, false);
    if (!content.is_discarded() && content == Json::parse(text)) continue;  // between the members
    CAPTURE(other);
    CHECK_FALSE(read_saved_plan(other, "x"));
  }
}

TEST_CASE("a file of a later format, and what is none, are refused by name", "[saved]") {
  const auto refused = [](const Json& whole) {
    const Result<SavedPlan> read = read_saved_plan(dump(whole), "x");
    REQUIRE_FALSE(read);
    return read.error().message;
  };
  CHECK_THAT(refused({{"format", "cloudflow-plan"}, {"format_version", "2.0"}, {"made_by", "9.1.0"}}),
             ContainsSubstring("its format is \"2.0\", which cloudflow 9.1.0 writes; this one reads 1.0"));
  CHECK_THAT(refused({{"format_version", "1.3"}, {"changes", Json::array()}}),
             ContainsSubstring("it is not one that `cloudflow plan --out` has written"));
  CHECK_THAT(refused(Json::array()), ContainsSubstring("it is not one that"));
  CHECK_THAT(read_saved_plan("apiVersion: v1\n", "x").error().message, ContainsSubstring("it is no JSON"));
  // As deep as this it would need more stack than there is.
  const std::string deep(100000, '[');
  CHECK_THAT(read_saved_plan(deep, "x").error().message, ContainsSubstring("nested deeper than any plan"));
  for (const std::string commit : {"main", "HEAD", "--option", "1234"}) {
    SavedPlan plan{.made_by = "0.1.0", .application = "app", .environment = "test", .source = {.commit = commit}};
    plan.shown = {{"changes", Json::array()}};
    seal(plan);
    CHECK_THAT(read_saved_plan(text_of(plan), "x").error().message, ContainsSubstring("its commit is none"));
  }
}

TEST_CASE("a change is the approved one for as long as it does the same to the same", "[saved]") {
  const Change then = update("a", 1, 2);
  CHECK(moved(then, then) == "");
  Change now = then;
  now.precondition = {{"uid", "u-a"}, {"resourceVersion", "9"}, {"generation", 4}};  // a status, or another field
  CHECK(moved(then, now) == "");

  now = update("a", 3, 2);
  now.fields.front().manager = "kubectl";
  now.fields.front().since = "2026-11-30T12:00:00Z";
  CHECK(moved(then, now) == "moved since the plan was made: size is 3, and was 1 (kubectl, 2026-11-30T12:00:00Z)");
  now = then;
  now.precondition["uid"] = "another";
  CHECK_THAT(moved(then, now), ContainsSubstring("it was deleted and made again"));
  now = then;
  now.action = Action::create;
  now.fields.clear();
  CHECK_THAT(moved(then, now), ContainsSubstring("it is gone"));
  now = then;
  now.action = Action::replace;
  CHECK_THAT(moved(then, now), ContainsSubstring("it would be replaced, and was to be updated"));
  now = then;
  now.risk = Risk::restart;
  CHECK_THAT(moved(then, now), ContainsSubstring("its risk is restart, and was none"));
  now = then;
  now.desired.spec["other"] = true;
  CHECK_THAT(moved(then, now), ContainsSubstring("what is asked for is not what it was"));
  now = then;
  now.fields.front().take_over = true;
  now.fields.front().manager = "hpa";
  CHECK_THAT(moved(then, now), ContainsSubstring("size would be taken from \"hpa\""));
  Change made = then;
  made.action = Action::create;
  CHECK_THAT(moved(made, then), ContainsSubstring("it was made by somebody else"));
}

TEST_CASE("a loss that nobody has approved moves a change", "[saved]") {
  const auto losing = [](Action action, const std::string& what, bool certain = true) {
    Change out = update("a", 1, 2);
    out.action = action;
    lose(out, {.what = what, .certain = certain});
    return out;
  };
  const Change cut = losing(Action::update, "15 records of calls");
  CHECK(moved(cut, losing(Action::update, "15 records of calls")) == "");
  CHECK(moved(cut, losing(Action::update, "1,200 records of calls")) == "");  // a living topic
  CHECK_THAT(moved(cut, losing(Action::update, "15 offsets of calls")),
             ContainsSubstring("it would lose 15 offsets of calls, which the plan does not say"));
  CHECK_THAT(moved(losing(Action::update, "15 records", false), losing(Action::update, "15 records")),
             ContainsSubstring("it would lose 15 records"));
  CHECK(moved(losing(Action::update, "15 records"), losing(Action::update, "15 records", false)) == "");
  // Of what goes altogether, more is something else: somebody still uses it.
  const Change remove = losing(Action::remove, "1,200 records of calls");
  CHECK(moved(remove, losing(Action::remove, "1,200 records of calls")) == "");
  CHECK(moved(remove, losing(Action::remove, "900 records of calls")) == "");
  CHECK_THAT(moved(remove, losing(Action::remove, "1,201 records of calls")),
             ContainsSubstring("it would lose 1,201 records of calls"));
  CHECK_THAT(moved(remove, losing(Action::remove, "10,000 records of calls")), ContainsSubstring("10,000 records"));
}

TEST_CASE("what was to stay is not deleted", "[saved]") {
  Change then = update("a", 1, 2);
  then.action = Action::remove;
  then.fields.clear();
  then.precondition["keep"] = "cloudflow/keep";
  CHECK(moved(then, then) == "");
  Change now = then;
  now.precondition.erase("keep");
  CHECK_THAT(moved(then, now), ContainsSubstring("it was to stay and be let go of, and would be deleted"));
  CHECK(moved(now, then) == "");  // it stays by now: nothing that was approved is lost
}

TEST_CASE("what a rule leaves to others is no part of what was approved", "[saved]") {
  Change then = update("a", 1, 2);
  then.desired.spec = {{"size", 2}, {"replicas", 3}};
  Change now = then;  // others have written it since, so that it is left to them
  now.desired.spec.erase("replicas");
  now.left_to_others = {{"/replicas", 3}};
  CHECK(moved(then, now) == "");
  CHECK(moved(now, then) == "");
  now.left_to_others = {{"/replicas", 4}};
  CHECK_FALSE(moved(then, now) == "");
}

TEST_CASE("what goes must be as it was", "[saved]") {
  Change then = update("a", 1, 2);
  then.action = Action::remove;
  then.fields.clear();
  Change now = then;
  now.precondition["resourceVersion"] = "2";  // a status
  CHECK(moved(then, now) == "");
  now.precondition["generation"] = 2;
  now.others = {{.manager = "kubectl", .paths = {"data.a"}}};
  CHECK_THAT(moved(then, now), ContainsSubstring("somebody has changed it; it has fields of kubectl"));
}

TEST_CASE("secret values are compared by digests under the key, and no digest is without one", "[saved]") {
  const auto secret = [](const std::string& before, const std::string& after) {
    Change out = update("a", 1, 2);
    out.fields = {{.path = "pin", .pointer = "/pin", .before = before, .after = after, .secret = true}};
    out.desired.spec = {{"pin", after}};
    out.desired.secrets = {"/pin"};
    return out;
  };
  bool unchecked = false;
  CHECK(moved(secret("1", "2"), secret("1", "2"), unchecked) == "");
  CHECK_FALSE(unchecked);
  CHECK_THAT(moved(secret("1", "2"), secret("1", "3")), ContainsSubstring("a secret value in it is not what it was"));
  CHECK_THAT(moved(secret("1", "2"), secret("0", "2")), ContainsSubstring("a secret value in it is not what it was"));
  // The key may have been deleted so that nobody notices.
  CHECK_THAT(moved(secret("1", "2"), secret("1", "2"), unchecked, ""),
             ContainsSubstring("its secret values cannot be compared: the key of their digests is gone"));
  Plan plan = plan_of({secret("1", "3")});
  const HeldTo held =
      hold_to(saved(plan_of({secret("1", "2")}), digester("")), digester(), MovedChanges::refused, plan);
  CHECK(held.secrets_unchecked);
  CHECK(held.moved.empty());

  const SavedPlan with_key = saved(plan_of({secret("1", "2")}));
  const SavedPlan without_key = saved(plan_of({secret("1", "2")}), digester(""));
  CHECK(with_key.changes.front().digest.secrets.size() == 64);
  CHECK(without_key.changes.front().digest.secrets == "");
  CHECK_FALSE(without_key.keyed);
  // Without the key no digest depends on a secret value.
  const SavedPlan other = saved(plan_of({secret("8", "9")}), digester(""));
  CHECK(text_of(other) == text_of(without_key));
  SavedPlan one = with_key;
  SavedPlan another = saved(plan_of({secret("8", "9")}));
  CHECK(one.changes.front().digest.open == another.changes.front().digest.open);
  CHECK(one.changes.front().digest.secrets != another.changes.front().digest.secrets);
}

TEST_CASE("a plan is held to the approved one, change by change", "[saved]") {
  Change refused = update("d", 1, 2);
  refused.refused = "the policy";
  const SavedPlan approved = saved(plan_of({update("a", 1, 2), update("b", 1, 2), update("c", 1, 2), refused}));
  Change allowed_by_now = update("d", 1, 2);
  const Plan fresh = plan_of({update("b", 5, 2), update("c", 1, 2), allowed_by_now, update("e", 1, 2)});

  Plan plan = fresh;
  HeldTo held = hold_to(approved, digester(), MovedChanges::refused, plan);
  CHECK(held.done == std::vector<ResourceId>{{"p", "Thing", "s", "a"}});
  CHECK(held.moved == std::vector<ResourceId>{{"p", "Thing", "s", "b"}, {"p", "Thing", "s", "e"}});
  CHECK(plan.changes[0].refused);
  CHECK_FALSE(plan.changes[1].refused);
  CHECK(plan.changes[2].refused == "it was refused when the plan was made");
  CHECK(plan.changes[3].refused == "moved since the plan was made: size is 1, and was as asked for");

  plan = fresh;
  held = hold_to(approved, digester(), MovedChanges::planned, plan);
  CHECK(held.moved.size() == 2);
  CHECK_FALSE(plan.changes[0].refused);
  CHECK(plan.changes[2].refused);  // that was no move
  CHECK_FALSE(plan.changes[3].refused);
}

TEST_CASE("of random plans, nothing is made that was not approved, and all that was", "[saved][property]") {
  std::mt19937 random(GENERATE(range(1U, 40U)));
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  std::vector<Change> then;
  std::vector<Change> now;
  std::set<ResourceId> same;
  std::set<ResourceId> was_refused;
  for (int i = 0; i < 30; ++i) {
    Change change = update("x" + std::to_string(i), below(3), 5 + below(3));
    change.action = below(4) == 0 ? Action::remove : Action::update;
    if (below(5) == 0) change.refused = "then";
    const int fate = below(6);
    if (fate != 0) then.push_back(change);
    if (fate != 0 && change.refused) was_refused.insert(change.id);
    Change later = change;
    later.refused.reset();
    if (fate == 1) continue;  // done by somebody else
    if (fate == 2) later.precondition["uid"] = "other";
    if (fate == 3) later.action = change.action == Action::remove ? Action::update : Action::remove;
    if (fate == 4) later.fields.front().before = 4;
    if (fate == 5) {
      later.precondition["resourceVersion"] = "7";
      if (!change.refused) same.insert(change.id);
    }
    now.push_back(later);
  }
  Plan plan = plan_of(now);
  const HeldTo held = hold_to(saved(plan_of(then)), digester(), MovedChanges::refused, plan);
  for (const Change& change : plan.changes) {
    CAPTURE(change.id.text());
    CHECK(change.refused.has_value() != same.contains(change.id));
    const bool is_moved = std::ranges::find(held.moved, change.id) != held.moved.end();
    CHECK(is_moved == (change.refused.has_value() && !was_refused.contains(change.id)));
  }
}

TEST_CASE("what the systems have taken is not asked again for as long as nothing about it changed", "[saved]") {
  const auto confirmed = [](const Change& then, Change now, const std::vector<Change>& compared) {
    SavedPlan plan{.made_by = "0.1.0", .application = "app", .environment = "test"};
    plan.shown = {{"changes", Json::array({shown_change(then)})}};
    save_changes(plan_of({then}), digests_of(compared, digester()), digester(), plan);
    seal(plan);
    const Result<SavedPlan> read = read_saved_plan(text_of(plan), "x");
    REQUIRE(read);
    std::vector<Change> changes = {std::move(now)};
    take_confirmations(*read, digester(), changes);
    return changes.front().verified == Verified::server;
  };
  const Change compared = update("a", 1, 2);
  Change then = compared;
  then.verified = Verified::server;
  CHECK(confirmed(then, compared, {compared}));
  Change now = compared;
  now.precondition["resourceVersion"] = "2";  // whatever has changed, the server may say something else now
  CHECK_FALSE(confirmed(then, now, {compared}));
  now = update("a", 1, 3);
  CHECK_FALSE(confirmed(then, now, {compared}));
  CHECK_FALSE(confirmed(then, compared, {update("a", 1, 3)}));  // the server saw another change than the comparison
  CHECK_FALSE(confirmed(then, compared, {}));
  Change unverified = then;
  unverified.verified = Verified::local;
  CHECK_FALSE(confirmed(unverified, compared, {compared}));
  Change losing = then;
  lose(losing, {.what = "records"});
  CHECK_FALSE(confirmed(losing, compared, {compared}));
  now = compared;
  lose(now, {.what = "records"});
  CHECK_FALSE(confirmed(then, now, {compared}));
  Change risky = then;
  risky.risk = Risk::restart;
  CHECK_FALSE(confirmed(risky, compared, {compared}));
  Change removed = compared;
  removed.action = Action::remove;
  then.action = Action::remove;
  CHECK_FALSE(confirmed(then, removed, {removed}));
}
