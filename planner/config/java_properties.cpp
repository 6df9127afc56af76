// Java's .properties files as values.
#include "planner/config/java_properties.h"

#include <map>
#include <string>
#include <vector>

#include "planner/config/utf8.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::size_t most_levels = 1000;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }

/// One setting as Java reads it.
struct Setting {
  std::string key{};
  std::string value{};
  int line = 0;
};

class PropertiesReader {
 public:
  explicit PropertiesReader(std::string_view text) : text_(text) {}

  /// The next setting; nothing at the end. Empty lines and comments are passed over.
  bool next(Setting& out) {
    for (;;) {
      skip_blank();
      if (at_ >= text_.size()) return false;
      if (is_line_end(text_[at_])) {
        end_line();
      } else if (text_[at_] == '#' || text_[at_] == '!') {
        while (at_ < text_.size() && !is_line_end(text_[at_])) ++at_;
      } else {
        break;
      }
    }
    out = {.line = line_};
    out.key = part(true);
    skip_blank();
    if (at_ < text_.size() && (text_[at_] == '=' || text_[at_] == ':')) {
      ++at_;
      skip_blank();
    }
    out.value = part(false);
    return true;
  }

 private:
  void end_line() {
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
  }

  /// Blanks, and the ends of lines behind a backslash.
  void skip_blank() {
    while (at_ < text_.size()) {
      if (is_blank(text_[at_])) {
        ++at_;
      } else if (!continued()) {
        return;
      }
    }
  }

  /// Passes a backslash at the end of a line, and the blanks that the next line begins with.
  bool continued() {
    if (text_[at_] != '\\' || at_ + 1 >= text_.size() || !is_line_end(text_[at_ + 1])) return false;
    ++at_;
    end_line();
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return true;
  }

  std::string part(bool is_key) {
    std::string out;
    while (at_ < text_.size() && !is_line_end(text_[at_])) {
      const char c = text_[at_];
      if (c == '\\') {
        if (!continued()) escaped(out);
        continue;
      }
      if (is_key && (c == '=' || c == ':' || is_blank(c))) break;
      out += c;
      ++at_;
    }
    return out;
  }

  void escaped(std::string& out) {
    ++at_;
    if (at_ >= text_.size()) return;
    const char c = text_[at_++];
    switch (c) {
      case 't':
        out += '\t';
        return;
      case 'n':
        out += '\n';
        return;
      case 'r':
        out += '\r';
        return;
      case 'f':
        out += '\f';
        return;
      case 'u':
        return unicode(out);
      default:
        out += c;
    }
  }

  std::optional<unsigned> four_digits(std::size_t from) const {
    constexpr std::string_view digits = "0123456789abcdef";
    if (from + 4 > text_.size()) return std::nullopt;
    unsigned value = 0;
    for (const char c : lower(text_.substr(from, 4))) {
      const std::size_t digit = digits.find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      value = value * 16 + static_cast<unsigned>(digit);
    }
    return value;
  }

  /// \u with four digits; two of them for what needs a pair of surrogates.
  void unicode(std::string& out) {
    std::optional<unsigned> code = four_digits(at_);
    if (!code) {
      broken_ = broken_ == 0 ? line_ : broken_;
      return;
    }
    at_ += 4;
    if (*code >= 0xD800 && *code < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      const std::optional<unsigned> second = four_digits(at_ + 2);
      if (second && *second >= 0xDC00 && *second < 0xE000) {
        code = 0x10000 + ((*code - 0xD800) << 10U) + (*second - 0xDC00);
        at_ += 6;
      }
    }
    append_utf8(out, *code >= 0xD800 && *code < 0xE000 ? 0xFFFD : *code);
  }

 public:
  int broken() const { return broken_; }  ///< the line of a \u without four digits; 0 for none

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int broken_ = 0;
};

/// Settings by the levels of their keys.
struct Level {
  std::optional<ConfigValue> text{};
  std::map<std::string, Level> inner{};

  ConfigValue value(const ConfigValue::Place& place) const {
    if (inner.empty() && text) return *text;
    ConfigValue::Object members;
    for (const auto& [key, level] : inner) members.emplace(key, level.value(place));
    return ConfigValue::object_at(std::move(members), place);
  }
};

}  // namespace

ConfigValue read_java_properties(std::string_view text, std::string_view name, Diagnostics& problems) {
  const std::string* file = ConfigValue::kept_name(name);
  if (invalid_utf8(text)) {
    problems.error("config-encoding", {std::string(name), 1, 1}, "the file is not valid UTF-8", "save it as UTF-8");
    return ConfigValue::object({}, {std::string(name), 1, 1});
  }
  PropertiesReader reader(text);
  Level root;
  for (Setting setting; reader.next(setting);) {
    Level* level = &root;
    const std::vector<std::string> steps = split(setting.key, '.');
    if (steps.size() > most_levels) {
      problems.error("config-too-deep", {std::string(name), setting.line, 1}, "nested more than 1000 levels deep");
      continue;
    }
    for (const std::string& step : steps) level = &level->inner[step];
    level->text = ConfigValue::scalar(ConfigValue::Type::string, std::move(setting.value), {file, setting.line, 1});
  }
  if (reader.broken() > 0) {
    problems.error("properties-unicode", {std::string(name), reader.broken(), 1},
                   "\\u is not followed by four hexadecimal digits",
                   "write the character itself: the file is read as UTF-8");
  }
  return root.value({file, 1, 1});
}

}  // namespace cloudflow
