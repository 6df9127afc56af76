// Compares partitions, replicas and overrides, and says what each difference means for those who read and write.
#include "providers/kafka/topic_compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kafka/topic_config.h"
#include "providers/kafka/topic_model.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view keys_move = "keys move between partitions; keyed consumers may see reordering";

void raise(Change& change, Risk risk) { change.risk = std::max(change.risk, risk); }

std::string config_pointer(std::string_view key) { return "/config/" + pointer_step(key); }

bool is_secret(const Resource& desired, const std::string& pointer) {
  return std::ranges::find(desired.secrets, pointer) != desired.secrets.end();
}

Change create(const Resource& desired, const TopicWish& wish) {
  Change change{.id = desired.id, .action = Action::create, .desired = desired, .precondition = {{"absent", true}}};
  if (!wish.managed) {
    change.check_only = true;
    change.refused = "the topic does not exist, and managed=no leaves creating it to others";
    return change;
  }
  return change;
}

Change remove(const Live& live, const TopicFacts& facts) {
  Change change{.id = live.id};
  if (!facts.owned) return change;
  change.action = Action::remove;
  change.risk = Risk::data_loss;
  change.precondition = {
      {"cluster_id", facts.cluster_id}, {"topic_id", facts.topic_id}, {"partitions", facts.partitions}};
  if (is_internal(live.id.name)) change.refused = "internal topics are never touched";
  return change;
}

Change check(const Resource& desired, const TopicWish& wish, const TopicFacts& facts) {
  Change change{.id = desired.id, .check_only = true, .desired = desired};
  if (!wish.partitions || facts.partitions >= *wish.partitions) return change;
  change.action = Action::update;
  change.fields.push_back({.path = "partitions",
                           .pointer = "/partitions",
                           .before = facts.partitions,
                           .after = *wish.partitions,
                           .cause = Cause::adopted,
                           .origin = desired.origin_of("/partitions")});
  change.refused = fmt::format("the topic has {} and needs {}, and managed=no leaves changing it to others",
                               counted(facts.partitions, "partition"), *wish.partitions);
  return change;
}

/// The value in effect, with and without an override.
std::optional<std::string> in_effect(const std::map<std::string, std::string>& config, const TopicFacts& facts,
                                     const std::string& key) {
  if (const auto found = config.find(key); found != config.end()) return found->second;
  if (const auto found = facts.defaults.find(key); found != facts.defaults.end()) return found->second;
  return std::nullopt;
}

void compare_config(const Resource& desired, const TopicWish& wish, const TopicFacts& facts, Change& change) {
  std::set<std::string> keys;
  for (const auto& [key, value] : wish.config) keys.insert(key);
  for (const auto& [key, value] : facts.config) keys.insert(key);
  for (const std::string& key : keys) {
    const auto wanted = wish.config.find(key);
    if (is_throttle(key) || facts.sensitive.contains(key)) continue;
    if (facts.read_only.contains(key) && wanted == wish.config.end())
      continue;  // managed services set keys of their own
    const std::optional<std::string> before = in_effect(facts.config, facts, key);
    const std::optional<std::string> after = in_effect(wish.config, facts, key);
    const auto same = [&] { return canonical_value(key, *before) == canonical_value(key, *after); };
    if (before && after && same()) continue;
    const std::string pointer = config_pointer(key);
    const auto override_now = facts.config.find(key);
    FieldChange field{
        .path = key, .pointer = pointer, .secret = is_secret(desired, pointer), .origin = desired.origin_of(pointer)};
    if (override_now != facts.config.end()) field.before = override_now->second;
    if (wanted != wish.config.end()) field.after = wanted->second;
    change.fields.push_back(std::move(field));
    if (wanted == wish.config.end() && after)
      change.notes.push_back(fmt::format("{}: falls back to {}, the cluster's default", key, *after));
    if (facts.read_only.contains(key)) change.refused = fmt::format("{} is read-only on this cluster", key);
    const ConfigRisk risk = config_risk(key, before, after);
    if (risk.loses_records) raise(change, Risk::data_loss);
    if (!risk.loses_records && !risk.note.empty()) raise(change, Risk::disruptive);
    if (!risk.note.empty()) change.notes.push_back(risk.note);
  }
}

void compare_partitions(const Resource& desired, const TopicWish& wish, const TopicFacts& facts, Change& change) {
  if (!wish.partitions || *wish.partitions == facts.partitions) return;
  change.fields.push_back({.path = "partitions",
                           .pointer = "/partitions",
                           .before = facts.partitions,
                           .after = *wish.partitions,
                           .origin = desired.origin_of("/partitions")});
  if (*wish.partitions > facts.partitions) {
    raise(change, Risk::disruptive);
    change.notes.emplace_back(keys_move);
    return;
  }
  change.refused = fmt::format(
      "Kafka cannot take partitions away: the topic has {}, {} are asked for; keep {}, or use a new topic name",
      facts.partitions, *wish.partitions, facts.partitions);
}

void compare_replicas(const Resource& desired, const TopicWish& wish, const TopicFacts& facts, Change& change) {
  if (!wish.replicas || *wish.replicas == facts.replicas) return;
  const std::string reason =
      fmt::format("replicas {} → {}: not changed by this version; reassign the partitions with Kafka's own tools",
                  facts.replicas, *wish.replicas);
  if (!change.fields.empty()) {  // the rest can still be done
    change.notes.push_back(reason);
    return;
  }
  change.fields.push_back({.path = "replicas",
                           .pointer = "/replicas",
                           .before = facts.replicas,
                           .after = *wish.replicas,
                           .origin = desired.origin_of("/replicas")});
  change.refused = reason;
}

/// What the topic was when the plan was made: apply() holds the live topic against it.
Json precondition(const Resource& desired, const TopicFacts& facts) {
  Json config = Json::object();
  for (const auto& [key, value] : facts.config) {
    if (!is_secret(desired, config_pointer(key))) config[key] = value;
  }
  return {{"cluster_id", facts.cluster_id},
          {"topic_id", facts.topic_id},
          {"partitions", facts.partitions},
          {"config", std::move(config)}};
}

Change update(const Resource& desired, const TopicWish& wish, const TopicFacts& facts) {
  Change change{.id = desired.id, .desired = desired};
  compare_partitions(desired, wish, facts, change);
  compare_config(desired, wish, facts, change);
  compare_replicas(desired, wish, facts, change);
  if (change.fields.empty()) return change;
  change.action = Action::update;
  change.precondition = precondition(desired, facts);
  if (!facts.owned) {
    for (FieldChange& field : change.fields) field.cause = Cause::adopted;
    change.refused =
        "the topic exists and was not created by this application; adopt it, or say managed=no, or ask for what it is";
  }
  return change;
}

/// What would change, as notes.
Change only_said(const Change& change) {
  Change out{.id = change.id, .desired = change.desired};
  if (change.action == Action::create)
    out.notes.emplace_back("does not exist, and managed=no leaves creating it to others");
  for (const FieldChange& field : change.fields) {
    const auto text = [&](const std::optional<Json>& value) {
      if (field.secret) return std::string("(secret)");
      if (!value) return std::string("the cluster's default");
      return value->is_string() ? value->get<std::string>() : dump(*value);
    };
    out.notes.push_back(
        fmt::format("stays as it is: {} {}, asked for {}", field.path, text(field.before), text(field.after)));
  }
  return out;
}

}  // namespace

Result<Change> compare_topic(const Resource* desired, const Live* live) {
  if (desired == nullptr && live == nullptr) return failure(ErrorKind::invalid_input, "nothing to compare");
  if (desired == nullptr) {
    CF_TRY(const TopicFacts facts, topic_facts(*live));
    return remove(*live, facts);
  }
  CF_TRY(const TopicWish wish, topic_wish(*desired));
  if (live == nullptr) {
    Change change = create(*desired, wish);
    if (wish.as_it_is && !wish.managed) return only_said(change);
    if (is_internal(desired->id.name) && wish.managed) change.refused = "internal topics are never touched";
    return change;
  }
  CF_TRY(const TopicFacts facts, topic_facts(*live));
  Change change = wish.managed ? update(*desired, wish, facts) : check(*desired, wish, facts);
  if (wish.as_it_is) return only_said(change);
  if (!wish.managed) return change;
  if (is_internal(desired->id.name) && change.action != Action::none)
    change.refused = "internal topics are never touched";
  return change;
}

}  // namespace cloudflow
