// Rules by key; everything that is not named here is compared as trimmed text or number and costs nothing.
#include "providers/kafka/topic/topic_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <vector>

#include "sdk/support/kafka_values.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Value = std::optional<std::string>;
constexpr long long unlimited = std::numeric_limits<long long>::max();

std::set<std::string> parts_of(std::string_view list) {
  std::set<std::string> parts;
  for (const std::string& part : split(list, ',')) {
    if (const std::string_view name = trimmed(part); !name.empty()) parts.emplace(name);
  }
  return parts;
}

/// A limit as a number; what is negative is none. Nothing when it is not known.
std::optional<long long> limit(const Value& value) {
  if (!value) return std::nullopt;
  const std::optional<long long> number = java_whole_number(*value);
  return number && *number < 0 ? unlimited : number;
}

enum class Moved { no, down, up, unknown };

Moved moved(const Value& before, const Value& after) {
  const auto was = limit(before);
  const auto becomes = limit(after);
  if (was && becomes) return *becomes < *was ? Moved::down : *becomes > *was ? Moved::up : Moved::no;
  // To a limit that nothing can be above, nothing is lost; from there, whatever comes is less.
  if (becomes && *becomes == unlimited) return Moved::up;
  if (was && *was == 0) return Moved::up;
  return Moved::unknown;
}

/// "after" may have the policy as far as is known.
bool may_have(const Value& cleanup, std::string_view policy) {
  return !cleanup || parts_of(*cleanup).contains(std::string(policy));
}

bool may_be_true(const Value& value) { return !value || canonical_value("remote.storage.enable", *value) == "true"; }

std::string words(const Value& value) { return value ? *value : "(not known)"; }

ConfigRisk lost(std::string what, bool certain) {
  return {.risk = Risk::data_loss, .loss = Loss{std::move(what), certain}};
}

ConfigRisk disrupted(std::string note) { return {.risk = Risk::disruptive, .note = std::move(note)}; }

/// retention.ms and retention.bytes: what is past the limit is deleted where the policy deletes.
ConfigRisk retention_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  if (!may_have(after("cleanup.policy"), "delete")) return {};
  const Moved how = moved(before(key), after(key));
  if (how != Moved::down && how != Moved::unknown) return {};
  const bool certain = how == Moved::down && after("cleanup.policy").has_value();
  return lost(fmt::format("records past the new limit: {} {} → {}", key, words(before(key)), words(after(key))),
              certain);
}

ConfigRisk cleanup_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  const Value was = before(key);
  const Value becomes = after(key);
  if (!becomes) return lost("records that the cluster's default cleanup.policy, which is not known, deletes", false);
  const std::set<std::string> old = was ? parts_of(*was) : std::set<std::string>{};
  const std::set<std::string> now = parts_of(*becomes);
  if (now.contains("delete") && !old.contains("delete")) {
    return lost(fmt::format("records past the retention limits: cleanup.policy {} → {}", words(was), *becomes),
                was.has_value());
  }
  if (now.contains("compact") && !old.contains("compact")) {
    ConfigRisk risk =
        lost(fmt::format("all records of each key but its last: cleanup.policy {} → {}", words(was), *becomes),
             was.has_value());
    risk.note = "cleanup.policy: records without a key are rejected";
    return risk;
  }
  return {};
}

/// What a compacted topic gives up sooner, so that a reader that is behind by less never sees it.
ConfigRisk sooner_compacted(std::string_view key, const InEffect& before, const InEffect& after) {
  const std::string_view what = key == "delete.retention.ms" ? "deletions of keys" : "older records of a key";
  return lost(fmt::format("{} that readers further behind have not seen: {} {} → {}", what, key, words(before(key)),
                          words(after(key))),
              false);
}

/// How long a compacted topic keeps deletions and older values for readers that are behind.
ConfigRisk compaction_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  if (!may_have(after("cleanup.policy"), "compact")) return {};
  const Moved how = moved(before(key), after(key));
  if (how != Moved::down && how != Moved::unknown) return {};
  return sooner_compacted(key, before, after);
}

/// min.cleanable.dirty.ratio, between 0 and 1: how much may be uncompacted before the cleaner begins. What the cleaner
/// has not reached yet is what slow readers still find.
ConfigRisk dirty_ratio_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  if (!may_have(after("cleanup.policy"), "compact")) return {};
  const auto ratio = [&](const InEffect& in_effect) {
    const Value value = in_effect(key);
    return value ? java_real_number(*value) : std::nullopt;
  };
  const std::optional<double> was = ratio(before);
  const std::optional<double> becomes = ratio(after);
  const bool is_more = was && becomes ? *becomes >= *was : (was && *was <= 0) || (becomes && *becomes >= 1);
  return is_more ? ConfigRisk{} : sooner_compacted(key, before, after);
}

/// Only where records are kept in remote storage as well is a local limit no loss; without it, it has no effect.
ConfigRisk local_retention_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  const Value remote = after("remote.storage.enable");
  if (remote || moved(before(key), after(key)) == Moved::up) return {};
  return lost(fmt::format("records past the new limit, as remote.storage.enable is not known: {} {} → {}", key,
                          words(before(key)), words(after(key))),
              false);
}

ConfigRisk remote_storage_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  const Value was = before(key);
  const Value becomes = after(key);
  if (!may_be_true(was) || (becomes && may_be_true(becomes))) return {};
  return lost("records that are only in remote storage: remote.storage.enable is switched off",
              was.has_value() && becomes.has_value());
}

ConfigRisk remote_delete_risk(std::string_view key, const InEffect&, const InEffect& after) {
  const Value remote = after("remote.storage.enable");
  const Value becomes = after(key);
  if (!may_be_true(becomes) || (remote && may_be_true(remote))) return {};
  return lost("records that are only in remote storage: remote.log.delete.on.disable deletes them", false);
}

/// The segment that is written to is neither deleted nor compacted. When it closes sooner, no record goes that
/// retention keeps, but a compacted topic gives up the older records of a key sooner.
ConfigRisk closes_sooner(std::string_view key, const InEffect& before, const InEffect& after) {
  if (may_have(after("cleanup.policy"), "compact")) return sooner_compacted(key, before, after);
  return {.note =
              fmt::format("{}: segments close sooner, so records that are past the retention limits go sooner", key)};
}

ConfigRisk segment_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  const Moved how = moved(before(key), after(key));
  return how == Moved::down || how == Moved::unknown ? closes_sooner(key, before, after) : ConfigRisk{};
}

/// segment.jitter.ms: a segment closes up to so much sooner than segment.ms says.
ConfigRisk jitter_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  const Moved how = moved(before(key), after(key));
  const bool is_none = after(key) && limit(after(key)) == 0;
  return how == Moved::no || how == Moved::down || is_none ? ConfigRisk{} : closes_sooner(key, before, after);
}

ConfigRisk timestamp_bound_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  const Moved how = moved(before(key), after(key));
  if (how != Moved::down && how != Moved::unknown) return {};
  const std::string_view what = key.find(".after.") != std::string_view::npos    ? "further ahead"
                                : key.find(".before.") != std::string_view::npos ? "older"
                                                                                 : "further off";
  return disrupted(fmt::format("{}: records whose timestamp is {} than this are rejected", key, what));
}

ConfigRisk timestamp_type_risk(std::string_view key, const InEffect&, const InEffect& after) {
  const Value becomes = after(key);
  if (becomes && *becomes != "CreateTime") return {};
  return disrupted(
      "message.timestamp.type: retention goes by the writers' timestamps; new records with old ones are deleted soon");
}

ConfigRisk size_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  const Moved how = moved(before(key), after(key));
  if (how != Moved::down && how != Moved::unknown) return {};
  return disrupted("max.message.bytes: larger records are rejected");
}

ConfigRisk in_sync_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  if (moved(before(key), after(key)) != Moved::down) return {};
  return disrupted("min.insync.replicas: acknowledged records are on fewer brokers");
}

ConfigRisk election_risk(std::string_view key, const InEffect&, const InEffect& after) {
  const Value becomes = after(key);
  if (becomes && canonical_value(key, *becomes) != "true") return {};
  return disrupted("unclean.leader.election.enable: acknowledged records may be lost when brokers fail");
}

struct Rule {
  std::string_view key{};
  ConfigRisk (*risk)(std::string_view key, const InEffect& before, const InEffect& after) = nullptr;
};

/// Every setting of a topic by which records can go, be refused or be kept on fewer brokers.
constexpr std::array rules = {
    Rule{"retention.ms", retention_risk},
    Rule{"retention.bytes", retention_risk},
    Rule{"cleanup.policy", cleanup_risk},
    Rule{"delete.retention.ms", compaction_risk},
    Rule{"min.compaction.lag.ms", compaction_risk},
    Rule{"max.compaction.lag.ms", compaction_risk},
    Rule{"min.cleanable.dirty.ratio", dirty_ratio_risk},
    Rule{"local.retention.ms", local_retention_risk},
    Rule{"local.retention.bytes", local_retention_risk},
    Rule{"remote.storage.enable", remote_storage_risk},
    Rule{"remote.log.delete.on.disable", remote_delete_risk},
    Rule{"segment.ms", segment_risk},
    Rule{"segment.bytes", segment_risk},
    Rule{"segment.index.bytes", segment_risk},
    Rule{"segment.jitter.ms", jitter_risk},
    Rule{"message.timestamp.before.max.ms", timestamp_bound_risk},
    Rule{"message.timestamp.after.max.ms", timestamp_bound_risk},
    Rule{"message.timestamp.difference.max.ms", timestamp_bound_risk},
    Rule{"message.timestamp.type", timestamp_type_risk},
    Rule{"max.message.bytes", size_risk},
    Rule{"min.insync.replicas", in_sync_risk},
    Rule{"unclean.leader.election.enable", election_risk},
};

}  // namespace

std::string canonical_value(std::string_view key, std::string_view value) {
  const std::string_view text = trimmed(value);
  switch (kafka_type(key)) {
    case KafkaType::whole:
      if (const auto number = java_whole_number(text)) return fmt::format("{}", *number);
      return std::string(text);
    case KafkaType::real:
      if (const auto number = java_real_number(text)) return fmt::format("{}", *number);
      return std::string(text);
    case KafkaType::boolean:
      return lower(text);
    case KafkaType::set: {
      const std::set<std::string> parts = parts_of(text);
      return join(std::vector<std::string>(parts.begin(), parts.end()), ",");
    }
    case KafkaType::text:
      return std::string(text);
    case KafkaType::unknown:
      break;
  }
  // A managed service's own key: what reads as a number or a boolean is compared as one.
  if (const std::string word = lower(text); word == "true" || word == "false") return word;
  if (const auto whole = java_whole_number(text)) return fmt::format("{}", *whole);
  if (const auto real = plain_real_number(text)) return fmt::format("{}", *real);
  return std::string(text);
}

bool is_throttle(std::string_view key) {
  return key == "leader.replication.throttled.replicas" || key == "follower.replication.throttled.replicas";
}

bool decides_risk(std::string_view key) {
  return key == "cleanup.policy" || key == "remote.storage.enable" || key == "min.insync.replicas";
}

ConfigRisk config_risk(std::string_view key, const InEffect& before, const InEffect& after) {
  const auto rule = std::ranges::find(rules, key, &Rule::key);
  return rule == rules.end() ? ConfigRisk{} : rule->risk(key, before, after);
}

}  // namespace cloudflow
