// How values of Protobuf's types look on the wire, and which of them another type holds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/schema/protobuf/protobuf_schema.h"

namespace cloudflow {

/// Types of one kind read each other's bytes.
enum class ProtoWire { varint, zigzag, fixed32, fixed64, float_, double_, text, message, group, unknown };

/// `delimited` is about messages.
ProtoWire wire_of(const ProtoType& type, bool delimited);

/// Whether a type of which nothing is known can be of this kind: it is a message or an enum.
bool can_be_unknown(ProtoWire wire);

/// Whether what the type holds is not known: its import was not found.
bool is_unknown(const ProtoSchema& schema, const ProtoType& type);

/// A type of a schema.
struct ProtoValues {
  const ProtoSchema& schema;
  const ProtoType& type;
  bool closed = false;  ///< an enum drops numbers without a name even where it is open
};

/// Which of the writer's values a reader of the same ProtoWire sees as others, or not at all.
struct ValuesLost {
  std::vector<std::string> named{};  ///< values of an enum, which are written: "DONE (2)"
  std::string maybe{};               ///< values that the type has, of which it is not known whether they are written
};
ValuesLost values_lost(const ProtoValues& reader, const ProtoValues& writer);

/// What a single field is that was not written, unless that is zero: "5", "NEW (1)".
std::optional<std::string> default_beside_zero(const ProtoSchema& schema, const ProtoField& field);

}  // namespace cloudflow
