#include "cli/pipeline/record.h"

#include <catch2/catch_all.hpp>

#include "cli/pipeline/topic_ownership.h"
#include "tests/support/fake_clock.h"

using namespace cloudflow;
using cloudflow::testing::FakeClock;

namespace {

const std::string cluster_id = "4L6g3nShT";

ResourceId topic_id(const std::string& name) { return {"kafka", "Topic", "default", name}; }
Resource topic(const std::string& name, int partitions = 1) {
  return {.id = topic_id(name), .spec = {{"managed", true}, {"partitions", partitions}}};
}
Resource secret(const std::string& name) {
  return {.id = {"kubernetes", "Secret", "prod", name}, .spec = {{"kind", "Secret"}}};
}
Resource job(const std::string& name, int version) {
  return {.id = {"kubernetes", "Job.batch", "prod", name},
          .spec = {{"spec", {{"ttlSecondsAfterFinished", 60}, {"version", version}}}}};
}
Change change(const ResourceId& id, Action action) { return {.id = id, .action = action}; }

/// A Kafka of which a test says what is in it.
struct Topics {
  std::map<std::string, std::string> exist{};  ///< topic → Kafka's id
  std::vector<ResourceId> confirmed{};
  std::set<std::string> of_others{};
  bool answers = true;

  TopicQuestions questions() const {
    return {.ids = [this](const std::string&, const TopicQuestions::Names& names) -> Result<TopicQuestions::Ids> {
              if (!answers) return failure(ErrorKind::unavailable, "no broker answers");
              TopicQuestions::Ids out;
              for (const std::string& name : names) {
                if (exist.contains(name)) out.emplace(name, exist.at(name));
              }
              return out;
            },
            .gone = [this](const std::string&, const TopicQuestions::Names& names) -> Result<TopicQuestions::Names> {
              if (!answers) return failure(ErrorKind::unavailable, "no broker answers");
              TopicQuestions::Names out;
              std::ranges::copy_if(names, std::back_inserter(out),
                                   [&](const auto& name) { return !exist.contains(name); });
              return out;
            },
            .confirmed = [this] { return confirmed; },
            .was_there = [this](const ResourceId& id) { return of_others.contains(id.name); }};
  }
};

/// A run whose parts a test fills in.
struct Bench {
  Plan plan{.application = "calls"};
  std::vector<Resource> desired{};
  Inventory before{};
  std::map<std::string, std::string> cluster_ids{{"default", cluster_id}};
  std::string application = "calls";
  FakeClock clock{};
  Topics topics{};
  TopicQuestions kafka = topics.questions();

  RecordedRun run() {
    return {.plan = plan,
            .desired = desired,
            .before = before,
            .cluster_ids = cluster_ids,
            .application = application,
            .by = "ann@desk",
            .clock = clock,
            .kafka = kafka};
  }
  void has_recorded(const std::string& name, const std::string& id) {
    before.exists = true;
    before.topics[cluster_id].push_back(name);
    before.topic_ids[cluster_id][name] = id;
  }
};

std::vector<std::string> recorded_topics(const Inventory& record) {
  const auto found = record.topics.find(cluster_id);
  return found == record.topics.end() ? std::vector<std::string>() : found->second;
}
std::string recorded_id(const Inventory& record, const std::string& name) {
  return record.topic_ids.contains(cluster_id) && record.topic_ids.at(cluster_id).contains(name)
             ? record.topic_ids.at(cluster_id).at(name)
             : "none";
}

}  // namespace

TEST_CASE("before the first change the record names all that was and all that will be", "[record]") {
  Bench bench;
  bench.has_recorded("old", "id-old");
  bench.before.resources = {{"kubernetes", "ConfigMap", "prod", ""}};
  bench.desired = {secret("s"), topic("new")};
  bench.plan.changes = {change(secret("s").id, Action::create), change(topic_id("new"), Action::create),
                        change({"kubernetes", "Service", "prod", "gone"}, Action::remove)};
  const Inventory record = record_before(bench.run());
  CHECK(recorded_topics(record) == std::vector<std::string>{"old", "new"});
  CHECK(recorded_id(record, "old") == "id-old");
  CHECK(recorded_id(record, "new") == intended_topic);
  CHECK(record.resources == std::vector<ResourceId>{{"kubernetes", "ConfigMap", "prod", ""},
                                                    {"kubernetes", "Secret", "prod", ""},
                                                    {"kubernetes", "Service", "prod", ""}});
  CHECK(string_at(record.last, {"state"}) == "applying");
  CHECK(string_at(record.last, {"by"}) == "ann@desk");
  CHECK(was_interrupted(record));
}

TEST_CASE("a topic that is refused is not entered as one that is to be made", "[record]") {
  Bench bench;
  bench.plan.changes = {change(topic_id("new"), Action::create)};
  bench.plan.changes.front().refused = "by policy";
  CHECK(recorded_topics(record_before(bench.run())).empty());
}

TEST_CASE("what became of a topic decides whether it stays recorded", "[record]") {
  struct Row {
    std::string what;
    Action action;
    bool done;
    bool failed;
    bool interrupted;
    bool of_others;
    std::string id;  ///< recorded afterwards; "none" where the topic is not recorded
  };
  const auto row = GENERATE(values<Row>({
      {"made", Action::create, true, false, false, false, "id-1"},
      {"never tried", Action::create, false, false, false, false, "none"},
      {"tried without an answer", Action::create, false, true, false, false, intended_topic},
      {"stopped before its answer", Action::create, false, false, true, false, intended_topic},
      {"made by somebody else meanwhile", Action::create, true, false, false, true, "none"},
      {"removed", Action::remove, true, false, false, false, "none"},
      {"not removed", Action::remove, false, true, false, false, "id-1"},
  }));
  CAPTURE(row.what);
  Bench bench;
  bench.plan.changes = {change(topic_id("t"), row.action)};
  bench.topics.exist = {{"t", "id-1"}};
  if (row.action == Action::create) bench.desired = {topic("t")};
  if (row.action == Action::remove) bench.has_recorded("t", "id-1");
  if (row.of_others) bench.topics.of_others = {"t"};
  Outcome outcome{.interrupted = row.interrupted};
  if (row.done) outcome.done = {topic_id("t")};
  if (row.failed) outcome.failures = {{topic_id("t"), row.action, {ErrorKind::timeout, "no answer"}}};
  const Recorded after = record_after(bench.run(), outcome, record_before(bench.run()));
  const bool recorded = !recorded_topics(after.record).empty();
  CHECK(recorded == (row.id != "none"));
  CHECK(recorded_id(after.record, "t") == row.id);
  CHECK(after.notes.size() == (row.of_others ? 1 : 0));
}

TEST_CASE("a record without Kafka's ids says that what holds records may count as somebody else's", "[record]") {
  Bench bench;
  bench.desired = {topic("t")};
  bench.plan.changes = {change(topic_id("t"), Action::create)};
  bench.topics.answers = false;
  const Recorded after = record_after(bench.run(), {.added = 1, .done = {topic_id("t")}}, record_before(bench.run()));
  REQUIRE(after.notes.size() == 1);
  CHECK(after.notes.front().find("could not be recorded: no broker answers") != std::string::npos);
  CHECK(recorded_id(after.record, "t") == intended_topic);
}

TEST_CASE("the places of what is no longer asked for are forgotten only when all was done", "[record]") {
  Bench bench;
  bench.before.exists = true;
  bench.before.resources = {{"kubernetes", "ConfigMap", "prod", ""}};
  bench.desired = {secret("s")};
  const auto places = [&](const Outcome& outcome) {
    return record_after(bench.run(), outcome, record_before(bench.run())).record.resources.size();
  };
  CHECK(places({}) == 1);
  CHECK(places({.skipped = 1}) == 2);
  CHECK(places({.refused = 1}) == 2);
  CHECK(places({.interrupted = true}) == 2);
}

TEST_CASE("topics that are gone are forgotten where Kafka can be asked, unless they are asked for", "[record]") {
  Bench bench;
  bench.has_recorded("gone", "id-1");
  bench.has_recorded("wanted", "id-2");
  bench.has_recorded("there", "id-3");
  bench.desired = {topic("wanted")};
  bench.topics.exist = {{"there", "id-3"}};
  SECTION("asked") {
    Inventory record = bench.before;
    CHECK(forget_gone_topics(bench.desired, bench.cluster_ids, bench.kafka, record));
    CHECK(recorded_topics(record) == std::vector<std::string>{"wanted", "there"});
    CHECK(recorded_id(record, "gone") == "none");
  }
  SECTION("no broker answers") {
    bench.topics.answers = false;
    Inventory record = bench.before;
    CHECK_FALSE(forget_gone_topics(bench.desired, bench.cluster_ids, bench.kafka, record));
    CHECK(recorded_topics(record).size() == 3);
  }
}

TEST_CASE("an intent becomes this application's topic only when that is confirmed", "[record]") {
  Bench bench;
  bench.has_recorded("t", intended_topic);
  bench.topics.exist = {{"t", "id-1"}};
  Inventory record = bench.before;
  settle_intents(bench.cluster_ids, bench.kafka, record);
  CHECK(recorded_id(record, "t") == intended_topic);
  bench.topics.confirmed = {topic_id("t")};
  settle_intents(bench.cluster_ids, bench.kafka, record);
  CHECK(recorded_id(record, "t") == "id-1");
}

TEST_CASE("topics of others that were used count until all is as asked for", "[record]") {
  Bench bench;
  bench.has_recorded("own", "id-1");
  bench.before.last = {{"uses", {{cluster_id, {"before"}}}}};
  bench.desired = {topic("own"), topic("now")};
  bench.topics.exist = {{"own", "id-1"}, {"now", "id-2"}, {"before", "id-3"}};
  const auto uses = [&](const Outcome& outcome) {
    return record_after(bench.run(), outcome, bench.before).record.last["uses"][cluster_id];
  };
  CHECK(uses({}) == Json{"now"});
  CHECK(uses({.refused = 1}) == Json{"before", "now"});
  CHECK(uses({.interrupted = true}) == Json{"before", "now"});
}

TEST_CASE("what was asked for of a topic stays as it was while its change is not made", "[record]") {
  Bench bench;
  bench.has_recorded("t", "id-1");
  bench.topics.exist = {{"t", "id-1"}};
  bench.desired = {topic("t", 1)};
  bench.before.last = record_after(bench.run(), {}, bench.before).record.last;
  const auto asked = [&](const Outcome& outcome) {
    return record_after(bench.run(), outcome, bench.before).record.last["asked"][cluster_id]["t"];
  };
  const Json one_partition = asked({});
  bench.desired = {topic("t", 2)};
  bench.plan.changes = {change(topic_id("t"), Action::update)};
  CHECK(asked({.skipped = 1}) == one_partition);
  CHECK(asked({.changed = 1, .done = {topic_id("t")}}) != one_partition);
}

TEST_CASE("a Job that removes itself has run only as it was made", "[record]") {
  Bench bench;
  bench.desired = {job("load", 1)};
  bench.plan.changes = {change(job("load", 1).id, Action::create)};
  CHECK(removes_itself(job("load", 1)));
  CHECK_FALSE(removes_itself(secret("s")));
  const Inventory failed = record_after(bench.run(), {.skipped = 1}, {}).record;
  CHECK_FALSE(has_run(failed, job("load", 1)));
  bench.before = record_after(bench.run(), {.added = 1, .done = {job("load", 1).id}}, {}).record;
  CHECK(has_run(bench.before, job("load", 1)));
  CHECK_FALSE(has_run(bench.before, job("load", 2)));
  // A change of it that is not made does not make it forgotten.
  bench.desired = {job("load", 2)};
  CHECK(has_run(record_after(bench.run(), {.skipped = 1}, bench.before).record, job("load", 1)));
}

TEST_CASE("only what is the application's and there already can lack in its record", "[record]") {
  Inventory record;
  record.resources = {{"kubernetes", "ConfigMap", "prod", ""}};
  Plan plan;
  std::vector<Resource> desired = {secret("s"), topic("t")};
  CHECK(unrecorded(record, desired, plan) == std::vector<std::string>{"Secret in prod"});
  SECTION("what is created is not there yet") {
    plan.changes = {change(secret("s").id, Action::create)};
    CHECK(unrecorded(record, desired, plan).empty());
  }
  SECTION("what others made is theirs") {
    plan.changes = {change(secret("s").id, Action::update)};
    plan.changes.front().adoptable = true;
    CHECK(unrecorded(record, desired, plan).empty());
  }
  SECTION("what is taken over was theirs") {
    plan.changes = {change(secret("s").id, Action::update)};
    plan.changes.front().fields = {{.path = "data", .cause = Cause::adopted}};
    CHECK(unrecorded(record, desired, plan).empty());
  }
  SECTION("what is removed was found without the record") {
    desired.clear();
    plan.changes = {change(secret("s").id, Action::remove)};
    CHECK(unrecorded(record, desired, plan) == std::vector<std::string>{"Secret in prod"});
  }
}

TEST_CASE("a record is written beside the changes only where it names all of them already", "[record]") {
  Bench bench;
  bench.has_recorded("t", "id-1");
  bench.desired = {secret("s"), topic("t")};
  bench.before.resources = {{"kubernetes", "Secret", "prod", ""}};
  const auto names_what_follows = [&] { return names_all(bench.before, record_before(bench.run())); };
  CHECK(names_what_follows());
  SECTION("no record yet") {
    bench.before.exists = false;
    CHECK_FALSE(names_what_follows());
  }
  SECTION("a new kind") {
    bench.desired.push_back({.id = {"kubernetes", "ConfigMap", "prod", "c"}});
    CHECK_FALSE(names_what_follows());
  }
  SECTION("a new topic") {
    bench.plan.changes = {change(topic_id("new"), Action::create)};
    CHECK_FALSE(names_what_follows());
  }
}
