#include "cli/pipeline/plan_notes.h"

#include <catch2/catch_all.hpp>

#include "cli/pipeline/record.h"
#include "tests/support/fake_clock.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::FakeClock;

namespace {

const ClusterIds cluster_ids = {{"default", "4L6g3nShT"}};

Resource job(int version) {
  return {.id = {"kubernetes", "Job.batch", "prod", "load"},
          .spec = {{"spec", {{"ttlSecondsAfterFinished", 60}, {"version", version}}}}};
}
Resource topic(const std::string& name) {
  return {.id = {"kafka", "Topic", "default", name}, .spec = {{"managed", true}}};
}

/// The record after an apply that made all of this.
Inventory record_of_apply(const std::vector<Resource>& desired) {
  const Plan plan{.application = "calls"};
  const Inventory before;
  const std::string application = "calls";
  const FakeClock clock;
  const TopicQuestions kafka;
  const RecordedRun run{plan, desired, before, cluster_ids, application, "ann@desk", clock, kafka};
  Inventory out = record_after(run, {}, record_before(run)).record;
  out.exists = true;
  return out;
}

}  // namespace

TEST_CASE("a Job that removes itself is not made again while it is as it was made", "[notes]") {
  struct Row {
    std::string what;
    int version;
    Action action;
    bool differs;
    bool left;
  };
  const auto row = GENERATE(values<Row>({
      {"gone", 1, Action::create, false, true},
      {"going", 1, Action::replace, false, true},
      {"changed and gone", 2, Action::create, false, false},
      {"changed and going", 2, Action::replace, false, false},
      {"edited by hand", 1, Action::replace, true, false},
  }));
  CAPTURE(row.what);
  const Inventory record = record_of_apply({job(1)});
  const std::vector<Resource> desired = {job(row.version)};
  Plan plan;
  plan.changes = {{.id = desired.front().id, .action = row.action}};
  if (row.differs) plan.changes.front().fields = {{.path = "spec.template"}};
  plan.changes.push_back({.id = topic("t").id, .action = Action::create, .after = {desired.front().id}});
  const LeftOut finished = finished_jobs(desired, record, plan.changes);
  take_out(plan, finished.ids);
  CHECK(plan.changes.size() == (row.left ? 1 : 2));
  CHECK(plan.changes.back().after.empty() == row.left);
  CHECK(finished.ids.size() == (row.left ? 1 : 0));
  CHECK(finished.notes.size() == (row.left ? 1 : 0));
}

TEST_CASE("a record that is whole needs no note", "[notes]") {
  const std::vector<Resource> desired = {job(1)};
  const Plan plan{.application = "calls"};
  CHECK(notes_of_record(desired, record_of_apply(desired), {}, cluster_ids, plan).empty());
}

TEST_CASE("what is wrong with a record is said with what apply does about it", "[notes]") {
  const std::vector<Resource> desired = {job(1), topic("t")};
  Plan plan{.application = "calls"};
  Inventory record = record_of_apply(desired);
  SECTION("it lacks a kind") {
    record.resources.clear();
    const std::vector<Note> notes = notes_of_record(desired, record, {}, cluster_ids, plan);
    REQUIRE(notes.size() == 1);
    CHECK(notes.front().text ==
          "the record configmap/cloudflow-calls lacks kinds of what is deployed: Job.batch in prod; "
          "apply completes it");
  }
  SECTION("it is gone, and not everything could be looked at") {
    const std::vector<Note> notes =
        notes_of_record(desired, {}, {.made = true, .unseen = {"a", "b", "c", "d", "e", "f", "g"}}, cluster_ids, plan);
    REQUIRE(notes.size() == 2);
    CHECK_THAT(notes.front().text,
               ContainsSubstring("is gone; what this application made was looked for among all kinds, "
                                 "but these, which could not be looked at: a, b, c, d, e and 2 more"));
    CHECK_THAT(notes.back().text, ContainsSubstring("(the source names t)"));
  }
  SECTION("a removal writes none") {
    plan.removes_all = true;
    const std::vector<Note> notes = notes_of_record({}, {}, {.made = true}, cluster_ids, plan);
    CHECK_THAT(notes.front().text, !ContainsSubstring("apply"));
  }
}

TEST_CASE("a plan that goes against a destroy that did not end says so", "[notes]") {
  Inventory record;
  record.last = {{"command", "destroy"}, {"state", "applying"}, {"time", "2026-11-29T10:00:00Z"}, {"by", "ann@desk"}};
  const std::vector<Note> notes = notes_of_destroy(record);
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes.front().text, ContainsSubstring("a destroy was begun at 2026-11-29T10:00:00Z by ann@desk"));
  record.last["state"] = "applied";
  CHECK(notes_of_destroy(record).empty());
}
