// A Protobuf schema: the messages and enums of a file and of what it imports, with every type resolved.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

enum class ProtoLabel { optional, required, repeated };

/// What a field (or a map's value) holds. Of an `external` type nothing is known, not even whether it is a message.
enum class ProtoKind { scalar, message, enum_, external };

struct ProtoType {
  ProtoKind kind = ProtoKind::scalar;
  std::string name{};  ///< "int32"; or the full name without a leading dot ("shop.Order.Line")
  bool operator==(const ProtoType&) const = default;
};

enum class ProtoPresence {
  explicit_,  ///< a zero that was set is written
  implicit,   ///< a zero is never written
  required
};

/// Features of editions; nothing where they are inherited from the message or the file around. The older syntaxes stand
/// for one set of them each.
struct ProtoFeatures {
  std::optional<ProtoPresence> presence{};
  std::optional<bool> closed{};     ///< enums: numbers without a name are not taken
  std::optional<bool> delimited{};  ///< messages: between two tags, as groups are, not behind their length
  /// Takes from `outer` what is not said here.
  ProtoFeatures inside(const ProtoFeatures& outer) const;
};

struct ProtoField {
  int number = 0;
  std::string name{};
  ProtoLabel label = ProtoLabel::optional;
  ProtoType type{};             ///< of a map: its value
  std::string map_key{};        ///< scalar; empty when it is no map
  std::string oneof{};          ///< empty outside one
  std::string extension{};      ///< added by `extend`: the full name of the message or package around it, or "."
  std::string default_value{};  ///< as it would be written in a file: "5", "\"a\""; empty for none
  bool implicit = false;        ///< a zero is never written
  bool delimited = false;       ///< a group, or a message that is written like one
  ProtoFeatures features{};
  std::size_t file = 0;    ///< index into ProtoSchema::files: where it is written
  std::size_t offset = 0;  ///< into that file's text
  bool is_map() const { return !map_key.empty(); }
};

struct ProtoMessage {
  std::string path{};  ///< without package: "Order.Line"
  std::vector<ProtoField> fields{};
  std::vector<std::pair<int, int>> reserved{};  ///< both ends included
  std::vector<std::string> reserved_names{};
  bool message_set = false;  ///< `option message_set_wire_format`
  ProtoFeatures features{};
  std::size_t file = 0;
  std::size_t offset = 0;

  const ProtoField* field(int number) const;
  bool is_reserved(int number) const;
  bool is_reserved(std::string_view name) const;
};

struct ProtoEnum {
  std::string path{};
  std::vector<std::pair<std::string, int>> values{};
  bool closed = false;
  ProtoFeatures features{};
  std::size_t file = 0;
  std::size_t offset = 0;

  const std::string* name_of(int number) const;  ///< null when no value has this number
};

struct ProtoFile {
  std::string syntax = "proto2";  ///< "proto2", "proto3" or "editions"
  std::string package{};
  std::vector<std::string> imports{};  ///< without those whose content is among the other files
  ProtoFeatures features{};
  bool well_known = false;  ///< comes with every compiler
};

struct ProtoSchema {
  /// The first is the file itself. The files that it imports are put together, by package and syntax.
  std::vector<ProtoFile> files{1};
  std::map<std::string, ProtoMessage> messages{};  ///< by full name; nested ones too, and imported ones that are used
  std::map<std::string, ProtoEnum> enums{};
  std::string first{};                   ///< the path of the first message of the file
  std::vector<std::string> not_found{};  ///< imports that could not be followed
  bool package_unknown = false;          ///< a lone DescriptorProto does not say its package

  const ProtoFile& main() const { return files.front(); }
  const ProtoMessage* message(const std::string& full_name) const;
  const ProtoEnum* enumeration(const std::string& full_name) const;
};

/// A file that another one imports.
struct ProtoImport {
  std::string text{};
  std::string file{};  ///< for messages
};

/// Finds what `import` names; nothing when it is not there. Google's own files need not be found.
using ProtoImports = std::function<std::optional<ProtoImport>(std::string_view import)>;

/// Reads a .proto file (proto2, proto3, editions 2023 and 2024), or a FileDescriptorProto or DescriptorProto in
/// protobuf's text format, which is what Cloudflow 2 stores as the text of a schema. Imports that are not found are
/// noted, and types that may come from them are external. Also reads what protobuf_full_form writes.
Result<ProtoSchema> parse_protobuf_schema(std::string_view text, std::string_view file = {},
                                          const ProtoImports& imports = {});

/// The schema as a .proto file without comments and options: messages and enums by name, fields by number, with what
/// tells whether bytes look the same. After the file itself come the imported types that it uses, each package behind a
/// `syntax` of its own.
std::string protobuf_canonical_form(const ProtoSchema& schema);

/// The canonical form with everything that matters to readers: also defaults, and which zeros are written.
std::string protobuf_full_form(const ProtoSchema& schema);

/// Whether `name` is a scalar type of .proto files.
bool is_proto_scalar(std::string_view name);
std::vector<std::string> proto_scalars();

}  // namespace cloudflow
