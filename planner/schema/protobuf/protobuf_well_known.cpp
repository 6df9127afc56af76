// The .proto files that every Protobuf compiler brings along.
#include <array>
#include <utility>

#include "planner/schema/protobuf/protobuf_parse.h"

namespace cloudflow {
namespace {

constexpr std::string_view any_proto = R"(syntax = "proto3"; package google.protobuf;
message Any { string type_url = 1; bytes value = 2; }
)";

constexpr std::string_view duration_proto = R"(syntax = "proto3"; package google.protobuf;
message Duration { int64 seconds = 1; int32 nanos = 2; }
)";

constexpr std::string_view empty_proto = R"(syntax = "proto3"; package google.protobuf;
message Empty {}
)";

constexpr std::string_view field_mask_proto = R"(syntax = "proto3"; package google.protobuf;
message FieldMask { repeated string paths = 1; }
)";

constexpr std::string_view source_context_proto = R"(syntax = "proto3"; package google.protobuf;
message SourceContext { string file_name = 1; }
)";

constexpr std::string_view struct_proto = R"(syntax = "proto3"; package google.protobuf;
message Struct { map<string, Value> fields = 1; }
message Value {
  oneof kind {
    NullValue null_value = 1;
    double number_value = 2;
    string string_value = 3;
    bool bool_value = 4;
    Struct struct_value = 5;
    ListValue list_value = 6;
  }
}
enum NullValue { NULL_VALUE = 0; }
message ListValue { repeated Value values = 1; }
)";

constexpr std::string_view timestamp_proto = R"(syntax = "proto3"; package google.protobuf;
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
)";

constexpr std::string_view wrappers_proto = R"(syntax = "proto3"; package google.protobuf;
message DoubleValue { double value = 1; }
message FloatValue { float value = 1; }
message Int64Value { int64 value = 1; }
message UInt64Value { uint64 value = 1; }
message Int32Value { int32 value = 1; }
message UInt32Value { uint32 value = 1; }
message BoolValue { bool value = 1; }
message StringValue { string value = 1; }
message BytesValue { bytes value = 1; }
)";

constexpr std::string_view api_proto = R"(syntax = "proto3"; package google.protobuf;
message Api {
  string name = 1;
  repeated Method methods = 2;
  repeated Option options = 3;
  string version = 4;
  SourceContext source_context = 5;
  repeated Mixin mixins = 6;
  Syntax syntax = 7;
  string edition = 8;
}
message Method {
  string name = 1;
  string request_type_url = 2;
  bool request_streaming = 3;
  string response_type_url = 4;
  bool response_streaming = 5;
  repeated Option options = 6;
  Syntax syntax = 7;
  string edition = 8;
}
message Mixin { string name = 1; string root = 2; }
import "google/protobuf/source_context.proto";
import "google/protobuf/type.proto";
)";

constexpr std::string_view type_proto = R"(syntax = "proto3"; package google.protobuf;
import "google/protobuf/any.proto";
import "google/protobuf/source_context.proto";
message Type {
  string name = 1;
  repeated Field fields = 2;
  repeated string oneofs = 3;
  repeated Option options = 4;
  SourceContext source_context = 5;
  Syntax syntax = 6;
  string edition = 7;
}
message Field {
  enum Kind {
    TYPE_UNKNOWN = 0; TYPE_DOUBLE = 1; TYPE_FLOAT = 2; TYPE_INT64 = 3; TYPE_UINT64 = 4; TYPE_INT32 = 5;
    TYPE_FIXED64 = 6; TYPE_FIXED32 = 7; TYPE_BOOL = 8; TYPE_STRING = 9; TYPE_GROUP = 10; TYPE_MESSAGE = 11;
    TYPE_BYTES = 12; TYPE_UINT32 = 13; TYPE_ENUM = 14; TYPE_SFIXED32 = 15; TYPE_SFIXED64 = 16; TYPE_SINT32 = 17;
    TYPE_SINT64 = 18;
  }
  enum Cardinality {
    CARDINALITY_UNKNOWN = 0; CARDINALITY_OPTIONAL = 1; CARDINALITY_REQUIRED = 2; CARDINALITY_REPEATED = 3;
  }
  Kind kind = 1;
  Cardinality cardinality = 2;
  int32 number = 3;
  string name = 4;
  string type_url = 6;
  int32 oneof_index = 7;
  bool packed = 8;
  repeated Option options = 9;
  string json_name = 10;
  string default_value = 11;
}
message Enum {
  string name = 1;
  repeated EnumValue enumvalue = 2;
  repeated Option options = 3;
  SourceContext source_context = 4;
  Syntax syntax = 5;
  string edition = 6;
}
message EnumValue { string name = 1; int32 number = 2; repeated Option options = 3; }
message Option { string name = 1; Any value = 2; }
enum Syntax { SYNTAX_PROTO2 = 0; SYNTAX_PROTO3 = 1; SYNTAX_EDITIONS = 2; }
)";

using Entry = std::pair<std::string_view, std::string_view>;

/// Those at the end describe schemas and options, which no records are made of.
constexpr std::array<Entry, 14> files = {{{"google/protobuf/any.proto", any_proto},
                                          {"google/protobuf/api.proto", api_proto},
                                          {"google/protobuf/duration.proto", duration_proto},
                                          {"google/protobuf/empty.proto", empty_proto},
                                          {"google/protobuf/field_mask.proto", field_mask_proto},
                                          {"google/protobuf/source_context.proto", source_context_proto},
                                          {"google/protobuf/struct.proto", struct_proto},
                                          {"google/protobuf/timestamp.proto", timestamp_proto},
                                          {"google/protobuf/type.proto", type_proto},
                                          {"google/protobuf/wrappers.proto", wrappers_proto},
                                          {"google/protobuf/descriptor.proto", ""},
                                          {"google/protobuf/cpp_features.proto", ""},
                                          {"google/protobuf/go_features.proto", ""},
                                          {"google/protobuf/java_features.proto", ""}}};

constexpr std::string_view package = "google.protobuf.";

/// "message NAME " or "enum NAME " at the start of a line, or behind the package.
bool defines(std::string_view text, std::string_view name) {
  for (const std::string_view word : {"\nmessage ", "\nenum "}) {
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      const std::string_view rest = text.substr(at + word.size());
      if (rest.starts_with(name) && rest.substr(name.size()).starts_with(" ")) return true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::string_view> well_known_proto(std::string_view import) {
  for (const auto& [name, text] : files) {
    if (name == import) return text;
  }
  return std::nullopt;
}

std::string_view well_known_proto_of(std::string_view type) {
  if (!type.starts_with(package)) return {};
  const std::string_view name = type.substr(package.size());
  for (const auto& [file, text] : files) {
    if (defines(text, name.substr(0, name.find('.')))) return file;
  }
  return {};
}

}  // namespace cloudflow
