// Whose a topic is, by what the record says of it and by who named it for adoption.
#include "cli/pipeline/topic_ownership.h"

#include <catch2/catch_all.hpp>
#include <optional>

using namespace cloudflow;

namespace {

/// A record of the topic "calls" on cluster "c", with this id; without id when there is none.
Inventory record_with(const std::optional<std::string>& id) {
  Inventory record{.exists = true, .application = "shop", .topics = {{"c", {"calls", "more"}}}};
  record.topic_ids["c"]["more"] = "id-of-more";
  if (id) record.topic_ids["c"]["calls"] = *id;
  return record;
}

}  // namespace

TEST_CASE("naming a topic for adoption takes what its record allows", "[views][ownership]") {
  struct Row {
    const char* what;
    Inventory record;
    std::string live_id;
    TopicRecord is;
    bool by_policy, by_person;
  };
  const auto row = GENERATE(values<Row>({
      {"no record", {}, "id-1", TopicRecord::nothing, true, true},
      {"a record of the cluster's other topics",
       {.exists = true, .topics = {{"c", {"more"}}}},
       "id-1",
       TopicRecord::nothing,
       true,
       true},
      {"a record of another cluster's topic of that name",
       {.exists = true, .topics = {{"d", {"calls"}}}},
       "id-1",
       TopicRecord::nothing,
       true,
       true},
      {"an apply that did not end", record_with(""), "id-1", TopicRecord::intended, false, true},
      {"a record without ids", record_with(std::nullopt), "id-1", TopicRecord::name_only, false, true},
      {"the same topic", record_with("id-1"), "id-1", TopicRecord::this_one, false, false},
      {"a topic that was made again", record_with("id-0"), "id-1", TopicRecord::another, false, true},
      {"a Kafka that gives no ids", record_with("id-0"), "", TopicRecord::this_one, false, false},
      {"no record, a Kafka that gives no ids", {}, "", TopicRecord::nothing, true, true},
  }));
  CAPTURE(row.what);
  CHECK(record_of(row.record, "c", "calls", row.live_id) == row.is);
  CHECK(is_taken_over(row.is, NamedBy::policy) == row.by_policy);
  CHECK(is_taken_over(row.is, NamedBy::person) == row.by_person);
}

TEST_CASE("a topic that is taken over is recorded with its id", "[views][ownership]") {
  for (const auto& before : {std::optional<std::string>("id-0"), std::optional<std::string>(""),
                             std::optional<std::string>("id-1"), std::optional<std::string>()}) {
    Inventory record = record_with(before);
    take_over(record, "c", "calls", "id-1");
    CHECK(record.topics == record_with("").topics);
    CHECK(record.topic_ids == record_with("id-1").topic_ids);
  }
  Inventory none;
  take_over(none, "c", "calls", "");
  CHECK(none.topics.at("c") == std::vector<std::string>{"calls"});
  CHECK(none.topic_ids.empty());  // what Kafka gives no id for has none
}

TEST_CASE("ids are asked for of topics that are known to be this application's", "[views][ownership]") {
  using Names = std::vector<std::string>;
  CHECK(topics_without_id(record_with(std::nullopt), "c", {}) == Names{"calls"});
  CHECK(topics_without_id(record_with("id-1"), "c", {"calls"}).empty());
  CHECK(topics_without_id(record_with(""), "c", {}).empty());
  CHECK(topics_without_id(record_with(""), "c", {"calls", "unrecorded"}) == Names{"calls"});
  CHECK(topics_without_id(record_with(std::nullopt), "d", {"calls"}).empty());
}
