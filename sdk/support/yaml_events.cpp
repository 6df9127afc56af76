// libyaml's parser: the only file that includes it.
#include "sdk/support/yaml_events.h"

#include <yaml.h>

#include <algorithm>

namespace cloudflow {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : usable_(yaml_parser_initialize(&parser_) == 1) {
    // libyaml takes unsigned characters.
    if (usable_)
      yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() {
    if (usable_) yaml_parser_delete(&parser_);
  }

  bool next(yaml_event_t& event) { return usable_ && yaml_parser_parse(&parser_, &event) == 1; }
  const yaml_parser_t& state() const { return parser_; }

 private:
  yaml_parser_t parser_{};
  bool usable_;
};

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&raw); }

  yaml_event_t raw{};
};

YamlMark mark_of(const yaml_mark_t& mark) {
  return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

/// What one of libyaml's events is to us; nothing for the ends of documents and of the text.
std::optional<YamlEvent> event_of(const yaml_event_t& raw) {
  using Kind = YamlEvent::Kind;
  const YamlMark at = mark_of(raw.start_mark);
  const auto container = [&](Kind kind, const yaml_char_t* anchor, const yaml_char_t* tag) {
    return YamlEvent{.kind = kind, .at = at, .anchor = text_of(anchor), .tag = text_of(tag)};
  };
  switch (raw.type) {
    case YAML_DOCUMENT_START_EVENT:
      return YamlEvent{.kind = Kind::document, .at = at};
    case YAML_ALIAS_EVENT:
      return YamlEvent{.kind = Kind::alias, .at = at, .anchor = text_of(raw.data.alias.anchor)};
    case YAML_SCALAR_EVENT: {
      const auto& scalar = raw.data.scalar;
      return YamlEvent{.kind = Kind::scalar,
                       .at = at,
                       .anchor = text_of(scalar.anchor),
                       .tag = text_of(scalar.tag),
                       .text = {reinterpret_cast<const char*>(scalar.value), scalar.length},
                       .plain = scalar.plain_implicit == 1 && scalar.style == YAML_PLAIN_SCALAR_STYLE};
    }
    case YAML_SEQUENCE_START_EVENT:
      return container(Kind::list, raw.data.sequence_start.anchor, raw.data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
      return container(Kind::map, raw.data.mapping_start.anchor, raw.data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
      return YamlEvent{.kind = Kind::end, .at = at};
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
      break;
  }
  return std::nullopt;
}

/// The reader of characters gives an offset in bytes and no mark.
YamlMark mark_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t line = before.rfind('\n');
  const std::string_view row = line == std::string_view::npos ? before : before.substr(line + 1);
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1,
          static_cast<int>(std::ranges::count_if(row, begins)) + 1};
}

/// Whether nothing but space stands at or after a mark.
bool is_at_end(std::string_view text, const yaml_mark_t& mark) {
  for (std::size_t line = 0; line < mark.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
  return text.find_first_not_of(" \r\n", std::min(mark.column, text.size())) == std::string_view::npos;
}

YamlProblem problem_of(const yaml_parser_t& state, std::string_view text) {
  YamlProblem out{.message = state.problem == nullptr ? "out of memory" : state.problem};
  if (state.error == YAML_READER_ERROR) {
    out.at = mark_at(text, state.problem_offset);
    return out;
  }
  out.at = mark_of(state.problem_mark);
  if (state.context == nullptr) return out;
  out.message += ' ';
  out.message += state.context;  // "while parsing a flow sequence"
  if (is_at_end(text, state.problem_mark)) {
    out.at = mark_of(state.context_mark);
  } else if (state.context_mark.line < state.problem_mark.line) {
    out.begun = mark_of(state.context_mark).line;
  }
  return out;
}

}  // namespace

std::optional<YamlProblem> read_yaml_events(std::string_view text, const std::function<bool(const YamlEvent&)>& take) {
  Parser parser(text);
  for (;;) {
    Event event;
    if (!parser.next(event.raw)) return problem_of(parser.state(), text);
    if (event.raw.type == YAML_STREAM_END_EVENT) return std::nullopt;
    const std::optional<YamlEvent> known = event_of(event.raw);
    if (known && !take(*known)) return std::nullopt;
  }
}

}  // namespace cloudflow
