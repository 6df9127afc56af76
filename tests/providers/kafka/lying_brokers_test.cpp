// Brokers of librdkafka itself, which answer what a test wants: what real ones say at moments that cannot be arranged.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <catch2/catch_all.hpp>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "sdk/support/handle.h"

using namespace cloudflow;

namespace {

class LyingBrokers {
 public:
  LyingBrokers() {
    std::array<char, 256> reason{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);  // it has no brokers of its own, and would say so
    client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason.data(), reason.size()));
    INFO(reason.data());
    REQUIRE(client_ != nullptr);
    brokers_.reset(rd_kafka_mock_cluster_new(client_.get(), 1));
    REQUIRE(brokers_ != nullptr);
  }
  std::string addresses() const { return rd_kafka_mock_cluster_bootstraps(brokers_.get()); }
  /// The next request of this kind (an API key of Kafka's protocol) gets this error for an answer.
  void refuse_next(std::int16_t kind, rd_kafka_resp_err_t error) {
    rd_kafka_mock_push_request_errors(brokers_.get(), kind, 1, error);
  }
  void make_topic(const char* name) { rd_kafka_mock_topic_create(brokers_.get(), name, 1, 1); }

 private:
  Handle<rd_kafka_t, rd_kafka_destroy> client_{};
  Handle<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> brokers_{};
};

}  // namespace

TEST_CASE("an empty name of a topic is refused before librdkafka sees it", "[kafka]") {
  LyingBrokers brokers;
  const auto admin = LibrdkafkaAdmin::open("default", brokers.addresses(), *client_properties({}));
  REQUIRE(admin);
  KafkaAdmin& kafka = **admin;
  const std::vector<std::string> names{"a", ""};
  const std::vector<NewTopic> created{{.name = ""}};
  const std::vector<ConfigAlteration> altered{{.topic = ""}};
  const std::vector<MorePartitions> grown{{"", 3}};
  const auto is_refused = [](const auto& answer) {
    return !answer.has_value() && answer.error().kind == ErrorKind::invalid_input;
  };
  CHECK(is_refused(kafka.describe_topics(names, {}, {})));
  CHECK(is_refused(kafka.describe_configs(names, {})));
  CHECK(is_refused(kafka.delete_topics(names, {})));
  CHECK(is_refused(kafka.create_topics(created, Write::validate_only, {})));
  CHECK(is_refused(kafka.alter_configs(altered, Write::validate_only, {})));
  CHECK(is_refused(kafka.create_partitions(grown, Write::validate_only, {})));
}

TEST_CASE("a broker that cannot say where a topic ends is no broker of an empty topic", "[kafka]") {
  LyingBrokers brokers;
  brokers.make_topic("t");
  const auto admin = LibrdkafkaAdmin::open("default", brokers.addresses(), *client_properties({}));
  REQUIRE(admin);
  constexpr std::int16_t list_offsets = 2;
  const std::vector<TopicPartition> asked{{"t", 0}};
  const auto error = GENERATE(RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                              RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
                              RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
                              RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
                              RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
  CAPTURE(rd_kafka_err2name(error));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) brokers.refuse_next(list_offsets, error);
  const auto ends = (*admin)->offsets(asked, OffsetSpec::latest, {});
  if (ends && ends->at(0)) {
    CHECK(*ends->at(0) == 0);
  } else {
    const Error& said = ends ? ends->at(0).error() : ends.error();
    CAPTURE(said.message);
    CHECK(
        (said.kind == ErrorKind::unavailable || said.kind == ErrorKind::not_found || said.kind == ErrorKind::timeout));
  }
}

TEST_CASE("a coordinator that has moved while it is asked what groups have read is an error, not the end", "[kafka]") {
  constexpr std::int16_t offset_fetch = 9;
  LyingBrokers brokers;
  const auto admin = LibrdkafkaAdmin::open("default", brokers.addresses(), *client_properties({}));
  REQUIRE(admin);
  const std::vector<std::string> groups{"app.reader.in", "app.other.in"};
  const auto error = GENERATE(RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                              RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
  CAPTURE(rd_kafka_err2name(error));
  brokers.refuse_next(offset_fetch, error);
  const auto answers = (*admin)->committed(groups, {});
  // Of all groups or of one: the question may be asked again.
  const bool refused = !answers || !answers->at(0) || !answers->at(1);
  CHECK(refused);
  const auto again = (*admin)->committed(groups, {});
  REQUIRE(again);
  CHECK(again->at(0).has_value());
  CHECK(again->at(1).has_value());
}
