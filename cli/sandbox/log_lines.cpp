// What the streamlets of a sandbox print.
#include "cli/sandbox/log_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/host.h"
#include "sdk/support/printable.h"

namespace cloudflow {

LogLines::LogLines(std::vector<std::string> names, Style style) : style_(style) {
  std::ranges::sort(names);
  for (const std::string& name : names) {
    places_.emplace(name, places_.size());
    width_ = std::max(width_, name.size());
  }
}

std::string LogLines::prefix(const std::string& name, char mark) const {
  constexpr std::array<Colour, 4> colours = {Colour::cyan, Colour::green, Colour::yellow, Colour::bold};
  const auto place = places_.find(name);
  const Colour colour = colours[place == places_.end() ? 0 : place->second % colours.size()];
  return style_(colour, fmt::format("{:{}} {}", name, width_, mark)) + " ";
}

void LogLines::line(const std::string& name, const std::string& text) {
  const std::scoped_lock lock(mutex_);
  print_out(prefix(name, '|') + printable(text) + "\n");
}

void LogLines::notice(const std::string& name, const std::string& text) {
  const std::scoped_lock lock(mutex_);
  print_out(prefix(name, '*') + style_(Colour::red, printable(text)) + "\n");
}

}  // namespace cloudflow
