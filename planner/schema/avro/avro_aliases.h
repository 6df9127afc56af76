// The names that a writer's types and fields have for a reader.
#pragma once

#include <optional>
#include <string>

#include "planner/schema/avro/avro_schema.h"

namespace cloudflow {

/// A writer's schema with the names that the reader's aliases give its types and fields, in the order of Cloudflow 2,
/// as Avro's Java library renames them: all over the schema.
struct AvroRenamed {
  AvroSchema schema{};
  /// Two branches of a union, or two fields of a record, that got the same name: no reader takes that. Or an alias that
  /// leads to an alias: the library renames once more, and others do not.
  struct Clash {
    std::size_t type = 0;  ///< the union or record, or the whole schema
    std::string message{};
  };
  std::optional<Clash> clash{};
};

AvroRenamed with_aliases_of(const AvroSchema& reader, const AvroSchema& writer);

}  // namespace cloudflow
