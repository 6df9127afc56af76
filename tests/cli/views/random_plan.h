// Random plans whose every text comes from somebody who means no good.
#pragma once

#include <random>
#include <string>

#include "planner/plan/plan.h"

namespace cloudflow::testing {

/// Texts of pieces that mean something to Markdown, HTML, XML, a terminal or a server that looks for mentions.
class NastyWords {
 public:
  explicit NastyWords(unsigned seed) : random_(seed) {}
  /// One text. Some are long.
  std::string operator()();
  /// A number below `end`.
  std::size_t below(std::size_t end) { return random_() % end; }
  bool once_in(std::size_t times) { return below(times) == 0; }

 private:
  std::mt19937 random_;
};

/// What stands in every secret value of a nasty plan.
inline constexpr std::string_view nasty_secret = "TOP-SECRET-4711";

/// `changes`: how many it has.
Plan nasty_plan(unsigned seed, std::size_t changes);

}  // namespace cloudflow::testing
