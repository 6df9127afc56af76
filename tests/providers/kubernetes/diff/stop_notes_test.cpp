// What a plan says of a Flink job whose pods change.
#include "providers/kubernetes/diff/stop_notes.h"

#include <catch2/catch_all.hpp>

namespace cloudflow {
namespace {

Json job_manager(const std::string& how) {
  return {{"metadata", {{"annotations", {{"cloudflow/stop-with", "flink-" + how}}}}},
          {"spec", {{"replicas", 1}, {"template", {{"spec", {{"x", 1}}}}}}}};
}

/// A change of the pods, or the removal, of a job that is stopped in this way.
Change noted(const std::string& how, Action action) {
  Change change;
  change.id = {"kubernetes", "Deployment.apps", "shop", "in-jobmanager"};
  change.action = action;
  const Json workload = job_manager(how);
  const std::vector<FieldOwner> owners;
  const Difference pods{.path = "spec.template.spec.x",
                        .pointer = "/spec/template/spec/x",
                        .names = {},
                        .before = Json(1),
                        .after = Json(2),
                        .owned = OwnedFields(owners)};
  note_stop(change, {&pods, 1}, action == Action::remove ? nullptr : &workload, &workload);
  return change;
}

}  // namespace

TEST_CASE("giving the state of a Flink job up is a loss with a name", "[kubernetes][flink]") {
  const Action action = GENERATE(Action::update, Action::remove);
  const Change change = noted("nothing", action);
  CHECK(change.risk == Risk::data_loss);
  REQUIRE(change.losses.size() == 1);
  CHECK(change.losses[0].what == "the state of its Flink job, which is cancelled without a savepoint");
  CHECK(change.losses[0].certain);
}

TEST_CASE("stopping a Flink job with a savepoint or a checkpoint loses nothing", "[kubernetes][flink]") {
  const auto [how, action, note] = GENERATE(table<std::string, Action, std::string>({
      {"savepoint", Action::update, "stops with a savepoint and starts from it"},
      {"savepoint", Action::remove, "stops with a savepoint, which stays"},
      {"checkpoint", Action::update, "is cancelled and starts from its last checkpoint"},
      {"checkpoint", Action::remove, "is cancelled; its last checkpoint stays"},
  }));
  const Change change = noted(how, action);
  CHECK(change.risk == Risk::none);
  CHECK(change.losses.empty());
  CHECK(change.notes == std::vector<std::string>{note});
}

TEST_CASE("a change that turns out to leave the pods alone loses nothing", "[kubernetes][flink]") {
  Change change = noted("nothing", Action::update);
  forget_stop(change);
  CHECK(change.losses.empty());
  CHECK(change.notes.empty());
}

}  // namespace cloudflow
