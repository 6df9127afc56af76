// The topic that a store's changes go to, and from which they come back.
#pragma once

#include <functional>
#include <string>

#include "sdk/streamlet/database.h"
#include "sdk/streamlet/kafka.h"

namespace cloudflow::streamlet {

/// How many partitions a topic has that is there.
Result<int> partition_count(const Client& client, const std::string& topic);

class Changelog {
 public:
  using GoOn = std::function<bool()>;

  /// `cluster` says where the topic is, and how it is read.
  Changelog(std::string topic, const PortSettings& cluster) : topic_(std::move(topic)), cluster_(cluster) {
    cluster_.topic = topic_;
  }

  const std::string& topic() const { return topic_; }

  /// Makes the topic (compacted, with as many partitions) unless it is there, and waits until it can be used. An error
  /// where it cannot be made, or has fewer partitions.
  Result<void> make(Producer& producer, int partitions,
                    const std::function<bool(std::chrono::milliseconds)>& wait) const;

  struct Extent {
    std::int64_t first = 0;
    std::int64_t end = 0;  ///< of what is written, whether it is committed or not
  };
  /// Waits for brokers that are away as long as `go_on` says so.
  Result<Extent> extent(const Producer& producer, int partition, const GoOn& go_on) const;

  /// Gives what is committed from one offset up to another, and waits for what is undecided there. `take` gets the next
  /// offset with some changes at a time. False when `go_on` ended it.
  Result<bool> read(int partition, std::int64_t from, std::int64_t end, const GoOn& go_on,
                    const std::function<void(const Changes& changes, std::int64_t next)>& take) const;

 private:
  std::string topic_;
  PortSettings cluster_;
};

}  // namespace cloudflow::streamlet
