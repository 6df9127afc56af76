// How the values of a port become bytes: AsAvro, AsJson or AsBytes. A codec is for one thread at a time.
//
// A codec of your own is a template with the same three members.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

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
    AvroReader in(bytes);
    T value{};
    AvroType<T>::read(in, value);
    in.end();
    return value;
  }
};

/// The contract of JSON of any form.
PortContract json_contract();
/// The contract of bytes of any kind.
PortContract bytes_contract();

/// JSON of a type that nlohmann::json converts.
template <class T>
class AsJson {
 public:
  static PortContract contract() { return json_contract(); }
  std::string encode(const T& value) { return dump(Json(value)); }
  T decode(std::string_view bytes) {
    try {
      return Json::parse(bytes).template get<T>();
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
