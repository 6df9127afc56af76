// A Protobuf schema: the messages and enums of one file, with types resolved inside it.
#include "planner/schema/protobuf_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "planner/schema/json_text.h"
#include "planner/schema/protobuf_parse.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr std::array<std::string_view, 15> scalars = {"double",   "float",    "int32",  "int64",   "uint32",
                                                      "uint64",   "sint32",   "sint64", "fixed32", "fixed64",
                                                      "sfixed32", "sfixed64", "bool",   "string",  "bytes"};

constexpr std::size_t max_reserved = 5000;

/// Gives every field's type its path inside the file, and proves what a parser alone cannot see.
class Resolver {
 public:
  Resolver(const ProtoSource& source, ProtoSchema& schema) : source_(source), schema_(schema) {}

  Result<void> all() {
    for (auto& [path, message] : schema_.messages) {
      for (ProtoField& field : message.fields) CF_CHECK(resolve(field, path));
      // By place too, so that the second of two equal numbers is the one reported.
      std::sort(message.fields.begin(), message.fields.end(), [](const ProtoField& a, const ProtoField& b) {
        return a.number != b.number ? a.number < b.number : a.offset < b.offset;
      });
      CF_CHECK(check(message));
    }
    for (const auto& [path, type] : schema_.enums) CF_CHECK(check(type));
    return {};
  }

 private:
  bool adopt(ProtoType& type, const std::string& path) const {
    if (schema_.messages.contains(path)) {
      type = {ProtoKind::message, path};
      return true;
    }
    if (schema_.enums.contains(path)) {
      type = {ProtoKind::enum_, path};
      return true;
    }
    return false;
  }

  /// A full name without the package. Where the package is not known (a lone descriptor), the longest ending that is a
  /// type here.
  bool adopt_full(ProtoType& type, std::string name) const {
    if (!schema_.package.empty()) {
      if (!name.starts_with(schema_.package + ".")) return false;
      return adopt(type, name.substr(schema_.package.size() + 1));
    }
    while (!adopt(type, name)) {
      const std::size_t dot = name.find('.');
      if (dot == std::string::npos) return false;
      name.erase(0, dot + 1);
    }
    return true;
  }

  Result<void> resolve(ProtoField& field, std::string scope) const {
    if (is_proto_scalar(field.type.name)) {
      field.type.kind = ProtoKind::scalar;
      return {};
    }
    const std::string written = field.type.name;
    if (written.starts_with(".")) {
      if (adopt_full(field.type, written.substr(1))) return {};
    } else {
      while (true) {
        if (adopt(field.type, scope.empty() ? written : scope + "." + written)) return {};
        if (scope.empty()) break;
        const std::size_t dot = scope.rfind('.');
        scope.erase(dot == std::string::npos ? 0 : dot);
      }
      if (adopt_full(field.type, written)) return {};
    }
    return external(field, written);
  }

  Result<void> external(ProtoField& field, const std::string& written) const {
    const bool said = field.type.kind == ProtoKind::message || field.type.kind == ProtoKind::enum_;
    if (!said && schema_.imports.empty() && !written.starts_with(".")) {
      std::vector<std::string> known(scalars.begin(), scalars.end());
      for (const auto& [path, message] : schema_.messages) known.push_back(path);
      for (const auto& [path, type] : schema_.enums) known.push_back(path);
      return source_.bad(field.offset,
                         fmt::format("the type of field {}, {}, is not defined", quote(field.name), quote(written)),
                         did_you_mean(written, known));
    }
    if (!said) field.type.kind = ProtoKind::external;
    field.type.name = written.starts_with(".") ? written.substr(1) : written;
    return {};
  }

  Result<void> check(const ProtoMessage& message) const {
    if (message.reserved.size() + message.reserved_names.size() > max_reserved) {
      return source_.bad(message.offset, fmt::format("message {} reserves more than {} ranges and names",
                                                     quote(message.path), max_reserved));
    }
    std::set<std::string> names;
    int last = 0;
    for (const ProtoField& field : message.fields) {
      const auto bad = [&](std::string text) {
        return source_.bad(field.offset, fmt::format("message {}: {}", quote(message.path), text));
      };
      if (field.number == last) return bad(fmt::format("field number {} is there twice", field.number));
      if (!names.insert(field.name).second) return bad(fmt::format("field {} is there twice", quote(field.name)));
      if (message.is_reserved(field.number))
        return bad(fmt::format("field {} uses the reserved number {}", quote(field.name), field.number));
      if (message.is_reserved(field.name)) return bad(fmt::format("field {} uses a reserved name", quote(field.name)));
      last = field.number;
    }
    return {};
  }

  Result<void> check(const ProtoEnum& type) const {
    if (type.values.empty()) return source_.bad(type.offset, fmt::format("enum {} has no value", quote(type.path)));
    if (schema_.syntax == "proto3" && type.values[0].second != 0)
      return source_.bad(type.offset, fmt::format("the first value of enum {} must be 0 in proto3", quote(type.path)));
    return {};
  }

  const ProtoSource& source_;
  ProtoSchema& schema_;
};

std::string_view label_text(const ProtoField& field) {
  if (!field.oneof.empty() || field.is_map()) return "";
  switch (field.label) {
    case ProtoLabel::required:
      return "required ";
    case ProtoLabel::repeated:
      return "repeated ";
    case ProtoLabel::optional:
      break;
  }
  return "optional ";
}

/// Prints a file: nested types inside their message, types by full name.
class Printer {
 public:
  explicit Printer(const ProtoSchema& schema) : schema_(schema) {}

  std::string all() && {
    out_ +=
        schema_.syntax == "editions" ? "edition = \"2023\";\n" : fmt::format("syntax = {};\n", quote(schema_.syntax));
    if (!schema_.package.empty()) out_ += fmt::format("package {};\n", schema_.package);
    std::vector<std::string> imports = schema_.imports;
    std::sort(imports.begin(), imports.end());
    for (const std::string& path : imports) out_ += fmt::format("import {};\n", quote(path));
    inside("", "");
    return std::move(out_);
  }

 private:
  static std::string_view simple(const std::string& path) { return std::string_view(path).substr(path.rfind('.') + 1); }

  /// Every type directly inside `prefix` ("Order.").
  void inside(const std::string& prefix, const std::string& indent) {
    for (auto at = schema_.messages.lower_bound(prefix); at != schema_.messages.end() && at->first.starts_with(prefix);
         ++at) {
      if (at->first.find('.', prefix.size()) == std::string::npos) message(at->second, indent);
    }
    for (auto at = schema_.enums.lower_bound(prefix); at != schema_.enums.end() && at->first.starts_with(prefix);
         ++at) {
      if (at->first.find('.', prefix.size()) == std::string::npos) enumeration(at->second, indent);
    }
  }

  void message(const ProtoMessage& message, const std::string& indent) {
    out_ += fmt::format("{}message {} {{\n", indent, simple(message.path));
    fields(message, indent + "  ");
    std::vector<std::pair<int, int>> ranges = message.reserved;
    std::sort(ranges.begin(), ranges.end());
    for (const auto& [from, to] : ranges)
      out_ += from == to ? fmt::format("{}  reserved {};\n", indent, from)
                         : fmt::format("{}  reserved {} to {};\n", indent, from, to);
    std::vector<std::string> names = message.reserved_names;
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) out_ += fmt::format("{}  reserved {};\n", indent, quote(name));
    inside(message.path + ".", indent + "  ");
    out_ += indent + "}\n";
  }

  void fields(const ProtoMessage& message, const std::string& indent) {
    std::map<std::string, std::vector<const ProtoField*>> oneofs;
    for (const ProtoField& one : message.fields) {
      if (!one.oneof.empty()) oneofs[one.oneof].push_back(&one);
    }
    for (const ProtoField& one : message.fields) {
      if (one.oneof.empty()) {
        field(one, indent);
      } else if (oneofs[one.oneof].front() == &one) {
        out_ += fmt::format("{}oneof {} {{\n", indent, one.oneof);
        for (const ProtoField* member : oneofs[one.oneof]) field(*member, indent + "  ");
        out_ += indent + "}\n";
      }
    }
  }

  void field(const ProtoField& field, const std::string& indent) {
    const std::string type =
        field.is_map() ? fmt::format("map<{}, {}>", field.map_key, type_text(field.type)) : type_text(field.type);
    out_ += fmt::format("{}{}{} {} = {};\n", indent, label_text(field), type, field.name, field.number);
  }

  std::string type_text(const ProtoType& type) const {
    if (type.kind == ProtoKind::scalar) return type.name;
    const bool local = schema_.messages.contains(type.name) || schema_.enums.contains(type.name);
    return local && !schema_.package.empty() ? fmt::format(".{}.{}", schema_.package, type.name) : "." + type.name;
  }

  void enumeration(const ProtoEnum& type, const std::string& indent) {
    out_ += fmt::format("{}enum {} {{\n", indent, simple(type.path));
    for (const auto& [name, number] : type.values) out_ += fmt::format("{}  {} = {};\n", indent, name, number);
    out_ += indent + "}\n";
  }

  const ProtoSchema& schema_;
  std::string out_{};
};

}  // namespace

const ProtoField* ProtoMessage::field(int number) const {
  const auto found = std::lower_bound(fields.begin(), fields.end(), number,
                                      [](const ProtoField& field, int wanted) { return field.number < wanted; });
  return found != fields.end() && found->number == number ? &*found : nullptr;
}

bool ProtoMessage::is_reserved(int number) const {
  return std::any_of(reserved.begin(), reserved.end(),
                     [&](const auto& range) { return number >= range.first && number <= range.second; });
}

bool ProtoMessage::is_reserved(std::string_view name) const {
  return std::find(reserved_names.begin(), reserved_names.end(), name) != reserved_names.end();
}

bool is_proto_scalar(std::string_view name) { return std::find(scalars.begin(), scalars.end(), name) != scalars.end(); }

std::unexpected<Error> ProtoSource::bad(std::size_t offset, std::string message, std::string hint) const {
  return std::unexpected(
      Error{ErrorKind::invalid_input, std::move(message), position_at(text, offset, file), std::move(hint)});
}

bool ProtoWords::take(std::string_view text) {
  if (!is(text)) return false;
  step();
  return true;
}

std::unexpected<Error> ProtoWords::wanted(std::string_view what) const {
  const std::string found =
      now().kind == ProtoToken::Kind::end ? fmt::format("the end of {}", whole_) : quote(now().text);
  return bad(now().offset, fmt::format("expected {}, found {}", what, found));
}

Result<ProtoSchema> parse_protobuf_schema(std::string_view text, std::string_view file) {
  CF_TRY(const std::vector<ProtoToken> tokens, protobuf_tokens(text, file));
  const ProtoSource source{text, file};
  const bool keyword = tokens[0].text == "message" || tokens[0].text == "enum" || tokens[0].text == "service" ||
                       tokens[0].text == "extend";
  const bool text_format = !keyword && tokens.size() > 2 && tokens[0].kind == ProtoToken::Kind::name &&
                           (tokens[1].text == ":" || tokens[1].text == "{" || tokens[1].text == "<") &&
                           tokens[1].kind == ProtoToken::Kind::symbol;
  auto parsed = text_format ? parse_proto_text_format(source, tokens) : parse_proto_file(source, tokens);
  if (!parsed) return std::unexpected(std::move(parsed).error());
  CF_CHECK(Resolver(source, *parsed).all());
  return std::move(*parsed);
}

std::string protobuf_canonical_form(const ProtoSchema& schema) { return Printer(schema).all(); }

}  // namespace cloudflow
