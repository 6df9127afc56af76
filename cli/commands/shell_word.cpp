// A text as one word of a shell's command line.
#include "cli/commands/shell_word.h"

namespace cloudflow {

std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace cloudflow
