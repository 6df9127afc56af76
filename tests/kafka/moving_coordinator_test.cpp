// A group's coordinator that moves while it is asked.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <signal.h>

#include <array>
#include <catch2/catch_all.hpp>

#include "providers/kafka/librdkafka_admin.h"
#include "sdk/base/handle.h"

using namespace cloudflow;

namespace {

using Conf = Handle<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using Kafka = Handle<rd_kafka_t, rd_kafka_destroy>;
using MockCluster = Handle<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy>;

/// A cluster of one broker inside this process.
struct Mock {
  Mock() {
    std::array<char, 256> reason{};
    kafka.reset(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason.data(), reason.size()));
    cluster.reset(rd_kafka_mock_cluster_new(kafka.get(), 1));
  }
  Kafka kafka{nullptr};
  MockCluster cluster{nullptr};
};

}  // namespace

TEST_CASE("an answer that a group's coordinator has moved is passed on, and the next question is answered",
          "[kafka][outage]") {
  Mock mock;
  const auto admin = LibrdkafkaAdmin::open("default", rd_kafka_mock_cluster_bootstraps(mock.cluster.get()), {});
  REQUIRE(admin);
  const std::array<std::string, 1> groups{"app.in.calls"};
  constexpr std::int16_t offset_fetch = 9;
  rd_kafka_mock_push_request_errors(mock.cluster.get(), offset_fetch, 1, RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
  const auto moved = (*admin)->committed(groups, {});
  REQUIRE(moved);
  REQUIRE(!moved->front());
  CHECK(moved->front().error().kind == ErrorKind::unavailable);
  const auto answered = (*admin)->committed(groups, {});
  REQUIRE(answered);
  CHECK(answered->front());
}
