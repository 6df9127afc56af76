// JSON from a schema file, with limits and places.
#include "planner/schema/json_text.h"

#include <fmt/format.h>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Walks over JSON text that is known to be valid, without building anything.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Moves to the start of the value at the pointer, as far as it exists.
  std::size_t locate(std::string_view pointer) {
    skip_blank();
    std::size_t found = at_;
    while (!pointer.empty()) {
      const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
      if (!enter(pointer.substr(1, end - 1))) break;
      found = at_;
      pointer.remove_prefix(end);
    }
    return found;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blank() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (rest.starts_with("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else if (rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r') {
        ++at_;
      } else {
        return;
      }
    }
  }

  std::string_view skip_string() {
    const std::size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
    return text_.substr(start, at_ - start);
  }

  void skip_value() {
    int depth = 0;
    do {
      skip_blank();
      const char c = peek();
      if (c == '"') {
        skip_string();
      } else {
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at_;
        if (depth == 0 && c != '}' && c != ']') {
          while (at_ < text_.size() && std::string_view(",]} \t\r\n/").find(text_[at_]) == std::string_view::npos)
            ++at_;
        }
      }
    } while (depth > 0 && at_ < text_.size());
  }

  /// From the start of an object or list to the start of one of its values.
  bool enter(std::string_view step) {
    const char open = peek();
    if (open != '{' && open != '[') return false;
    ++at_;
    for (int index = 0;; ++index) {
      skip_blank();
      if (at_ >= text_.size() || peek() == '}' || peek() == ']') return false;
      bool here = open == '[' && step == std::to_string(index);
      if (open == '{') {
        const Json key = Json::parse(skip_string(), nullptr, false);
        here = key.is_string() && pointer_step(key.get<std::string>()) == step;
        skip_blank();
        ++at_;  // the colon
        skip_blank();
      }
      if (here) return true;
      skip_value();
      skip_blank();
      if (peek() == ',') ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// The first byte that opens more than the allowed levels.
std::optional<std::size_t> too_deep(std::string_view text) {
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
    } else if (c == '{' || c == '[') {
      if (++depth > max_schema_depth) return at;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return std::nullopt;
}

/// What the JSON library says, without its prefix and its own place.
std::string reason(std::string_view message) {
  const std::size_t column = message.find(", column ");
  const std::size_t colon = message.find(": ", column == std::string_view::npos ? 0 : column);
  return std::string(colon == std::string_view::npos ? message : message.substr(colon + 2));
}

/// Where the number `literal` stands outside strings: the first byte of it.
std::size_t place_of_number(std::string_view text, std::string_view literal) {
  constexpr std::string_view of_numbers = "0123456789+-.eE";
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
    } else if (of_numbers.contains(text[at])) {
      const std::size_t end = std::min(text.find_first_not_of(of_numbers, at), text.size());
      if (text.substr(at, end - at) == literal) return at;
      at = end - 1;
    }
  }
  return 0;
}

/// The number that the JSON library found too large: what its message quotes.
std::string_view number_in(std::string_view message) {
  const std::size_t open = message.find('\'');
  const std::size_t close = message.rfind('\'');
  return open == close ? std::string_view() : message.substr(open + 1, close - open - 1);
}

}  // namespace

SourcePos position_at(std::string_view text, std::size_t offset, std::string_view file) {
  SourcePos where{std::string(file), 1, 1};
  for (const char c : text.substr(0, std::min(offset, text.size()))) {
    if (c == '\n') {
      ++where.line;
      where.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++where.column;
    }
  }
  return where;
}

SourcePos position_of(std::string_view text, std::string_view pointer, std::string_view file) {
  return position_at(text, Scanner(text).locate(pointer), file);
}

Error schema_error(std::string_view text, std::string_view pointer, std::string_view file, std::string message) {
  return Error{ErrorKind::invalid_input, std::move(message), position_of(text, pointer, file), {}};
}

Result<Json> read_schema_json(std::string_view text, std::string_view what, std::string_view file) {
  const auto refuse = [&](std::size_t offset, std::string message) {
    return std::unexpected(Error{ErrorKind::invalid_input, std::move(message), position_at(text, offset, file), {}});
  };
  if (text.size() > max_schema_bytes) {
    return refuse(0, fmt::format("{} has {} bytes, at most {} are read", what, text.size(), max_schema_bytes));
  }
  if (const auto deep = too_deep(text)) {
    return refuse(*deep, fmt::format("{} is nested more than {} levels deep", what, max_schema_depth));
  }
  try {
    return Json::parse(text, nullptr, true, true);
  } catch (const Json::parse_error& error) {
    return refuse(error.byte == 0 ? 0 : error.byte - 1,
                  fmt::format("{} is not valid JSON: {}", what, reason(error.what())));
  } catch (const Json::out_of_range& error) {
    // JSON itself knows no limit.
    const std::string_view number = number_in(error.what());
    return refuse(
        place_of_number(text, number),
        fmt::format("{} has the number {}, which is larger than this program can read (at most about 1.8e308)", what,
                    number));
  } catch (const Json::exception& error) {
    return refuse(0, fmt::format("{} is not valid JSON: {}", what, reason(error.what())));
  }
}

}  // namespace cloudflow
