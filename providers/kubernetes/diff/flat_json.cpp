// JSON as a flat list of views into its text: for looking at many documents that are thrown away at once.
#include "providers/kubernetes/diff/flat_json.h"

#include <cstring>

#include "cloudflow/json.h"

namespace cloudflow {
namespace {

constexpr std::size_t max_depth = 200;

/// Reads a document front to back; open values are kept on a stack of its own.
class Reader {
 public:
  Reader(std::string_view text, std::vector<FlatNode>& nodes) : text_(text), nodes_(nodes) {}

  bool run() {
    nodes_.reserve(text_.size() / 16 + 16);
    nodes_.emplace_back();  // 0 means none
    if (!value({})) return false;
    while (!open_.empty()) {
      if (!step()) return false;
    }
    blanks();
    return at_ == text_.size();
  }

 private:
  struct Open {
    std::uint32_t node = 0;
    std::uint32_t last_child = 0;
  };

  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const std::size_t begin = at_;
    for (;;) {
      const void* found = at_ < text_.size() ? std::memchr(text_.data() + at_, '"', text_.size() - at_) : nullptr;
      if (found == nullptr) return false;
      const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - text_.data());
      std::size_t slashes = 0;
      while (end - slashes > begin && text_[end - slashes - 1] == '\\') ++slashes;
      at_ = end + 1;
      if (slashes % 2 != 0) continue;
      out = text_.substr(begin, end - begin);
      return true;
    }
  }

  /// One more child of the value that is open, or its end.
  bool step() {
    Open& top = open_.back();
    const bool object = nodes_[top.node].type == FlatNode::Type::object;
    if (take(object ? '}' : ']')) {
      open_.pop_back();
      return true;
    }
    if (top.last_child != 0 && !take(',')) return false;
    std::string_view key;
    if (object && (!string(key) || !take(':'))) return false;
    return value(key);
  }

  bool value(std::string_view key) {
    blanks();
    if (at_ >= text_.size()) return false;
    const auto mine = static_cast<std::uint32_t>(nodes_.size());
    FlatNode node{.key = key};
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      ++at_;
      node.type = c == '{' ? FlatNode::Type::object : FlatNode::Type::array;
    } else if (c == '"') {
      node.type = FlatNode::Type::string;
      if (!string(node.text)) return false;
    } else {
      const std::size_t begin = at_;
      while (at_ < text_.size() && std::strchr(",]} \n\t\r", text_[at_]) == nullptr) ++at_;
      node.text = text_.substr(begin, at_ - begin);
      if (node.text.empty()) return false;
    }
    if (!open_.empty()) {
      Open& parent = open_.back();
      (parent.last_child == 0 ? nodes_[parent.node].first : nodes_[parent.last_child].next) = mine;
      parent.last_child = mine;
      ++nodes_[parent.node].size;
    }
    if (node.type == FlatNode::Type::object || node.type == FlatNode::Type::array) {
      if (open_.size() >= max_depth) return false;
      open_.push_back({.node = mine});
    }
    nodes_.push_back(node);
    return true;
  }

  std::string_view text_;
  std::vector<FlatNode>& nodes_;
  std::vector<Open> open_{};
  std::size_t at_ = 0;
};

}  // namespace

std::optional<FlatJson> FlatJson::parse(std::string_view text) {
  FlatJson out;
  if (!Reader(text, out.nodes_).run()) return std::nullopt;
  return out;
}

const FlatNode* FlatJson::member(const FlatNode& object, std::string_view key, const FlatNode* after) const {
  if (object.type != FlatNode::Type::object) return nullptr;
  if (after != nullptr) {
    for (const FlatNode* node = next(*after); node != nullptr; node = next(*node)) {
      if (same_text(node->key, key)) return node;
    }
  }
  for (const FlatNode* node = first(object); node != nullptr; node = next(*node)) {
    if (same_text(node->key, key)) return node;
  }
  return nullptr;
}

const FlatNode* FlatJson::at(std::initializer_list<std::string_view> path) const {
  const FlatNode* node = &root();
  for (const std::string_view key : path) {
    node = member(*node, key);
    if (node == nullptr) return nullptr;
  }
  return node;
}

std::string_view FlatJson::text_at(std::initializer_list<std::string_view> path) const {
  const FlatNode* node = at(path);
  return node == nullptr || node->type != FlatNode::Type::string ? std::string_view{} : node->text;
}

std::string unescaped(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  const Json value = Json::parse('"' + std::string(text) + '"', nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string(text);
}

bool same_text(std::string_view text, std::string_view plain) {
  if (text == plain) return text.find('\\') == std::string_view::npos;
  // Escapes only make text longer.
  if (text.size() <= plain.size() || std::memchr(text.data(), '\\', text.size()) == nullptr) return false;
  return unescaped(text) == plain;
}

}  // namespace cloudflow
