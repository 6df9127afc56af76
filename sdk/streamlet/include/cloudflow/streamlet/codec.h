// How the values of a port become bytes: AsAvro, AsJson or AsBytes. A codec is for one thread at a time.
//
// A codec of your own is a template with the same three members.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "cloudflow/json.h"
#include "cloudflow/streamlet/avro_type.h"

namespace cloudflow::streamlet {

/// Avro's binary encoding alone, of a type with a Schema.
template <class T>
class AsAvro {
 public:
  static PortContract contract() {
    std::string schema = avro_schema<T>();
    std::string print = avro::fingerprint(schema);
    std::string name = "value";
    if constexpr (HasRecord<T> || HasEnum<T>) name = Schema<T>::name;
    return {std::move(name), std::move(schema), std::move(print), "avro"};
  }
  std::string encode(const T& value) {
    AvroWriter out;
    AvroType<T>::write(out, value);
    return out.take();
  }
  /// Throws CodecError, also where bytes are left over.
  T decode(std::string_view bytes) {
    if constexpr (HasEarlier<T>) {
      try {
        return decode_as<T>(bytes);
      } catch (const CodecError&) {
        if (auto value = decode_earlier(bytes)) return *std::move(value);
        throw;
      }
    } else {
      return decode_as<T>(bytes);
    }
  }

 private:
  template <class Version>
  static Version decode_as(std::string_view bytes) {
    AvroReader in(bytes);
    Version value{};
    AvroType<Version>::read(in, value);
    in.end();
    return value;
  }
  static std::optional<T> decode_earlier(std::string_view bytes) {
    std::optional<T> out;
    const auto is_one = [&](const auto& earlier) {
      using Version = typename std::remove_cvref_t<decltype(earlier)>::Version;
      try {
        out = earlier.convert(decode_as<Version>(bytes));
      } catch (const CodecError&) {
        return false;
      }
      return true;
    };
    std::apply([&](const auto&... all) { return (is_one(all) || ...); }, Schema<T>::earlier);
    return out;
  }
};

/// The contract of JSON of any form.
PortContract json_contract();
/// The contract of bytes of any kind.
PortContract bytes_contract();

/// The JSON of bytes that somebody else wrote. Throws Json::exception, and CodecError where values are inside of each
/// other more than 500 times: what copies or prints such a value calls itself as often.
Json json_of_bytes(std::string_view bytes);

/// JSON of a type that nlohmann::json converts.
template <class T>
class AsJson {
 public:
  static PortContract contract() { return json_contract(); }
  std::string encode(const T& value) { return dump(Json(value)); }
  T decode(std::string_view bytes) {
    try {
      return json_of_bytes(bytes).template get<T>();
    } catch (const Json::exception& problem) {
      throw CodecError(problem.what());
    }
  }
};

/// The bytes as they are; T is Bytes or std::string.
template <class T>
class AsBytes {
 public:
  static PortContract contract() { return bytes_contract(); }
  std::string encode(const T& value) {
    if constexpr (std::same_as<T, Bytes>) {
      return value.data;
    } else {
      return value;
    }
  }
  T decode(std::string_view bytes) { return T{std::string(bytes)}; }
};

template <class T>
struct DefaultCodec : AsAvro<T> {};
template <>
struct DefaultCodec<Bytes> : AsBytes<Bytes> {};

}  // namespace cloudflow::streamlet
