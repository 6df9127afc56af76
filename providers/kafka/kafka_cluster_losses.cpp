// What goes when a topic keeps less, and what readers that are given up have not read.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "providers/kafka/kafka_cluster.h"
#include "sdk/support/kafka_values.h"
#include "sdk/support/number_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// The offset before which records are past the new limit, for each partition.
using Cut = std::map<int, long long>;

/// The new retention in milliseconds, when that is what is cut.
std::optional<long long> new_retention(const Change& change) {
  for (const FieldChange& field : change.fields) {
    if (field.path != "retention.ms") continue;
    const Json* wanted = find(change.desired.spec, {"config", "retention.ms"});
    if (wanted == nullptr) return std::nullopt;
    const std::optional<long long> limit =
        java_whole_number(wanted->is_string() ? wanted->get<std::string>() : dump(*wanted));
    return limit && *limit >= 0 ? limit : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Cut> cut_of(KafkaAdmin& admin, const std::string& topic, const TopicUse& use, long long since,
                          const std::stop_token& stop) {
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, end] : use.end) partitions.push_back({topic, partition});
  const auto answers = admin.offsets_since(partitions, since, stop);
  if (!answers) return std::nullopt;
  Cut out;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (!(*answers)[i]) return std::nullopt;
    const int partition = partitions[i].partition;
    out[partition] = *(*answers)[i] < 0 ? use.end.at(partition) : *(*answers)[i];
  }
  return out;
}

long long records_before(const Cut& cut, const TopicUse& use, const std::map<int, long long>* committed) {
  long long out = 0;
  for (const auto& [partition, offset] : cut) {
    long long from = use.begin.at(partition);
    if (committed != nullptr) {
      const auto read = committed->find(partition);
      // A partition without an offset is read from its beginning, or never: unread either way.
      if (read != committed->end()) from = std::max(from, read->second);
    }
    out += std::max(0LL, offset - from);
  }
  return out;
}

std::string unread_words(long long records, const std::string& topic, const std::string& group) {
  return fmt::format("{} of topic {} that group {} has not read", records_in_words(records), topic, group);
}

void say_what_goes(Change& change, const TopicUse& use, const std::optional<Cut>& cut) {
  const std::string& topic = change.id.name;
  for (const GroupUse& group : use.groups) {
    if (cut) {
      const long long unread = records_before(*cut, use, &group.committed);
      if (unread > 0) lose(change, {unread_words(unread, topic, group.group)});
    } else if (group.lag > 0) {
      lose(change, {"some of " + unread_words(group.lag, topic, group.group), false});
    }
  }
  if (cut) {
    change.notes.push_back(fmt::format("{} of {} are past the new limit now",
                                       with_commas(records_before(*cut, use, nullptr)), records_in_words(use.records)));
  }
  for (const std::string& reason : use.unseen) change.notes.push_back("not counted: " + reason);
}

/// Offsets that groups have committed, of those that read for one reader: its group, or one group for each of its pods.
struct Reader {
  std::string group{};
  std::string topic{};
};

Reader reader_of(const ResourceId& id) {
  const std::size_t colon = id.name.rfind(':');
  if (colon == std::string::npos) return {id.name, ""};
  return {id.name.substr(0, colon), id.name.substr(colon + 1)};
}

bool reads_for(std::string_view group, const Reader& reader) {
  return group == reader.group || group.starts_with(reader.group + ".");
}

}  // namespace

void KafkaCluster::count_what_goes(std::span<Change* const> changes, std::stop_token stop) {
  if (changes.empty()) return;
  std::vector<TopicSize> topics;
  for (const Change* change : changes)
    topics.push_back({change->id.name, static_cast<int>(int_at(change->precondition, {"partitions"}))});
  const auto uses = topic_use(*admin_, topics, options_.unrelated_groups, stop);
  const long long now = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall().time_since_epoch()).count();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!uses || !(*uses)[i]) {
      const Error& error = uses ? (*uses)[i].error() : uses.error();
      changes[i]->notes.push_back("who has not read what goes cannot be found out: " + error.message);
      continue;
    }
    std::optional<Cut> cut;
    if (const auto limit = new_retention(*changes[i]))
      cut = cut_of(*admin_, changes[i]->id.name, *(*uses)[i], now - *limit, stop);
    say_what_goes(*changes[i], *(*uses)[i], cut);
  }
}

Result<std::vector<std::vector<Loss>>> KafkaCluster::unread(std::span<const ResourceId> readers, std::stop_token stop) {
  std::vector<TopicSize> topics;
  std::set<std::string> names;
  for (const ResourceId& id : readers) names.insert(reader_of(id).topic);
  const std::vector<std::string> asked(names.begin(), names.end());
  CF_TRY(const auto described, admin_->describe_topics(asked, std::nullopt, stop));
  std::map<std::string, Error> unknown;
  for (std::size_t t = 0; t < asked.size(); ++t) {
    if (described[t]) {
      topics.push_back({asked[t], static_cast<int>(described[t]->partitions.size())});
    } else if (described[t].error().kind != ErrorKind::not_found) {
      unknown.emplace(asked[t], described[t].error());
    }
  }
  std::set<std::string> groups;
  for (const ResourceId& id : readers) groups.insert(reader_of(id).group);
  std::set<std::string> opaque;
  std::set<std::string> existing;
  const auto listed = admin_->groups(stop);
  if (listed) {
    for (const GroupListing& group : *listed) {
      existing.insert(group.name);
      const bool ours =
          std::ranges::any_of(readers, [&](const ResourceId& id) { return reads_for(group.name, reader_of(id)); });
      if (ours) groups.insert(group.name);
      if (ours && group.opaque) opaque.insert(group.name);
    }
  }
  const std::vector<std::string> all(groups.begin(), groups.end());
  CF_TRY(const auto committed, admin_->committed(all, stop));
  std::vector<TopicPartition> partitions;
  for (const TopicSize& topic : topics) {
    for (int p = 0; p < topic.partitions; ++p) partitions.push_back({topic.topic, p});
  }
  CF_TRY(const auto begins, admin_->offsets(partitions, OffsetSpec::earliest, stop));
  CF_TRY(const auto ends, admin_->offsets(partitions, OffsetSpec::latest, stop));
  std::map<std::string, TopicUse> uses;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    for (const auto* answer : {&begins[i], &ends[i]}) {
      if (!*answer) unknown.emplace(partitions[i].topic, answer->error());
    }
    if (!begins[i] || !ends[i]) continue;
    TopicUse& use = uses[partitions[i].topic];
    use.begin[partitions[i].partition] = *begins[i];
    use.end[partitions[i].partition] = *ends[i];
    use.records += *ends[i] - *begins[i];
  }
  std::vector<std::vector<Loss>> out(readers.size());
  for (std::size_t r = 0; r < readers.size(); ++r) {
    const Reader reader = reader_of(readers[r]);
    if (const auto error = unknown.find(reader.topic); error != unknown.end()) {
      out[r].push_back({fmt::format("what group {} has not read of topic {}, which cannot be found out: {}",
                                    reader.group, reader.topic, error->second.message),
                        false});
      continue;
    }
    const bool only_obstacles = readers[r].kind == "Drain";
    const auto use = uses.find(reader.topic);
    if (use == uses.end() || use->second.records == 0) continue;
    bool any = false;
    for (std::size_t g = 0; g < all.size(); ++g) {
      if (!reads_for(all[g], reader)) continue;
      if (!committed[g]) {
        any = true;
        const std::string why = committed[g].error().kind == ErrorKind::denied
                                    ? "the right Describe on the group is missing"
                                    : committed[g].error().message;
        out[r].push_back({fmt::format("what group {} has not read of topic {}, which cannot be found out: {}", all[g],
                                      reader.topic, why),
                          false});
        continue;
      }
      std::map<int, long long> read;
      for (const auto& [partition, offset] : *committed[g]) {
        if (partition.topic == reader.topic) read.emplace(partition.partition, offset);
      }
      if (read.empty()) continue;
      any = true;
      const long long left = records_before(use->second.end, use->second, &read);
      if (left > 0 && !only_obstacles) out[r].push_back({unread_words(left, reader.topic, all[g])});
    }
    if (any) continue;
    const bool exists =
        std::ranges::any_of(existing, [&](const std::string& group) { return reads_for(group, reader); });
    if (readers[r].kind == "Port" && listed && !exists) {
      out[r].push_back({fmt::format("records of topic {} if {} reads them, which is not recorded: as a writer it loses "
                                    "nothing; as a reader it has committed nothing, and the topic holds {}",
                                    reader.topic, reader.group, records_in_words(use->second.records)),
                        false});
      continue;
    }
    const bool hidden = std::ranges::any_of(opaque, [&](const std::string& group) { return reads_for(group, reader); });
    if (only_obstacles && !hidden) continue;
    out[r].push_back(
        {fmt::format("records of topic {} that group {} has not read: {}, and the topic holds {}", reader.topic,
                     reader.group, hidden ? "what a share group has read cannot be seen" : "it has committed nothing",
                     records_in_words(use->second.records)),
         false});
  }
  return out;
}

Result<std::map<std::string, std::string>> KafkaCluster::topic_ids(const std::vector<std::string>& topics,
                                                                   std::stop_token stop) {
  CF_TRY(const auto described, admin_->describe_topics(topics, std::nullopt, stop));
  std::map<std::string, std::string> out;
  for (std::size_t t = 0; t < topics.size(); ++t) {
    if (described[t] && !described[t]->topic_id.empty()) out.emplace(topics[t], described[t]->topic_id);
  }
  return out;
}

}  // namespace cloudflow
