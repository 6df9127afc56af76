// Random .proto files of every syntax, and small changes of them.
#include "tests/planner/schema/protobuf/random_proto.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace cloudflow::testing {
namespace {

constexpr std::array<const char*, 15> scalars = {"int32",    "int64",  "uint32",  "uint64",   "bool",
                                                 "sint32",   "sint64", "fixed32", "sfixed32", "fixed64",
                                                 "sfixed64", "float",  "double",  "string",   "bytes"};
constexpr int first_float = 11;
constexpr int first_text = 13;
constexpr int text_kind = 13;
constexpr int bytes_kind = 14;
constexpr int bool_kind = 4;
constexpr int first_extension = 1000;

int below(std::mt19937& random, int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); }
bool chance(std::mt19937& random, int percent) { return below(random, 100) < percent; }

bool is_editions(ProtoDialect dialect) {
  return dialect == ProtoDialect::edition2023 || dialect == ProtoDialect::edition2024;
}

/// Writes one of the two files.
class FileText {
 public:
  FileText(const RandomProto& schema, bool imported)
      : schema_(schema),
        imported_(imported),
        dialect_(imported ? schema.imported_dialect : schema.dialect),
        package_(imported ? schema.imported_package : schema.package) {}

  std::string all(bool imports) {
    switch (dialect_) {
      case ProtoDialect::proto2:
        out_ = "syntax = \"proto2\";\n";
        break;
      case ProtoDialect::proto3:
        out_ = "syntax = \"proto3\";\n";
        break;
      case ProtoDialect::edition2023:
        out_ = "edition = \"2023\";\n";
        break;
      case ProtoDialect::edition2024:
        out_ = "edition = \"2024\";\n";
        break;
    }
    if (!package_.empty()) out_ += fmt::format("package {};\n", package_);
    if (imports) out_ += "import \"parts/dep.proto\";\n";
    if (has_features()) {
      out_ += imported_ ? "option features = { field_presence: IMPLICIT message_encoding: DELIMITED };\n"
                        : "option features.field_presence = IMPLICIT;\noption features.message_encoding = DELIMITED;\n";
    }
    for (std::size_t i = 0; i < schema_.enums.size(); ++i) {
      if (schema_.enums[i].imported == imported_) enumeration(schema_.enums[i], static_cast<int>(i));
    }
    for (std::size_t i = 0; i < schema_.messages.size(); ++i) {
      const RandomProtoMessage& one = schema_.messages[i];
      if (one.imported == imported_ && outer(one) < 0) message(static_cast<int>(i), "");
    }
    return std::move(out_);
  }

 private:
  bool has_features() const { return is_editions(dialect_) && schema_.file_features; }

  /// Imported messages stand by themselves: nested ones are not seen from other files in edition 2024.
  static int outer(const RandomProtoMessage& one) { return one.imported ? -1 : one.inside; }

  std::string full_name(bool imported, const std::string& path) const {
    const std::string& package = imported ? schema_.imported_package : schema_.package;
    return package.empty() ? "." + path : fmt::format(".{}.{}", package, path);
  }

  std::string path_of(int index) const {
    const RandomProtoMessage& one = schema_.messages[static_cast<std::size_t>(index)];
    const int around = outer(one);
    return around < 0 ? one.name : path_of(around) + "." + one.name;
  }

  bool is_closed(int index) const {
    const RandomProtoEnum& one = schema_.enums[static_cast<std::size_t>(index)];
    const ProtoDialect dialect = one.imported ? schema_.imported_dialect : schema_.dialect;
    return dialect == ProtoDialect::proto2 || (is_editions(dialect) && one.closed);
  }

  /// The imported file sees nothing of the other one, and proto3 has no closed enums.
  bool can_hold_message(const RandomProtoField& field) const {
    return field.message >= 0 && (!imported_ || schema_.messages[static_cast<std::size_t>(field.message)].imported);
  }
  bool can_hold_enum(const RandomProtoField& field) const {
    return field.enumeration >= 0 && !can_hold_message(field) &&
           (!imported_ || schema_.enums[static_cast<std::size_t>(field.enumeration)].imported) &&
           (dialect_ != ProtoDialect::proto3 || !is_closed(field.enumeration)) &&
           (field.map_key < 0 || starts_with_zero(field.enumeration));
  }
  bool starts_with_zero(int index) const {
    const RandomProtoEnum& one = schema_.enums[static_cast<std::size_t>(index)];
    return !is_closed(index) || one.numbers.front() == 0;
  }

  std::string type_of(const RandomProtoField& field) const {
    if (can_hold_message(field))
      return full_name(schema_.messages[static_cast<std::size_t>(field.message)].imported, path_of(field.message));
    if (can_hold_enum(field)) {
      const RandomProtoEnum& one = schema_.enums[static_cast<std::size_t>(field.enumeration)];
      return full_name(one.imported, one.name);
    }
    return scalars[static_cast<std::size_t>(field.kind)];
  }

  void enumeration(const RandomProtoEnum& one, int index) {
    out_ += fmt::format("enum {} {{\n", one.name);
    if (is_editions(dialect_) && one.closed) out_ += "  option features.enum_type = CLOSED;\n";
    std::vector<int> numbers = one.numbers;
    if (!is_closed(index)) {  // zero has to be the first
      std::erase(numbers, 0);
      numbers.insert(numbers.begin(), 0);
    }
    for (const int number : numbers)
      out_ += fmt::format("  E{}_{}{} = {};\n", index, number < 0 ? "N" : "V", std::abs(number), number);
    out_ += "}\n";
  }

  void message(int index, const std::string& indent) {
    const RandomProtoMessage& one = schema_.messages[static_cast<std::size_t>(index)];
    out_ += fmt::format("{}message {} {{\n", indent, one.name);
    const bool extensible = dialect_ != ProtoDialect::proto3;
    if (extensible) out_ += fmt::format("{}  extensions {} to max;\n", indent, first_extension);
    body(one.fields, indent + "  ", 0, extensible);
    for (std::size_t i = 0; i < schema_.messages.size(); ++i) {
      if (!schema_.messages[i].imported && outer(schema_.messages[i]) == index && !imported_)
        message(static_cast<int>(i), indent + "  ");
    }
    out_ += indent + "}\n";
    if (!extensible) return;
    std::string fields;
    std::swap(fields, out_);
    for (const RandomProtoField& field : one.fields) {
      if (field.extension) this->field(field, "  ", 0, true);
    }
    std::swap(fields, out_);
    // Behind the outermost message.
    if (!fields.empty())
      extensions_ += fmt::format("extend {} {{\n{}}}\n", full_name(imported_, path_of(index)), fields);
    if (indent.empty()) out_ += std::exchange(extensions_, "");
  }

  void body(const std::vector<RandomProtoField>& fields, const std::string& indent, int depth, bool extensible) {
    std::set<int> oneofs;
    for (const RandomProtoField& field : fields) {
      if (field.extension && extensible) continue;
      if (!in_oneof(field)) {
        this->field(field, indent, depth, false);
      } else if (oneofs.insert(field.oneof).second) {
        out_ += fmt::format("{}oneof o{} {{\n", indent, field.oneof);
        for (const RandomProtoField& member : fields) {
          if (in_oneof(member) && member.oneof == field.oneof && !(member.extension && extensible))
            this->field(member, indent + "  ", depth, false);
        }
        out_ += indent + "}\n";
      }
    }
  }

  static bool in_oneof(const RandomProtoField& field) {
    return field.oneof >= 0 && !field.repeated && field.map_key < 0 && !field.extension;
  }

  void field(const RandomProtoField& field, const std::string& indent, int depth, bool extension) {
    const bool oneof = in_oneof(field);
    const std::string name =
        fmt::format("{}{}", extension ? "x" : "f",
                    extension ? fmt::format("{}m{}", field.number, extensions_count_++) : std::to_string(field.number));
    if (field.map_key >= 0 && !extension) {
      out_ += fmt::format("{}map<{}, {}> {} = {};\n", indent, scalars[static_cast<std::size_t>(field.map_key)],
                          type_of(field), name, field.number);
      return;
    }
    const bool message = can_hold_message(field);
    if (message && field.delimited && dialect_ == ProtoDialect::proto2 && depth < 2) {
      out_ += fmt::format("{}{}group G{}{} = {} {{\n", indent, label(field, oneof, extension), field.number,
                          extension ? fmt::format("m{}", extensions_count_++) : "", field.number);
      body(schema_.messages[static_cast<std::size_t>(field.message)].fields, indent + "  ", depth + 1, false);
      out_ += indent + "}\n";
      return;
    }
    out_ += fmt::format("{}{}{} {} = {}{};\n", indent, label(field, oneof, extension), type_of(field), name,
                        field.number, options(field, oneof, extension));
  }

  bool is_required(const RandomProtoField& field, bool oneof, bool extension) const {
    return field.required && !oneof && !extension && !field.repeated && !can_hold_message(field) &&
           dialect_ != ProtoDialect::proto3;
  }

  bool is_implicit(const RandomProtoField& field, bool oneof, bool extension) const {
    return field.implicit && !oneof && !extension && !field.repeated && !can_hold_message(field) &&
           dialect_ != ProtoDialect::proto2 && !(can_hold_enum(field) && is_closed(field.enumeration));
  }

  std::string label(const RandomProtoField& field, bool oneof, bool extension) const {
    if (oneof) return "";
    if (field.repeated) return "repeated ";
    if (is_editions(dialect_)) return "";
    if (is_required(field, oneof, extension)) return "required ";
    if (dialect_ == ProtoDialect::proto2) return "optional ";
    return is_implicit(field, oneof, extension) || can_hold_message(field) ? "" : "optional ";
  }

  std::string options(const RandomProtoField& field, bool oneof, bool extension) const {
    std::vector<std::string> out;
    const bool message = can_hold_message(field);
    const bool enumeration = can_hold_enum(field);
    const bool implicit = is_implicit(field, oneof, extension);
    const bool editions = is_editions(dialect_);
    if (editions && !oneof && !extension && !field.repeated && !message) {
      if (is_required(field, oneof, extension)) {
        out.emplace_back("features.field_presence = LEGACY_REQUIRED");
      } else if (implicit != has_features()) {
        out.emplace_back(implicit ? "features.field_presence = IMPLICIT" : "features.field_presence = EXPLICIT");
      }
    }
    if (editions && message && field.delimited != has_features())
      out.emplace_back(field.delimited ? "features.message_encoding = DELIMITED"
                                       : "features = { message_encoding: LENGTH_PREFIXED }");
    if (field.defaulted && !field.repeated && !message && !implicit && dialect_ != ProtoDialect::proto3)
      out.push_back("default = " + default_of(field, enumeration));
    const bool number = !message && (enumeration || field.kind < first_text);
    if (field.repeated && number && field.noise % 3 != 0) {
      const bool packed = field.noise % 3 == 1;
      out.push_back(editions ? fmt::format("features.repeated_field_encoding = {}", packed ? "PACKED" : "EXPANDED")
                             : fmt::format("packed = {}", packed ? "true" : "false"));
    }
    if (field.noise % 5 == 0) out.emplace_back("deprecated = true");
    if (out.empty()) return "";
    std::string joined = out[0];
    for (std::size_t i = 1; i < out.size(); ++i) joined += ", " + out[i];
    return " [" + joined + "]";
  }

  std::string default_of(const RandomProtoField& field, bool enumeration) const {
    if (enumeration) {
      const RandomProtoEnum& one = schema_.enums[static_cast<std::size_t>(field.enumeration)];
      const int number = one.numbers[static_cast<std::size_t>(field.noise) % one.numbers.size()];
      return fmt::format("E{}_{}{}", field.enumeration, number < 0 ? "N" : "V", std::abs(number));
    }
    if (field.kind == text_kind || field.kind == bytes_kind) return field.noise % 2 == 0 ? "\"\"" : "\"some\\ttext\"";
    if (field.kind == bool_kind) return field.noise % 2 == 0 ? "false" : "true";
    if (field.kind >= first_float) return field.noise % 2 == 0 ? "0.0" : "2.5e1";
    return field.noise % 2 == 0 ? "0" : "0x11";
  }

  const RandomProto& schema_;
  bool imported_;
  ProtoDialect dialect_;
  const std::string& package_;
  std::string out_{};
  std::string extensions_{};
  int extensions_count_ = 0;
};

ProtoDialect random_dialect(std::mt19937& random) { return static_cast<ProtoDialect>(below(random, 4)); }

int free_number(const RandomProtoMessage& in, bool extension, std::mt19937& random) {
  while (true) {
    const int number = (extension ? first_extension : 1) + below(random, 12);
    const bool taken =
        std::ranges::any_of(in.fields, [&](const RandomProtoField& field) { return field.number == number; });
    if (!taken) return number;
  }
}

void random_type(RandomProtoField& field, const RandomProto& schema, std::mt19937& random) {
  field.kind = below(random, static_cast<int>(scalars.size()));
  field.message =
      schema.messages.size() > 1 && chance(random, 30) ? below(random, static_cast<int>(schema.messages.size())) : -1;
  field.enumeration =
      !schema.enums.empty() && chance(random, 20) ? below(random, static_cast<int>(schema.enums.size())) : -1;
}

RandomProtoField random_field(const RandomProto& schema, const RandomProtoMessage& in, std::mt19937& random) {
  RandomProtoField field;
  field.extension = chance(random, 8) && in.fields.size() < 6;
  field.number = free_number(in, field.extension, random);
  random_type(field, schema, random);
  field.map_key = chance(random, 12) ? below(random, first_float) : -1;
  if (field.map_key >= 0 && chance(random, 40)) field.map_key = text_kind;
  field.repeated = chance(random, 25);
  field.required = chance(random, 6);
  field.implicit = chance(random, 50);
  field.delimited = chance(random, 20);
  field.defaulted = chance(random, 12);
  field.oneof = chance(random, 25) ? below(random, 2) : -1;
  field.noise = below(random, 30);
  return field;
}

RandomProtoEnum random_enum(int index, std::mt19937& random) {
  RandomProtoEnum out{.name = fmt::format("E{}", index), .imported = chance(random, 30), .closed = chance(random, 40)};
  std::set<int> numbers;
  if (chance(random, 80)) numbers.insert(0);
  const int count = 1 + below(random, 3);
  for (int i = 0; i < count; ++i) numbers.insert(below(random, 5) - (chance(random, 15) ? 2 : 0));
  out.numbers.assign(numbers.begin(), numbers.end());
  if (chance(random, 30)) std::ranges::reverse(out.numbers);
  return out;
}

void retype_a_little(RandomProtoField& field, std::mt19937& random) {
  static const std::vector<std::vector<int>> alike = {{0, 1, 2, 3, 4}, {5, 6}, {7, 8}, {9, 10}, {13, 14}};
  for (const std::vector<int>& group : alike) {
    if (std::ranges::find(group, field.kind) != group.end())
      field.kind = group[static_cast<std::size_t>(below(random, static_cast<int>(group.size())))];
  }
}

}  // namespace

std::map<std::string, std::string> RandomProto::files() const {
  const bool imports = std::ranges::any_of(messages, &RandomProtoMessage::imported) ||
                       std::ranges::any_of(enums, &RandomProtoEnum::imported);
  std::map<std::string, std::string> out;
  out["main.proto"] = (byte_order_mark ? "\xEF\xBB\xBF" : "") + FileText(*this, false).all(imports);
  if (imports) out["parts/dep.proto"] = FileText(*this, true).all(false);
  return out;
}

RandomProto random_proto(std::mt19937& random) {
  RandomProto out;
  out.dialect = random_dialect(random);
  out.imported_dialect = random_dialect(random);
  out.package = chance(random, 80) ? "shop" : "";
  out.imported_package = chance(random, 60) ? "shop" : "parts.common";
  out.file_features = chance(random, 20);
  out.byte_order_mark = chance(random, 5);
  const int enums = below(random, 3);
  for (int i = 0; i < enums; ++i) out.enums.push_back(random_enum(i, random));
  const int messages = 1 + below(random, 4);
  for (int i = 0; i < messages; ++i) {
    RandomProtoMessage one{.name = i == 0 ? "Record" : fmt::format("Part{}", static_cast<char>('A' + i))};
    if (i > 0) one.imported = chance(random, 30);
    if (i > 0 && chance(random, 30)) one.inside = 0;
    out.messages.push_back(std::move(one));
  }
  for (RandomProtoMessage& one : out.messages) {
    const int fields = 1 + below(random, 5);
    for (int i = 0; i < fields; ++i) one.fields.push_back(random_field(out, one, random));
  }
  return out;
}

void edit_proto(RandomProto& schema, std::mt19937& random) {
  RandomProtoMessage& message =
      schema.messages[static_cast<std::size_t>(below(random, static_cast<int>(schema.messages.size())))];
  RandomProtoField* field =
      message.fields.empty()
          ? nullptr
          : &message.fields[static_cast<std::size_t>(below(random, static_cast<int>(message.fields.size())))];
  const int what = below(random, 20);
  if (field == nullptr || what == 0) {
    message.fields.push_back(random_field(schema, message, random));
  } else if (what == 1) {
    message.fields.erase(message.fields.begin() + (field - message.fields.data()));
  } else if (what == 2) {
    random_type(*field, schema, random);
  } else if (what <= 4) {
    retype_a_little(*field, random);
  } else if (what == 5) {
    field->repeated = !field->repeated;
  } else if (what == 6) {
    field->required = !field->required;
  } else if (what == 7) {
    field->implicit = !field->implicit;
  } else if (what == 8) {
    field->delimited = !field->delimited;
  } else if (what == 9) {
    field->oneof = field->oneof < 0 ? below(random, 2) : -1;
  } else if (what == 10) {
    field->defaulted = !field->defaulted;
  } else if (what == 11) {
    field->noise = below(random, 30);
  } else if (what == 12) {
    schema.dialect = random_dialect(random);
  } else if (what == 13) {
    schema.imported_dialect = random_dialect(random);
  } else if (what == 14) {
    message.imported = &message != schema.messages.data() && !message.imported;
  } else if (what == 15) {
    (chance(random, 50) ? schema.package : schema.imported_package) = chance(random, 50) ? "store" : "shop";
  } else if (what == 16) {
    message.name += "x";
  } else if (what == 17 && !schema.enums.empty()) {
    RandomProtoEnum& one = schema.enums[static_cast<std::size_t>(below(random, static_cast<int>(schema.enums.size())))];
    const int number = below(random, 6);
    if (std::ranges::find(one.numbers, number) == one.numbers.end()) {
      one.numbers.push_back(number);
    } else if (one.numbers.size() > 1) {
      std::erase(one.numbers, number);
    }
  } else if (what == 18 && !schema.enums.empty()) {
    schema.enums[static_cast<std::size_t>(below(random, static_cast<int>(schema.enums.size())))].closed ^= true;
  } else {
    schema.file_features = !schema.file_features;
  }
}

}  // namespace cloudflow::testing
