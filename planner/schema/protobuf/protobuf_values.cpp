// How values of Protobuf's types look on the wire, and which of them another type holds.
#include "planner/schema/protobuf/protobuf_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Whole numbers from `least` to `most`.
struct Range {
  long long least = 0;
  unsigned long long most = 0;
  bool holds(const Range& other) const { return least <= other.least && most >= other.most; }
  bool holds(int number) const {
    return number >= least && (number < 0 || static_cast<unsigned long long>(number) <= most);
  }
};

constexpr long long least32 = -2147483648LL;
constexpr long long least64 = -9223372036854775807LL - 1;
constexpr unsigned long long most31 = 2147483647ULL;
constexpr unsigned long long most32 = 4294967295ULL;
constexpr unsigned long long most63 = 9223372036854775807ULL;
constexpr unsigned long long most64 = 18446744073709551615ULL;

/// Enums are numbers of 32 bits, with a sign.
Range range_of(const ProtoType& type) {
  static const std::map<std::string, Range, std::less<>> ranges = {{"int32", {least32, most31}},
                                                                   {"int64", {least64, most63}},
                                                                   {"uint32", {0, most32}},
                                                                   {"uint64", {0, most64}},
                                                                   {"bool", {0, 1}},
                                                                   {"sint32", {least32, most31}},
                                                                   {"sint64", {least64, most63}},
                                                                   {"fixed32", {0, most32}},
                                                                   {"fixed64", {0, most64}},
                                                                   {"sfixed32", {least32, most31}},
                                                                   {"sfixed64", {least64, most63}}};
  const auto found = type.kind == ProtoKind::scalar ? ranges.find(type.name) : ranges.end();
  return found == ranges.end() ? Range{least32, most31} : found->second;
}

bool is_zero(std::string_view number) {
  if (number.starts_with("-")) number.remove_prefix(1);
  if (number.starts_with("0x") || number.starts_with("0X")) number.remove_prefix(2);
  number = number.substr(0, number.find_first_of("eE"));
  return !number.empty() && number.find_first_not_of("0.fF") == std::string_view::npos;
}

}  // namespace

ProtoWire wire_of(const ProtoType& type, bool delimited) {
  static const std::map<std::string, ProtoWire, std::less<>> wires = {
      {"int32", ProtoWire::varint},     {"int64", ProtoWire::varint},     {"uint32", ProtoWire::varint},
      {"uint64", ProtoWire::varint},    {"bool", ProtoWire::varint},      {"sint32", ProtoWire::zigzag},
      {"sint64", ProtoWire::zigzag},    {"string", ProtoWire::text},      {"bytes", ProtoWire::text},
      {"fixed32", ProtoWire::fixed32},  {"sfixed32", ProtoWire::fixed32}, {"fixed64", ProtoWire::fixed64},
      {"sfixed64", ProtoWire::fixed64}, {"float", ProtoWire::float_},     {"double", ProtoWire::double_}};
  switch (type.kind) {
    case ProtoKind::message:
      return delimited ? ProtoWire::group : ProtoWire::message;
    case ProtoKind::enum_:
      return ProtoWire::varint;
    case ProtoKind::external:
      return ProtoWire::unknown;
    case ProtoKind::scalar:
      break;
  }
  const auto found = wires.find(type.name);
  return found == wires.end() ? ProtoWire::unknown : found->second;
}

bool can_be_unknown(ProtoWire wire) {
  return wire == ProtoWire::varint || wire == ProtoWire::message || wire == ProtoWire::group ||
         wire == ProtoWire::unknown;
}

bool is_unknown(const ProtoSchema& schema, const ProtoType& type) {
  switch (type.kind) {
    case ProtoKind::message:
      return schema.message(type.name) == nullptr;
    case ProtoKind::enum_:
      return schema.enumeration(type.name) == nullptr;
    case ProtoKind::external:
      return true;
    case ProtoKind::scalar:
      break;
  }
  return false;
}

ValuesLost values_lost(const ProtoValues& reader, const ProtoValues& writer) {
  if (reader.type.name == "string" && writer.type.name == "bytes")
    return {.maybe = "bytes that are no UTF-8 text are refused or changed"};
  if (wire_of(reader.type, false) == ProtoWire::text || wire_of(reader.type, false) == ProtoWire::float_ ||
      wire_of(reader.type, false) == ProtoWire::double_)
    return {};
  if (is_unknown(reader.schema, reader.type))
    return {.maybe = fmt::format("the values of enum {} are not part of the reader's schema", quote(reader.type.name))};
  const ProtoEnum* mine = reader.schema.enumeration(reader.type.name);
  const bool closed = mine != nullptr && reader.type.kind == ProtoKind::enum_ && (mine->closed || reader.closed);
  const Range range = range_of(reader.type);
  if (writer.type.kind == ProtoKind::enum_) {
    const ProtoEnum* theirs = writer.schema.enumeration(writer.type.name);
    if (theirs == nullptr) {
      if (!closed && range.holds(range_of(writer.type))) return {};
      return {.maybe =
                  fmt::format("the values of enum {} are not part of the writer's schema", quote(writer.type.name))};
    }
    ValuesLost out;
    for (const auto& [name, number] : theirs->values) {
      const bool known = closed ? mine->name_of(number) != nullptr : range.holds(number);
      if (!known) out.named.push_back(fmt::format("{} ({})", name, number));
    }
    return out;
  }
  if (closed) return {.maybe = "numbers that the enum does not name are dropped"};
  if (range.holds(range_of(writer.type))) return {};
  return {.maybe = "numbers that the reader's type cannot hold become others"};
}

std::optional<std::string> default_beside_zero(const ProtoSchema& schema, const ProtoField& field) {
  const std::string& value = field.default_value;
  if (field.type.kind == ProtoKind::enum_) {
    const ProtoEnum* of = schema.enumeration(field.type.name);
    if (of == nullptr || of->values.empty()) return std::nullopt;
    const auto named = std::ranges::find(of->values, value, &std::pair<std::string, int>::first);
    const auto& [name, number] = value.empty() || named == of->values.end() ? of->values.front() : *named;
    return number == 0 ? std::nullopt : std::optional(fmt::format("{} ({})", name, number));
  }
  if (value.empty() || value == "\"\"" || value == "false" || is_zero(value)) return std::nullopt;
  return value;
}

}  // namespace cloudflow
