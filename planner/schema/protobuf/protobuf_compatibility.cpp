// Whether a Protobuf reader understands what a writer's schema produced.
#include "planner/schema/protobuf/protobuf_compatibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "planner/schema/protobuf/protobuf_values.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::size_t max_reasons = 100;
constexpr std::size_t max_pairs = 200'000;

/// How a type is called in messages: without the package of the schema it belongs to.
std::string shown(const ProtoSchema& schema, const std::string& name) {
  const std::string& package = schema.main().package;
  return quote(!package.empty() && name.starts_with(package + ".") ? name.substr(package.size() + 1) : name);
}

std::string described(const ProtoSchema& schema, const ProtoType& type) {
  switch (type.kind) {
    case ProtoKind::scalar:
      return type.name;
    case ProtoKind::message:
      return "message " + shown(schema, type.name);
    case ProtoKind::enum_:
      return "enum " + shown(schema, type.name);
    case ProtoKind::external:
      break;
  }
  return "imported type " + quote(type.name);
}

std::string described(const ProtoSchema& schema, const ProtoField& field) {
  if (!field.is_map()) return described(schema, field.type);
  const std::string value = field.type.kind == ProtoKind::scalar ? field.type.name : described(schema, field.type);
  return fmt::format("map<{}, {}>", field.map_key, value);
}

/// Messages that can be what a record is: those that no other message of the file has a field of, and the first.
std::vector<const ProtoMessage*> records(const ProtoSchema& schema) {
  std::set<std::string> held;
  for (const auto& [name, message] : schema.messages) {
    for (const ProtoField& field : message.fields) {
      if (field.type.name != name) held.insert(field.type.name);
    }
  }
  std::vector<const ProtoMessage*> out;
  for (const auto& [name, message] : schema.messages) {
    if (message.file == 0 && (!held.contains(name) || message.path == schema.first)) out.push_back(&message);
  }
  return out;
}

class Comparison {
 public:
  Comparison(const ProtoSchema& reader, const ProtoSchema& writer) : reader_(reader), writer_(writer) {}

  Compatibility all() {
    first_messages();
    pair_records();
    compare_open();
    return std::move(out_);
  }

 private:
  void compare_open() {
    while (!open_.empty()) {
      const auto [mine, theirs] = open_.front();
      open_.pop_front();
      compare(*mine, *theirs);
    }
  }

  /// The record is the first message of the file: where another one is first now, it reads what that one wrote.
  void first_messages() {
    const ProtoMessage* mine = first_of(reader_);
    const ProtoMessage* theirs = first_of(writer_);
    if (mine == nullptr || theirs == nullptr || mine->path == theirs->path) return;
    const ProtoMessage* same = counterpart(*theirs);
    if (same == nullptr || same->file != 0) return;  // it was renamed or moved to another file
    meet(*mine, *theirs);
    compare_open();
    const std::string what =
        fmt::format("the record, which is the first message of the file, is {} for the reader and {} for the writer",
                    quote(mine->path), quote(theirs->path));
    if (out_.reasons.empty()) return not_compared(what, "");
    out_.reasons.insert(out_.reasons.begin(), {"RECORD_CHANGED", "/" + mine->path, what});
  }

  static const ProtoMessage* first_of(const ProtoSchema& schema) {
    const std::string& package = schema.main().package;
    return schema.message(package.empty() ? schema.first : package + "." + schema.first);
  }

  /// What the two types of a field are, or those of a map's keys or values.
  struct Types {
    const ProtoField& mine;
    const ProtoField& theirs;
    ProtoType reader{};
    ProtoType writer{};
  };

  void add(const ProtoMessage& in, int number, std::string kind, std::string message) {
    if (out_.reasons.size() < max_reasons)
      out_.reasons.push_back({std::move(kind), fmt::format("/{}/{}", in.path, number), std::move(message)});
  }

  void not_compared(std::string what, std::string where) {
    const NotCompared part{std::move(what), std::move(where)};
    if (out_.not_compared.size() < max_reasons &&
        std::find(out_.not_compared.begin(), out_.not_compared.end(), part) == out_.not_compared.end())
      out_.not_compared.push_back(part);
  }

  void not_compared(const Types& types, std::string what) {
    not_compared(std::move(what), fmt::format("/{}/{}", at_->path, types.mine.number));
  }

  /// Each pair is compared once; one that is waiting counts as compatible, which ends recursion.
  void meet(const ProtoMessage& mine, const ProtoMessage& theirs) {
    if (pairs_.size() >= max_pairs)
      return not_compared("the schemas refer to themselves in too many ways to be compared", "");
    if (pairs_.emplace(&mine, &theirs).second) open_.emplace_back(&mine, &theirs);
  }

  void pair_records() {
    const std::vector<const ProtoMessage*> mine = records(reader_);
    const std::vector<const ProtoMessage*> theirs = records(writer_);
    for (const ProtoMessage* record : theirs) {
      if (const ProtoMessage* same = counterpart(*record)) {
        meet(*same, *record);
      } else if (mine.size() == 1 && theirs.size() == 1) {
        meet(*mine[0], *record);
      } else if (out_.reasons.size() < max_reasons) {
        out_.reasons.push_back(
            {"MESSAGE_REMOVED", "/" + record->path, fmt::format("the reader has no message {}", quote(record->path))});
      }
    }
  }

  /// The message of the same full name, or of the same name in the reader's file, or in only one of those it imports.
  const ProtoMessage* counterpart(const ProtoMessage& record) const {
    const auto named = [&](const std::string& package) {
      return reader_.message(package.empty() ? record.path : package + "." + record.path);
    };
    if (const ProtoMessage* same = named(writer_.main().package)) return same;
    if (const ProtoMessage* same = named(reader_.main().package)) return same;
    const ProtoMessage* only = nullptr;
    for (const auto& [name, message] : reader_.messages) {
      if (message.path != record.path || reader_.files[message.file].well_known) continue;
      if (only != nullptr) return nullptr;
      only = &message;
    }
    return only;
  }

  void compare(const ProtoMessage& mine, const ProtoMessage& theirs) {
    at_ = &mine;
    if (mine.message_set != theirs.message_set && !theirs.fields.empty()) {
      return add(mine, 0, "MESSAGE_SET_CHANGED",
                 "extensions are written in the format of a message set on one side only");
    }
    for (const ProtoField& field : mine.fields) {
      const ProtoField* other = theirs.field(field.number);
      const std::size_t before = out_.reasons.size();
      if (other != nullptr) compare(field, *other);
      if (other != nullptr && out_.reasons.size() == before) moved_name(field, *other, theirs);
      new_field(field, other, theirs);
    }
    oneofs(mine, theirs);
  }

  void new_field(const ProtoField& mine, const ProtoField* other, const ProtoMessage& theirs) {
    if (mine.label == ProtoLabel::required && (other == nullptr || other->label != ProtoLabel::required)) {
      add(*at_, mine.number, "REQUIRED_FIELD_ADDED",
          fmt::format("the reader requires field {}, which is not always written", quote(mine.name)));
    }
    if (theirs.is_reserved(mine.number)) {
      add(*at_, mine.number, "RESERVED_FIELD_REUSED",
          fmt::format("field {} has number {}, which the writer reserves", quote(mine.name), mine.number));
    } else if (other == nullptr && theirs.is_reserved(mine.name)) {
      add(*at_, mine.number, "RESERVED_FIELD_REUSED",
          fmt::format("field {} has a name that the writer reserves", quote(mine.name)));
    }
  }

  void compare(const ProtoField& mine, const ProtoField& theirs) {
    if (mine.is_map() || theirs.is_map()) return with_map(mine, theirs);
    if (!compare_types({mine, theirs, mine.type, theirs.type})) return;
    if (theirs.label == ProtoLabel::repeated && mine.label != ProtoLabel::repeated) return one_of_many(mine, theirs);
    if (mine.label == ProtoLabel::repeated || theirs.label == ProtoLabel::repeated) return;
    if (theirs.implicit) return zero(mine, theirs);
    other_default(mine, theirs);
  }

  /// Another name for a number is a new name, unless the writer has that name elsewhere: then the values may be
  /// exchanged, which the wire does not show.
  void moved_name(const ProtoField& mine, const ProtoField& theirs, const ProtoMessage& in) {
    if (mine.name == theirs.name) return;
    for (const ProtoField& field : in.fields) {
      if (field.name != mine.name) continue;
      return not_compared(
          fmt::format("field {} is called {} by the reader and {} by the writer, which has {} as {}", mine.number,
                      quote(mine.name), quote(theirs.name), quote(mine.name), field.number),
          fmt::format("/{}/{}", at_->path, mine.number));
    }
  }

  /// A writer may leave out what is its default; nothing tells whether one counts on that.
  void other_default(const ProtoField& mine, const ProtoField& theirs) {
    if (theirs.label == ProtoLabel::required || theirs.default_value.empty()) return;
    const auto from = default_beside_zero(writer_, theirs);
    const auto to = default_beside_zero(reader_, mine);
    if (from == to) return;
    not_compared(fmt::format("field {} is {} for the reader where it is not written, and {} for the writer",
                             quote(mine.name), to.value_or("zero"), from.value_or("zero")),
                 fmt::format("/{}/{}", at_->path, mine.number));
  }

  void one_of_many(const ProtoField& mine, const ProtoField& theirs) {
    const bool text = mine.type.name == "string" || mine.type.name == "bytes";
    const bool message = mine.type.kind == ProtoKind::message || theirs.type.kind == ProtoKind::message;
    add(*at_, mine.number,
        message ? "FIELD_MESSAGE_LABEL_CHANGED"
        : text  ? "FIELD_STRING_LABEL_CHANGED"
                : "FIELD_NUMERIC_LABEL_CHANGED",
        fmt::format("field {} is single for the reader and repeated for the writer", quote(mine.name)));
  }

  /// A zero that is not written becomes what the reader takes for a field that is not there.
  void zero(const ProtoField& mine, const ProtoField& theirs) {
    const std::optional<std::string> becomes = default_beside_zero(reader_, mine);
    if (!becomes) return;
    add(*at_, mine.number, "ZERO_BECOMES_DEFAULT",
        fmt::format("field {} is not written when it is zero, and is then {} for the reader", quote(theirs.name),
                    *becomes));
  }

  /// A map is written as repeated messages of a key and a value; it keeps that encoding in every edition.
  void with_map(const ProtoField& mine, const ProtoField& theirs) {
    if (mine.is_map() && theirs.is_map()) {
      const ProtoType key{ProtoKind::scalar, mine.map_key};
      const ProtoType other{ProtoKind::scalar, theirs.map_key};
      if (compare_types({mine, theirs, key, other})) compare_types({mine, theirs, mine.type, theirs.type});
      return;
    }
    const ProtoMessage* entry = theirs.is_map() && mine.label == ProtoLabel::repeated && !mine.delimited
                                    ? reader_.message(mine.type.name)
                                    : nullptr;
    if (entry != nullptr) return meet(*entry, entry_of(theirs));
    if (mine.type.kind == ProtoKind::external && theirs.is_map() && mine.label == ProtoLabel::repeated)
      return unknown_type({mine, theirs, mine.type, theirs.type}, true);
    changed({mine, theirs, mine.type, theirs.type}, "FIELD_KIND_CHANGED");
  }

  const ProtoMessage& entry_of(const ProtoField& map) {
    const auto [place, fresh] = entries_.try_emplace(&map);
    ProtoMessage& entry = place->second;
    if (fresh) {
      entry.path = at_->path;
      entry.file = map.file;
      entry.fields = {{.number = 1, .name = "key", .label = ProtoLabel::required},
                      {.number = 2, .name = "value", .label = ProtoLabel::required}};
      entry.fields[0].type = {ProtoKind::scalar, map.map_key};
      entry.fields[1].type = map.type;
      for (ProtoField& field : entry.fields) field.file = map.file;
    }
    return entry;
  }

  void changed(const Types& types, std::string kind) {
    add(*at_, types.mine.number, std::move(kind),
        fmt::format("field {}: reader has {}, writer has {}", quote(types.mine.name), described(reader_, types.mine),
                    described(writer_, types.theirs)));
  }

  /// False when no value of the writer's type can be one of the reader's.
  bool compare_types(const Types& types) {
    const ProtoWire mine = wire_of(types.reader, types.mine.delimited);
    const ProtoWire theirs = wire_of(types.writer, types.theirs.delimited);
    const bool messages = types.reader.kind == ProtoKind::message && types.writer.kind == ProtoKind::message;
    if (mine == ProtoWire::unknown || theirs == ProtoWire::unknown) {
      const bool possible = can_be_unknown(mine == ProtoWire::unknown ? theirs : mine);
      if (possible) unknown_type(types, true);
      if (!possible) changed(types, "FIELD_KIND_CHANGED");
      return possible;
    }
    if (mine != theirs) {
      if (messages) {
        encoding(types);
      } else {
        const bool named = types.reader.kind == ProtoKind::message || types.writer.kind == ProtoKind::message;
        changed(types, named ? "FIELD_KIND_CHANGED" : "FIELD_SCALAR_KIND_CHANGED");
      }
      return false;
    }
    if (messages) {
      const ProtoMessage* r = reader_.message(types.reader.name);
      const ProtoMessage* w = writer_.message(types.writer.name);
      if (r == nullptr || w == nullptr) {
        unknown_type(types, r == nullptr);
      } else {
        meet(*r, *w);
      }
      return true;
    }
    values(types);
    if (types.reader.kind == ProtoKind::enum_ && types.writer.kind == ProtoKind::enum_) moved_values(types);
    return true;
  }

  /// As with the names of fields: PAID = 1 and SENT = 2 may have been exchanged.
  void moved_values(const Types& types) {
    const ProtoEnum* mine = reader_.enumeration(types.reader.name);
    const ProtoEnum* theirs = writer_.enumeration(types.writer.name);
    if (mine == nullptr || theirs == nullptr) return;
    const std::map<std::string_view, int> numbers(theirs->values.begin(), theirs->values.end());
    for (const auto& [name, number] : mine->values) {
      const auto other = numbers.find(name);
      if (other == numbers.end() || other->second == number) continue;
      return not_compared(types, fmt::format("field {}: {} is {} for the reader and {} for the writer",
                                             quote(types.mine.name), name, number, other->second));
    }
  }

  void encoding(const Types& types) {
    const auto how = [](const ProtoField& field) { return field.delimited ? "between tags" : "behind its length"; };
    add(*at_, types.mine.number, "FIELD_ENCODING_CHANGED",
        fmt::format("field {} is read {} and written {}", quote(types.mine.name), how(types.mine), how(types.theirs)));
  }

  void unknown_type(const Types& types, bool is_mine) {
    const bool of_reader = is_mine && is_unknown(reader_, types.reader);
    const ProtoSchema& schema = of_reader ? reader_ : writer_;
    const ProtoType& type = of_reader ? types.reader : types.writer;
    std::vector<std::string> imports;
    for (const std::string& import : schema.not_found) imports.push_back(quote(import));
    const std::string why = imports.empty() ? "is not part of the schema"
                                            : fmt::format("may be in {}, which is not there", join(imports, ", "));
    not_compared(types, fmt::format("field {} has the {}'s type {}, which {}", quote(types.mine.name),
                                    of_reader ? "reader" : "writer", quote(type.name), why));
  }

  void values(const Types& types) {
    const bool java_closes = reader_.files[types.mine.file].syntax == "proto2";
    const ValuesLost lost = values_lost({reader_, types.reader, java_closes}, {writer_, types.writer, false});
    if (!lost.named.empty()) {
      const bool dropped = types.reader.kind == ProtoKind::enum_;
      add(*at_, types.mine.number, dropped ? "ENUM_VALUES_MISSING" : "ENUM_VALUES_CHANGED",
          fmt::format("field {}: {} {} {}", quote(types.mine.name), described(reader_, types.reader),
                      dropped ? "has no" : "cannot hold", join(lost.named, ", ")));
    } else if (!lost.maybe.empty()) {
      not_compared(types, fmt::format("field {}: reader has {}, writer has {}: {}", quote(types.mine.name),
                                      described(reader_, types.reader), described(writer_, types.writer), lost.maybe));
    }
  }

  /// Fields that the writer can set together and of which the reader keeps the last.
  void oneofs(const ProtoMessage& mine, const ProtoMessage& theirs) {
    std::map<std::string, std::vector<const ProtoField*>> alone;  // reader's oneof → fields that were outside one
    std::map<std::string, std::map<std::string, int>> groups;     // reader's oneof → the writer's oneofs, with a member
    for (const ProtoField& field : mine.fields) {
      const ProtoField* other = theirs.field(field.number);
      if (field.oneof.empty() || other == nullptr) continue;
      auto& olds = groups[field.oneof];
      if (other->oneof.empty()) {
        alone[field.oneof].push_back(other);
      } else {
        olds.emplace(other->oneof, field.number);
      }
    }
    for (const auto& [name, olds] : groups) {
      const auto& outside = alone[name];
      if (outside.size() + olds.size() < 2) continue;
      const int number = outside.empty() ? olds.begin()->second : outside.front()->number;
      if (outside.size() == 1) {
        add(mine, number, "FIELD_MOVED_TO_EXISTING_ONEOF",
            fmt::format("field {} is on its own for the writer, in oneof {} with others for the reader",
                        quote(outside.front()->name), quote(name)));
      } else {
        add(mine, number, "MULTIPLE_FIELDS_MOVED_TO_ONEOF",
            fmt::format("fields that the writer can set together exclude each other in oneof {} of the reader",
                        quote(name)));
      }
    }
  }

  using Pair = std::pair<const ProtoMessage*, const ProtoMessage*>;

  const ProtoSchema& reader_;
  const ProtoSchema& writer_;
  Compatibility out_{};
  std::set<Pair> pairs_{};
  std::deque<Pair> open_{};
  std::map<const ProtoField*, ProtoMessage> entries_{};  ///< of maps
  const ProtoMessage* at_ = nullptr;
};

}  // namespace

Compatibility compare_protobuf_schemas(const ProtoSchema& reader, const ProtoSchema& writer) {
  return Comparison(reader, writer).all();
}

}  // namespace cloudflow
