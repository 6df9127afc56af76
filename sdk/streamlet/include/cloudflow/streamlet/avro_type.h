// What each C++ type is in Avro: its schema, and how its values are written and read.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/streamlet/avro_binary.h"
#include "cloudflow/streamlet/schema.h"

namespace cloudflow::streamlet {

/// Writes a schema as Avro's own libraries do: a named type in full where it appears first, later by its name.
class SchemaText {
 public:
  std::string text{};

  /// Begins a named type; false when it was written before, and its name is all there is to write.
  bool begin(std::string_view kind, std::string_view full_name);
  void end();

 private:
  std::set<std::string, std::less<>> written_{};
  std::vector<std::string> namespaces_{};
};

template <class T>
struct AvroType;

// NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses
#define CF_PLAIN_AVRO_TYPE(type_name, called)                                      \
  template <>                                                                      \
  struct AvroType<type_name> {                                                     \
    static void schema(SchemaText& out) { out.text += called; }                    \
    static void write(AvroWriter& out, const type_name& value) { out.put(value); } \
    static void read(AvroReader& in, type_name& value) { in.get(value); }          \
  };
CF_PLAIN_AVRO_TYPE(bool, R"("boolean")")
CF_PLAIN_AVRO_TYPE(std::int32_t, R"("int")")
CF_PLAIN_AVRO_TYPE(std::int64_t, R"("long")")
CF_PLAIN_AVRO_TYPE(float, R"("float")")
CF_PLAIN_AVRO_TYPE(double, R"("double")")
CF_PLAIN_AVRO_TYPE(std::string, R"("string")")
#undef CF_PLAIN_AVRO_TYPE
// NOLINTEND(bugprone-macro-parentheses)

template <>
struct AvroType<Bytes> {
  static void schema(SchemaText& out) { out.text += R"("bytes")"; }
  static void write(AvroWriter& out, const Bytes& value) { out.put(value.data); }
  static void read(AvroReader& in, Bytes& value) { in.get(value.data); }
};

template <class T>
struct AvroType<std::optional<T>> {
  static void schema(SchemaText& out) {
    out.text += R"(["null",)";
    AvroType<T>::schema(out);
    out.text += ']';
  }
  static void write(AvroWriter& out, const std::optional<T>& value) {
    out.put(static_cast<std::int64_t>(value ? 1 : 0));
    if (value) AvroType<T>::write(out, *value);
  }
  static void read(AvroReader& in, std::optional<T>& value) {
    value.reset();
    if (in.get_index(2) == 1) AvroType<T>::read(in, value.emplace());
  }
};

template <class T>
struct AvroType<std::vector<T>> {
  static void schema(SchemaText& out) {
    out.text += R"({"type":"array","items":)";
    AvroType<T>::schema(out);
    out.text += '}';
  }
  static void write(AvroWriter& out, const std::vector<T>& values) {
    if (!values.empty()) out.put(static_cast<std::int64_t>(values.size()));
    for (const T& value : values) AvroType<T>::write(out, value);
    out.put(std::int64_t{0});
  }
  static void read(AvroReader& in, std::vector<T>& values) {
    values.clear();
    while (std::size_t count = in.get_block()) {
      for (; count > 0; --count) {
        T value{};  // not emplace_back(): std::vector<bool> has no places to read into
        AvroType<T>::read(in, value);
        values.push_back(std::move(value));
      }
    }
  }
};

template <class T>
struct AvroType<std::map<std::string, T>> {
  static void schema(SchemaText& out) {
    out.text += R"({"type":"map","values":)";
    AvroType<T>::schema(out);
    out.text += '}';
  }
  static void write(AvroWriter& out, const std::map<std::string, T>& values) {
    if (!values.empty()) out.put(static_cast<std::int64_t>(values.size()));
    for (const auto& [key, value] : values) {
      out.put(key);
      AvroType<T>::write(out, value);
    }
    out.put(std::int64_t{0});
  }
  static void read(AvroReader& in, std::map<std::string, T>& values) {
    values.clear();
    while (std::size_t count = in.get_block()) {
      for (; count > 0; --count) {
        std::string key;
        in.get(key);
        AvroType<T>::read(in, values[key]);
      }
    }
  }
};

template <HasEnum T>
struct AvroType<T> {
  static_assert(is_avro_full_name(Schema<T>::name), "an Avro name has letters, digits, _ and dots");
  static_assert(names_are_avro(Schema<T>::symbols), "a symbol has letters, digits and _");

  static void schema(SchemaText& out) {
    if (!out.begin("enum", Schema<T>::name)) return;
    out.text += R"(,"symbols":[)";
    const char* separator = "\"";
    for (const auto& one : Schema<T>::symbols) {
      out.text += separator;
      out.text += one.name;
      out.text += '"';
      separator = ",\"";
    }
    out.text += ']';
    out.end();
  }
  static void write(AvroWriter& out, const T& value) {
    for (std::size_t i = 0; i < Schema<T>::symbols.size(); ++i) {
      if (Schema<T>::symbols[i].value == value) return out.put(static_cast<std::int64_t>(i));
    }
    throw CodecError(std::string("a value of the enum ") + Schema<T>::name + " has no symbol");
  }
  static void read(AvroReader& in, T& value) {
    value = Schema<T>::symbols[in.get_index(Schema<T>::symbols.size())].value;
  }
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <HasRecord T>
struct AvroType<T> {
  static_assert(is_avro_full_name(Schema<T>::name), "an Avro name has letters, digits, _ and dots");
  static_assert(names_are_avro(Schema<T>::fields), "a field's name has letters, digits and _");
  static_assert(std::tuple_size_v<decltype(Schema<T>::fields)> > 0, "a record has a field at least");

  static void schema(SchemaText& out) {
    if (!out.begin("record", Schema<T>::name)) return;
    out.text += R"(,"fields":[)";
    const char* separator = "";
    std::apply([&](const auto&... fields) { (field_schema(fields, separator, out), ...); }, Schema<T>::fields);
    out.text += ']';
    out.end();
  }
  static void write(AvroWriter& out, const T& value) {
    std::apply([&](const auto&... fields) { (write_member(out, value.*fields.member), ...); }, Schema<T>::fields);
  }
  static void read(AvroReader& in, T& value) {
    const AvroReader::Level level(in);
    std::apply([&](const auto&... fields) { (read_member(in, value.*fields.member), ...); }, Schema<T>::fields);
  }

 private:
  template <class Member>
  static void field_schema(const Field<T, Member>& field, const char*& separator, SchemaText& out) {
    out.text += separator;
    out.text += R"({"name":")";
    out.text += field.name;
    out.text += R"(","type":)";
    AvroType<Member>::schema(out);
    if constexpr (is_optional<Member>) out.text += R"(,"default":null)";
    out.text += '}';
    separator = ",";
  }
  template <class Member>
  static void write_member(AvroWriter& out, const Member& member) {
    AvroType<Member>::write(out, member);
  }
  template <class Member>
  static void read_member(AvroReader& in, Member& member) {
    AvroType<Member>::read(in, member);
  }
};

/// The Avro schema of a type, as JSON.
template <class T>
std::string avro_schema() {
  SchemaText out;
  AvroType<T>::schema(out);
  return std::move(out.text);
}

}  // namespace cloudflow::streamlet
