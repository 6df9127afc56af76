// Reads .proto files.
#include <fmt/format.h>

#include <charconv>

#include "planner/schema/json_text.h"
#include "planner/schema/protobuf_parse.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr int max_number = 536870911;

class FileParser : ProtoWords {
 public:
  FileParser(const ProtoSource& source, const std::vector<ProtoToken>& tokens)
      : ProtoWords(source, tokens, "the file") {}

  Result<ProtoSchema> parse() {
    while (now().kind != ProtoToken::Kind::end) CF_CHECK(statement());
    return std::move(schema_);
  }

 private:
  using Done = Result<void>;

  Done expect(std::string_view symbol) {
    if (!take(symbol)) return wanted(quote(symbol));
    return {};
  }

  Result<std::string> name(std::string_view what) {
    if (now().kind != ProtoToken::Kind::name) return wanted(what);
    std::string text = now().text;
    step();
    return text;
  }

  Result<std::string> simple_name(std::string_view what) {
    if (now().text.find('.') != std::string::npos) return wanted(what);
    return name(what);
  }

  Result<std::string> string(std::string_view what) {
    if (now().kind != ProtoToken::Kind::string) return wanted(what);
    std::string text = now().text;
    step();
    return text;
  }

  Result<int> number(std::string_view what) {
    const std::size_t offset = now().offset;
    const bool negative = take("-");
    if (now().kind != ProtoToken::Kind::number) return wanted(what);
    std::string_view digits = now().text;
    const bool hex_digits = digits.starts_with("0x") || digits.starts_with("0X");
    const int base = hex_digits ? 16 : digits.size() > 1 && digits[0] == '0' ? 8 : 10;
    if (hex_digits) digits.remove_prefix(2);
    long long value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (problem != std::errc{} || end != digits.data() + digits.size()) return wanted(what);
    if (negative) value = -value;
    if (value < -2147483648LL || value > 2147483647LL)
      return bad(offset, fmt::format("{} is not a 32-bit number", value));
    step();
    return static_cast<int>(value);
  }

  /// To after the next ';' outside braces.
  Done skip_statement() {
    int depth = 0;
    const std::size_t start = now().offset;
    for (; now().kind != ProtoToken::Kind::end; step()) {
      if (is("{")) ++depth;
      if (is("}")) --depth;
      if (depth < 0) return wanted("\";\"");
      if (depth == 0 && is(";")) {
        step();
        return {};
      }
    }
    return bad(start, "the statement has no end");
  }

  /// From an opening bracket to after the one that closes it.
  Done skip_block(std::string_view open, std::string_view close) {
    if (!is(open)) return wanted(quote(open));
    int depth = 0;
    const std::size_t start = now().offset;
    for (; now().kind != ProtoToken::Kind::end; step()) {
      if (is(open)) ++depth;
      if (is(close) && --depth == 0) {
        step();
        return {};
      }
    }
    return bad(start, fmt::format("{} is never closed", quote(open)));
  }

  Done skip_options() {
    if (!is("[")) return {};
    return skip_block("[", "]");
  }

  Done statement() {
    if (take(";")) return {};
    if (take("syntax") || take("edition")) return syntax();
    if (take("package")) {
      CF_TRY(schema_.package, name("a package"));
      return expect(";");
    }
    if (take("import")) return import();
    if (is("option")) return skip_statement();
    if (take("message")) return message("", 0);
    if (take("enum")) return enumeration("");
    if (is("service") || is("extend")) return skip_named_block();
    return wanted("message, enum, import, option or package");
  }

  Done syntax() {
    CF_CHECK(expect("="));
    const std::size_t offset = now().offset;
    CF_TRY(schema_.syntax, string("\"proto2\" or \"proto3\""));
    if (schema_.syntax.starts_with("20")) schema_.syntax = "editions";
    if (schema_.syntax != "proto2" && schema_.syntax != "proto3" && schema_.syntax != "editions") {
      return bad(offset, fmt::format("{} is not a syntax: \"proto2\" or \"proto3\"", quote(schema_.syntax)));
    }
    return expect(";");
  }

  Done import() {
    if (is("public") || is("weak") || is("option")) step();
    CF_TRY(std::string path, string("the file to import"));
    schema_.imports.push_back(std::move(path));
    return expect(";");
  }

  Done skip_named_block() {
    step();
    CF_CHECK(name("a name"));
    return skip_block("{", "}");
  }

  Done message(const std::string& outer, int depth) {
    const std::size_t offset = now().offset;
    if (depth >= max_schema_depth)
      return bad(offset, fmt::format("messages are nested more than {} levels deep", max_schema_depth));
    CF_TRY(const std::string simple, simple_name("the name of the message"));
    ProtoMessage out{.path = outer.empty() ? simple : outer + "." + simple};
    out.offset = offset;
    if (schema_.messages.contains(out.path) || schema_.enums.contains(out.path))
      return bad(offset, fmt::format("{} is already defined", quote(out.path)));
    if (schema_.first.empty()) schema_.first = out.path;
    schema_.messages.emplace(out.path, ProtoMessage{.path = out.path});
    CF_CHECK(expect("{"));
    while (!take("}")) {
      if (now().kind == ProtoToken::Kind::end)
        return bad(offset, fmt::format("message {} is never closed", quote(out.path)));
      CF_CHECK(member(out, depth));
    }
    schema_.messages[out.path] = std::move(out);
    return {};
  }

  bool starts_field(std::string_view keyword) const { return is(keyword) && ahead().kind == ProtoToken::Kind::name; }

  Done member(ProtoMessage& out, int depth) {
    if (take(";")) return {};
    const bool word = ahead().kind == ProtoToken::Kind::name;
    if (is("message") && word && ahead(2).text == "{") {
      step();
      return message(out.path, depth + 1);
    }
    if (is("enum") && word && ahead(2).text == "{") {
      step();
      return enumeration(out.path);
    }
    if (is("oneof") && word && ahead(2).text == "{") return oneof(out);
    if (is("extend") && word && ahead(2).text == "{") return skip_named_block();
    if (is("option")) return skip_statement();
    if (is("extensions") && ahead().kind == ProtoToken::Kind::number) return skip_statement();
    if (is("reserved") && !(word && ahead(2).text == "=")) {
      step();
      return reserved(out);
    }
    return field(out, "");
  }

  Done oneof(ProtoMessage& out) {
    step();
    const std::size_t offset = now().offset;
    CF_TRY(const std::string title, simple_name("the name of the oneof"));
    CF_CHECK(expect("{"));
    while (!take("}")) {
      if (now().kind == ProtoToken::Kind::end)
        return bad(offset, fmt::format("oneof {} is never closed", quote(title)));
      if (take(";")) continue;
      if (is("option")) {
        CF_CHECK(skip_statement());
        continue;
      }
      CF_CHECK(field(out, title));
    }
    return {};
  }

  Done field(ProtoMessage& out, const std::string& oneof_name) {
    ProtoField field;
    field.oneof = oneof_name;
    const std::size_t start = now().offset;
    CF_CHECK(label(field));
    if (is("group") && ahead().kind == ProtoToken::Kind::name)
      return bad(now().offset, "groups are not supported: use a nested message");
    if (is("map") && ahead().text == "<") {
      if (!oneof_name.empty()) return bad(now().offset, "a map cannot be in a oneof");
      CF_CHECK(map_type(field));
    } else {
      CF_TRY(field.type.name, name("the type of a field"));
    }
    field.offset = now().offset;
    CF_TRY(field.name, simple_name("the name of the field"));
    CF_CHECK(expect("="));
    const std::size_t where = now().offset;
    CF_TRY(field.number, number("the field's number"));
    if (field.number < 1 || field.number > max_number || (field.number >= 19000 && field.number <= 19999)) {
      return bad(where,
                 fmt::format("{} is not a field number: 1 to {}, without 19000 to 19999", field.number, max_number));
    }
    if (is("{")) return bad(start, "groups are not supported: use a nested message");
    CF_CHECK(skip_options());
    CF_CHECK(expect(";"));
    out.fields.push_back(std::move(field));
    return {};
  }

  Done label(ProtoField& field) {
    const std::size_t offset = now().offset;
    const bool optional = starts_field("optional");
    if (!optional && !starts_field("required") && !starts_field("repeated")) return {};
    if (!field.oneof.empty()) return bad(offset, "a field in a oneof has no label");
    if (is("required") && schema_.syntax == "proto3") return bad(offset, "proto3 has no required fields");
    field.label = optional ? ProtoLabel::optional : is("required") ? ProtoLabel::required : ProtoLabel::repeated;
    step();
    return {};
  }

  Done map_type(ProtoField& field) {
    step();
    step();
    const std::size_t offset = now().offset;
    CF_TRY(field.map_key, name("the type of the map's keys"));
    if (!is_proto_scalar(field.map_key) || field.map_key == "float" || field.map_key == "double" ||
        field.map_key == "bytes") {
      return bad(offset,
                 fmt::format("{} cannot be the key of a map: an integer, bool or string", quote(field.map_key)));
    }
    CF_CHECK(expect(","));
    CF_TRY(field.type.name, name("the type of the map's values"));
    field.label = ProtoLabel::repeated;
    return expect(">");
  }

  Done reserved(ProtoMessage& out) {
    do {
      if (now().kind == ProtoToken::Kind::string || now().kind == ProtoToken::Kind::name) {
        out.reserved_names.push_back(now().text);
        step();
        continue;
      }
      CF_TRY(const int from, number("a reserved number or name"));
      int to = from;
      if (take("to")) {
        if (take("max")) {
          to = max_number;
        } else {
          CF_TRY(to, number("the end of the reserved range"));
        }
      }
      out.reserved.emplace_back(from, to);
    } while (take(","));
    return expect(";");
  }

  Done enumeration(const std::string& outer) {
    const std::size_t offset = now().offset;
    CF_TRY(const std::string simple, simple_name("the name of the enum"));
    ProtoEnum out{.path = outer.empty() ? simple : outer + "." + simple};
    out.offset = offset;
    CF_CHECK(expect("{"));
    while (!take("}")) {
      if (now().kind == ProtoToken::Kind::end)
        return bad(offset, fmt::format("enum {} is never closed", quote(out.path)));
      if (take(";")) continue;
      const bool value = ahead().text == "=";
      if (!value && (is("option") || is("reserved"))) {
        CF_CHECK(skip_statement());
        continue;
      }
      CF_TRY(std::string constant, simple_name("the name of a value"));
      CF_CHECK(expect("="));
      CF_TRY(const int number_of, number("the value's number"));
      CF_CHECK(skip_options());
      CF_CHECK(expect(";"));
      out.values.emplace_back(std::move(constant), number_of);
    }
    if (schema_.messages.contains(out.path) || !schema_.enums.emplace(out.path, out).second)
      return bad(offset, fmt::format("{} is already defined", quote(out.path)));
    return {};
  }

  ProtoSchema schema_{};
};

}  // namespace

Result<ProtoSchema> parse_proto_file(const ProtoSource& source, const std::vector<ProtoToken>& tokens) {
  return FileParser(source, tokens).parse();
}

}  // namespace cloudflow
