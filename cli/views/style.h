// Colour for terminals; never the only carrier of a meaning.
#pragma once

#include <string>
#include <string_view>

#include "cli/terminal_code.h"

namespace cloudflow {

enum class Colour { plain, green, yellow, red, cyan, bold, dim };

/// Paints text when colour is on.
class Style {
 public:
  explicit Style(bool on) : on_(on) {}
  std::string operator()(Colour colour, std::string_view text) const {
    if (!on_ || colour == Colour::plain || text.empty()) return std::string(text);
    constexpr std::string_view codes[] = {"0", "32", "33", "31", "36", "1", "2"};
    std::string code = "[";
    code += codes[static_cast<std::size_t>(colour)];
    code += 'm';
    return terminal_code(code) + std::string(text) + terminal_code("[0m");
  }

 private:
  bool on_;
};

}  // namespace cloudflow
