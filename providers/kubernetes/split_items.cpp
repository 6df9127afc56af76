// Cuts a List answer into the texts of its items without building it in memory.
#include "providers/kubernetes/split_items.h"

#include <cstring>

namespace cloudflow {
namespace {

/// Walks over JSON text. Strings and nesting are followed, everything else is taken as it is.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  std::string_view from(std::size_t start) const { return text_.substr(start, at_ - start); }

  /// Steps over blanks, then over `c`; false when there is something else.
  bool take(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }

  /// Steps over a string; its text without the quotes is in `out`.
  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const std::size_t start = at_;
    if (!end_of_string()) return false;
    out = text_.substr(start, at_ - start - 1);
    return true;
  }

  /// Steps over one value of any kind.
  bool value() {
    blanks();
    if (at_ >= text_.size()) return false;
    const char c = text_[at_];
    if (c == '{' || c == '[') return nested();
    if (c == '"') return ++at_, end_of_string();
    const std::size_t start = at_;
    while (at_ < text_.size() && std::strchr(",]} \n\t\r", text_[at_]) == nullptr) ++at_;
    return at_ > start;
  }

 private:
  bool end_of_string() {
    for (;;) {
      const void* quote = at_ < text_.size() ? std::memchr(text_.data() + at_, '"', text_.size() - at_) : nullptr;
      if (quote == nullptr) return false;
      const std::size_t end = static_cast<std::size_t>(static_cast<const char*>(quote) - text_.data());
      std::size_t slashes = 0;
      while (slashes < end - at_ && text_[end - 1 - slashes] == '\\') ++slashes;
      at_ = end + 1;
      if (slashes % 2 == 0) return true;
    }
  }

  bool nested() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        if (!end_of_string()) return false;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (--depth == 0) return true;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Stands at the value of the member; false when there is none.
bool find_member(Scanner& scan, std::string_view name) {
  if (!scan.take('{')) return false;
  std::string_view key;
  while (scan.string(key) && scan.take(':')) {
    if (key == name) return scan.blanks(), true;
    if (!scan.value() || !scan.take(',')) return false;
  }
  return false;
}

std::unexpected<Error> no_list() {
  return failure(ErrorKind::unavailable, "the answer of the server is not a list of objects");
}

}  // namespace

Result<void> split_items(std::string_view page, const std::function<void(std::string_view item)>& on_item) {
  Scanner scan(page);
  if (!find_member(scan, "items")) return no_list();
  if (scan.take('n')) return {};  // null: an empty list
  if (!scan.take('[')) return no_list();
  if (scan.take(']')) return {};
  do {
    scan.blanks();
    const std::size_t start = scan.at();
    if (!scan.value()) return no_list();
    on_item(scan.from(start));
  } while (scan.take(','));
  if (!scan.take(']')) return no_list();
  return {};
}

std::string_view raw_member(std::string_view object, std::string_view name) {
  Scanner scan(object);
  if (!find_member(scan, name)) return {};
  const std::size_t start = scan.at();
  return scan.value() ? scan.from(start) : std::string_view{};
}

std::string_view plain_member(std::string_view object, std::string_view name) {
  const std::string_view raw = raw_member(object, name);
  return raw.size() >= 2 && raw.front() == '"' ? raw.substr(1, raw.size() - 2) : std::string_view{};
}

}  // namespace cloudflow
