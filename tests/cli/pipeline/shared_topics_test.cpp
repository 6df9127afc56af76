#include "cli/pipeline/shared_topics.h"

#include <catch2/catch_all.hpp>

#include "cli/pipeline/topic_adoption.h"
#include "tests/support/note_texts.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string cluster_id = "4L6g3nShT";
const ClusterIds cluster_ids = {{"default", cluster_id}};

ResourceId topic_id(const std::string& name) { return {"kafka", "Topic", "default", name}; }
Resource topic(const std::string& name) { return {.id = topic_id(name), .spec = {{"managed", true}}}; }

SharedTopics shared_with(const TopicMaker& maker) {
  return SharedTopics([maker] { return TopicMakers{{{cluster_id, "t"}, maker}}; });
}
TopicQuestions kafka_with(const std::string& id) {
  return {.ids = [id](const std::string&, const TopicQuestions::Names&) {
    return Result<TopicQuestions::Ids>(TopicQuestions::Ids{{"t", id}});
  }};
}

}  // namespace

TEST_CASE("a topic is removed only when nobody else has or uses it", "[shared]") {
  struct Row {
    std::string what;
    TopicMaker maker;
    bool stays;
  };
  const auto row = GENERATE(values<Row>({
      {"another made it and runs", {.application = "b", .ns = "n", .topic_id = "id-1", .is_deployed = true}, true},
      {"its id was not recorded", {.application = "b", .ns = "n", .is_deployed = true}, true},
      {"another made one that is gone",
       {.application = "b", .ns = "n", .topic_id = "id-0", .is_deployed = true},
       false},
      {"only topics are left of the other", {.application = "b", .ns = "n", .topic_id = "id-1"}, false},
      {"another uses it", {.application = "b", .ns = "n", .is_deployed = true, .only_uses = true}, true},
      {"another that is gone used it", {.application = "b", .ns = "n", .only_uses = true}, false},
  }));
  CAPTURE(row.what);
  Plan plan;
  plan.changes = {{.id = topic_id("t"), .action = Action::remove, .precondition = {{"topic_id", "id-1"}}},
                  {.id = topic_id("u"), .action = Action::remove, .after = {topic_id("t")}}};
  const LeftOut kept = shared_topics_to_keep(shared_with(row.maker), cluster_ids, plan.changes);
  take_out(plan, kept.ids);
  CHECK(plan.changes.size() == (row.stays ? 1 : 2));
  CHECK(plan.changes.back().after.empty() == row.stays);
  CHECK(kept.notes.size() == (row.stays ? 1 : 0));
}

TEST_CASE("who made a topic that is not ours is said, and asked for only where it matters", "[shared]") {
  const SharedTopics others = shared_with({.application = "b", .ns = "n", .topic_id = "id-1", .is_deployed = true});
  const std::vector<Resource> desired = {topic("t")};
  const auto notes_of = [&](const Inventory& record, std::span<const ResourceId> adopted, const SharedTopics& shared,
                            const std::string& live_id) {
    return notes_of_topic_makers(desired, record, adopted, shared, cluster_ids, kafka_with(live_id), {});
  };
  SECTION("it is theirs") {
    CHECK(testing::texts(notes_of({}, {}, others, "id-1")) ==
          std::vector<std::string>{"topic/t was made by application b of namespace n"});
  }
  SECTION("it is taken over") {
    const std::vector<ResourceId> adopted = {topic_id("t")};
    const std::vector<Note> notes = notes_of({}, adopted, others, "id-1");
    REQUIRE(notes.size() == 1);
    CHECK_THAT(notes.front().text, ContainsSubstring("while both run neither deletes it"));
    CHECK(notes.front().about == topic_id("t"));
  }
  SECTION("somebody made it again since") { CHECK(notes_of({}, {}, others, "id-2").empty()); }
  SECTION("it is ours") {
    const SharedTopics never([]() -> TopicMakers { throw std::logic_error("asked"); });
    Inventory record;
    record.topics[cluster_id] = {"t"};
    CHECK(notes_of(record, {}, never, "id-1").empty());
  }
}

TEST_CASE("naming a topic takes over the one that exists, and nothing where a plan has to make it", "[shared]") {
  const std::vector<Resource> desired = {topic("t")};
  const PolicySettings policy;
  const Allowances allowed{.adopt = {"topic/t"}};
  const SharedTopics nobody([] { return TopicMakers(); });
  Inventory record;
  const auto adopted = adopt_topics({desired, policy, allowed}, nobody, cluster_ids, kafka_with("id-1"), record);
  REQUIRE(adopted);
  CHECK(*adopted == std::vector<ResourceId>{topic_id("t")});
  CHECK(record.topic_ids[cluster_id]["t"] == "id-1");
  SECTION("it exists") {
    const TopicsTaken taken = settle_adopted_topics(*adopted, cluster_ids, {}, record);
    CHECK(taken.ids == std::vector<ResourceId>{topic_id("t")});
    CHECK(taken.notes.size() == 1);
    CHECK(record.topics[cluster_id] == std::vector<std::string>{"t"});
  }
  SECTION("it does not") {
    const std::vector<Change> changes = {{.id = topic_id("t"), .action = Action::create}};
    const TopicsTaken taken = settle_adopted_topics(*adopted, cluster_ids, changes, record);
    CHECK(taken.ids.empty());
    CHECK(record.topics.empty());
    CHECK(record.topic_ids.empty());
    CHECK(taken.notes.empty());
  }
}
