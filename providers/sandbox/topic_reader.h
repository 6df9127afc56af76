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

/// Belongs to no group and commits nothing. Knows the partitions that there were when it began.
class TopicReader {
 public:
  /// `from_beginning`: what there is already comes first. not_found: no such topic; unavailable: no broker answers.
  static Result<std::unique_ptr<TopicReader>> open(const std::string& brokers, const std::string& topic,
                                                   bool from_beginning);
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
