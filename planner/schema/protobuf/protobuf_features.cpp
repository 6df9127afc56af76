// Features of Protobuf's editions, and the options that set them.
#include <fmt/format.h>

#include "planner/schema/protobuf/protobuf_parse.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

bool opens(const ProtoToken& token) {
  return token.kind == ProtoToken::Kind::symbol && (token.text == "{" || token.text == "[" || token.text == "(");
}

bool closes(const ProtoToken& token) {
  return token.kind == ProtoToken::Kind::symbol && (token.text == "}" || token.text == "]" || token.text == ")");
}

Result<void> set_or_refuse(ProtoFeatures& features, std::string_view name, const ProtoToken& value,
                           const ProtoSource& source) {
  if (set_feature(features, name, value.text)) return {};
  return source.bad(value.offset, fmt::format("{} is not a value of the feature {}", quote(value.text), quote(name)));
}

}  // namespace

ProtoFeatures ProtoFeatures::inside(const ProtoFeatures& outer) const {
  return {.presence = presence ? presence : outer.presence,
          .closed = closed ? closed : outer.closed,
          .delimited = delimited ? delimited : outer.delimited};
}

std::vector<ProtoOption> proto_options(std::span<const ProtoToken> words) {
  std::vector<ProtoOption> out;
  std::size_t start = 0;
  int depth = 0;
  const auto finish = [&](std::size_t end) {
    ProtoOption option;
    std::size_t at = start;
    for (; at < end && words[at].text != "="; ++at) option.name += words[at].text;
    if (at + 1 < end) option.value = words.subspan(at + 1, end - at - 1);
    if (!option.value.empty()) out.push_back(std::move(option));
    start = end + 1;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    depth += opens(words[i]) ? 1 : closes(words[i]) ? -1 : 0;
    if (depth == 0 && words[i].kind == ProtoToken::Kind::symbol && words[i].text == ",") finish(i);
  }
  finish(words.size());
  return out;
}

bool set_feature(ProtoFeatures& features, std::string_view name, std::string_view value) {
  if (name == "field_presence") {
    if (value == "EXPLICIT") features.presence = ProtoPresence::explicit_;
    if (value == "IMPLICIT") features.presence = ProtoPresence::implicit;
    if (value == "LEGACY_REQUIRED") features.presence = ProtoPresence::required;
    return value == "EXPLICIT" || value == "IMPLICIT" || value == "LEGACY_REQUIRED";
  }
  if (name == "enum_type") {
    features.closed = value == "CLOSED";
    return value == "CLOSED" || value == "OPEN";
  }
  if (name == "message_encoding") {
    features.delimited = value == "DELIMITED";
    return value == "DELIMITED" || value == "LENGTH_PREFIXED";
  }
  return true;  // nothing that changes what a reader understands
}

Result<void> take_feature(ProtoFeatures& features, const ProtoOption& option, const ProtoSource& source) {
  constexpr std::string_view prefix = "features.";
  if (option.name.starts_with(prefix))
    return set_or_refuse(features, std::string_view(option.name).substr(prefix.size()), option.value[0], source);
  if (option.name != "features") return {};
  int depth = 0;
  for (std::size_t i = 0; i + 1 < option.value.size(); ++i) {
    const ProtoToken& word = option.value[i];
    depth += opens(word) ? 1 : closes(word) ? -1 : 0;
    if (depth != 1 || word.kind != ProtoToken::Kind::name || option.value[i + 1].text != ":") continue;
    if (i + 2 < option.value.size()) CF_CHECK(set_or_refuse(features, word.text, option.value[i + 2], source));
    i += 2;
  }
  return {};
}

std::string proto_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7F) {
      out += fmt::format("\\{:03o}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

ProtoFeatures features_of_syntax(std::string_view syntax) {
  return {.presence = syntax == "proto3" ? ProtoPresence::implicit : ProtoPresence::explicit_,
          .closed = syntax == "proto2",
          .delimited = false};
}

}  // namespace cloudflow
