// A Protobuf schema: the messages and enums of a file and of what it imports, with every type resolved.
#include "planner/schema/protobuf/protobuf_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "planner/schema/json_text.h"
#include "planner/schema/protobuf/protobuf_parse.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::array<std::string_view, 15> scalars = {"double",   "float",    "int32",  "int64",   "uint32",
                                                      "uint64",   "sint32",   "sint64", "fixed32", "fixed64",
                                                      "sfixed32", "sfixed64", "bool",   "string",  "bytes"};

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

const std::string* ProtoEnum::name_of(int number) const {
  const auto found =
      std::find_if(values.begin(), values.end(), [&](const auto& value) { return value.second == number; });
  return found == values.end() ? nullptr : &found->first;
}

const ProtoMessage* ProtoSchema::message(const std::string& full_name) const {
  const auto found = messages.find(full_name);
  return found == messages.end() ? nullptr : &found->second;
}

const ProtoEnum* ProtoSchema::enumeration(const std::string& full_name) const {
  const auto found = enums.find(full_name);
  return found == enums.end() ? nullptr : &found->second;
}

bool is_proto_scalar(std::string_view name) { return std::find(scalars.begin(), scalars.end(), name) != scalars.end(); }

std::vector<std::string> proto_scalars() { return {scalars.begin(), scalars.end()}; }

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

Result<ProtoSchema> parse_protobuf_schema(std::string_view text, std::string_view file, const ProtoImports& imports) {
  CF_TRY(const std::vector<ProtoToken> tokens, protobuf_tokens(text, file));
  const ProtoSource source{text, file};
  const bool keyword = tokens[0].text == "message" || tokens[0].text == "enum" || tokens[0].text == "service" ||
                       tokens[0].text == "extend";
  const bool text_format = !keyword && tokens.size() > 2 && tokens[0].kind == ProtoToken::Kind::name &&
                           (tokens[1].text == ":" || tokens[1].text == "{" || tokens[1].text == "<") &&
                           tokens[1].kind == ProtoToken::Kind::symbol;
  auto parsed = text_format ? parse_proto_text_format(source, tokens) : parse_proto_file(source, tokens);
  if (!parsed) return std::unexpected(std::move(parsed).error());
  return resolve_protobuf(source, std::move(*parsed), imports);
}

}  // namespace cloudflow
