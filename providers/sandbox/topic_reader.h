// Reads the records of a topic, as somebody who only looks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow {

/// A record as it is in Kafka.
struct ReadRecord {
  int partition = 0;
  std::int64_t offset = 0;
  std::int64_t time = -1;  ///< milliseconds since 1970; negative where there is none
  std::optional<std::string> key{};
  std::optional<std::string> value{};
};

/// Where reading begins, in each partition.
struct ReadFrom {
  enum class Kind {
    now,        ///< with what comes
    beginning,  ///< with the oldest that is there
    last,       ///< `count` records before its end
    since,      ///< with what was written `time` milliseconds after 1970 or later
    offset,     ///< with record `count`
  };
  Kind kind = Kind::now;
  std::int64_t count = 0;
  std::int64_t time = 0;
};

/// Belongs to no group and commits nothing. Knows the partitions that there were when it began.
class TopicReader {
 public:
  /// not_found: no such topic; unavailable: no broker answers.
  static Result<std::unique_ptr<TopicReader>> open(const std::string& brokers, const std::string& topic,
                                                   const ReadFrom& from);
  ~TopicReader();
  TopicReader(const TopicReader&) = delete;
  TopicReader& operator=(const TopicReader&) = delete;

  /// The next record; nothing when none has come in time.
  Result<std::optional<ReadRecord>> next(std::chrono::milliseconds time);

 private:
  struct Handles;
  explicit TopicReader(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

}  // namespace cloudflow
