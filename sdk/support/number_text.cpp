// Numbers as people read them.
#include "sdk/support/number_text.h"

#include <fmt/format.h>

namespace cloudflow {

std::string with_commas(long long number) {
  const std::string digits = fmt::format("{}", number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::size_t left = digits.size() - i;
    if (left % 3 == 0 && !out.empty() && out.back() != '-') out += ',';
    out += digits[i];
  }
  return out;
}

}  // namespace cloudflow
