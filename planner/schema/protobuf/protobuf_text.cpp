// Reads a FileDescriptorProto or DescriptorProto in protobuf's text format.
#include <fmt/format.h>

#include <charconv>
#include <map>
#include <set>

#include "planner/schema/json_text.h"
#include "planner/schema/protobuf/protobuf_parse.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// A message in text format: its members in order, each a text or a message.
struct Node {
  std::string text{};
  std::size_t offset = 0;
  std::vector<std::pair<std::string, Node>> members{};

  const Node* find(std::string_view name) const {
    for (const auto& [key, node] : members) {
      if (key == name) return &node;
    }
    return nullptr;
  }
  std::string text_of(std::string_view name) const {
    const Node* node = find(name);
    return node == nullptr ? "" : node->text;
  }
};

class TextParser : ProtoWords {
 public:
  TextParser(const ProtoSource& source, const std::vector<ProtoToken>& tokens)
      : ProtoWords(source, tokens, "the text") {}

  Result<Node> parse() {
    Node root;
    CF_CHECK(members(root, "", 0));
    return root;
  }

 private:
  /// Up to `close` and past it; an empty `close` is the end of the text.
  Result<void> members(Node& into, std::string_view close, int depth) {
    if (depth > max_schema_depth)
      return bad(now().offset, fmt::format("the schema is nested more than {} levels deep", max_schema_depth));
    while (true) {
      if (now().kind == ProtoToken::Kind::end) {
        if (close.empty()) return {};
        return wanted(quote(close));
      }
      if (!close.empty() && take(close)) return {};
      CF_CHECK(member(into, depth));
      if (!take(",")) take(";");
    }
  }

  Result<void> member(Node& into, int depth) {
    std::string name = now().text;
    if (take("[")) {  // an extension: [some.option]
      name = "[" + now().text + "]";
      while (now().kind != ProtoToken::Kind::end && !is("]")) step();
      if (!take("]")) return wanted("\"]\"");
    } else if (now().kind == ProtoToken::Kind::name || now().kind == ProtoToken::Kind::number) {
      step();
    } else {
      return wanted("a field's name");
    }
    const bool colon = take(":");
    if (is("[")) return list(into, name, depth);
    if (!colon && !is("{") && !is("<")) return wanted("\":\" or \"{\"");
    return value(into, name, depth);
  }

  Result<void> value(Node& into, const std::string& name, int depth) {
    Node node;
    node.offset = now().offset;
    if (is("{") || is("<")) {
      const std::string_view close = is("{") ? "}" : ">";
      step();
      CF_CHECK(members(node, close, depth + 1));
    } else {
      const bool negative = take("-");
      if (now().kind == ProtoToken::Kind::symbol || now().kind == ProtoToken::Kind::end) return wanted("a value");
      node.text = (negative ? "-" : "") + now().text;
      step();
    }
    into.members.emplace_back(name, std::move(node));
    return {};
  }

  Result<void> list(Node& into, const std::string& name, int depth) {
    step();
    while (!take("]")) {
      CF_CHECK(value(into, name, depth));
      if (!take(",") && !is("]")) return wanted("\",\" or \"]\"");
    }
    return {};
  }
};

class Converter {
 public:
  explicit Converter(const ProtoSource& source) : source_(source) {
    out_.files.emplace_back();
    out_.text_format = true;
  }

  Result<ProtoParsed> file(const Node& root) {
    ProtoFile& file = out_.files.front();
    file.package = root.text_of("package");
    if (const std::string syntax = root.text_of("syntax"); !syntax.empty()) file.syntax = syntax;
    CF_TRY(file.features, features(root));
    for (const auto& [key, node] : root.members) {
      if (key == "dependency") file.imports.push_back(node.text);
      if (key == "message_type") CF_CHECK(message(node, "", 0));
      if (key == "enum_type") CF_CHECK(enumeration(node, ""));
      if (key == "extension") CF_CHECK(extension(node, ""));
    }
    return std::move(out_);
  }

  Result<ProtoParsed> single(const Node& root) {
    out_.package_unknown = true;
    CF_CHECK(message(root, "", 0));
    return std::move(out_);
  }

 private:
  Result<ProtoFeatures> features(const Node& of) const {
    ProtoFeatures out;
    const Node* options = of.find("options");
    const Node* set = options == nullptr ? nullptr : options->find("features");
    if (set == nullptr) return out;
    for (const auto& [name, value] : set->members) {
      if (!set_feature(out, name, value.text))
        return source_.bad(value.offset,
                           fmt::format("{} is not a value of the feature {}", quote(value.text), quote(name)));
    }
    return out;
  }

  Result<int> number(const Node& of, std::string_view name, int fallback) const {
    const Node* node = of.find(name);
    if (node == nullptr) return fallback;
    int value = 0;
    const auto [end, problem] = std::from_chars(node->text.data(), node->text.data() + node->text.size(), value);
    if (problem != std::errc{} || end != node->text.data() + node->text.size()) {
      return source_.bad(node->offset, fmt::format("{} must be a number, not {}", quote(name), quote(node->text)));
    }
    return value;
  }

  Result<std::string> path_of(const Node& node, const std::string& outer) {
    const std::string name = node.text_of("name");
    if (name.empty()) return source_.bad(node.offset, "the descriptor has no \"name\"");
    std::string path = outer.empty() ? name : outer + "." + name;
    if (!paths_.insert(path).second) return source_.bad(node.offset, fmt::format("{} is already defined", quote(path)));
    return path;
  }

  static bool has_option(const Node& node, std::string_view name) {
    const Node* options = node.find("options");
    return options != nullptr && options->text_of(name) == "true";
  }

  Result<void> message(const Node& node, const std::string& outer, int depth) {
    CF_TRY(const std::string path, path_of(node, outer));
    const std::size_t place = out_.messages.size();  // before those inside
    ProtoMessage out{.path = path};
    out.offset = node.offset;
    out.message_set = has_option(node, "message_set_wire_format");
    CF_TRY(out.features, features(node));
    out_.messages.push_back(out);
    std::vector<std::string> oneofs;
    std::map<std::string, const Node*> entries;
    for (const auto& [key, inner] : node.members) {
      if (key == "oneof_decl") oneofs.push_back(inner.text_of("name"));
      if (key == "reserved_name") out.reserved_names.push_back(inner.text);
      if (key == "enum_type") CF_CHECK(enumeration(inner, path));
      if (key == "reserved_range") CF_CHECK(reserved(inner, out));
      if (key == "extension") CF_CHECK(extension(inner, path));
      if (key != "nested_type") continue;
      if (has_option(inner, "map_entry")) {
        entries[inner.text_of("name")] = &inner;
      } else {
        CF_CHECK(message(inner, path, depth + 1));
      }
    }
    for (const auto& [key, inner] : node.members) {
      if (key != "field") continue;
      CF_TRY(ProtoField one, field(inner, oneofs));
      CF_CHECK(use_map_entry(one, entries));
      out.fields.push_back(std::move(one));
    }
    out_.messages[place] = std::move(out);
    return {};
  }

  Result<void> extension(const Node& node, const std::string& scope) {
    CF_TRY(ProtoField one, field(node, {}));
    out_.extensions.push_back({node.text_of("extendee"), scope, std::move(one)});
    return {};
  }

  Result<void> reserved(const Node& node, ProtoMessage& out) const {
    CF_TRY(const int from, number(node, "start", 0));
    CF_TRY(const int past, number(node, "end", from + 1));
    out.reserved.emplace_back(from, std::max(from, past - 1));
    return {};
  }

  Result<ProtoField> field(const Node& node, const std::vector<std::string>& oneofs) const {
    ProtoField out{.name = node.text_of("name")};
    out.offset = node.offset;
    CF_TRY(out.features, features(node));
    if (out.name.empty()) return source_.bad(node.offset, "the field has no \"name\"");
    CF_TRY(out.number, number(node, "number", 0));
    if (out.number < 1 || out.number > 536870911)
      return source_.bad(node.offset,
                         fmt::format("{} is not a field number: 1 to 536870911, without 19000 to 19999", out.number));
    const std::string label = node.text_of("label");
    if (label == "LABEL_REPEATED" || label == "3") out.label = ProtoLabel::repeated;
    if (label == "LABEL_REQUIRED" || label == "2") out.label = ProtoLabel::required;
    CF_CHECK(type(node, out));
    CF_TRY(const int oneof, number(node, "oneof_index", -1));
    if (oneof >= static_cast<int>(oneofs.size()))
      return source_.bad(node.offset,
                         fmt::format("field {} is in oneof {}, which is not declared", quote(out.name), oneof));
    const bool optional = node.text_of("proto3_optional") == "true";
    if (oneof >= 0 && !optional) out.oneof = oneofs[static_cast<std::size_t>(oneof)];
    if (optional) out.features.presence = ProtoPresence::explicit_;
    if (const Node* value = node.find("default_value"); value != nullptr)
      out.default_value =
          out.type.name == "string" || out.type.name == "bytes" ? proto_string(value->text) : value->text;
    return out;
  }

  Result<void> type(const Node& node, ProtoField& out) const {
    const std::string type_name = node.text_of("type_name");
    std::string type = node.text_of("type");
    if (type.starts_with("TYPE_")) type = lower(type.substr(5));
    if (type == "group" || type == "10") out.features.delimited = true;
    if (is_proto_scalar(type)) {
      out.type.name = type;
      return {};
    }
    if (type_name.empty()) return source_.bad(node.offset, fmt::format("field {} has no known type", quote(out.name)));
    out.type.name = type_name;
    const bool message = type == "message" || type == "group" || type == "10" || type == "11";
    const bool enumeration = type == "enum" || type == "14";
    out.type.kind = message ? ProtoKind::message : enumeration ? ProtoKind::enum_ : ProtoKind::external;
    return {};
  }

  /// A map is stored as a repeated field of a nested message marked as a map entry.
  Result<void> use_map_entry(ProtoField& field, const std::map<std::string, const Node*>& entries) const {
    const auto found = entries.find(field.type.name.substr(field.type.name.rfind('.') + 1));
    if (field.label != ProtoLabel::repeated || found == entries.end()) return {};
    for (const auto& [key, inner] : found->second->members) {
      if (key != "field") continue;
      CF_TRY(const ProtoField part, this->field(inner, {}));
      if (part.number == 1) field.map_key = part.type.name;
      if (part.number == 2) field.type = part.type;
    }
    field.features.delimited.reset();
    if (field.map_key.empty()) return source_.bad(found->second->offset, "the map entry has no key");
    return {};
  }

  Result<void> enumeration(const Node& node, const std::string& outer) {
    CF_TRY(const std::string path, path_of(node, outer));
    ProtoEnum out{.path = path};
    out.offset = node.offset;
    CF_TRY(out.features, features(node));
    for (const auto& [key, inner] : node.members) {
      if (key != "value") continue;
      CF_TRY(const int value, number(inner, "number", 0));
      out.values.emplace_back(inner.text_of("name"), value);
    }
    out_.enums.push_back(std::move(out));
    return {};
  }

  const ProtoSource& source_;
  ProtoParsed out_{};
  std::set<std::string> paths_{};
};

}  // namespace

Result<ProtoParsed> parse_proto_text_format(const ProtoSource& source, const std::vector<ProtoToken>& tokens) {
  CF_TRY(const Node root, TextParser(source, tokens).parse());
  static const std::set<std::string, std::less<>> file_members = {
      "message_type", "package", "syntax", "dependency", "public_dependency", "service", "edition"};
  for (const auto& [key, node] : root.members) {
    if (file_members.contains(key)) return Converter(source).file(root);
  }
  return Converter(source).single(root);
}

}  // namespace cloudflow
