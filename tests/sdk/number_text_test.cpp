#include "sdk/support/number_text.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

TEST_CASE("numbers are written for people", "[support]") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1'000) == "1,000");
  CHECK(with_commas(-123'456) == "-123,456");
  CHECK(with_commas(1'234'567) == "1,234,567");
}
