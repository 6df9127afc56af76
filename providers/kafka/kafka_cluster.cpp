// What a cluster is and what its topics are.
#include "providers/kafka/kafka_cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <variant>

#include "providers/kafka/admin/patient_admin.h"
#include "providers/kafka/topic/topic_defaults.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// How long a cluster's brokers are taken to be the same.
constexpr std::chrono::seconds members_hold{30};

using WriteAnswers = Result<std::vector<Result<std::monostate>>>;

/// A batch's answers in the Batcher's form, which needs a value type.
WriteAnswers without_values(KafkaAdmin::PerItem<void> answers) {
  if (!answers) return std::unexpected(std::move(answers).error());
  std::vector<Result<std::monostate>> out;
  out.reserve(answers->size());
  for (Result<void>& one : *answers) {
    if (one) {
      out.emplace_back(std::monostate{});
    } else {
      out.emplace_back(std::unexpected(std::move(one).error()));
    }
  }
  return out;
}

}  // namespace

KafkaCluster::KafkaCluster(KafkaClusterOptions options, std::shared_ptr<KafkaAdmin> admin, Clock& clock)
    : options_(std::move(options)),
      direct_(std::move(admin)),
      admin_(std::make_shared<PatientAdmin>(direct_, clock)),
      clock_(clock),
      reading_([this](auto items, std::stop_token stop) { return facts(items, stop); }),
      creating_([this](auto items, std::stop_token stop) -> WriteAnswers {
        CF_CHECK(may_write(stop));
        return without_values(admin_->create_topics(items, Write::really, stop));
      }),
      altering_([this](auto items, std::stop_token stop) -> WriteAnswers {
        CF_CHECK(may_write(stop));
        return without_values(admin_->alter_configs(items, Write::really, stop));
      }),
      growing_([this](auto items, std::stop_token stop) -> WriteAnswers {
        CF_CHECK(may_write(stop));
        return without_values(admin_->create_partitions(items, Write::really, stop));
      }),
      deleting_([this](auto items, std::stop_token stop) -> WriteAnswers {
        CF_CHECK(may_write(stop));
        return without_values(admin_->delete_topics(items, stop));
      }),
      using_([this](auto items, std::stop_token stop) {
        return topic_use(*admin_, items, options_.unrelated_groups, stop);
      }) {}

Result<ClusterInfo> KafkaCluster::info_from(KafkaAdmin& admin, std::stop_token stop) {
  Result<ClusterInfo> answer = admin.cluster(std::move(stop));
  if (!answer) {
    if (!answer.error().where) answer.error().where = options_.where;
    return answer;
  }
  ClusterInfo info = *std::move(answer);
  if (options_.cluster_id.empty() || info.id == options_.cluster_id) {
    const std::scoped_lock lock(mutex_);
    known_ = info;
    known_at_ = clock_.now();
    return info;
  }
  return std::unexpected(
      Error{ErrorKind::conflict,
            fmt::format("kafka cluster {} at {}: this is cluster {}, but {} is wanted", quote(options_.name),
                        options_.bootstrap_servers, quote(info.id), quote(options_.cluster_id)),
            options_.where, "another cluster answers at these addresses: correct bootstrap-servers or cluster-id"});
}

Result<ClusterInfo> KafkaCluster::members(std::stop_token stop) {
  std::optional<ClusterInfo> known;
  {
    const std::scoped_lock lock(mutex_);
    if (known_ && clock_.now() - known_at_ < members_hold) return *known_;
    known = known_;
  }
  Result<ClusterInfo> now = info_from(*direct_, std::move(stop));
  // The broker that was asked may be the one that hangs: who they are does not change with that.
  const bool unanswered =
      !now && (now.error().kind == ErrorKind::timeout || now.error().kind == ErrorKind::unavailable);
  return unanswered && known ? *std::move(known) : now;
}

Result<std::vector<Result<std::optional<TopicFacts>>>> KafkaCluster::facts(std::span<const TopicQuery> queries,
                                                                           std::stop_token stop) {
  std::vector<std::string> names;
  names.reserve(queries.size());
  for (const TopicQuery& query : queries) names.push_back(query.topic);
  KafkaAdmin::PerItem<std::vector<ConfigEntry>> configs;
  KafkaAdmin::PerItem<TopicInfo> topics;
  {
    const std::jthread other([&] { configs = admin_->describe_configs(names, stop); });
    topics = admin_->describe_topics(names, std::nullopt, stop);
  }
  if (!topics) return std::unexpected(std::move(topics).error());
  if (!configs) return std::unexpected(std::move(configs).error());
  add_fallbacks(queries, *configs, stop);
  std::vector<Result<std::optional<TopicFacts>>> out;
  out.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    Result<TopicInfo>& topic = (*topics)[i];
    Result<std::vector<ConfigEntry>>& config = (*configs)[i];
    const bool absent = (!topic && topic.error().kind == ErrorKind::not_found) ||
                        (!config && config.error().kind == ErrorKind::not_found);
    if (absent) {
      out.emplace_back(std::nullopt);
    } else if (!topic) {
      out.emplace_back(std::unexpected(std::move(topic).error()));
    } else if (!config) {
      out.emplace_back(std::unexpected(std::move(config).error()));
    } else {
      out.emplace_back(topic_facts(*topic, *config, queries[i].wanted));
    }
  }
  return out;
}

void KafkaCluster::add_fallbacks(std::span<const TopicQuery> queries,
                                 std::vector<Result<std::vector<ConfigEntry>>>& configs, std::stop_token stop) {
  std::vector<std::vector<ConfigEntry>*> there;
  for (auto& config : configs) {
    if (config) there.push_back(&*config);
  }
  learn_from_each_other(there);
  std::set<std::string> open;  // an override is taken away, and nobody has said yet what comes then
  std::vector<ConfigEntry*> asked;
  for (std::size_t i = 0; i < configs.size(); ++i) {
    if (!configs[i] || !queries[i].is_desired) continue;
    for (ConfigEntry& entry : *configs[i]) {
      if (!entry.overridden || entry.fallback || queries[i].wanted.contains(entry.key)) continue;
      open.insert(entry.key);
      asked.push_back(&entry);
    }
  }
  const std::set<std::string> keys = derived_from_brokers(open);
  if (keys.empty()) return;
  const std::map<std::string, std::string> defaults = broker_defaults(keys, std::move(stop));
  for (ConfigEntry* entry : asked) {
    if (const auto found = defaults.find(entry->key); found != defaults.end()) entry->fallback = found->second;
  }
}

std::map<std::string, std::string> KafkaCluster::broker_defaults(const std::set<std::string>& keys,
                                                                 std::stop_token stop) {
  const Result<ClusterInfo> cluster = members(stop);
  if (!cluster) return {};
  std::vector<Result<std::vector<ConfigEntry>>> answers(cluster->brokers.size());
  {
    std::vector<std::jthread> asking;
    for (std::size_t b = 0; b < cluster->brokers.size(); ++b)
      asking.emplace_back([&, b] { answers[b] = admin_->broker_configs(cluster->brokers[b], stop); });
  }
  std::vector<std::vector<ConfigEntry>> brokers;
  for (auto& answer : answers) {
    // Without the right DescribeConfigs on the cluster the fallback stays unknown, and the change may lose records.
    brokers.push_back(answer ? *std::move(answer) : std::vector<ConfigEntry>{});
  }
  return agreed_defaults(keys, brokers);
}

void KafkaCluster::expect(const std::string& topic, Expected expected) {
  const std::scoped_lock lock(mutex_);
  expected_.insert_or_assign(topic, expected);
}

Result<std::vector<Readiness>> KafkaCluster::readiness(const std::vector<std::string>& topics, std::stop_token stop) {
  std::map<std::string, Expected> expected;
  {
    const std::scoped_lock lock(mutex_);
    expected = expected_;
  }
  CF_TRY(const ClusterInfo cluster, members(stop));
  std::vector<KafkaAdmin::PerItem<TopicInfo>> views(cluster.brokers.size());
  {
    std::vector<std::jthread> asking;
    for (std::size_t b = 0; b < cluster.brokers.size(); ++b) {
      asking.emplace_back([&, b] { views[b] = admin_->describe_topics(topics, cluster.brokers[b], stop); });
    }
  }
  if (stop.stop_requested()) return failure(ErrorKind::interrupted, "stopped");
  // One broker that is silent is a reason to wait; all of them are an outage, which is said once.
  if (!views.empty() && std::ranges::none_of(views, [](const auto& view) { return view.has_value(); }))
    return std::unexpected(views.front().error());
  std::vector<Readiness> out;
  for (std::size_t t = 0; t < topics.size(); ++t) {
    const auto found = expected.find(topics[t]);
    const Expected wanted = found == expected.end() ? Expected{} : found->second;
    const auto waiting = [](std::string reason) { return Readiness{Readiness::State::waiting, std::move(reason)}; };
    Readiness answer{Readiness::State::ready, {}};
    std::size_t absent = 0;
    for (std::size_t b = 0; b < views.size(); ++b) {
      const int broker = cluster.brokers[b];
      if (!views[b]) {
        answer = waiting(fmt::format("broker {} does not answer", broker));
        continue;
      }
      const Result<TopicInfo>& topic = (*views[b])[t];
      if (!topic) {
        if (topic.error().kind == ErrorKind::denied) return std::unexpected(topic.error());
        if (topic.error().kind == ErrorKind::not_found) ++absent;
        answer =
            waiting(topic.error().kind == ErrorKind::not_found ? fmt::format("broker {} does not know it yet", broker)
                                                               : topic.error().message);
        continue;
      }
      if (wanted.gone) {
        answer = waiting(fmt::format("broker {} still serves it", broker));
        continue;
      }
      const int partitions = static_cast<int>(topic->partitions.size());
      if (partitions < wanted.partitions) {
        answer = waiting(fmt::format("broker {} knows {} of {} partitions", broker, partitions, wanted.partitions));
        continue;
      }
      int leaderless = 0;
      int behind = 0;
      for (const PartitionInfo& partition : topic->partitions) {
        if (partition.leader < 0) {
          ++leaderless;
        } else if (partition.in_sync < partition.replicas) {
          ++behind;
        }
      }
      if (leaderless > 0)
        answer = waiting(fmt::format("{} of {} partitions have no leader", leaderless, partitions));
      else if (behind > 0)
        answer = waiting(fmt::format("{} of {} partitions have replicas that are not in sync", behind, partitions));
    }
    if (!views.empty() && absent == views.size() && (wanted.gone || found == expected.end()))
      answer = {Readiness::State::missing, "does not exist"};
    if (wanted.gone && absent > 0 && absent < views.size()) answer.reason = "not yet gone from every broker";
    out.push_back(std::move(answer));
  }
  return out;
}

}  // namespace cloudflow
