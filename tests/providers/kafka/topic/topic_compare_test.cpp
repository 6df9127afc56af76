// Comparing one topic: tables of wishes and facts.
#include "providers/kafka/topic/topic_compare.h"

#include "providers/kafka/topic/asked_settings.h"
#include "providers/kafka/topic/topic_config.h"
#include "providers/kafka/topic/topic_model.h"
#include "tests/providers/kafka/topic_fixture.h"

namespace cloudflow::testing {
namespace {

/// An owned topic of 3 partitions and 2 replicas with the broker's defaults.
TopicFacts facts() {
  TopicFacts out;
  out.cluster_id = "cluster-1";
  out.topic_id = "id-1";
  out.owned = true;
  out.partitions = 3;
  out.replicas = 2;
  out.defaults = {{"retention.ms", "604800000"}, {"cleanup.policy", "delete"}};
  return out;
}

Live live(const TopicFacts& what) { return {{"kafka", "Topic", "default", "orders"}, to_document(what)}; }

Change change(const Json& spec, const TopicFacts& what) {
  const Resource desired = topic("orders", spec);
  const Live there = live(what);
  return must(compare_topic(&desired, &there));
}

}  // namespace

TEST_CASE("values that Kafka reads alike are equal", "[config]") {
  CHECK(canonical_value("cleanup.policy", "delete, compact") == canonical_value("cleanup.policy", "compact,delete"));
  CHECK(canonical_value("preallocate", " TRUE ") == "true");
  CHECK(canonical_value("retention.ms", "+0600") == "600");
  CHECK(canonical_value("min.cleanable.dirty.ratio", "0.50") == canonical_value("min.cleanable.dirty.ratio", "0.5"));
  CHECK(canonical_value("min.cleanable.dirty.ratio", "0.5d") == canonical_value("min.cleanable.dirty.ratio", "5e-1"));
  CHECK(canonical_value("retention.ms", "6.048e8") != canonical_value("retention.ms", "604800000"));
  CHECK(canonical_value("compression.type", "zstd ") == "zstd");
  CHECK(canonical_value("compression.type", "TRUE") == "TRUE");
  CHECK(canonical_value("retention.ms", "-1") != canonical_value("retention.ms", "1"));
  CHECK(canonical_value("retention.ms", "9223372036854775807") !=
        canonical_value("retention.ms", "9223372036854775806"));
}

TEST_CASE("an absent topic is created with what is asked for", "[compare]") {
  const Resource desired = topic("orders", {{"partitions", 6}});
  const Change created = must(compare_topic(&desired, nullptr));
  CHECK(created.action == Action::create);
  CHECK(created.risk == Risk::none);
  CHECK(created.notes.empty());
  CHECK(created.desired.spec == desired.spec);
  CHECK(created.refused == std::nullopt);
}

TEST_CASE("counts and settings that are secret are in no words of a change", "[compare]") {
  Resource desired = topic("orders", {{"partitions", 2}, {"replicas", 7}, {"config", {{"min.insync.replicas", "19"}}}});
  desired.secrets = {"/partitions", "/replicas", "/config/min.insync.replicas"};
  const Live there = live(facts());
  const Change changed = must(compare_topic(&desired, &there));
  REQUIRE(changed.fields.size() >= 2);
  for (const FieldChange& field : changed.fields) CHECK(field.secret);
  std::string words = changed.refused.value_or("");
  for (const std::string& note : changed.notes) words += "\n" + note;
  CHECK(words.find("(secret) are asked for") != std::string::npos);
  CHECK(words.find("(secret) is more than the replicas") != std::string::npos);
  CHECK(words.find("19") == std::string::npos);
  CHECK(words.find('7') == std::string::npos);
}

TEST_CASE("equal in effect is equal", "[compare]") {
  TopicFacts there = facts();
  CHECK(change(Json::object(), there).action == Action::none);
  CHECK(change({{"partitions", 3}, {"replicas", 2}}, there).action == Action::none);
  CHECK(change({{"config", {{"retention.ms", "604800000"}}}}, there).action ==
        Action::none);  // the default, written out
  there.config = {{"retention.ms", "604800000"}};
  CHECK(change(Json::object(), there).action == Action::none);
  there.config = {{"cleanup.policy", "compact,delete"}};
  CHECK(change({{"config", {{"cleanup.policy", "delete,compact"}}}}, there).action == Action::none);
}

TEST_CASE("numbers in the spec count as text", "[compare]") {
  TopicFacts there = facts();
  there.config = {{"retention.ms", "1000"}};
  CHECK(change({{"config", {{"retention.ms", 1000}}}}, there).action == Action::none);
  const Change more = change({{"config", {{"retention.ms", 2000}}}}, there);
  REQUIRE(more.fields.size() == 1);
  CHECK(more.fields[0].path == "retention.ms");
  CHECK(more.fields[0].pointer == "/config/retention.ms");
  CHECK(more.fields[0].before == Json("1000"));
  CHECK(more.fields[0].after == Json("2000"));
  CHECK(more.fields[0].cause == Cause::git);
  CHECK(more.risk == Risk::none);
}

TEST_CASE("an override that is not asked for falls back", "[compare]") {
  TopicFacts there = facts();
  there.config = {{"retention.ms", "3600000"}};
  const Change unset = change(Json::object(), there);
  REQUIRE(unset.fields.size() == 1);
  CHECK(unset.fields[0].after == std::nullopt);
  CHECK(unset.risk == Risk::none);
  CHECK(unset.notes == std::vector<std::string>{"retention.ms: falls back to 604800000, the cluster's default"});
  there.config = {{"retention.ms", "-1"}};
  CHECK(change(Json::object(), there).risk == Risk::data_loss);
}

TEST_CASE("what a value costs", "[config]") {
  struct Row {
    std::string policy, key, before, after;
    Risk risk;
    bool certain = true;
  };
  const Risk loses = Risk::data_loss;
  const Row row = GENERATE_COPY(values<Row>({
      {"delete", "retention.ms", "604800000", "3600000", loses},
      {"delete", "retention.ms", "3600000", "604800000", Risk::none},
      {"delete", "retention.ms", "-1", "604800000", loses},
      {"delete", "retention.ms", "604800000", "-1", Risk::none},
      {"delete", "retention.bytes", "1000", "999", loses},
      {"compact", "retention.ms", "604800000", "3600000", Risk::none},
      {"compact,delete", "retention.ms", "604800000", "3600000", loses},
      {"", "cleanup.policy", "compact", "compact,delete", loses},
      {"", "cleanup.policy", "compact", "delete", loses},
      {"", "cleanup.policy", "delete", "compact,delete", loses},
      {"", "cleanup.policy", "compact,delete", "compact", Risk::none},
      {"compact", "delete.retention.ms", "1000", "10", loses, false},
      {"delete", "delete.retention.ms", "1000", "10", Risk::none},
      {"compact", "min.compaction.lag.ms", "1000", "0", loses, false},
      {"compact", "max.compaction.lag.ms", "1000", "10", loses, false},
      {"compact", "max.compaction.lag.ms", "10", "1000", Risk::none},
      {"delete", "remote.storage.enable", "true", "false", loses},
      {"delete", "local.retention.ms", "1000", "10", Risk::none},
      {"delete", "max.message.bytes", "2000", "1000", Risk::disruptive},
      {"delete", "message.timestamp.before.max.ms", "9223372036854775807", "1000", Risk::disruptive},
      {"delete", "message.timestamp.after.max.ms", "3600000", "1000", Risk::disruptive},
      {"delete", "message.timestamp.after.max.ms", "1000", "3600000", Risk::none},
      {"delete", "message.timestamp.difference.max.ms", "2000", "1000", Risk::disruptive},
      {"delete", "message.timestamp.type", "LogAppendTime", "CreateTime", Risk::disruptive},
      {"delete", "min.insync.replicas", "2", "1", Risk::disruptive},
      {"delete", "min.insync.replicas", "1", "2", Risk::none},
      {"delete", "min.insync.replicas", "1", "3", Risk::disruptive},
      {"delete", "unclean.leader.election.enable", "false", "true", Risk::disruptive},
      {"delete", "segment.ms", "1000", "500", Risk::none},
      {"compact", "segment.ms", "1000", "500", loses, false},
      {"compact", "segment.ms", "500", "1000", Risk::none},
      {"compact,delete", "segment.bytes", "1048576", "524288", loses, false},
      {"compact", "segment.index.bytes", "1000", "500", loses, false},
      {"compact", "segment.jitter.ms", "0", "1000", loses, false},
      {"compact", "segment.jitter.ms", "1000", "0", Risk::none},
      {"delete", "segment.jitter.ms", "0", "1000", Risk::none},
      {"compact", "min.cleanable.dirty.ratio", "0.5", "0.1", loses, false},
      {"compact", "min.cleanable.dirty.ratio", "0.1", "0.5", Risk::none},
      {"delete", "min.cleanable.dirty.ratio", "0.5", "0.1", Risk::none},
      {"delete", "compression.type", "zstd", "lz4", Risk::none},
  }));
  CAPTURE(row.policy, row.key, row.before, row.after);
  TopicFacts there = facts();
  there.defaults["remote.storage.enable"] = "false";
  if (!row.policy.empty()) there.defaults["cleanup.policy"] = row.policy;
  there.config = {{row.key, row.before}};
  const Change moved = change({{"config", {{row.key, row.after}}}}, there);
  CHECK(moved.risk == row.risk);
  CHECK(moved.losses.empty() == (row.risk != loses));
  for (const Loss& loss : moved.losses) CHECK(loss.certain == row.certain);
}

TEST_CASE("where a value that decides is not known, records may be lost", "[config]") {
  const auto key = GENERATE(values<std::string>(
      {"retention.ms", "retention.bytes", "cleanup.policy", "local.retention.ms", "remote.storage.enable"}));
  CAPTURE(key);
  TopicFacts there = facts();
  there.defaults.clear();
  there.config = {{key, key == "cleanup.policy" ? "compact" : key == "remote.storage.enable" ? "true" : "1000"}};
  const Change unset = change(Json::object(), there);
  CHECK(unset.risk == Risk::data_loss);
  REQUIRE(unset.losses.size() == 1);
  CHECK_FALSE(unset.losses[0].certain);
  CHECK(only_may_lose(unset));
}

TEST_CASE("a limit that is raised by hand is cut when the plan takes it back", "[compare]") {
  TopicFacts there = facts();
  there.config = {{"retention.ms", "2000000000"}};
  CHECK(losses_of(change(Json::object(), there)) ==
        std::vector<std::string>{"records past the new limit: retention.ms 2000000000 → 604800000"});
}

TEST_CASE("what the last apply asked for and is not so has drifted", "[compare]") {
  const Json spec = {{"partitions", 3}, {"config", {{"retention.ms", "1000"}, {"min.cleanable.dirty.ratio", "0.5"}}}};
  TopicFacts there = facts();
  there.partitions = 2;
  there.config = {{"retention.ms", "5"}, {"min.cleanable.dirty.ratio", "0.9"}, {"segment.ms", "7"}};
  const auto causes = [&](const Resource& desired) {
    const Live now = live(there);
    std::map<std::string, Cause> out;
    for (const FieldChange& field : must(compare_topic(&desired, &now)).fields) out.emplace(field.path, field.cause);
    return out;
  };
  SECTION("where nothing is recorded the source is taken for the cause") {
    for (const auto& [path, cause] : causes(topic("orders", spec))) CHECK(cause == Cause::git);
  }
  SECTION("all of it, also what somebody added, and however the same value is written") {
    there.asked = asked_settings(topic("orders", spec));
    Resource again = topic("orders", spec);
    again.spec["config"]["min.cleanable.dirty.ratio"] = "0.50";
    const std::map<std::string, Cause> all = causes(again);
    CHECK(all.size() == 4);
    for (const auto& [path, cause] : all) {
      CAPTURE(path);
      CHECK(cause == Cause::drift);
    }
  }
  SECTION("but not what the source asks for in another way now") {
    there.asked = asked_settings(topic("orders", spec));
    Resource edited = topic("orders", spec);
    edited.spec["config"]["retention.ms"] = "2000";
    edited.spec["config"].erase("min.cleanable.dirty.ratio");
    edited.spec["partitions"] = 4;
    CHECK(causes(edited) == std::map<std::string, Cause>{{"min.cleanable.dirty.ratio", Cause::git},
                                                         {"partitions", Cause::git},
                                                         {"retention.ms", Cause::git},
                                                         {"segment.ms", Cause::drift}});
  }
  SECTION("nor what is secret, of which no digest is kept") {
    Resource secret = topic("orders", spec);
    secret.secrets = {"/config/retention.ms"};
    there.asked = asked_settings(secret);
    CHECK_FALSE(there.asked->contains("retention.ms"));
    CHECK(causes(secret).at("retention.ms") == Cause::git);
  }
}

TEST_CASE("more replicas in sync than there are is said", "[compare]") {
  const std::string words =
      "min.insync.replicas: 3 is more than the 2 replicas that the topic has, so writes that wait for all (acks=all) "
      "are "
      "refused";
  TopicFacts there = facts();
  there.defaults["min.insync.replicas"] = "1";
  CHECK(change({{"config", {{"min.insync.replicas", "3"}}}}, there).notes == std::vector<std::string>{words});
  const Resource desired = topic("orders", {{"replicas", 2}, {"config", {{"min.insync.replicas", "3"}}}});
  const Change created = must(compare_topic(&desired, nullptr));
  CHECK(created.risk == Risk::disruptive);
  CHECK(created.notes == std::vector<std::string>{words});
}

TEST_CASE("partitions that are being moved are no difference of replicas", "[compare]") {
  const auto facts_of = [](std::vector<PartitionInfo> partitions) {
    TopicFacts out = topic_facts({.name = "orders", .topic_id = "id-1", .partitions = std::move(partitions)}, {}, {});
    out.owned = true;
    return out;
  };
  // One of two is moved; the other tells how many there are.
  const TopicFacts one =
      facts_of({{.leader = 1, .replicas = 2, .in_sync = 2}, {.leader = 1, .replicas = 4, .in_sync = 2}});
  CHECK(change({{"replicas", 2}}, one).action == Action::none);
  CHECK(change({{"replicas", 2}}, one).notes.empty());
  // All are.
  const TopicFacts all = facts_of({{.leader = 1, .replicas = 2, .in_sync = 1}});
  const Change moving = change({{"replicas", 1}}, all);
  CHECK(moving.action == Action::none);
  CHECK(moving.refused == std::nullopt);
  CHECK(moving.notes ==
        std::vector<std::string>{"replicas: some partitions have 2, not all in sync, as while they are moved; "
                                 "whether 1 stay is seen afterwards"});
  // None is: it has more.
  const TopicFacts more = facts_of({{.leader = 1, .replicas = 2, .in_sync = 2}});
  CHECK(change({{"replicas", 1}}, more).refused.has_value());
}

TEST_CASE("partitions grow with a warning and never shrink", "[compare]") {
  const Change more = change({{"partitions", 6}}, facts());
  CHECK(more.action == Action::update);
  CHECK(more.risk == Risk::disruptive);
  CHECK(more.notes ==
        std::vector<std::string>{"keys move between partitions; keyed consumers may see reordering",
                                 "readers that begin new partitions at their end (auto.offset.reset=latest) skip what "
                                 "is written there before they find them"});
  CHECK(more.refused == std::nullopt);
  const Change fewer = change({{"partitions", 2}}, facts());
  CHECK(fewer.action == Action::update);
  CHECK(fewer.refused.value_or("") ==
        "Kafka cannot take partitions away: the topic has 3, 2 are asked for; keep 3, or use a new topic name");
}

TEST_CASE("another replication factor is refused, or noted beside what can be done", "[compare]") {
  const std::string words =
      "replicas 2 → 3: not changed by this version; reassign the partitions with Kafka's own tools";
  const Change alone = change({{"replicas", 3}}, facts());
  CHECK(alone.refused.value_or("") == words);
  const Change together = change({{"replicas", 3}, {"partitions", 6}}, facts());
  CHECK(together.refused == std::nullopt);
  REQUIRE(together.fields.size() == 1);
  CHECK(together.notes.back() == words);
}

TEST_CASE("a topic that somebody else created is only checked", "[compare]") {
  TopicFacts there = facts();
  there.owned = false;
  const Change same = change({{"partitions", 3}}, there);
  CHECK(same.action == Action::none);
  CHECK(same.notes ==
        std::vector<std::string>{
            "exists, was not created by this application and is used as it is; others may change or delete it"});
  const Change differs = change({{"partitions", 6}}, there);
  CHECK(differs.action == Action::update);
  CHECK(differs.fields.at(0).cause == Cause::adopted);
  CHECK(differs.refused.value_or("") ==
        "the topic exists and was not created by this application; adopt it, or say managed=no, or ask for what it is");
  const Live stranger = live(there);
  CHECK(must(compare_topic(nullptr, &stranger)).action == Action::none);
}

TEST_CASE("a topic with managed=no must be there and as it is told", "[compare]") {
  const Json spec{{"partitions", 4}, {"managed", false}, {"config", {{"retention.ms", "604800000"}}}};
  const Change small = change(spec, facts());
  CHECK(small.check_only);
  CHECK(small.refused.value_or("") ==
        "the topic has 3 partitions and needs 4, and managed=no leaves changing it to others");
  TopicFacts large = facts();
  large.partitions = 12;
  CHECK(change(spec, large).action == Action::none);
  CHECK(change(spec, large).notes.empty());
  large.config = {{"retention.ms", "1000"}, {"segment.ms", "5"}};
  const Change shorter = change(spec, large);
  CHECK(shorter.check_only);
  CHECK(shorter.risk == Risk::none);
  REQUIRE(shorter.fields.size() == 1);
  CHECK(shorter.fields[0].path == "retention.ms");
  CHECK(shorter.refused.value_or("") ==
        "the topic has another retention.ms than is asked for, and managed=no leaves changing it to others");
  CHECK(change({{"replicas", 3}, {"managed", false}}, facts()).refused.value_or("") ==
        "the topic has another replicas than is asked for, and managed=no leaves changing it to others");
  CHECK(change({{"replicas", 1}, {"managed", false}}, facts()).action == Action::none);
  const Resource desired = topic("orders", spec);
  const Change absent = must(compare_topic(&desired, nullptr));
  CHECK(absent.check_only);
  CHECK(absent.refused.value_or("") == "the topic does not exist, and managed=no leaves creating it to others");
}

TEST_CASE("what a plan never touches", "[compare]") {
  TopicFacts there = facts();
  there.config = {{"leader.replication.throttled.replicas", "*"}, {"confluent.placement", "x"}, {"secret.key", "y"}};
  there.read_only = {"confluent.placement"};
  there.sensitive = {"secret.key"};
  CHECK(change(Json::object(), there).action == Action::none);
  CHECK(change({{"config", {{"secret.key", "z"}}}}, there).action == Action::none);
  const auto throttled = [&](const char* value) {
    return change({{"config", {{"leader.replication.throttled.replicas", value}}}}, there);
  };
  CHECK(throttled("*").notes.empty());
  CHECK(throttled("0:1").action == Action::none);
  REQUIRE(throttled("0:1").notes.size() == 1);
  CHECK(throttled("0:1").notes[0].starts_with("leader.replication.throttled.replicas stays as it is"));
  CHECK(change({{"config", {{"confluent.placement", "z"}}}}, there).refused.value_or("") ==
        "confluent.placement is read-only on this cluster");
  for (const char* name : {"__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata"}) {
    const Resource kafkas = topic(name, Json::object());
    CHECK(must(compare_topic(&kafkas, nullptr)).refused.value_or("") == "internal topics are never touched");
  }
  const Resource users = topic("__audit", Json::object());
  CHECK(must(compare_topic(&users, nullptr)).refused == std::nullopt);
  const Resource internal = topic("__consumer_offsets", {{"partitions", 6}});
  CHECK(must(compare_topic(&internal, nullptr)).refused.value_or("") == "internal topics are never touched");
}

TEST_CASE("an owned topic that nobody asks for is removed with its records", "[compare]") {
  const Live there = live(facts());
  const Change removed = must(compare_topic(nullptr, &there));
  CHECK(removed.action == Action::remove);
  CHECK(removed.risk == Risk::data_loss);
  CHECK(losses_of(removed) == std::vector<std::string>{"the topic with its records"});
  CHECK(removed.precondition == Json{{"cluster_id", "cluster-1"}, {"topic_id", "id-1"}, {"partitions", 3}});
}

TEST_CASE("a secret value is in no precondition", "[compare]") {
  TopicFacts there = facts();
  there.config = {{"x.token", "old-secret"}};
  Resource desired = topic("orders", {{"config", {{"x.token", "new-secret"}}}});
  desired.secrets = {"/config/x.token"};
  const Live now = live(there);
  const Change moved = must(compare_topic(&desired, &now));
  REQUIRE(moved.fields.size() == 1);
  CHECK(moved.fields[0].secret);
  CHECK(dump(moved.precondition).find("secret") == std::string::npos);
}

TEST_CASE("a spec or a document that is not one", "[compare]") {
  const Resource zero = topic("orders", {{"partitions", 0}});
  const Result<Change> bad = compare_topic(&zero, nullptr);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().message == "topic/orders: partitions must be a whole number from 1 to 100000");
  CHECK(bad.error().where.value_or(SourcePos{}).text() == "blueprint.conf:3:1");
  const Live broken{{"kafka", "Topic", "default", "orders"}, "{"};
  CHECK_FALSE(compare_topic(nullptr, &broken));
  CHECK_FALSE(compare_topic(nullptr, nullptr));
}

TEST_CASE("a topic that is to stay as it is never changes, whosever it is", "[compare]") {
  const Json wish = {{"partitions", 6}, {"replicas", 3}, {"config", {{"retention.ms", "5"}}}, {"existing", "as-it-is"}};
  for (const bool owned : {true, false}) {
    TopicFacts there = facts();
    there.owned = owned;
    const Change said = change(wish, there);
    CHECK(said.action == Action::none);
    CHECK(said.fields.empty());
    CHECK(said.refused == std::nullopt);
    CHECK(said.notes == std::vector<std::string>{"stays as it is: partitions 3, asked for 6",
                                                 "stays as it is: retention.ms the cluster's default, asked for 5"});
  }
  CHECK(change({{"partitions", 2}, {"existing", "as-it-is"}}, facts()).notes ==
        std::vector<std::string>{"stays as it is: partitions 3, asked for 2"});
  CHECK(change({{"partitions", 4}, {"managed", false}, {"existing", "as-it-is"}}, facts()).notes ==
        std::vector<std::string>{"stays as it is: partitions 3, asked for 4"});
  const Resource absent = topic("orders", {{"partitions", 6}, {"existing", "as-it-is"}});
  CHECK(must(compare_topic(&absent, nullptr)).action == Action::create);
  const Resource unmanaged = topic("orders", {{"managed", false}, {"existing", "as-it-is"}});
  const Change not_there = must(compare_topic(&unmanaged, nullptr));
  CHECK(not_there.action == Action::none);
  CHECK(not_there.refused == std::nullopt);
  CHECK(not_there.notes == std::vector<std::string>{"does not exist, and managed=no leaves creating it to others"});
}

}  // namespace cloudflow::testing
