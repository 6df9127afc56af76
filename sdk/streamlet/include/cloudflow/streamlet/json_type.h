// How a type with a Schema is read from JSON that people and programs write: a record is an object with its fields.
//
// An optional field may be left out. An enum is the name of a symbol; Bytes are text of characters up to U+00FF, one
// for each byte, as Avro's JSON has them.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/streamlet/avro_type.h"

namespace cloudflow::streamlet {

/// A place inside of a JSON value, which knows those around it.
class JsonPlace {
 public:
  JsonPlace() = default;
  /// Throws CodecError where values are inside of each other a hundred times.
  JsonPlace(const JsonPlace& around, std::string_view step);

  /// Throws CodecError: "readings[2].celsius: wanted a number, found text".
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void wanted(std::string_view what, const Json& found) const;

 private:
  std::string path() const;

  const JsonPlace* around_ = nullptr;
  std::string_view step_{};
  int depth_ = 0;
};

/// Plain values; throws CodecError where it is another one, or does not fit.
void read_json(const JsonPlace& at, const Json& json, bool& value);
void read_json(const JsonPlace& at, const Json& json, std::int32_t& value);
void read_json(const JsonPlace& at, const Json& json, std::int64_t& value);
void read_json(const JsonPlace& at, const Json& json, float& value);
void read_json(const JsonPlace& at, const Json& json, double& value);
void read_json(const JsonPlace& at, const Json& json, std::string& value);
void read_json(const JsonPlace& at, const Json& json, Bytes& value);

template <class T>
void read_json(const JsonPlace& at, const Json& json, std::optional<T>& value);
template <class T>
void read_json(const JsonPlace& at, const Json& json, std::vector<T>& values);
template <class T>
void read_json(const JsonPlace& at, const Json& json, std::map<std::string, T>& values);
template <HasEnum T>
void read_json(const JsonPlace& at, const Json& json, T& value);
template <HasRecord T>
void read_json(const JsonPlace& at, const Json& json, T& value);

template <class T>
void read_json(const JsonPlace& at, const Json& json, std::optional<T>& value) {
  if (json.is_null()) return value.reset();
  read_json(at, json, value.emplace());
}

template <class T>
void read_json(const JsonPlace& at, const Json& json, std::vector<T>& values) {
  if (!json.is_array()) at.wanted("a list", json);
  values.clear();
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string step = "[" + std::to_string(i) + "]";
    T value{};
    read_json(JsonPlace(at, step), json[i], value);
    values.push_back(std::move(value));
  }
}

template <class T>
void read_json(const JsonPlace& at, const Json& json, std::map<std::string, T>& values) {
  if (!json.is_object()) at.wanted("an object", json);
  values.clear();
  for (const auto& [key, member] : json.items()) read_json(JsonPlace(at, key), member, values[key]);
}

template <HasEnum T>
void read_json(const JsonPlace& at, const Json& json, T& value) {
  if (!json.is_string()) at.wanted("text", json);
  std::string all;
  for (const auto& one : Schema<T>::symbols) {
    if (json == one.name) {
      value = one.value;
      return;
    }
    all += (all.empty() ? "" : ", ") + std::string(one.name);
  }
  at.fail("wanted one of " + all);
}

/// A member that no field has is an error: it is most often one that is spelt wrong.
template <HasRecord T>
void read_json(const JsonPlace& at, const Json& json, T& value) {
  if (!json.is_object()) at.wanted("an object", json);
  std::size_t known = 0;
  const auto read = [&]<class Member>(const Field<T, Member>& field) {
    const JsonPlace place(at, field.name);
    if (const auto member = json.find(field.name); member != json.end()) {
      ++known;
      read_json(place, *member, value.*field.member);
    } else if constexpr (!is_optional<Member>) {
      place.fail("it is missing");
    }
  };
  std::apply([&](const auto&... fields) { (read(fields), ...); }, Schema<T>::fields);
  if (known == json.size()) return;
  for (const auto& [key, member] : json.items()) {
    if (std::apply([&](const auto&... fields) { return ((key == fields.name) || ...); }, Schema<T>::fields)) continue;
    JsonPlace(at, key).fail("there is no such field");
  }
}

}  // namespace cloudflow::streamlet
