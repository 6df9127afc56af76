// What goes into a topic, and what is known of a record that came from one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/streamlet/receipt.h"

namespace cloudflow::streamlet {

/// Bytes of any kind: the value of a port without a schema, and Avro's type `bytes`.
struct Bytes {
  std::string data{};

  bool operator==(const Bytes&) const = default;
};

/// A header of a Kafka record.
struct Header {
  std::string name{};
  std::string value{};

  bool operator==(const Header&) const = default;
};

/// One record on its way to a topic.
struct Message {
  std::optional<std::string> key{};  ///< records with the same key come to one partition; without one, to any
  std::string value{};
  std::vector<Header> headers{};
  bool is_tombstone = false;  ///< no value at all: compaction then forgets the key
  /// Told what becomes of it; then a broker's refusal of the record alone does not end the run. For generate only, as
  /// what handlers send belongs to their records.
  std::shared_ptr<Receipt> receipt{};
};

/// A message is larger than the client of Kafka takes (`message.max.bytes`).
class TooLargeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where a record came from. The texts live as long as the handler runs.
struct RecordInfo {
  std::string_view inlet{};
  std::string_view topic{};
  int partition = 0;
  std::int64_t offset = 0;
  std::int64_t time = 0;  ///< milliseconds since 1970, as Kafka has it; -1 where it has none
  std::optional<std::string_view> key{};
  bool is_tombstone = false;  ///< it has no value at all: its key is to be forgotten
};

/// What a port carries, as a descriptor says it.
struct PortContract {
  std::string name{};
  std::string schema{};
  std::string fingerprint{};  ///< Base64 of the SHA-256 of Avro's canonical form; of the schema's text for others
  std::string format{};       ///< "avro", "json" or "bytearray"
};

}  // namespace cloudflow::streamlet
