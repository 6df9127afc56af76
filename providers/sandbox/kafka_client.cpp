// Clients of librdkafka for somebody who looks at a broker, or tries something.
#include "providers/sandbox/kafka_client.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>

#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int patience_ms = 10'000;

}  // namespace

void EndKafkaClient::operator()(rd_kafka_s* client) const { rd_kafka_destroy(client); }
void FreeKafkaMetadata::operator()(const struct rd_kafka_metadata* metadata) const {
  rd_kafka_metadata_destroy(metadata);
}

Result<KafkaClient> kafka_client(KafkaRole role, const std::map<std::string, std::string>& settings) {
  Handle<rd_kafka_conf_t, rd_kafka_conf_destroy> all(rd_kafka_conf_new());
  std::array<char, 512> why{};
  std::map<std::string, std::string> wanted{{"allow.auto.create.topics", "false"}, {"log_level", "0"}};
  if (role == KafkaRole::producer) wanted.erase("allow.auto.create.topics");
  for (const auto& [name, value] : settings) wanted[name] = value;
  for (const auto& [name, value] : wanted) {
    if (rd_kafka_conf_set(all.get(), name.c_str(), value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK)
      return failure(ErrorKind::unsupported, fmt::format("{}: {}", name, why.data()));
  }
  if (role == KafkaRole::producer) rd_kafka_conf_set_events(all.get(), RD_KAFKA_EVENT_DR);
  KafkaClient out(rd_kafka_new(role == KafkaRole::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, all.get(),
                               why.data(), why.size()));
  if (!out) return failure(ErrorKind::unsupported, fmt::format("a client of Kafka cannot be made: {}", why.data()));
  static_cast<void>(all.release());  // the client's by now
  return out;
}

Result<KafkaMetadata> topic_metadata(rd_kafka_s* client, const std::string& brokers, const std::string& topic) {
  const Handle<rd_kafka_topic_t, rd_kafka_topic_destroy> named(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  KafkaMetadata out;
  const rd_kafka_resp_err_t asked = rd_kafka_metadata(client, 0, named.get(), Out<KafkaMetadata>(out), patience_ms);
  if (asked != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(ErrorKind::unavailable,
                   fmt::format("the brokers {} do not answer: {}", brokers, rd_kafka_err2str(asked)));
  if (out->topic_cnt != 1 || out->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR || out->topics[0].partition_cnt == 0)
    return failure(ErrorKind::not_found, fmt::format("there is no topic {} on {}", quote(topic), brokers));
  return out;
}

}  // namespace cloudflow
