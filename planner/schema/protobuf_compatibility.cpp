// Whether a Protobuf reader understands what a writer's schema produced.
#include "planner/schema/protobuf_compatibility.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "sdk/base/text.h"

namespace cloudflow {
namespace {

using Reasons = std::vector<Incompatibility>;

constexpr std::size_t max_reasons = 100;

/// Scalars of one group read each other's bytes. Enums are numbers.
int scalar_group(const ProtoType& type) {
  static const std::map<std::string, int, std::less<>> groups = {
      {"int32", 1},    {"int64", 1},   {"uint32", 1},   {"uint64", 1}, {"bool", 1},
      {"sint32", 2},   {"sint64", 2},  {"string", 3},   {"bytes", 3},  {"fixed32", 4},
      {"sfixed32", 4}, {"fixed64", 5}, {"sfixed64", 5}, {"float", 6},  {"double", 7}};
  if (type.kind == ProtoKind::enum_) return 1;
  const auto found = groups.find(type.name);
  return type.kind != ProtoKind::scalar || found == groups.end() ? 0 : found->second;
}

std::string_view kind_text(const ProtoType& type) {
  switch (type.kind) {
    case ProtoKind::scalar:
      break;
    case ProtoKind::message:
      return "message ";
    case ProtoKind::enum_:
      return "enum ";
    case ProtoKind::external:
      return "imported type ";
  }
  return "";
}

std::string described(const ProtoType& type) {
  return type.kind == ProtoKind::scalar ? type.name : fmt::format("{}{}", kind_text(type), quote(type.name));
}

std::string described(const ProtoField& field) {
  return field.is_map() ? fmt::format("map<{}, {}>", field.map_key, field.type.name) : described(field.type);
}

class MessageDiff {
 public:
  MessageDiff(const ProtoMessage& reader, const ProtoMessage& writer, Reasons& out)
      : reader_(reader), writer_(writer), out_(out) {}

  void compare() {
    for (const ProtoField& theirs : writer_.fields) {
      const ProtoField* mine = reader_.field(theirs.number);
      if (mine == nullptr) {
        if (theirs.label == ProtoLabel::required)
          add(theirs.number, "REQUIRED_FIELD_REMOVED",
              fmt::format("required field {} is written, the reader does not have it", quote(theirs.name)));
      } else {
        field(*mine, theirs);
      }
    }
    for (const ProtoField& mine : reader_.fields) new_field(mine);
    lost_oneof_members();
    gained_oneof_members();
  }

 private:
  void add(int number, std::string kind, std::string message) {
    if (out_.size() < max_reasons)
      out_.push_back({std::move(kind), fmt::format("/{}/{}", reader_.path, number), std::move(message)});
  }

  void new_field(const ProtoField& mine) {
    const ProtoField* theirs = writer_.field(mine.number);
    const bool always = theirs != nullptr && theirs->label == ProtoLabel::required;
    if (mine.label == ProtoLabel::required && !always)
      add(mine.number, "REQUIRED_FIELD_ADDED",
          fmt::format("the reader requires field {}, which is not always written", quote(mine.name)));
    if (writer_.is_reserved(mine.number)) {
      add(mine.number, "RESERVED_FIELD_REUSED",
          fmt::format("field {} has number {}, which the writer reserves", quote(mine.name), mine.number));
    } else if (writer_.is_reserved(mine.name)) {
      add(mine.number, "RESERVED_FIELD_REUSED",
          fmt::format("field {} has a name that the writer reserves", quote(mine.name)));
    }
  }

  void field(const ProtoField& mine, const ProtoField& theirs) {
    const std::string both =
        fmt::format("field {}: reader has {}, writer has {}", quote(mine.name), described(mine), described(theirs));
    if (mine.is_map() != theirs.is_map()) return add(mine.number, "FIELD_KIND_CHANGED", both);
    if (mine.is_map() &&
        scalar_group({ProtoKind::scalar, mine.map_key}) != scalar_group({ProtoKind::scalar, theirs.map_key})) {
      return add(mine.number, "FIELD_SCALAR_KIND_CHANGED", both);
    }
    if (const char* kind = type_problem(mine.type, theirs.type)) return add(mine.number, kind, both);
    label(mine, theirs);
  }

  static const char* type_problem(const ProtoType& mine, const ProtoType& theirs) {
    if (mine == theirs) return nullptr;
    const bool named = mine.kind != ProtoKind::scalar && theirs.kind != ProtoKind::scalar;
    if (named) {
      const bool known = mine.kind != ProtoKind::external && theirs.kind != ProtoKind::external;
      if (known && mine.kind != theirs.kind) return "FIELD_KIND_CHANGED";
      return mine.name == theirs.name ? nullptr : "FIELD_NAMED_TYPE_CHANGED";
    }
    const int group = scalar_group(mine);
    const int other = scalar_group(theirs);
    if (group == 0 || other == 0) return "FIELD_KIND_CHANGED";
    return group == other ? nullptr : "FIELD_SCALAR_KIND_CHANGED";
  }

  void label(const ProtoField& mine, const ProtoField& theirs) {
    const bool many = mine.label == ProtoLabel::repeated;
    if (many == (theirs.label == ProtoLabel::repeated)) return;
    const int group = scalar_group(mine.type);
    if (group == 3) return;
    add(mine.number, group == 0 ? "FIELD_MESSAGE_LABEL_CHANGED" : "FIELD_NUMERIC_LABEL_CHANGED",
        fmt::format("field {} is {} for the reader and {} for the writer", quote(mine.name),
                    many ? "repeated" : "single", many ? "single" : "repeated"));
  }

  /// Members that leave a oneof which is still there: a reader would not see that they were set.
  void lost_oneof_members() {
    std::set<std::string> surviving;
    for (const ProtoField& mine : reader_.fields) {
      if (!mine.oneof.empty()) surviving.insert(mine.oneof);
    }
    for (const ProtoField& theirs : writer_.fields) {
      if (theirs.oneof.empty() || !surviving.contains(theirs.oneof)) continue;
      const ProtoField* mine = reader_.field(theirs.number);
      if (mine != nullptr && mine->oneof == theirs.oneof) continue;
      add(theirs.number, "ONEOF_FIELD_REMOVED",
          fmt::format("field {} is in oneof {} for the writer, not for the reader", quote(theirs.name),
                      quote(theirs.oneof)));
    }
  }

  /// Fields that could be set together before and exclude each other now.
  void gained_oneof_members() {
    std::map<std::string, std::vector<const ProtoField*>> moved;  // reader's oneof → fields that were outside one
    std::map<std::string, std::set<std::string>> groups;          // reader's oneof → the writer's oneofs of its members
    for (const ProtoField& mine : reader_.fields) {
      const ProtoField* theirs = writer_.field(mine.number);
      if (mine.oneof.empty() || theirs == nullptr) continue;
      if (theirs->oneof.empty()) {
        moved[mine.oneof].push_back(theirs);
      } else {
        groups[mine.oneof].insert(theirs->oneof);
      }
      groups[mine.oneof];
    }
    for (const auto& [name, olds] : groups) {
      if (out_.size() >= max_reasons) return;
      const auto& outside = moved[name];
      if (outside.size() + olds.size() < 2) continue;
      const int number = outside.empty() ? first_member(name) : outside.front()->number;
      if (outside.size() == 1) {
        add(number, "FIELD_MOVED_TO_EXISTING_ONEOF",
            fmt::format("field {} is on its own for the writer, in oneof {} with others for the reader",
                        quote(outside.front()->name), quote(name)));
      } else {
        add(number, "MULTIPLE_FIELDS_MOVED_TO_ONEOF",
            fmt::format("fields that the writer can set together exclude each other in oneof {} of the reader",
                        quote(name)));
      }
    }
  }

  int first_member(const std::string& oneof) const {
    for (const ProtoField& mine : reader_.fields) {
      if (mine.oneof == oneof) return mine.number;
    }
    return 0;
  }

  const ProtoMessage& reader_;
  const ProtoMessage& writer_;
  Reasons& out_;
};

}  // namespace

std::vector<Incompatibility> protobuf_incompatibilities(const ProtoSchema& reader, const ProtoSchema& writer) {
  Reasons out;
  if (reader.package != writer.package) {
    out.push_back({"PACKAGE_CHANGED", "/package",
                   fmt::format("reader has package {}, writer has {}", quote(reader.package), quote(writer.package))});
  }
  for (const auto& [path, theirs] : writer.messages) {
    if (out.size() >= max_reasons) break;
    const auto mine = reader.messages.find(path);
    if (mine == reader.messages.end()) {
      out.push_back({"MESSAGE_REMOVED", "/" + path, fmt::format("the reader has no message {}", quote(path))});
    } else {
      MessageDiff(mine->second, theirs, out).compare();
    }
  }
  return out;
}

}  // namespace cloudflow
