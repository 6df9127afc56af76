// Which branch of a reader's union takes what a writer wrote.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "planner/schema/avro/avro_schema.h"

namespace cloudflow {

bool avro_promotes(AvroKind writer, AvroKind reader);

/// Chooses as Avro's Java library does: by kind and full name, then a record of the same shape, then a wider type. The
/// choice stands even where what is inside does not fit. The writer has its names for the reader (avro_aliases.h).
class AvroUnions {
 public:
  AvroUnions(const AvroSchema& reader, const AvroSchema& writer) : reader_(reader), writer_(writer) {}

  /// The position of the branch; nothing when no branch takes the type, which is no union.
  std::optional<std::size_t> branch_for(std::size_t reader_union, std::size_t writer_type);

  /// Both are unions of the same branches in the same order, by names without namespaces: bytes are taken as they are.
  bool are_same(std::size_t reader_union, std::size_t writer_union);

 private:
  std::size_t pair(std::size_t r, std::size_t w) const { return (r * writer_.types.size()) + w; }
  std::optional<std::size_t> find_branch(const AvroType& r, std::size_t writer_type);
  bool misses_field(const AvroType& r, const AvroType& w) const;
  bool record_fails(std::size_t r_index, std::size_t w_index);
  bool fails(std::size_t r_index, std::size_t w_index);
  bool same(std::size_t r_index, std::size_t w_index);

  const AvroSchema& reader_;
  const AvroSchema& writer_;
  std::unordered_map<std::size_t, std::optional<std::size_t>> chosen_{};
  std::unordered_set<std::size_t> open_{};  ///< records that are being looked at, which do not fail
  std::unordered_map<std::size_t, bool> same_{};
};

}  // namespace cloudflow
