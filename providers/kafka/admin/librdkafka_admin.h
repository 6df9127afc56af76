// KafkaAdmin over librdkafka. Its calls are in the librdkafka_*.cpp files and nowhere else.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "providers/kafka/admin/client_properties.h"
#include "providers/kafka/admin/kafka_admin.h"

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_op_s;
struct rd_kafka_queue_s;
struct rd_kafka_AdminOptions_s;

namespace cloudflow {

/// One cluster's client. The connection is made by the first call.
class LibrdkafkaAdmin final : public KafkaAdmin {
 public:
  /// `cluster` names it in messages. An error when librdkafka does not accept a setting.
  static Result<std::unique_ptr<LibrdkafkaAdmin>> open(const std::string& cluster, const std::string& bootstrap_servers,
                                                       const ClientProperties& properties);
  ~LibrdkafkaAdmin() override;
  LibrdkafkaAdmin(const LibrdkafkaAdmin&) = delete;
  LibrdkafkaAdmin& operator=(const LibrdkafkaAdmin&) = delete;

  Result<ClusterInfo> cluster(std::stop_token stop) override;
  PerItem<TopicInfo> describe_topics(std::span<const std::string> names, std::optional<int> broker,
                                     std::stop_token stop) override;
  PerItem<std::vector<ConfigEntry>> describe_configs(std::span<const std::string> topics,
                                                     std::stop_token stop) override;
  PerItem<void> create_topics(std::span<const NewTopic> topics, Write write, std::stop_token stop) override;
  PerItem<void> alter_configs(std::span<const ConfigAlteration> topics, Write write, std::stop_token stop) override;
  PerItem<void> create_partitions(std::span<const MorePartitions> topics, Write write, std::stop_token stop) override;
  PerItem<void> delete_topics(std::span<const std::string> names, std::stop_token stop) override;
  Result<std::vector<ConfigEntry>> broker_configs(int broker, std::stop_token stop) override;
  Result<std::vector<GroupListing>> groups(std::stop_token stop) override;
  PerItem<GroupInfo> describe_groups(std::span<const std::string> groups, std::stop_token stop) override;
  PerItem<std::map<TopicPartition, long long>> committed(std::span<const std::string> groups,
                                                         std::stop_token stop) override;
  PerItem<long long> offsets(std::span<const TopicPartition> partitions, OffsetSpec spec,
                             std::stop_token stop) override;
  PerItem<long long> offsets_since(std::span<const TopicPartition> partitions, long long since,
                                   std::stop_token stop) override;

  /// Properties that had no effect, with the reason.
  const std::map<std::string, std::string>& ignored() const { return ignored_; }

 private:
  struct ReleaseEvent {
    void operator()(rd_kafka_op_s* event) const;
  };
  struct ReleaseClient {
    void operator()(rd_kafka_s* client) const;
  };
  struct ReleaseConf {
    void operator()(rd_kafka_conf_s* conf) const;
  };
  using Event = std::unique_ptr<rd_kafka_op_s, ReleaseEvent>;

  /// What the background threads of librdkafka say about the connection.
  struct Connection {
    std::mutex mutex{};
    std::string trouble{};  ///< the last thing that went wrong, in librdkafka's words
    bool refused = false;   ///< the credentials or certificates were not accepted
    bool all_down = false;
    std::chrono::steady_clock::time_point since{};  ///< of all_down
    bool answered = false;                          ///< some request has succeeded
  };

  struct CallOptions {
    std::string doing{};  ///< "describe topics"
    int operation = 0;    ///< rd_kafka_admin_op_t
    std::chrono::milliseconds deadline = std::chrono::seconds(30);
    bool write = false;
    bool validate_only = false;
    bool with_rights = false;  ///< ask what this client may do
    std::optional<int> broker{};
    std::string group{};  ///< asked through group_client()
  };
  using Client = std::unique_ptr<rd_kafka_s, ReleaseClient>;
  /// Sends request `index` of several.
  using Send = std::function<void(std::size_t index, const rd_kafka_AdminOptions_s* options, rd_kafka_queue_s* queue)>;

  LibrdkafkaAdmin() = default;
  Result<rd_kafka_s*> client();
  /// A consumer of a group that is there, which never joins it. librdkafka (2.15.1 at least) handles a group's
  /// coordinator that moves or is not ready only in a client that has a group; in others the answer to
  /// ListConsumerGroupOffsets ends the process. `group` is that of the first question; it serves for all.
  Result<rd_kafka_s*> group_client(const std::string& group);
  Result<void> start(Client& client, int type, const std::string& group);
  /// Sends all requests at once and waits for every answer; in the order of the requests. The first failure ends it.
  Result<std::vector<Event>> call(const CallOptions& options, std::size_t requests, const Send& send,
                                  std::stop_token stop);
  /// The same, with an answer or an error for each; only what concerns all of them ends it.
  Result<std::vector<Result<Event>>> call_each(const CallOptions& options, std::size_t requests, const Send& send,
                                               std::stop_token stop);
  Result<std::vector<GroupListing>> all_groups(std::stop_token stop);
  Result<std::vector<std::string>> consumer_groups(std::stop_token stop);
  PerItem<long long> list_offsets(std::span<const TopicPartition> partitions, long long spec, std::stop_token stop);
  Result<void> give_up(const CallOptions& options, std::chrono::steady_clock::time_point begun);
  Error call_error(const CallOptions& options, int code, const std::string& words);
  /// With the likely cause, where no broker has answered yet.
  Error explained(Error error);
  std::string place(std::string_view doing) const;
  /// Names the properties that had no effect; empty when all had.
  std::string ignored_hint() const;
  static void on_error(rd_kafka_s* client, int code, const char* reason, void* self);

  std::string cluster_{};
  std::string bootstrap_servers_{};
  std::string protocol_ = "plaintext";
  std::map<std::string, std::string> ignored_{};
  std::unique_ptr<rd_kafka_conf_s, ReleaseConf> conf_{};
  std::mutex starting_{};
  Client client_{};
  Client group_client_{};
  Connection connection_{};
};

/// The Error for one item of an answer: `code` is librdkafka's, `words` the broker's (may be null).
Error broker_error(std::string_view doing, int code, const char* words);

}  // namespace cloudflow
