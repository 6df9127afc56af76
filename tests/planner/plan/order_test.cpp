#include "planner/plan/order.h"

#include <catch2/catch_all.hpp>
#include <random>

#include "tests/support/fake_provider.h"

using namespace cloudflow;

namespace {

ResourceId id(const std::string& kind, const std::string& name) {
  return {kind == "Topic" ? "kafka" : "kubernetes", kind, "n", name};
}

Change change(Action action, const ResourceId& what) {
  return Change{.id = what, .traits = cloudflow::testing::fake_traits(what), .action = action};
}

std::string order_text(const std::vector<Change>& changes) {
  std::string out;
  for (const Change& c : changes) out += c.id.text() + " ";
  return out;
}

}  // namespace

TEST_CASE("what is made waits as its resources say", "[plan][order]") {
  const ResourceId ns = id("Namespace", "n");
  const ResourceId topic = id("Topic", "t");
  const ResourceId secret = id("Secret", "s");
  const ResourceId work = id("Deployment.apps", "d");
  const std::vector<Resource> desired = {
      {.id = work, .after = {secret, topic}}, {.id = secret, .after = {ns}}, {.id = topic}, {.id = ns}};

  SECTION("all new") {
    const auto ordered = order_changes({change(Action::create, work), change(Action::create, secret),
                                        change(Action::create, topic), change(Action::create, ns)},
                                       desired);
    REQUIRE(ordered);
    CHECK(order_text(*ordered) == "topic/t namespace/n secret/s deployment/d ");
    CHECK((*ordered)[3].after == std::vector<ResourceId>{topic, secret});
  }
  SECTION("through what does not change") {
    const auto ordered = order_changes({change(Action::update, work), change(Action::create, ns)}, desired);
    REQUIRE(ordered);
    CHECK((*ordered)[1].after == std::vector<ResourceId>{ns});
  }
}

TEST_CASE("what is removed goes the other way, after the workloads that stop using it", "[plan][order]") {
  const auto ordered =
      order_changes({change(Action::remove, id("Namespace", "n")), change(Action::remove, id("Secret", "s")),
                     change(Action::remove, id("Topic", "t")), change(Action::remove, id("Deployment.apps", "old")),
                     change(Action::update, id("Deployment.apps", "kept"))},
                    {});
  REQUIRE(ordered);
  CHECK(order_text(*ordered) == "deployment/kept deployment/old topic/t secret/s namespace/n ");
  const std::vector<ResourceId> workloads{id("Deployment.apps", "old"), id("Deployment.apps", "kept")};
  CHECK((*ordered)[2].after == workloads);
  // A topic that has to stay, or cannot be deleted, keeps no Secret.
  CHECK((*ordered)[3].after == workloads);
  CHECK((*ordered)[4].after.size() == 4);
}

TEST_CASE("a cycle is named", "[plan][order]") {
  const ResourceId a = id("Secret", "a");
  const ResourceId b = id("Secret", "b");
  const std::vector<Resource> desired = {{.id = a, .after = {b}}, {.id = b, .after = {a}}};
  const auto ordered = order_changes({change(Action::create, a), change(Action::create, b)}, desired);
  REQUIRE_FALSE(ordered);
  CHECK(ordered.error().message == "these wait for each other: secret/a → secret/b → secret/a");
}

TEST_CASE("every order respects what changes wait for", "[plan][order][property]") {
  const unsigned seed = GENERATE(range(1U, 40U));
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::vector<Resource> desired;
  std::vector<Change> changes;
  for (int i = 0; i < 40; ++i) {
    Resource resource{.id = id(i % 3 == 0   ? "Deployment.apps"
                               : i % 3 == 1 ? "Topic"
                                            : "Secret",
                               "r" + std::to_string(i))};
    for (int j = 0; j < i; ++j) {
      if (random() % 8 == 0) resource.after.push_back(desired[static_cast<std::size_t>(j)].id);
    }
    desired.push_back(resource);
    if (random() % 2 == 0) changes.push_back(change(random() % 4 == 0 ? Action::remove : Action::update, resource.id));
  }
  std::ranges::shuffle(changes, random);
  const auto ordered = order_changes(changes, desired);
  REQUIRE(ordered);
  CHECK(ordered->size() == changes.size());
  std::set<ResourceId> done;
  for (const Change& c : *ordered) {
    for (const ResourceId& before : c.after) CHECK(done.contains(before));
    done.insert(c.id);
  }
}
