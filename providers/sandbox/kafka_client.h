// Clients of librdkafka for somebody who looks at a broker, or tries something.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "cloudflow/result.h"

struct rd_kafka_s;
struct rd_kafka_metadata;  // NOLINT(readability-identifier-naming): of librdkafka

namespace cloudflow {

struct EndKafkaClient {
  void operator()(rd_kafka_s* client) const;
};
struct FreeKafkaMetadata {
  void operator()(const struct rd_kafka_metadata* metadata) const;
};
using KafkaClient = std::unique_ptr<rd_kafka_s, EndKafkaClient>;
using KafkaMetadata = std::unique_ptr<const struct rd_kafka_metadata, FreeKafkaMetadata>;

enum class KafkaRole { consumer, producer };

/// With these settings over those that all have: it makes no topics, and prints nothing; a producer tells by events of
/// its main queue what became of records. unsupported: librdkafka refuses.
Result<KafkaClient> kafka_client(KafkaRole role, const std::map<std::string, std::string>& settings);
/// What brokers say of a topic that is there. not_found: it is not; unavailable: no broker answers within 10 s.
Result<KafkaMetadata> topic_metadata(rd_kafka_s* client, const std::string& brokers, const std::string& topic);

}  // namespace cloudflow
