// JSON as a flat list of views into its text: for looking at many documents that are thrown away at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow {

/// One value; texts are as they stand in the document, escapes included.
struct FlatNode {
  enum class Type { object, array, string, plain };
  Type type = Type::plain;
  std::string_view key{};   ///< of an object's member
  std::string_view text{};  ///< a string without its quotes, or a number, true, false, null
  std::uint32_t first = 0;  ///< first child; 0: none
  std::uint32_t next = 0;   ///< next sibling; 0: none
  std::uint32_t size = 0;   ///< number of children
};

/// A document; the text must outlive it.
class FlatJson {
 public:
  /// Nothing when the text is no JSON that this can read, or is nested deeper than 200 levels.
  static std::optional<FlatJson> parse(std::string_view text);

  const FlatNode& root() const { return nodes_[1]; }
  const FlatNode* first(const FlatNode& of) const { return of.first == 0 ? nullptr : &nodes_[of.first]; }
  const FlatNode* next(const FlatNode& after) const { return after.next == 0 ? nullptr : &nodes_[after.next]; }
  /// The member by that name; null when there is none. `after` is where the last one was found: members in the same
  /// order are then found at once.
  const FlatNode* member(const FlatNode& object, std::string_view key, const FlatNode* after = nullptr) const;
  /// The member at a path of names.
  const FlatNode* at(std::initializer_list<std::string_view> path) const;
  /// The text of a string at a path; empty when there is none.
  std::string_view text_at(std::initializer_list<std::string_view> path) const;

 private:
  std::vector<FlatNode> nodes_{};
};

/// Whether a string's text, escapes resolved, is `plain`.
bool same_text(std::string_view text, std::string_view plain);
/// The text with its escapes resolved.
std::string unescaped(std::string_view text);

}  // namespace cloudflow
