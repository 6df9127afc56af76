#include "planner/plan/policy.h"

#include <catch2/catch_all.hpp>

#include "sdk/support/name_pattern.h"
#include "tests/support/fake_provider.h"
#include "tests/support/note_texts.h"

using namespace cloudflow;

namespace {

Change change(Action action, std::string kind, std::string name, Risk risk = Risk::none) {
  const std::string provider = kind == "Topic" ? "kafka" : "kubernetes";
  const ResourceId id{provider, std::move(kind), "s", std::move(name)};
  return Change{.id = id, .traits = cloudflow::testing::fake_traits(id), .action = action, .risk = risk};
}

}  // namespace

TEST_CASE("a pattern's star stands for any text", "[plan][policy]") {
  struct Row {
    std::string pattern, text;
    bool matches;
  };
  const auto row = GENERATE(values<Row>({{"topic/call-*", "topic/call-stats", true},
                                         {"topic/call-*", "topic/calls", false},
                                         {"*", "", true},
                                         {"*-x-*", "a-x-b-x-c", true},
                                         {"a*b", "ab", true},
                                         {"a*b", "abc", false},
                                         {"", "a", false},
                                         {"a**", "a", true}}));
  CAPTURE(row.pattern, row.text);
  CHECK(matches_pattern(row.pattern, row.text) == row.matches);
}

TEST_CASE("two patterns overlap exactly where some text matches both", "[plan][policy]") {
  // Short patterns over two letters: a text that shows an overlap is no longer than both patterns together.
  std::vector<std::string> texts = {""};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() == 4) continue;
    for (const char letter : {'a', 'b'}) texts.push_back(texts[i] + letter);
  }
  std::vector<std::string> patterns = {""};
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (patterns[i].size() == 3) continue;
    for (const char letter : {'a', 'b', '*'}) patterns.push_back(patterns[i] + letter);
  }
  for (const std::string& one : patterns) {
    for (const std::string& other : patterns) {
      const bool both = std::ranges::any_of(
          texts, [&](const std::string& text) { return matches_pattern(one, text) && matches_pattern(other, text); });
      CAPTURE(one, other);
      CHECK(patterns_overlap(one, other) == both);
    }
  }
}

TEST_CASE("what is protected does not go with something else", "[plan][policy]") {
  struct Row {
    std::string protect, kind, name;
    std::string refused;
  };
  const auto row = GENERATE(values<Row>({
      {"persistentvolumeclaim/*", "PersistentVolumeClaim", "data-a-0",
       "persistentvolumeclaim/data-a-0 goes with it, and the environment's policy protects that"},
      {"persistentvolumeclaim/data-a-1", "PersistentVolumeClaim", "data-a-*",
       "some of persistentvolumeclaim/data-a-* may go with it, and the environment's policy protects these"},
      {"widget/w", "Widget.example.com", "*",
       "some of widget/* may go with it, and the environment's policy protects these"},
      {"persistentvolumeclaim/*", "Widget.example.com", "*", "-"},
      {"persistentvolumeclaim/other-*", "PersistentVolumeClaim", "data-a-*", "-"},
      {"statefulset/b", "PersistentVolumeClaim", "data-a-0", "-"},
  }));
  CAPTURE(row.protect, row.kind, row.name);
  const Action action = GENERATE(Action::remove, Action::replace, Action::update);
  Change owner = change(action, "StatefulSet.apps", "a");
  take_along(owner, {"kubernetes", row.kind, "s", row.name});
  take_along(owner, owner.id);
  CHECK(owner.takes.size() == 1);
  Plan plan;
  plan.changes = {owner};
  apply_policy(plan, {.protect = {"topic/x", row.protect}}, {});
  CHECK(plan.changes[0].refused.value_or("-") == row.refused);
}

TEST_CASE("a roll-out that no order makes safe is refused, unless it is allowed by name", "[plan][policy]") {
  Plan plan;
  plan.unsafe_order = {"b.yaml:4:5: topic calls: this and that"};
  SECTION("refused") {
    apply_policy(plan, {}, {});
    CHECK(plan.violations ==
          std::vector<std::string>{"no order of roll-out is safe: b.yaml:4:5: topic calls: this and that"});
    CHECK(testing::texts(plan.notes) ==
          std::vector<std::string>{"first deploy a version that can read both the old and the new "
                                   "records; or stop the streamlets and pass --allow-unsafe-order"});
  }
  SECTION("allowed") {
    apply_policy(plan, {}, {.unsafe_order = true});
    CHECK(plan.violations.empty());
    CHECK(testing::texts(plan.notes) ==
          std::vector<std::string>{"no order of roll-out is safe: b.yaml:4:5: topic calls: this and that"});
  }
}

TEST_CASE("a refused change takes the changes that wait for it and the Secrets that only its pods read",
          "[plan][policy]") {
  Change own = change(Action::update, "Secret", "a");
  Change shared = change(Action::update, "Secret", "both");
  Change made = change(Action::create, "Secret", "new");
  Change denied = change(Action::update, "Deployment.apps", "a", Risk::restart);
  Change free = change(Action::update, "Deployment.apps", "b");
  Change follower = change(Action::update, "Deployment.apps", "c");
  Change drained = change(Action::update, "Deployment.apps", "d");
  Change record = change(Action::update, "ConfigMap", "contracts");
  denied.after = {own.id, shared.id, made.id};
  free.after = {shared.id};
  follower.after = {denied.id};
  record.after = {free.id, follower.id};
  const ResourceId group{"kafka", "ConsumerGroup", "default", "g"};
  Plan plan;
  plan.changes = {own, shared, made, denied, free, follower, drained, record};
  plan.awaits = {{drained.id, {group}}, {group, {denied.id}}};
  apply_policy(plan, {.deny = {"restart"}}, {});
  std::vector<std::string> said;
  for (const Change& one : plan.changes) said.push_back(one.id.text() + ": " + one.refused.value_or("-"));
  const std::string waits = "it waits for deployment/a, which is refused";
  CHECK(said == std::vector<std::string>{
                    "secret/a: only deployment/a reads it, and that is refused", "secret/both: -", "secret/new: -",
                    "deployment/a: the environment's policy denies the risk \"restart\"", "deployment/b: -",
                    "deployment/c: " + waits, "deployment/d: " + waits, "configmap/contracts: " + waits});
  CHECK(count(plan).refused == 5);
}

TEST_CASE("a refused writer takes the readers of its old topic with it, and those of theirs", "[plan][policy]") {
  const auto change = [](const std::string& kind, const std::string& name, Risk risk = Risk::none) {
    return Change{.id = {"kubernetes", kind, "ns", name}, .action = Action::update, .risk = risk};
  };
  const Change writer = change("Deployment.apps", "writer", Risk::disruptive);
  Plan plan;
  plan.changes = {change("Deployment.apps", "last"),   change("Secret", "middle"),
                  change("Deployment.apps", "middle"), change("Deployment.apps", "other"),
                  change("Deployment.apps", "waits"),  writer};
  plan.changes[4].after = {plan.changes[2].id};
  plan.stays_with = {{plan.changes[0].id, {plan.changes[2].id}},
                     {plan.changes[1].id, {plan.changes[3].id, writer.id}},
                     {plan.changes[2].id, {plan.changes[3].id, writer.id}}};
  const auto refusals = [&] {
    std::vector<std::string> out;
    for (const Change& one : plan.changes) out.push_back(one.refused.value_or("-"));
    return out;
  };
  SECTION("as they would leave what it goes on writing") {
    apply_policy(plan, {.deny = {"disruptive"}}, {});
    const std::string stays = "deployment/writer is refused, and goes on writing to the topic that is read now";
    CHECK(refusals() ==
          std::vector<std::string>{"deployment/middle is refused, and goes on writing to the topic that is read now",
                                   stays, stays, "-", "it waits for deployment/middle, which is refused",
                                   "the environment's policy denies the risk \"disruptive\""});
  }
  SECTION("not one that changes") {
    apply_policy(plan, {}, {});
    CHECK(refusals() == std::vector<std::string>(6, "-"));
  }
}

TEST_CASE("an order that need not be safe does not end the wait for what --drain lets be read", "[plan][policy]") {
  Plan plan;
  plan.changes = {change(Action::update, "Deployment.apps", "a")};
  const ResourceId group{"kafka", "ConsumerGroup", "default", "app.a.in:t"};
  const ResourceId drain{"kafka", "Drain", "default", "app.a.in:t"};
  plan.awaits = {{plan.changes[0].id, {group, drain}}};
  plan.drains = {group};
  apply_policy(plan, {}, {.unsafe_order = true});
  CHECK(plan.awaits.at(plan.changes[0].id) == std::vector{drain});
}

TEST_CASE("a topic that left the blueprint stays and is noted", "[plan][policy]") {
  Plan plan;
  plan.changes = {change(Action::remove, "Topic", "old", Risk::data_loss),
                  change(Action::remove, "Deployment.apps", "d")};
  SECTION("by default") {
    apply_policy(plan, {}, {});
    REQUIRE(plan.changes.size() == 1);
    CHECK(plan.changes[0].id.name == "d");
    CHECK(testing::texts(plan.notes) ==
          std::vector<std::string>{
              "topic/old is no longer in the blueprint and stays as it is; to delete it: --delete-topic old"});
  }
  SECTION("unless it is named") {
    apply_policy(plan, {}, {.delete_topics = {"old"}});
    CHECK(plan.changes.size() == 2);
    CHECK(plan.notes.empty());
  }
  SECTION("a name that deletes nothing is noted") {
    apply_policy(plan, {}, {.delete_topics = {"olt", "d"}});
    CHECK(plan.changes.size() == 1);
    CHECK(testing::texts(plan.notes) ==
          std::vector<std::string>{
              "--delete-topic olt deletes nothing: this application has not dropped a topic of that name; did you mean "
              "\"old\"?",
              "--delete-topic d deletes nothing: this application has not dropped a topic of that name",
              "topic/old is no longer in the blueprint and stays as it is; to delete it: --delete-topic old"});
  }
  SECTION("unless the environment's policy names it") {
    apply_policy(plan, {.delete_topics = {"ol*"}}, {});
    CHECK(plan.changes.size() == 2);
  }
}

TEST_CASE("policy refuses what it protects and denies", "[plan][policy]") {
  Plan plan;
  plan.changes = {change(Action::remove, "Deployment.apps", "a"),
                  change(Action::update, "Deployment.apps", "b", Risk::restart),
                  change(Action::update, "Topic", "t", Risk::data_loss)};
  apply_policy(plan, {.protect = {"deployment/*"}, .deny = {"disruptive"}}, {});
  CHECK(plan.changes[0].refused == "the environment's policy protects it");
  CHECK_FALSE(plan.changes[1].refused.has_value());
  CHECK(plan.changes[2].refused == "the environment's policy denies the risk \"data_loss\"");
}

TEST_CASE("a field of somebody else is not taken where policy says so", "[plan][policy]") {
  Plan plan;
  plan.changes = {change(Action::update, "Deployment.apps", "a")};
  plan.changes[0].fields = {{.path = "spec.replicas", .cause = Cause::drift, .manager = "kubectl", .take_over = true}};
  apply_policy(plan, {.take_over = false}, {});
  CHECK(plan.changes[0].refused ==
        "it would take spec.replicas from \"kubectl\", and the environment's policy has take-over: false");
}

TEST_CASE("budgets count what is not refused", "[plan][policy]") {
  Plan plan;
  plan.changes = {change(Action::remove, "Secret", "a"), change(Action::remove, "Secret", "b"),
                  change(Action::update, "Deployment.apps", "c", Risk::restart)};
  plan.changes[2].restarts = 3;
  apply_policy(plan, {.max_deletes = 1, .max_restarts = 2}, {});
  CHECK(plan.violations == std::vector<std::string>{"2 to remove, the environment's policy allows 1",
                                                    "3 pods to restart, the environment's policy allows 2"});
}

TEST_CASE("a loss that is only possible is held back like a certain one", "[plan][policy]") {
  Plan plan;
  plan.changes = {change(Action::update, "Topic", "t")};
  lose(plan.changes[0], {.what = "records", .certain = false});
  SECTION("by policy") {
    apply_policy(plan, {.deny = {"data_loss"}}, {});
    CHECK(plan.changes[0].refused == "the environment's policy denies the risk \"data_loss\"");
  }
  SECTION("by sync") {
    apply_policy(plan, {}, {.unattended = true});
    CHECK(plan.changes[0].refused == "it may lose data, which waits for a person: run apply");
  }
}

TEST_CASE("what exists without a mark is refused until it is named", "[plan][policy]") {
  const auto planned = [](const PolicySettings& policy, const Allowances& allowed) {
    Plan plan;
    for (const char* name : {"printer", "other"}) {
      Change one = change(Action::update, "Secret", name);
      one.adoptable = true;
      plan.changes.push_back(one);
    }
    plan.changes.push_back(change(Action::update, "Secret", "ours"));
    apply_policy(plan, policy, allowed);
    return plan;
  };
  const std::string refused =
      "it exists already and is not this application's; to take it over: cloudflow adopt secret/printer, or adopt: "
      "[secret/printer] in the environment's policy";
  SECTION("not named, also where nobody watches") {
    const Plan plan = planned({}, {.unattended = GENERATE(false, true)});
    CHECK(plan.changes[0].refused == refused);
    CHECK(plan.changes[0].foreign);
    CHECK_FALSE(plan.changes[2].refused);
    CHECK(plan.violations == std::vector<std::string>{"2 resources exist already without this application's mark; name "
                                                      "what is to be taken over, or rename"});
  }
  SECTION("one is named by the user") {
    const Plan plan = planned({}, {.adopt = {"secret/other"}});
    CHECK(plan.changes[0].refused == refused);
    CHECK_FALSE(plan.changes[1].refused);
    CHECK(plan.violations == std::vector<std::string>{"1 resource exists already without this application's mark; name "
                                                      "what is to be taken over, or rename"});
  }
  SECTION("all are named by the policy") {
    const Plan plan = planned({.adopt = {"secret/*"}}, {});
    CHECK(count(plan).refused == 0);
    CHECK(plan.violations.empty());
  }
}

TEST_CASE("what others own counts beside what is nobody's", "[plan][policy]") {
  Plan plan;
  Change unmarked = change(Action::update, "Secret", "a");
  unmarked.adoptable = true;
  Change theirs = change(Action::update, "Secret", "b");
  theirs.foreign = true;
  theirs.refused = "belongs to application \"billing\"";
  plan.changes = {unmarked, theirs};
  apply_policy(plan, {}, {});
  CHECK(plan.violations ==
        std::vector<std::string>{"1 resource belongs to others; rename, or deploy to another namespace",
                                 "1 resource exists already without this application's mark; name "
                                 "what is to be taken over, or rename"});
}

TEST_CASE("what somebody scaled to nothing is started by a person only", "[plan][policy]") {
  Plan plan;
  plan.changes = {change(Action::update, "Deployment.apps", "a")};
  plan.changes[0].fields = {
      {.path = "spec.replicas", .before = 0, .after = 3, .cause = Cause::drift, .manager = "scale", .take_over = true}};
  plan.changes[0].starts_stopped = true;
  SECTION("not by sync") {
    apply_policy(plan, {}, {.unattended = true});
    CHECK(plan.changes[0].refused ==
          "it would start what somebody scaled to nothing, which waits for a person: run apply");
  }
  SECTION("not where nothing is taken back") {
    apply_policy(plan, {.take_over = false}, {});
    CHECK(plan.changes[0].refused ==
          "it would take spec.replicas from \"scale\", and the environment's policy has take-over: false");
  }
  SECTION("nor is a topic's setting that somebody changed") {
    plan.changes[0] = change(Action::update, "Topic", "calls");
    plan.changes[0].fields = {{.path = "retention.ms", .before = "1", .after = "2", .cause = Cause::drift}};
    apply_policy(plan, {.take_over = false}, {});
    CHECK(plan.changes[0].refused ==
          "somebody has changed retention.ms, and the environment's policy has take-over: false");
  }
  SECTION("by apply, and by sync what the source stopped itself") {
    apply_policy(plan, {}, {});
    CHECK_FALSE(plan.changes[0].refused);
    plan.changes[0].fields[0].cause = Cause::git;
    plan.changes[0].starts_stopped = false;
    apply_policy(plan, {}, {.unattended = true});
    CHECK_FALSE(plan.changes[0].refused);
  }
}
