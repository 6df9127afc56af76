// Values as Protobuf: `Inlet<shop::Order, AsProtobuf> in{*this, "in"};` of a class that protoc generates.
//
// A program with such ports links cloudflow::protobuf as well.
#pragma once

#include <string>
#include <string_view>

#include "cloudflow/streamlet/codec.h"

namespace google::protobuf {
class Descriptor;
class MessageLite;
}  // namespace google::protobuf

namespace cloudflow::streamlet {

/// Of the library cloudflow::protobuf, as the two others: the contract of a message. The schema is its description in
/// Protobuf's text format, as Cloudflow 2 has it for Java's classes of the same message.
PortContract protobuf_contract(const google::protobuf::Descriptor& message);
/// The same bytes for equal messages, also where they have maps. Throws CodecError where required fields are missing.
std::string protobuf_encode(const google::protobuf::MessageLite& message);
/// Throws CodecError where the bytes are none of its type.
void protobuf_decode(std::string_view bytes, google::protobuf::MessageLite& into);

template <class T>
class AsProtobuf {
 public:
  static PortContract contract() { return protobuf_contract(*T::descriptor()); }
  std::string encode(const T& value) { return protobuf_encode(value); }
  T decode(std::string_view bytes) {
    T out;
    protobuf_decode(bytes, out);
    return out;
  }
};

}  // namespace cloudflow::streamlet
