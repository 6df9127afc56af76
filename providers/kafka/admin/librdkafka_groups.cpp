// Consumer groups and offsets.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;
using PartitionList = Handle<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using GroupOffsets = Handle<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy>;

std::string about(std::string_view doing, std::string_view group) {
  return fmt::format("{} group {}", doing, quote(group));
}

GroupInfo group_info(const rd_kafka_ConsumerGroupDescription_t* group) {
  GroupInfo info;
  info.state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(group));
  const std::size_t members = rd_kafka_ConsumerGroupDescription_member_count(group);
  info.members = static_cast<int>(members);
  std::set<std::string> topics;
  for (std::size_t m = 0; m < members; ++m) {
    const auto* assignment = rd_kafka_MemberDescription_assignment(rd_kafka_ConsumerGroupDescription_member(group, m));
    const auto* partitions = assignment != nullptr ? rd_kafka_MemberAssignment_partitions(assignment) : nullptr;
    std::set<std::string> mine;
    for (int p = 0; partitions != nullptr && p < partitions->cnt; ++p) mine.insert(partitions->elems[p].topic);
    topics.insert(mine.begin(), mine.end());
    if (!mine.empty()) info.assignments.emplace_back(mine.begin(), mine.end());
  }
  info.only_commits = rd_kafka_ConsumerGroupDescription_is_simple_consumer_group(group) != 0;
  info.topics.assign(topics.begin(), topics.end());
  return info;
}

}  // namespace

/// Classic groups and those of the consumer protocol: librdkafka leaves out what is of another.
Result<std::vector<std::string>> LibrdkafkaAdmin::consumer_groups(std::stop_token stop) {
  const CallOptions options{.doing = "list groups", .operation = RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, .broker = {}};
  CF_TRY(const std::vector<Event> events,
         call(
             options, 1,
             [this](std::size_t, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               rd_kafka_ListConsumerGroups(client_.get(), admin_options, queue);
             },
             stop));
  const auto* result = rd_kafka_event_ListConsumerGroups_result(events.front().get());
  std::size_t count = 0;
  const rd_kafka_error_t** errors = rd_kafka_ListConsumerGroups_result_errors(result, &count);
  if (count > 0)
    return std::unexpected(call_error(options, rd_kafka_error_code(errors[0]), rd_kafka_error_string(errors[0])));
  const rd_kafka_ConsumerGroupListing_t** listings = rd_kafka_ListConsumerGroups_result_valid(result, &count);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.emplace_back(rd_kafka_ConsumerGroupListing_group_id(listings[i]));
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

/// Groups of every protocol, from librdkafka's old call. It takes those for opaque that have no classic protocol.
Result<std::vector<GroupListing>> LibrdkafkaAdmin::all_groups(std::stop_token stop) {
  CF_TRY(rd_kafka_t* const handle, client());
  const CallOptions options{.doing = "list groups of every protocol", .broker = {}};
  // The call cannot be stopped, so it gets more time only when it turns out to need it.
  for (const auto patience : {1s, 3s, 12s}) {
    const rd_kafka_group_list* raw_list = nullptr;
    const auto code =
        rd_kafka_list_groups(handle, nullptr, &raw_list, static_cast<int>(std::chrono::milliseconds(patience).count()));
    const Handle<const rd_kafka_group_list, rd_kafka_group_list_destroy> list(raw_list);
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, place(options.doing + ": stopped"));
    if (code == RD_KAFKA_RESP_ERR__PARTIAL || code == RD_KAFKA_RESP_ERR__TIMED_OUT) continue;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(call_error(options, code, rd_kafka_err2str(code)));
    std::vector<GroupListing> out;
    for (int g = 0; g < list->group_cnt; ++g) {
      const rd_kafka_group_info& group = list->groups[g];
      const bool named = group.protocol_type != nullptr && *group.protocol_type != '\0';
      out.push_back({.name = group.group, .opaque = !named});
    }
    return out;
  }
  rd_kafka_poll(handle, 0);  // runs on_error
  {
    const std::scoped_lock lock(connection_.mutex);
    if (connection_.all_down && !connection_.trouble.empty())
      return failure(ErrorKind::unavailable, fmt::format("{}: {}", place(options.doing), connection_.trouble));
  }
  // Not "unavailable": it was waited for already, and the other brokers are there.
  return failure(ErrorKind::timeout, place(options.doing + ": some brokers do not answer"));
}

Result<std::vector<GroupListing>> LibrdkafkaAdmin::groups(std::stop_token stop) {
  CF_TRY(std::vector<GroupListing> out, all_groups(stop));
  CF_TRY(const std::vector<std::string> known, consumer_groups(stop));
  for (GroupListing& group : out) group.opaque = group.opaque && !std::ranges::binary_search(known, group.name);
  for (const std::string& name : known) {
    if (std::ranges::find(out, name, &GroupListing::name) == out.end()) out.push_back({.name = name});
  }
  std::ranges::sort(out, {}, &GroupListing::name);
  return out;
}

KafkaAdmin::PerItem<GroupInfo> LibrdkafkaAdmin::describe_groups(std::span<const std::string> groups,
                                                                std::stop_token stop) {
  std::vector<Result<GroupInfo>> out(groups.size(), failure(ErrorKind::not_found, "no such group"));
  if (groups.empty()) return out;
  std::vector<const char*> names;
  for (const std::string& group : groups) names.push_back(group.c_str());
  const CallOptions options{
      .doing = "describe groups", .operation = RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, .broker = {}};
  CF_TRY(const std::vector<Event> events,
         call(
             options, 1,
             [&](std::size_t, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               rd_kafka_DescribeConsumerGroups(client_.get(), names.data(), names.size(), admin_options, queue);
             },
             stop));
  std::size_t count = 0;
  const rd_kafka_ConsumerGroupDescription_t** found = rd_kafka_DescribeConsumerGroups_result_groups(
      rd_kafka_event_DescribeConsumerGroups_result(events.front().get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConsumerGroupDescription_group_id(found[i]);
    const auto at = std::ranges::find(groups, name);
    if (at == groups.end()) continue;
    Result<GroupInfo>& place_of = out[static_cast<std::size_t>(at - groups.begin())];
    const rd_kafka_error_t* error = rd_kafka_ConsumerGroupDescription_error(found[i]);
    const auto code = rd_kafka_error_code(error);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      place_of = group_info(found[i]);
    } else {
      place_of = std::unexpected(broker_error(place(about("describe", name)), code, rd_kafka_error_string(error)));
    }
  }
  return out;
}

KafkaAdmin::PerItem<std::map<TopicPartition, long long>> LibrdkafkaAdmin::committed(std::span<const std::string> groups,
                                                                                    std::stop_token stop) {
  std::vector<Result<std::map<TopicPartition, long long>>> out(groups.size());
  if (groups.empty()) return out;
  const CallOptions options{.doing = "list offsets of groups",
                            .operation = RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS,
                            .broker = {},
                            .group = groups.front()};
  CF_TRY(rd_kafka_t* const asked, group_client(options.group));
  CF_TRY(const std::vector<Result<Event>> events,
         call_each(
             options, groups.size(),
             [&](std::size_t index, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               const GroupOffsets request(rd_kafka_ListConsumerGroupOffsets_new(groups[index].c_str(), nullptr));
               rd_kafka_ListConsumerGroupOffsets_t* one = request.get();
               rd_kafka_ListConsumerGroupOffsets(asked, &one, 1, admin_options, queue);
             },
             stop));
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!events[i]) {
      out[i] = std::unexpected(events[i].error());
      continue;
    }
    std::size_t count = 0;
    const rd_kafka_group_result_t** results = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(events[i]->get()), &count);
    if (count == 0) continue;
    if (const rd_kafka_error_t* error = rd_kafka_group_result_error(results[0])) {
      out[i] = std::unexpected(broker_error(place(about("list offsets of", groups[i])), rd_kafka_error_code(error),
                                            rd_kafka_error_string(error)));
      continue;
    }
    const rd_kafka_topic_partition_list_t* partitions = rd_kafka_group_result_partitions(results[0]);
    for (int p = 0; partitions != nullptr && p < partitions->cnt; ++p) {
      const rd_kafka_topic_partition_t& one = partitions->elems[p];
      if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR && one.offset >= 0)
        out[i]->emplace(TopicPartition{one.topic, one.partition}, one.offset);
    }
  }
  return out;
}

KafkaAdmin::PerItem<long long> LibrdkafkaAdmin::offsets(std::span<const TopicPartition> partitions, OffsetSpec spec,
                                                        std::stop_token stop) {
  const long long which = spec == OffsetSpec::earliest ? RD_KAFKA_OFFSET_SPEC_EARLIEST : RD_KAFKA_OFFSET_SPEC_LATEST;
  return list_offsets(partitions, which, std::move(stop));
}

KafkaAdmin::PerItem<long long> LibrdkafkaAdmin::offsets_since(std::span<const TopicPartition> partitions,
                                                              long long since, std::stop_token stop) {
  return list_offsets(partitions, std::max(since, 0LL), std::move(stop));
}

/// `spec` is one of librdkafka's, which are negative, or a time.
KafkaAdmin::PerItem<long long> LibrdkafkaAdmin::list_offsets(std::span<const TopicPartition> partitions, long long spec,
                                                             std::stop_token stop) {
  std::vector<Result<long long>> out(
      partitions.size(), failure(ErrorKind::not_found, "list offsets: the broker's answer leaves a partition out"));
  if (partitions.empty()) return out;
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  std::map<TopicPartition, std::size_t> index;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    index.emplace(partitions[i], i);
    rd_kafka_topic_partition_list_add(list.get(), partitions[i].topic.c_str(), partitions[i].partition)->offset = spec;
  }
  const CallOptions options{.doing = "list offsets", .operation = RD_KAFKA_ADMIN_OP_LISTOFFSETS, .broker = {}};
  CF_TRY(const std::vector<Event> events,
         call(
             options, 1,
             [&](std::size_t, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               rd_kafka_ListOffsets(client_.get(), list.get(), admin_options, queue);
             },
             stop));
  std::size_t count = 0;
  const rd_kafka_ListOffsetsResultInfo_t** infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(events.front().get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_topic_partition_t* one = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    const auto found = index.find(TopicPartition{one->topic, one->partition});
    if (found == index.end()) continue;
    // Only a time may have no offset. A broker that is starting may name none of the ends either: no answer, as what
    // grows from there would look written.
    const bool is_named = one->offset >= 0 || spec >= 0;
    if (one->err == RD_KAFKA_RESP_ERR_NO_ERROR && is_named) {
      out[found->second] = one->offset;
    } else if (one->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      out[found->second] = failure(ErrorKind::unavailable,
                                   fmt::format("list offsets of topic {}: the broker names none", quote(one->topic)));
    } else {
      out[found->second] = std::unexpected(
          broker_error(place(fmt::format("list offsets of topic {}", quote(one->topic))), one->err, nullptr));
    }
  }
  return out;
}

}  // namespace cloudflow
