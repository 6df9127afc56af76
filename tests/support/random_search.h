// How long an oracle searches, and from which seed.
#pragma once

#include <cstdlib>
#include <string>

namespace cloudflow::testing {

/// One run of a test that makes random inputs and asks a real system or library whether we are right.
struct RandomSearch {
  int rounds = 0;
  unsigned seed = 1;
};

/// Whether CLOUDFLOW_ORACLE=long.
inline bool is_long_search() {
  const char* how = std::getenv("CLOUDFLOW_ORACLE");
  return how != nullptr && std::string(how) == "long";
}

/// `short_rounds` in ./check, `long_rounds` where CLOUDFLOW_ORACLE=long (./check --all). CLOUDFLOW_ORACLE_ROUNDS and
/// CLOUDFLOW_ORACLE_SEED take precedence: a failure names the seed with which it is seen again.
inline RandomSearch random_search(int short_rounds, int long_rounds) {
  const auto number = [](const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoi(text);
  };
  return {.rounds = number("CLOUDFLOW_ORACLE_ROUNDS", is_long_search() ? long_rounds : short_rounds),
          .seed = static_cast<unsigned>(number("CLOUDFLOW_ORACLE_SEED", 1))};
}

}  // namespace cloudflow::testing
