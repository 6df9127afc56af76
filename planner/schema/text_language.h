// The texts that a pattern of JSON Schema matches, as an automaton that can be combined and asked for examples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow {

/// A deterministic automaton over Unicode code points. The code points from `starts[i]` up to `starts[i + 1]` form one
/// class; state 0 is the first.
struct TextLanguage {
  std::vector<std::uint32_t> starts{0};
  std::vector<std::vector<std::uint32_t>> next{{0}};  ///< state, class → state
  std::vector<bool> accepts{true};                    ///< the default holds every text

  bool contains(std::string_view text) const;
};

/// One side of an intersection: the texts of `language`, or all others.
struct LanguagePart {
  const TextLanguage* language = nullptr;
  bool inside = true;
};

/// The texts that contain a match of an ECMA-262 pattern. Nothing where the pattern has parts that are no regular
/// language (look-around, back references), names Unicode properties or word boundaries, or is too large.
std::optional<TextLanguage> language_of_pattern(std::string_view pattern);

/// Exactly these texts.
TextLanguage language_of_texts(std::span<const std::string> texts);

/// The texts of `low` to `high` code points; nothing where that is too large to count.
std::optional<TextLanguage> language_of_length(std::size_t low, std::optional<std::size_t> high);

/// The texts that are in every part; nothing when the automaton would become too large.
std::optional<TextLanguage> intersection(std::span<const LanguagePart> parts);

struct Texts {
  std::vector<std::string> found{};
  bool complete = false;  ///< there are no others
};

/// Up to `wanted` texts of `low` to `high` code points, the shortest first, and of letters, digits and signs of ASCII
/// alone where there are enough of those; nothing when that is too much to search.
std::optional<Texts> texts_of(const TextLanguage& language, std::size_t low, std::optional<std::size_t> high,
                              std::size_t wanted);

/// Unicode code points of UTF-8 text; what is no UTF-8 counts byte by byte.
std::vector<std::uint32_t> code_points(std::string_view text);

}  // namespace cloudflow
