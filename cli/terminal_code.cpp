// What of the text we print may steer a terminal: only what we wrote to do so.
#include "cli/terminal_code.h"

#include <fmt/format.h>

#include <random>

#include "sdk/support/printable.h"

namespace cloudflow {
namespace {

/// An escape and a number that nobody outside this process can guess.
const std::string& mark() {
  static const std::string only = [] {
    std::random_device random;
    return fmt::format("\x1b{:08x}{:08x}", random(), random());
  }();
  return only;
}

}  // namespace

std::string terminal_code(std::string_view sequence) { return mark() + std::string(sequence); }

std::string for_terminal(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t at = text.find(mark());
    out += printable(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    out += '\x1b';
    text.remove_prefix(at + mark().size());
  }
}

}  // namespace cloudflow
