// librdkafka's mock cluster.
#include "providers/sandbox/embedded_broker.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>

#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {

/// In this order: the cluster ends before the client that it keeps its books in.
struct EmbeddedBroker::Handles {
  Handle<rd_kafka_t, rd_kafka_destroy> client{};
  Handle<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> cluster{};
};

EmbeddedBroker::EmbeddedBroker(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
EmbeddedBroker::~EmbeddedBroker() = default;

Result<std::unique_ptr<EmbeddedBroker>> EmbeddedBroker::start() {
  std::array<char, 512> why{};
  Handle<rd_kafka_conf_t, rd_kafka_conf_destroy> settings(rd_kafka_conf_new());
  // It has no broker to connect to, and would say so.
  rd_kafka_conf_set(settings.get(), "log_level", "0", why.data(), why.size());
  auto handles = std::make_unique<Handles>();
  handles->client.reset(rd_kafka_new(RD_KAFKA_PRODUCER, settings.get(), why.data(), why.size()));
  if (!handles->client) return failure(ErrorKind::unsupported, fmt::format("the embedded broker: {}", why.data()));
  static_cast<void>(settings.release());  // the client's by now
  handles->cluster.reset(rd_kafka_mock_cluster_new(handles->client.get(), 1));
  if (!handles->cluster) return failure(ErrorKind::unavailable, "the embedded broker could not listen on 127.0.0.1");
  // A group begins to read at once: nobody here waits for members on other machines.
  rd_kafka_mock_group_initial_rebalance_delay_ms(handles->cluster.get(), 100);
  rd_kafka_mock_set_group_consumer_session_timeout_ms(handles->cluster.get(), session);
  return std::unique_ptr<EmbeddedBroker>(new EmbeddedBroker(std::move(handles)));
}

std::string EmbeddedBroker::address() const { return rd_kafka_mock_cluster_bootstraps(handles_->cluster.get()); }

Result<void> EmbeddedBroker::make_topic(const std::string& name, int partitions) {
  const rd_kafka_resp_err_t answer = rd_kafka_mock_topic_create(handles_->cluster.get(), name.c_str(), partitions, 1);
  if (answer == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const bool is_there = answer == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
  return failure(is_there ? ErrorKind::conflict : ErrorKind::invalid_input,
                 fmt::format("topic {}: {}", quote(name), rd_kafka_err2str(answer)));
}

Result<void> EmbeddedBroker::delete_topic(const std::string& name) {
  const rd_kafka_resp_err_t answer = rd_kafka_mock_topic_delete(handles_->cluster.get(), name.c_str());
  if (answer == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return failure(ErrorKind::not_found, fmt::format("topic {}: {}", quote(name), rd_kafka_err2str(answer)));
}

}  // namespace cloudflow
