// Cuts the JSON of a List into the texts of its items and looks into them, without parsing them.
#include "providers/kubernetes/api/list_items.h"

#include <cstring>

namespace cloudflow {
namespace {

constexpr std::size_t nowhere = std::string_view::npos;

/// Walks over JSON text value by value; it needs no stack, however deep the values are.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool ok() const { return at_ != nowhere; }

  /// The next character that is not space, without taking it; 0 at the end.
  char peek() {
    if (!ok()) return 0;
    at_ = text_.find_first_not_of(" \t\r\n", at_);
    return ok() ? text_[at_] : '\0';
  }
  /// Takes `c`, or fails.
  bool take(char c) {
    if (peek() != c) return at_ = nowhere, false;
    ++at_;
    return true;
  }
  /// Takes `c` if it comes next.
  bool take_if(char c) { return peek() == c && take(c); }

  /// Takes a string; what is between its quotes, escapes as they are.
  std::string_view string() {
    if (!take('"')) return {};
    const std::size_t begin = at_;
    if (!skip_string()) return {};
    return text_.substr(begin, at_ - 1 - begin);
  }

  /// Takes a value; its text.
  std::string_view value() {
    const char first = peek();
    const std::size_t begin = at_;
    if (first == '"') {
      string();
    } else if (first == '{' || first == '[') {
      skip_nested();
    } else {
      at_ = ok() ? text_.find_first_of(",]} \t\r\n", at_) : nowhere;
    }
    if (!ok() || at_ == begin) return at_ = nowhere, std::string_view();
    return text_.substr(begin, at_ - begin);
  }

 private:
  /// From behind the opening quote to behind the closing one.
  bool skip_string() {
    for (;;) {
      const void* quote = at_ < text_.size() ? std::memchr(text_.data() + at_, '"', text_.size() - at_) : nullptr;
      if (quote == nullptr) return at_ = nowhere, false;
      const auto end = static_cast<std::size_t>(static_cast<const char*>(quote) - text_.data());
      std::size_t slashes = 0;
      while (end - slashes > at_ && text_[end - slashes - 1] == '\\') ++slashes;
      at_ = end + 1;
      if (slashes % 2 == 0) return true;
    }
  }

  void skip_nested() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        if (!skip_string()) return;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return;
      }
    }
    at_ = nowhere;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::unexpected<Error> no_list() { return failure(ErrorKind::invalid_input, "the answer is not a List in JSON"); }

}  // namespace

Result<void> for_each_item(std::string_view page, const std::function<Result<void>(std::string_view item)>& on_item) {
  Scanner scanner(page);
  if (!scanner.take('{')) return no_list();
  if (scanner.take_if('}')) return no_list();
  do {
    const std::string_view key = scanner.string();
    scanner.take(':');
    if (key != "items" || scanner.peek() == 'n') {  // Go writes an empty list as null
      scanner.value();
      if (key == "items") return scanner.ok() ? Result<void>{} : no_list();
      continue;
    }
    if (!scanner.take('[')) return no_list();
    if (scanner.take_if(']')) return {};
    do {
      const std::string_view item = scanner.value();
      if (!scanner.ok()) return no_list();
      CF_CHECK(on_item(item));
    } while (scanner.take_if(','));
    return scanner.take(']') ? Result<void>{} : no_list();
  } while (scanner.take_if(','));
  return no_list();
}

std::string_view raw_member(std::string_view object, std::string_view name) {
  Scanner scanner(object);
  if (!scanner.take('{') || scanner.take_if('}')) return {};
  do {
    const std::string_view key = scanner.string();
    if (!scanner.take(':')) return {};
    const std::string_view value = scanner.value();
    if (!scanner.ok()) return {};
    if (key == name) return value;
  } while (scanner.take_if(','));
  return {};
}

std::string_view plain_member(std::string_view object, std::string_view name) {
  const std::string_view raw = raw_member(object, name);
  return raw.size() >= 2 && raw.front() == '"' ? raw.substr(1, raw.size() - 2) : std::string_view{};
}

}  // namespace cloudflow
