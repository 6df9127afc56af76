// A Protobuf schema: the messages and enums of one file, with types resolved inside it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

enum class ProtoLabel { optional, required, repeated };

/// What a field (or a map's value) holds. `external` types come from an import, which is not read.
enum class ProtoKind { scalar, message, enum_, external };

struct ProtoType {
  ProtoKind kind = ProtoKind::scalar;
  std::string name{};  ///< "int32"; or the path inside the file without package ("Order.Line"); or as written
  bool operator==(const ProtoType&) const = default;
};

struct ProtoField {
  int number = 0;
  std::string name{};
  ProtoLabel label = ProtoLabel::optional;
  ProtoType type{};        ///< of a map: its value
  std::string map_key{};   ///< scalar; empty when it is no map
  std::string oneof{};     ///< empty outside one
  std::size_t offset = 0;  ///< into the text
  bool is_map() const { return !map_key.empty(); }
};

struct ProtoMessage {
  std::string path{};  ///< "Order.Line"
  std::vector<ProtoField> fields{};
  std::vector<std::pair<int, int>> reserved{};  ///< both ends included
  std::vector<std::string> reserved_names{};
  std::size_t offset = 0;

  const ProtoField* field(int number) const;
  bool is_reserved(int number) const;
  bool is_reserved(std::string_view name) const;
};

struct ProtoEnum {
  std::string path{};
  std::vector<std::pair<std::string, int>> values{};
  std::size_t offset = 0;
};

struct ProtoSchema {
  std::string syntax = "proto2";
  std::string package{};
  std::vector<std::string> imports{};
  std::map<std::string, ProtoMessage> messages{};  ///< by path; nested ones too
  std::map<std::string, ProtoEnum> enums{};
  std::string first{};  ///< the path of the first message
};

/// Reads a .proto file (proto2, proto3, editions), or a FileDescriptorProto or DescriptorProto in protobuf's text
/// format, which is what the original stores as the text of a schema. Imports are noted, not followed. Groups are
/// refused.
Result<ProtoSchema> parse_protobuf_schema(std::string_view text, std::string_view file = {});

/// The schema as a .proto file without comments and options: messages and enums by path, fields by number.
std::string protobuf_canonical_form(const ProtoSchema& schema);

/// Whether `name` is a scalar type of .proto files.
bool is_proto_scalar(std::string_view name);

}  // namespace cloudflow
