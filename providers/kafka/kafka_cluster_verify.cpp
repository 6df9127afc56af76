// Lets the brokers judge a plan: validate_only for every write, and who uses what is to be deleted.
#include <fmt/format.h>

#include <algorithm>

#include "providers/kafka/kafka_cluster.h"
#include "providers/kafka/topic/topic_writes.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// The part of the desired topic that the broker's words are about.
std::string blamed_pointer(const Change& change, const std::string& words) {
  const Json* config = find(change.desired.spec, {"config"});
  if (config != nullptr && config->is_object()) {
    for (const auto& [key, value] : config->items()) {
      if (words.find(key) != std::string::npos) return "/config/" + pointer_step(key);
    }
  }
  const std::string text = lower(words);
  if (text.find("replication factor") != std::string::npos) return "/replicas";
  if (text.find("partition") != std::string::npos) return "/partitions";
  return "";
}

void read_verdicts(std::span<Change* const> changes, const std::vector<Result<void>>& verdicts,
                   std::vector<KafkaCluster::Rejected>& rejections) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    changes[i]->verified = Verified::server;
    if (verdicts[i]) continue;
    Error error = verdicts[i].error();
    error.where = changes[i]->desired.origin_of(blamed_pointer(*changes[i], error.message));
    error = without_secrets(std::move(error), changes[i]->desired);
    rejections.push_back({changes[i], std::move(error)});
  }
}

/// "group a", "groups a, b"
std::string counted_names(std::string_view what, const std::vector<std::string>& names) {
  return fmt::format("{}{} {}", what, names.size() == 1 ? "" : "s", join(names, ", "));
}

/// Groups that cannot be looked into and of which nothing says that they read this topic.
std::vector<std::string> hidden_elsewhere(const TopicUse& use) {
  std::vector<std::string> out = use.hidden_groups;
  std::erase_if(out, [&](const std::string& name) {
    return std::ranges::find(use.groups, name, &GroupUse::group) != use.groups.end();
  });
  return out;
}

void describe_use(Change& change, int partitions, const TopicUse& use, std::string_view ending) {
  change.verified = Verified::server;
  change.losses.clear();
  if (use.records == 0) {
    // What is written until it goes is lost all the same.
    lose(change, {"what is written to the topic until it goes; it holds no records now", false});
  } else {
    lose(change,
         {fmt::format("the topic with {} in {}", records_in_words(use.records), counted(partitions, "partition"))});
  }
  for (const GroupUse& group : use.groups) change.notes.push_back(in_words(group));
  if (!use.unrelated.empty()) {
    change.notes.push_back(fmt::format("cannot be looked into, and policy says that {} other topics: {}",
                                       use.unrelated.size() == 1 ? "it reads" : "they read",
                                       counted_names("group", use.unrelated)));
  }
  if (const std::string reason = reason_to_keep(use, ending); !reason.empty()) {
    change.refused = reason;
  } else if (!reason_to_keep(use).empty()) {
    change.notes.emplace_back("--drain: it is deleted when nobody uses it any more; otherwise it stays");
  }
  if (const std::vector<std::string> others = hidden_elsewhere(use); !others.empty()) {
    change.notes.push_back(fmt::format(
        "when {0} {1} none of this application's topics: unrelated-groups: [{2}] in the environment's policy",
        counted_names("group", others), others.size() == 1 ? "reads" : "read", join(others, ", ")));
  }
  for (const GroupUse& group : use.groups) {
    // Its reader may be gone for good, and then nothing would ever let the topic go. Kafka deletes offsets of a topic
    // that no member is subscribed to.
    if (group.members == 0 && group.lag > 0 && (group.state == "Empty" || group.state == "Stable")) {
      change.notes.push_back(
          fmt::format("when nobody needs what group {0} has not read: kafka-consumer-groups.sh --delete-offsets "
                      "--group {0} --topic {1}",
                      group.group, change.id.name));
    }
  }
}

}  // namespace

Result<void> KafkaCluster::verify(std::span<Change*> changes, std::vector<Rejected>& rejections, std::stop_token stop) {
  std::vector<Change*> creates, alters, grows, removals, cuts;
  std::vector<NewTopic> new_topics;
  std::vector<ConfigAlteration> alterations;
  std::vector<MorePartitions> growth;
  std::vector<TopicSize> doomed;
  for (Change* change : changes) {
    if (change->action == Action::none || change->refused || change->check_only) continue;
    if (change->action == Action::update && change->risk == Risk::data_loss) cuts.push_back(change);
    if (change->action == Action::remove) {
      removals.push_back(change);
      doomed.push_back({change->id.name, static_cast<int>(int_at(change->precondition, {"partitions"}))});
    } else if (change->action == Action::create) {
      CF_TRY(NewTopic topic, new_topic(change->desired));
      creates.push_back(change);
      new_topics.push_back(std::move(topic));
    } else {
      if (auto alteration = config_alteration(*change)) {
        alters.push_back(change);
        alterations.push_back(*std::move(alteration));
      }
      if (const auto more = more_partitions(*change)) {
        grows.push_back(change);
        growth.push_back(*more);
      }
    }
  }
  CF_TRY(const auto created, admin_->create_topics(new_topics, Write::validate_only, stop));
  read_verdicts(creates, created, rejections);
  CF_TRY(const auto altered, admin_->alter_configs(alterations, Write::validate_only, stop));
  read_verdicts(alters, altered, rejections);
  CF_TRY(const auto grown, admin_->create_partitions(growth, Write::validate_only, stop));
  read_verdicts(grows, grown, rejections);
  count_what_goes(cuts, stop);
  if (removals.empty()) return {};
  const auto uses = topic_use(*admin_, doomed, options_.unrelated_groups, stop);
  if (!uses && uses.error().kind == ErrorKind::interrupted) return std::unexpected(uses.error());
  if (!uses) {
    for (Change* change : removals) change->refused = "who uses it cannot be found out: " + uses.error().message;
    return {};
  }
  for (std::size_t i = 0; i < removals.size(); ++i) {
    if ((*uses)[i]) {
      describe_use(*removals[i], doomed[i].partitions, *(*uses)[i], ending_);
    } else {
      const Error& unknown = (*uses)[i].error();
      removals[i]->refused = "who uses it cannot be found out: " + unknown.message;
      if (unknown.kind == ErrorKind::not_found) rejections.push_back({removals[i], unknown});
    }
  }
  return {};
}

}  // namespace cloudflow
