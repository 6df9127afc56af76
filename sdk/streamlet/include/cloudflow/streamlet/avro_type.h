// What each C++ type is in Avro: its schema, and how it goes into a value and out of it.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/streamlet/avro_node.h"
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

template <class T>
struct PlainAvroType {
  static void write(avro::Node node, const T& value) { avro::put(node, value); }
  static void read(avro::Node node, T& value) { avro::get(node, value); }
};

template <>
struct AvroType<bool> : PlainAvroType<bool> {
  static void schema(SchemaText& out) { out.text += R"("boolean")"; }
};
template <>
struct AvroType<std::int32_t> : PlainAvroType<std::int32_t> {
  static void schema(SchemaText& out) { out.text += R"("int")"; }
};
template <>
struct AvroType<std::int64_t> : PlainAvroType<std::int64_t> {
  static void schema(SchemaText& out) { out.text += R"("long")"; }
};
template <>
struct AvroType<float> : PlainAvroType<float> {
  static void schema(SchemaText& out) { out.text += R"("float")"; }
};
template <>
struct AvroType<double> : PlainAvroType<double> {
  static void schema(SchemaText& out) { out.text += R"("double")"; }
};
template <>
struct AvroType<std::string> : PlainAvroType<std::string> {
  static void schema(SchemaText& out) { out.text += R"("string")"; }
};
template <>
struct AvroType<Bytes> {
  static void schema(SchemaText& out) { out.text += R"("bytes")"; }
  static void write(avro::Node node, const Bytes& value) { avro::put_bytes(node, value.data); }
  static void read(avro::Node node, Bytes& value) { avro::get_bytes(node, value.data); }
};

template <class T>
struct AvroType<std::optional<T>> {
  static void schema(SchemaText& out) {
    out.text += R"(["null",)";
    AvroType<T>::schema(out);
    out.text += ']';
  }
  static void write(avro::Node node, const std::optional<T>& value) {
    const avro::Node inner = avro::put_branch(node, value ? 1 : 0);
    if (value) AvroType<T>::write(inner, *value);
  }
  static void read(avro::Node node, std::optional<T>& value) {
    value.reset();
    if (avro::get_branch(node) == 1) AvroType<T>::read(avro::branch_of(node), value.emplace());
  }
};

template <class T>
struct AvroType<std::vector<T>> {
  static void schema(SchemaText& out) {
    out.text += R"({"type":"array","items":)";
    AvroType<T>::schema(out);
    out.text += '}';
  }
  static void write(avro::Node node, const std::vector<T>& values) {
    for (const T& value : values) AvroType<T>::write(avro::append(node), value);
  }
  static void read(avro::Node node, std::vector<T>& values) {
    values.clear();
    const std::size_t size = avro::size_of(node);
    for (std::size_t i = 0; i < size; ++i) {
      T value{};  // not emplace_back(): std::vector<bool> has no places to read into
      AvroType<T>::read(avro::item_of(node, i), value);
      values.push_back(std::move(value));
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
  static void write(avro::Node node, const std::map<std::string, T>& values) {
    for (const auto& [key, value] : values) AvroType<T>::write(avro::add(node, key), value);
  }
  static void read(avro::Node node, std::map<std::string, T>& values) {
    values.clear();
    const std::size_t size = avro::size_of(node);
    for (std::size_t i = 0; i < size; ++i) {
      std::string key;
      const avro::Node item = avro::item_of(node, i, &key);
      AvroType<T>::read(item, values[key]);
    }
  }
};

template <HasEnum T>
struct AvroType<T> {
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
  static void write(avro::Node node, const T& value) {
    for (std::size_t i = 0; i < Schema<T>::symbols.size(); ++i) {
      if (Schema<T>::symbols[i].value == value) return avro::put_symbol(node, static_cast<int>(i));
    }
    throw CodecError(std::string("a value of the enum ") + Schema<T>::name + " has no symbol");
  }
  static void read(avro::Node node, T& value) {
    value = Schema<T>::symbols.at(static_cast<std::size_t>(avro::get_symbol(node))).value;
  }
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <HasRecord T>
struct AvroType<T> {
  static void schema(SchemaText& out) {
    if (!out.begin("record", Schema<T>::name)) return;
    out.text += R"(,"fields":[)";
    const char* separator = "";
    std::apply([&](const auto&... fields) { (field_schema(fields, separator, out), ...); }, Schema<T>::fields);
    out.text += ']';
    out.end();
  }
  static void write(avro::Node node, const T& value) {
    std::size_t index = 0;
    std::apply([&](const auto&... fields) { (write_field(avro::member_of(node, index++), value.*fields.member), ...); },
               Schema<T>::fields);
  }
  static void read(avro::Node node, T& value) {
    std::size_t index = 0;
    std::apply([&](const auto&... fields) { (read_field(avro::member_of(node, index++), value.*fields.member), ...); },
               Schema<T>::fields);
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
  static void write_field(avro::Node node, const Member& value) {
    AvroType<Member>::write(node, value);
  }
  template <class Member>
  static void read_field(avro::Node node, Member& value) {
    AvroType<Member>::read(node, value);
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
