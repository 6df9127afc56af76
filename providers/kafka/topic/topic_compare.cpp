// Compares partitions, replicas and overrides, and says what each difference means for those who read and write.
#include "providers/kafka/topic/topic_compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kafka/topic/topic_config.h"
#include "providers/kafka/topic/topic_model.h"
#include "sdk/support/hidden_text.h"
#include "sdk/support/kafka_values.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view keys_move = "keys move between partitions; keyed consumers may see reordering";

/// KIP-842: a consumer finds new partitions when it reads the metadata next, after up to metadata.max.age.ms.
constexpr std::string_view begin_at_end =
    "readers that begin new partitions at their end (auto.offset.reset=latest) skip what is written there before they "
    "find them";

constexpr const char* internal_topic = "internal topics are never touched";

constexpr const char* not_ours =
    "the topic exists and was not created by this application; adopt it, or say managed=no, or ask for what it is";

/// Somebody deleted the topic that this application made, and made this one.
std::string made_again(const TopicFacts& facts) {
  return fmt::format(
      "the topic that this application created (id {}) is gone, and somebody made this one of the same name (id {}); "
      "adopt it, or use another name",
      facts.recorded_id, facts.topic_id);
}

constexpr const char* presumed_ours =
    "is taken for the topic that an apply was about to create when it was cut short: nobody has written to it";

void raise(Change& change, Risk risk) { change.risk = std::max(change.risk, risk); }

std::string config_pointer(std::string_view key) { return "/config/" + pointer_step(key); }

bool is_secret(const Resource& desired, const std::string& pointer) {
  return std::ranges::find(desired.secrets, pointer) != desired.secrets.end();
}

/// The number of partitions or replicas that is asked for, as it may be shown.
std::string asked_count(const Resource& desired, const std::string& pointer, int count) {
  return is_secret(desired, pointer) ? std::string(hidden_value) : std::to_string(count);
}

Change remove(const Live& live, const TopicFacts& facts) {
  Change change{.id = live.id};
  if (!facts.owned && facts.recorded_id.empty()) return change;
  change.action = Action::remove;
  lose(change, {"the topic with its records"});
  change.precondition = {
      {"cluster_id", facts.cluster_id}, {"topic_id", facts.topic_id}, {"partitions", facts.partitions}};
  if (facts.presumed) change.notes.emplace_back(presumed_ours);
  if (!facts.recorded_id.empty()) change.refused = made_again(facts);
  if (is_internal(live.id.name)) change.refused = internal_topic;
  return change;
}

/// The value in effect under these overrides.
InEffect in_effect(const std::map<std::string, std::string>& config, const TopicFacts& facts) {
  return [&](std::string_view key) -> std::optional<std::string> {
    if (const auto found = config.find(std::string(key)); found != config.end()) return found->second;
    if (const auto found = facts.defaults.find(std::string(key)); found != facts.defaults.end()) return found->second;
    return std::nullopt;
  };
}

void add_risk(std::string_view key, const InEffect& before, const InEffect& after, bool is_secret, Change& change) {
  ConfigRisk risk = config_risk(key, before, after);
  if (risk.loss && is_secret) risk.loss->what = fmt::format("records, by the new {}", key);
  raise(change, risk.risk);
  if (risk.loss) lose(change, *std::move(risk.loss));
  if (!risk.note.empty()) change.notes.push_back(std::move(risk.note));
}

/// More than there are replicas can never be in sync.
void check_in_sync(const TopicWish& wish, const InEffect& after, int replicas, Change& change) {
  const std::optional<std::string> asked = after("min.insync.replicas");
  const std::optional<long long> minimum = asked ? java_whole_number(*asked) : std::nullopt;
  const bool is_ours = wish.config.contains("min.insync.replicas") || wish.replicas.has_value();
  const bool hidden =
      is_secret(change.desired, config_pointer("min.insync.replicas")) || is_secret(change.desired, "/replicas");
  if (!minimum || !is_ours || replicas < 1 || *minimum <= replicas) return;
  raise(change, Risk::disruptive);
  change.notes.push_back(
      fmt::format("min.insync.replicas: {} is more than the {} that the topic has, so writes that wait for all "
                  "(acks=all) are refused",
                  hidden ? std::string(hidden_value) : std::to_string(*minimum),
                  hidden ? std::string("replicas") : counted(replicas, "replica")));
}

Change create(const Resource& desired, const TopicWish& wish) {
  Change change{.id = desired.id, .action = Action::create, .desired = desired, .precondition = {{"absent", true}}};
  if (!wish.managed) {
    change.check_only = true;
    change.refused = "the topic does not exist, and managed=no leaves creating it to others";
    return change;
  }
  const InEffect asked = [&](std::string_view key) -> std::optional<std::string> {
    const auto found = wish.config.find(std::string(key));
    return found == wish.config.end() ? std::nullopt : std::optional(found->second);
  };
  check_in_sync(wish, asked, wish.replicas.value_or(0), change);
  return change;
}

void compare_config(const Resource& desired, const TopicWish& wish, const TopicFacts& facts, Change& change) {
  std::set<std::string> keys;
  for (const auto& [key, value] : wish.config) keys.insert(key);
  if (wish.managed) {  // what others keep on their topic is their business
    for (const auto& [key, value] : facts.config) keys.insert(key);
  }
  const InEffect before = in_effect(facts.config, facts);
  const InEffect after = in_effect(wish.config, facts);
  for (const std::string& key : keys) {
    const auto wanted = wish.config.find(key);
    if (is_throttle(key)) {
      if (wanted != wish.config.end() && before(key) != wanted->second)
        change.notes.push_back(fmt::format(
            "{} stays as it is: tools that move partitions set it while they do; kafka-configs.sh can set it", key));
      continue;
    }
    if (facts.sensitive.contains(key)) continue;
    if (facts.read_only.contains(key) && wanted == wish.config.end())
      continue;  // managed services set keys of their own
    const std::optional<std::string> was = before(key);
    const std::optional<std::string> becomes = after(key);
    if (was && becomes && canonical_value(key, *was) == canonical_value(key, *becomes)) continue;
    const std::string pointer = config_pointer(key);
    const auto override_now = facts.config.find(key);
    FieldChange field{
        .path = key, .pointer = pointer, .secret = is_secret(desired, pointer), .origin = desired.origin_of(pointer)};
    if (override_now != facts.config.end()) field.before = override_now->second;
    if (wanted != wish.config.end()) field.after = wanted->second;
    change.fields.push_back(std::move(field));
    if (wanted == wish.config.end()) {
      change.notes.push_back(becomes ? fmt::format("{}: falls back to {}, the cluster's default", key, *becomes)
                                     : fmt::format("{}: falls back to the cluster's default, which is not known", key));
    }
    if (facts.read_only.contains(key)) change.refused = fmt::format("{} is read-only on this cluster", key);
    add_risk(key, before, after, is_secret(desired, pointer), change);
    if (key == "min.insync.replicas") check_in_sync(wish, after, facts.replicas, change);
  }
}

void compare_partitions(const Resource& desired, const TopicWish& wish, const TopicFacts& facts, Change& change) {
  if (!wish.partitions || *wish.partitions == facts.partitions) return;
  change.fields.push_back({.path = "partitions",
                           .pointer = "/partitions",
                           .before = facts.partitions,
                           .after = *wish.partitions,
                           .secret = is_secret(desired, "/partitions"),
                           .origin = desired.origin_of("/partitions")});
  if (*wish.partitions > facts.partitions) {
    raise(change, Risk::disruptive);
    change.notes.emplace_back(keys_move);
    change.notes.emplace_back(begin_at_end);
    return;
  }
  change.refused = fmt::format(
      "Kafka cannot take partitions away: the topic has {}, {} are asked for; keep {}, or use a new topic name",
      facts.partitions, asked_count(desired, "/partitions", *wish.partitions), facts.partitions);
}

void compare_replicas(const Resource& desired, const TopicWish& wish, const TopicFacts& facts, Change& change) {
  if (!wish.replicas || *wish.replicas == facts.replicas) return;
  if (facts.replicas > *wish.replicas && facts.under_replicated > 0) {
    change.notes.push_back(
        fmt::format("replicas: some partitions have {}, not all in sync, as while they are moved; whether {} stay is "
                    "seen afterwards",
                    facts.replicas, asked_count(desired, "/replicas", *wish.replicas)));
    return;
  }
  const std::string reason =
      fmt::format("replicas {} → {}: not changed by this version; reassign the partitions with Kafka's own tools",
                  facts.replicas, asked_count(desired, "/replicas", *wish.replicas));
  if (!change.fields.empty()) {  // the rest can still be done
    change.notes.push_back(reason);
    return;
  }
  change.fields.push_back({.path = "replicas",
                           .pointer = "/replicas",
                           .before = facts.replicas,
                           .after = *wish.replicas,
                           .secret = is_secret(desired, "/replicas"),
                           .origin = desired.origin_of("/replicas")});
  change.refused = reason;
}

/// A topic with managed=no must be as it is told, and is never written.
Change check(const Resource& desired, const TopicWish& wish, const TopicFacts& facts) {
  Change change{.id = desired.id, .check_only = true, .desired = desired};
  if (wish.partitions && facts.partitions < *wish.partitions) {
    change.fields.push_back({.path = "partitions",
                             .pointer = "/partitions",
                             .before = facts.partitions,
                             .after = *wish.partitions,
                             .secret = is_secret(desired, "/partitions"),
                             .origin = desired.origin_of("/partitions")});
    change.refused =
        fmt::format("the topic has {} and needs {}, and managed=no leaves changing it to others",
                    counted(facts.partitions, "partition"), asked_count(desired, "/partitions", *wish.partitions));
  }
  compare_config(desired, wish, facts, change);
  if (wish.replicas && facts.replicas < *wish.replicas) {
    change.fields.push_back({.path = "replicas",
                             .pointer = "/replicas",
                             .before = facts.replicas,
                             .after = *wish.replicas,
                             .secret = is_secret(desired, "/replicas"),
                             .origin = desired.origin_of("/replicas")});
  }
  for (FieldChange& field : change.fields) field.cause = Cause::adopted;
  // Nothing is written, so nothing is lost and nothing falls back.
  change.risk = Risk::none;
  change.losses.clear();
  change.notes.clear();
  if (change.fields.empty()) return change;
  change.action = Action::update;
  if (!change.refused)
    change.refused =
        fmt::format("the topic has another {} than is asked for, and managed=no leaves changing it to others",
                    change.fields.front().path);
  return change;
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

/// Kafka does not say who changed a setting. Where the last apply asked for the same, it was not git.
void find_drift(const Resource& desired, const AskedSettings& before, Change& change) {
  const AskedSettings now = asked_settings(desired);
  const auto digest = [](const AskedSettings& settings, const std::string& key) {
    const auto found = settings.find(key);
    return found == settings.end() ? std::string() : found->second;
  };
  for (FieldChange& field : change.fields) {
    // Replicas are asked for and never changed by an apply, so having asked before proves nothing.
    if (field.secret || field.path == "replicas") continue;
    if (digest(before, field.path) == digest(now, field.path)) field.cause = Cause::drift;
  }
}

Change update(const Resource& desired, const TopicWish& wish, const TopicFacts& facts) {
  Change change{.id = desired.id, .desired = desired};
  compare_partitions(desired, wish, facts, change);
  compare_config(desired, wish, facts, change);
  compare_replicas(desired, wish, facts, change);
  if (!facts.owned) {
    if (change.fields.empty()) {
      change.notes = {
          facts.recorded_id.empty()
              ? "exists, was not created by this application and is used as it is; others may change or delete it"
              : "the topic that this application created is gone; somebody made this one of the same name, which is "
                "used as it is"};
      return change;
    }
    for (FieldChange& field : change.fields) field.cause = Cause::adopted;
  } else if (facts.asked) {
    find_drift(desired, *facts.asked, change);
  }
  if (facts.presumed) change.notes.emplace_back(presumed_ours);
  if (change.fields.empty()) return change;
  change.action = Action::update;
  change.precondition = precondition(desired, facts);
  if (!facts.owned) {
    change.refused = facts.recorded_id.empty() ? not_ours : made_again(facts);
  }
  return change;
}

/// Whether an owned topic is literally what is asked for, as most are in most plans.
bool is_the_same(const TopicWish& wish, const TopicFacts& facts) {
  return wish.managed && facts.owned && !facts.presumed && facts.config == wish.config &&
         wish.partitions.value_or(facts.partitions) == facts.partitions &&
         wish.replicas.value_or(facts.replicas) == facts.replicas;
}

/// What would change, as notes.
Change only_said(const Change& change) {
  Change out{.id = change.id, .desired = change.desired};
  if (change.action == Action::create)
    out.notes.emplace_back("does not exist, and managed=no leaves creating it to others");
  for (const FieldChange& field : change.fields) {
    const auto text = [&](const std::optional<Json>& value) {
      if (field.secret) return std::string(hidden_value);
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
    if (is_internal(desired->id.name) && wish.managed) change.refused = internal_topic;
    return change;
  }
  CF_TRY(const TopicFacts facts, topic_facts(*live));
  if (is_the_same(wish, facts)) return Change{.id = desired->id, .desired = {.id = desired->id}};
  Change change = wish.managed ? update(*desired, wish, facts) : check(*desired, wish, facts);
  if (wish.as_it_is) return only_said(change);
  if (!wish.managed) return change;
  if (is_internal(desired->id.name) && change.action != Action::none) change.refused = internal_topic;
  return change;
}

}  // namespace cloudflow
