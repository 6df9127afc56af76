// Random .proto files of every syntax, and small changes of them.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

namespace cloudflow::testing {

struct RandomProtoField {
  int number = 0;
  int kind = 0;      ///< index into the scalars; of a map: its value
  int message = -1;  ///< index of the message that it holds instead
  int enumeration = -1;
  int map_key = -1;  ///< index into the scalars
  bool repeated = false;
  bool required = false;
  bool implicit = false;
  bool delimited = false;
  bool extension = false;
  bool defaulted = false;
  int oneof = -1;
  int noise = 0;  ///< picks options that nothing depends on
};

struct RandomProtoMessage {
  std::string name{};
  int inside = -1;  ///< the message that it is nested in
  bool imported = false;
  std::vector<RandomProtoField> fields{};
};

struct RandomProtoEnum {
  std::string name{};
  bool imported = false;
  bool closed = false;
  std::vector<int> numbers{};
};

enum class ProtoDialect { proto2, proto3, edition2023, edition2024 };

/// A schema that can be written in any syntax; what the syntax cannot say is written as what comes closest.
struct RandomProto {
  ProtoDialect dialect = ProtoDialect::proto2;
  ProtoDialect imported_dialect = ProtoDialect::proto2;
  std::string package = "shop";
  std::string imported_package = "shop";
  bool file_features = false;  ///< editions: say the usual case once for the file
  bool byte_order_mark = false;
  std::vector<RandomProtoMessage> messages{};  ///< the first is the record
  std::vector<RandomProtoEnum> enums{};

  /// By name: "main.proto", and "parts/dep.proto" where something is in it.
  std::map<std::string, std::string> files() const;
};

RandomProto random_proto(std::mt19937& random);
/// Changes one thing.
void edit_proto(RandomProto& schema, std::mt19937& random);

}  // namespace cloudflow::testing
