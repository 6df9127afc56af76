#include "sdk/support/log.h"

#include <catch2/catch_all.hpp>
#include <string>

using namespace cloudflow;

TEST_CASE("the log says what its level allows", "[sdk][log]") {
  std::string said;
  log::configure(log::Level::info, [&](log::Level level, std::string_view line) {
    said += std::string(log::name_of(level)) + ": " + std::string(line) + "\n";
  });
  log::error("a");
  log::warn("b");
  log::info("c");
  log::debug("d");
  CHECK(said == "error: a\nwarn: b\ninfo: c\n");
  CHECK(log::enabled(log::Level::warn));
  CHECK_FALSE(log::enabled(log::Level::debug));
  log::configure(log::Level::warn, {});
}
