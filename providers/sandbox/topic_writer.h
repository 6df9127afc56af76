// Writes records to a topic, as a person does who tries something.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow {

/// Where a key says it, records go to the partition that Java's client would choose.
class TopicWriter {
 public:
  /// not_found: no such topic; unavailable: no broker answers.
  static Result<std::unique_ptr<TopicWriter>> open(const std::string& brokers, const std::string& topic);
  ~TopicWriter();
  TopicWriter(const TopicWriter&) = delete;
  TopicWriter& operator=(const TopicWriter&) = delete;

  /// Hands it over; waits while too many are under way. Nothing as value is a tombstone. What cannot be written is told
  /// by finish(), or here.
  Result<void> write(const std::optional<std::string>& key, const std::optional<std::string>& value);
  /// Waits until all are written; how many those are.
  Result<std::int64_t> finish();

 private:
  struct Handles;
  explicit TopicWriter(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

}  // namespace cloudflow
