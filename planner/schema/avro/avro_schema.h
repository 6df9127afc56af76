// An Avro schema: parsed, with every name resolved and every default proven.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow {

enum class AvroKind {
  null,
  boolean,
  int_,
  long_,
  float_,
  double_,
  bytes,
  string,
  array,
  map,
  fixed,
  enum_,
  record,
  union_
};

/// A known logical type on a type that can carry it; the others are dropped with a warning, as the specification asks.
struct AvroLogical {
  std::string name{};  ///< "decimal", "timestamp-millis"; empty for none
  int precision = 0;   ///< decimal only
  int scale = 0;
  bool operator==(const AvroLogical&) const = default;
};

struct AvroField {
  std::string name{};
  std::size_t type = 0;  ///< index into AvroSchema::types
  std::optional<Json> default_value{};
  std::vector<std::string> aliases{};
};

/// One type. Which members have a meaning depends on the kind.
struct AvroType {
  AvroKind kind = AvroKind::null;
  std::string name{};                  ///< named kinds: without namespace
  std::string full_name{};             ///< named kinds: with it
  std::vector<std::string> aliases{};  ///< full names
  std::vector<AvroField> fields{};     ///< record
  std::vector<std::string> symbols{};  ///< enum
  std::optional<std::string> enum_default{};
  long long size = 0;                ///< fixed
  std::vector<std::size_t> inner{};  ///< array: items; map: values; union: branches
  AvroLogical logical{};
  bool is_named() const { return kind == AvroKind::record || kind == AvroKind::enum_ || kind == AvroKind::fixed; }
};

/// Types refer to each other by index, so that recursive schemas are plain values. A named type is there once.
struct AvroSchema {
  std::vector<AvroType> types{};
  std::size_t root = 0;
  std::vector<std::string> warnings{};  ///< logical types that were dropped, with their path
  const AvroType& at(std::size_t index) const { return types[index]; }
};

/// "int", "record" …
std::string_view name_of(AvroKind kind);

/// Reads what Avro 1.11 reads (comments and `error` records too). The error says where in the text, and the message
/// ends with the JSON pointer of the place; `file` is only for that.
Result<AvroSchema> parse_avro_schema(std::string_view text, std::string_view file = {});

}  // namespace cloudflow
