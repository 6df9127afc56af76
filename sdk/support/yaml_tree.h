// A YAML document as a tree: for files of others of which a few values are wanted.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/support/yaml_events.h"

namespace cloudflow {

/// A value of a document. What is not there is a node of kind `none`, so that one may ask on.
struct YamlNode {
  enum class Kind : std::uint8_t { none, scalar, list, map };

  Kind kind = Kind::none;
  YamlMark at{};
  std::string text{};  ///< of a scalar; null has none
  bool plain = false;  ///< a scalar whose type its text tells
  std::vector<YamlNode> items{};
  std::vector<std::pair<std::string, YamlNode>> members{};  ///< in the order of the text

  bool is_there() const { return kind != Kind::none; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  /// The member of a map; a node of kind `none` of anything else.
  const YamlNode& operator[](std::string_view key) const;
};

/// The first document; kind `none` when there is none, or it is null. Aliases stand for copies; a text that is nested
/// more than 100 levels deep or stands for more than 100,000 values is a problem.
std::expected<YamlNode, YamlProblem> read_yaml_tree(std::string_view text);

}  // namespace cloudflow
