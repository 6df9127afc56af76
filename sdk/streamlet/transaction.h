// Transactions of a producer: what was sent, and the offsets of what it was made of, count together or not at all.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "sdk/streamlet/kafka.h"
#include "sdk/streamlet/run_state.h"

struct rd_kafka_consumer_group_metadata_s;  // NOLINT(readability-identifier-naming): librdkafka's name

namespace cloudflow::streamlet {

/// Who a consumer is in its group now. Offsets that come with it are refused once the group has moved on without it.
class Membership {
 public:
  explicit Membership(const Consumer& consumer);
  const rd_kafka_consumer_group_metadata_s* get() const { return data_.get(); }

 private:
  struct Release {
    void operator()(rd_kafka_consumer_group_metadata_s* data) const;
  };
  std::unique_ptr<rd_kafka_consumer_group_metadata_s, Release> data_;
};

/// Next offsets of an inlet by partition.
struct Positions {
  std::string topic{};
  Membership membership;
  std::map<int, std::int64_t> next{};
};

/// One after the other, in one thread.
class Transaction {
 public:
  /// `producer` has a transactional id.
  Transaction(Producer& producer, const RunState& run) : producer_(producer), run_(run) {}

  /// Ends what an earlier producer with this id left open. Waits for brokers that are away until the run stops.
  Result<void> init();
  Result<void> begin();
  bool is_open() const { return is_open_; }
  /// False when it has to be aborted; then nothing of it ever counts. An error is one that ends this producer.
  Result<bool> commit(const std::vector<Positions>& positions);
  Result<void> abort();

 private:
  Producer& producer_;
  const RunState& run_;
  bool is_open_ = false;
};

}  // namespace cloudflow::streamlet
