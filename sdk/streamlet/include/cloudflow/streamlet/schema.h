// How a type of yours is written in Avro: declared once, beside the type.
//
//   enum class Unit { celsius, kelvin };
//   template <> struct cloudflow::streamlet::Schema<Unit> : Enum<Unit> {
//     static constexpr auto name = "com.example.Unit";
//     static constexpr auto symbols = std::array{symbol("CELSIUS", Unit::celsius), symbol("KELVIN", Unit::kelvin)};
//   };
//   struct Reading { std::string device; Unit unit; std::optional<double> value; };
//   template <> struct cloudflow::streamlet::Schema<Reading> : Record<Reading> {
//     static constexpr auto name = "com.example.Reading";
//     static constexpr auto fields = std::tuple{field("device", &Reading::device), field("unit", &Reading::unit),
//                                               field("value", &Reading::value)};
//   };
//
// Fields may be bool, std::int32_t, std::int64_t, float, double, std::string, Bytes, types with a Schema, and
// std::optional, std::vector and std::map<std::string, …> of these.
#pragma once

#include <array>
#include <concepts>
#include <string_view>
#include <tuple>
#include <utility>

#include "cloudflow/streamlet/message.h"

namespace cloudflow::streamlet {

/// To be specialised for each record and enum; derives from Record or Enum.
template <class T>
struct Schema;

/// A member of a record.
template <class T, class Member>
struct Field {
  const char* name;
  Member T::* member;
};

template <class T, class Member>
constexpr Field<T, Member> field(const char* name, Member T::* member) {
  return {name, member};
}

/// A value of an enum by its name in Avro.
template <class T>
struct Symbol {
  const char* name;
  T value;
};

template <class T>
constexpr Symbol<T> symbol(const char* name, T value) {
  return {name, value};
}

/// A Schema that derives from it has `name` (with the namespace) and `fields`, a std::tuple.
template <class T>
struct Record {};

/// A Schema that derives from it has `name` and `symbols`, a std::array.
template <class T>
struct Enum {};

/// How a value of an earlier version of a type becomes one of today's.
template <class Old, class Convert>
struct Earlier {
  using Version = Old;
  Convert convert;
};

/// A Schema may have `earlier`, a std::tuple of what its values were before, the latest version first:
///
///   static constexpr auto earlier = std::tuple{written_as<OldReading>([](const OldReading& old) { return Reading{…};
///   })};
///
/// Bytes that are no value of today's are then read as those, in this order. Avro's bytes do not say what they are: an
/// earlier version that could be taken for a later one is not told apart, as where a field only got another meaning.
template <class Old, class Convert>
constexpr Earlier<Old, Convert> written_as(Convert convert) {
  return {std::move(convert)};
}

template <class T>
concept HasSchema = requires { sizeof(Schema<T>); };
template <class T>
concept HasRecord = HasSchema<T> && std::derived_from<Schema<T>, Record<T>>;
template <class T>
concept HasEnum = HasSchema<T> && std::derived_from<Schema<T>, Enum<T>>;

template <class T>
concept HasEarlier = HasSchema<T> && requires { Schema<T>::earlier; };

/// Letters, digits and _, no digit first.
constexpr bool is_avro_name(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!is_letter && (i == 0 || c < '0' || c > '9')) return false;
  }
  return !name.empty();
}

/// Such names with dots between them.
constexpr bool is_avro_full_name(std::string_view name) {
  while (true) {
    const std::size_t dot = name.find('.');
    if (!is_avro_name(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

/// Of fields or symbols.
constexpr bool names_are_avro(const auto& all) {
  return std::apply([](const auto&... one) { return (is_avro_name(one.name) && ...); }, all);
}

}  // namespace cloudflow::streamlet
