// Reads .proto files.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <set>

#include "planner/schema/json_text.h"
#include "planner/schema/protobuf/protobuf_parse.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::array<std::string_view, 2> known_editions = {"2023", "2024"};

class FileParser : ProtoWords {
 public:
  FileParser(const ProtoSource& source, const std::vector<ProtoToken>& tokens)
      : ProtoWords(source, tokens, "the file"), source_(source) {
    out_.files.emplace_back();
  }

  Result<ProtoParsed> parse() {
    while (now().kind != ProtoToken::Kind::end) CF_CHECK(statement());
    return std::move(out_);
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

  /// What stands in brackets behind a field or a value.
  Result<std::vector<ProtoOption>> options() {
    if (!is("[")) return std::vector<ProtoOption>{};
    const std::size_t start = at() + 1;
    CF_CHECK(skip_block("[", "]"));
    return proto_options(between(start, at() - 1));
  }

  /// `option NAME = VALUE;`
  Result<std::vector<ProtoOption>> option_statement() {
    const std::size_t start = at() + 1;
    CF_CHECK(skip_statement());
    return proto_options(between(start, at() - 1));
  }

  Done take_features(ProtoFeatures& features, const std::vector<ProtoOption>& all) const {
    for (const ProtoOption& option : all) CF_CHECK(take_feature(features, option, source_));
    return {};
  }

  ProtoFile& file() { return out_.files.back(); }
  const ProtoFile& file() const { return out_.files.back(); }
  std::size_t file_index() const { return out_.files.size() - 1; }

  Done statement() {
    if (take(";")) return {};
    if (take("syntax") || take("edition")) return syntax();
    started_ = true;
    if (take("package")) {
      CF_TRY(file().package, name("a package"));
      return expect(";");
    }
    if (take("import")) return import();
    if (is("option")) {
      CF_TRY(const auto set, option_statement());
      return take_features(file().features, set);
    }
    if ((is("export") || is("local")) && (ahead().text == "message" || ahead().text == "enum")) step();
    if (take("message")) return message("", 0);
    if (take("enum")) return enumeration("");
    if (is("extend")) return extend("", 0);
    if (is("service")) return skip_named_block();
    return wanted("message, enum, import, option or package");
  }

  /// A second one begins another file of a bundle.
  Done syntax() {
    CF_CHECK(expect("="));
    if (started_) out_.files.emplace_back();
    started_ = true;
    paths_.clear();
    const std::size_t offset = now().offset;
    CF_TRY(std::string written, string("\"proto2\" or \"proto3\""));
    if (std::ranges::find(known_editions, written) != known_editions.end()) {
      written = "editions";
    } else if (written.starts_with("20")) {
      return bad(offset, fmt::format("edition {} is not known", quote(written)), "2023 and 2024 are");
    }
    if (written != "proto2" && written != "proto3" && written != "editions") {
      return bad(offset, fmt::format("{} is not a syntax: \"proto2\" or \"proto3\"", quote(written)));
    }
    file().syntax = std::move(written);
    return expect(";");
  }

  Done import() {
    const bool only_options = is("option");
    if (is("public") || is("weak") || only_options) step();
    CF_TRY(std::string path, string("the file to import"));
    if (!only_options) file().imports.push_back(std::move(path));
    return expect(";");
  }

  Done skip_named_block() {
    step();
    CF_CHECK(name("a name"));
    return skip_block("{", "}");
  }

  Done new_path(const std::string& path, std::size_t offset) {
    if (paths_.insert(path).second) return {};
    return bad(offset, fmt::format("{} is already defined", quote(path)));
  }

  static std::string inside(const std::string& outer, const std::string& name) {
    return outer.empty() ? name : outer + "." + name;
  }

  Done message(const std::string& outer, int depth) {
    const std::size_t offset = now().offset;
    if (depth >= max_schema_depth)
      return bad(offset, fmt::format("messages are nested more than {} levels deep", max_schema_depth));
    CF_TRY(const std::string simple, simple_name("the name of the message"));
    return message_body(inside(outer, simple), offset, depth);
  }

  /// From "{" on.
  Done message_body(const std::string& path, std::size_t offset, int depth) {
    CF_CHECK(new_path(path, offset));
    const std::size_t place = out_.messages.size();  // before those inside
    ProtoMessage out{.path = path};
    out.file = file_index();
    out.offset = offset;
    out_.messages.push_back(out);
    CF_CHECK(expect("{"));
    while (!take("}")) {
      if (now().kind == ProtoToken::Kind::end)
        return bad(offset, fmt::format("message {} is never closed", quote(path)));
      CF_CHECK(member(out, depth));
    }
    out_.messages[place] = std::move(out);
    return {};
  }

  bool starts_field(std::string_view keyword) const { return is(keyword) && ahead().kind == ProtoToken::Kind::name; }

  Done member(ProtoMessage& out, int depth) {
    if (take(";")) return {};
    if ((is("export") || is("local")) && ahead(2).kind == ProtoToken::Kind::name && ahead(3).text == "{") step();
    const bool word = ahead().kind == ProtoToken::Kind::name;
    if (is("message") && word && ahead(2).text == "{") {
      step();
      return message(out.path, depth + 1);
    }
    if (is("enum") && word && ahead(2).text == "{") {
      step();
      return enumeration(out.path);
    }
    if (is("oneof") && word && ahead(2).text == "{") return oneof(out, depth);
    if (is("extend") && word && ahead(2).text == "{") return extend(out.path, depth);
    if (is("option")) {
      CF_TRY(const auto set, option_statement());
      for (const ProtoOption& option : set) {
        if (option.name == "message_set_wire_format") out.message_set = option.value[0].text == "true";
      }
      return take_features(out.features, set);
    }
    if (is("extensions") && ahead().kind == ProtoToken::Kind::number) return skip_statement();
    if (is("reserved") && !(word && ahead(2).text == "=")) {
      step();
      return reserved(out);
    }
    CF_TRY(ProtoField one, field({.path = out.path}, depth));
    out.fields.push_back(std::move(one));
    return {};
  }

  Done oneof(ProtoMessage& out, int depth) {
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
      CF_TRY(ProtoField one, field({.path = out.path, .oneof = title}, depth));
      out.fields.push_back(std::move(one));
    }
    return {};
  }

  /// Adds fields to a message that is defined elsewhere. `scope` is the message around it.
  Done extend(const std::string& scope, int depth) {
    step();
    const std::size_t offset = now().offset;
    CF_TRY(const std::string target, name("the message to extend"));
    CF_CHECK(expect("{"));
    while (!take("}")) {
      if (now().kind == ProtoToken::Kind::end)
        return bad(offset, fmt::format("the extension of {} is never closed", quote(target)));
      if (take(";")) continue;
      CF_TRY(ProtoField one, field({.path = scope, .extends = true}, depth));
      out_.extensions.push_back({target, scope, std::move(one)});
    }
    return {};
  }

  /// Where a field stands.
  struct Around {
    std::string path{};   ///< the message around it
    std::string oneof{};  ///< empty outside one
    bool extends = false;
  };

  Result<ProtoField> field(const Around& around, int depth) {
    ProtoField field;
    field.oneof = around.oneof;
    field.file = file_index();
    CF_CHECK(label(field));
    if (is("group") && ahead().kind == ProtoToken::Kind::name && ahead(2).text == "=") {
      CF_CHECK(group(field, around, depth));
      return field;
    }
    if (is("map") && ahead().text == "<") {
      if (!around.oneof.empty()) return bad(now().offset, "a map cannot be in a oneof");
      if (around.extends) return bad(now().offset, "a map cannot be an extension");
      CF_CHECK(map_type(field));
    } else {
      CF_TRY(field.type.name, name("the type of a field"));
    }
    field.offset = now().offset;
    CF_TRY(field.name, simple_name("the name of the field"));
    CF_CHECK(numbered(field));
    CF_CHECK(expect(";"));
    return field;
  }

  /// `= NUMBER [OPTIONS]`
  Done numbered(ProtoField& field) {
    CF_CHECK(expect("="));
    const std::size_t where = now().offset;
    CF_TRY(field.number, number("the field's number"));
    if (field.number < 1 || field.number > max_field_number || (field.number >= 19000 && field.number <= 19999)) {
      return bad(where, fmt::format("{} is not a field number: 1 to {}, without 19000 to 19999", field.number,
                                    max_field_number));
    }
    CF_TRY(const auto set, options());
    for (const ProtoOption& option : set) {
      if (option.name == "default") field.default_value = default_text(option);
    }
    return take_features(field.features, set);
  }

  static std::string default_text(const ProtoOption& option) {
    const ProtoToken& first = option.value[0];
    if (first.kind == ProtoToken::Kind::string) return proto_string(first.text);
    return first.text + (first.text == "-" && option.value.size() > 1 ? option.value[1].text : "");
  }

  /// A field and its message in one. The field has the message's name in small letters.
  Done group(ProtoField& field, const Around& around, int depth) {
    if (file().syntax == "proto3")
      return bad(now().offset, "proto3 has no groups", "use a nested message: it is written in another way");
    if (file().syntax == "editions")
      return bad(now().offset, "editions have no groups",
                 "a nested message with [features.message_encoding = DELIMITED] is written in the same way");
    step();
    field.offset = now().offset;
    CF_TRY(const std::string simple, simple_name("the name of the group"));
    field.name = lower(simple);
    field.type.name = simple;
    field.features.delimited = true;
    CF_CHECK(numbered(field));
    if (depth + 1 >= max_schema_depth)
      return bad(field.offset, fmt::format("messages are nested more than {} levels deep", max_schema_depth));
    return message_body(inside(around.path, simple), field.offset, depth + 1);
  }

  Done label(ProtoField& field) {
    const std::size_t offset = now().offset;
    const bool optional = starts_field("optional");
    if (!optional && !starts_field("required") && !starts_field("repeated")) return {};
    if (!field.oneof.empty()) return bad(offset, "a field in a oneof has no label");
    if (is("required") && file().syntax == "proto3") return bad(offset, "proto3 has no required fields");
    field.label = optional ? ProtoLabel::optional : is("required") ? ProtoLabel::required : ProtoLabel::repeated;
    if (optional) field.features.presence = ProtoPresence::explicit_;
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
          to = max_field_number;
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
    ProtoEnum out{.path = inside(outer, simple)};
    out.file = file_index();
    out.offset = offset;
    CF_CHECK(new_path(out.path, offset));
    CF_CHECK(expect("{"));
    while (!take("}")) {
      if (now().kind == ProtoToken::Kind::end)
        return bad(offset, fmt::format("enum {} is never closed", quote(out.path)));
      if (take(";")) continue;
      const bool value = ahead().text == "=";
      if (!value && is("option")) {
        CF_TRY(const auto set, option_statement());
        CF_CHECK(take_features(out.features, set));
        continue;
      }
      if (!value && is("reserved")) {
        CF_CHECK(skip_statement());
        continue;
      }
      CF_TRY(std::string constant, simple_name("the name of a value"));
      CF_CHECK(expect("="));
      CF_TRY(const int number_of, number("the value's number"));
      CF_CHECK(options());
      CF_CHECK(expect(";"));
      out.values.emplace_back(std::move(constant), number_of);
    }
    out_.enums.push_back(std::move(out));
    return {};
  }

  const ProtoSource& source_;
  ProtoParsed out_{};
  std::set<std::string> paths_{};  ///< what the file defines
  bool started_ = false;           ///< the file has a statement
};

}  // namespace

Result<ProtoParsed> parse_proto_file(const ProtoSource& source, const std::vector<ProtoToken>& tokens) {
  return FileParser(source, tokens).parse();
}

}  // namespace cloudflow
