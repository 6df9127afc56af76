// Values of a topic's configuration as Kafka reads them.
#include "sdk/support/kafka_values.h"

#include <catch2/catch_all.hpp>

namespace cloudflow::testing {

TEST_CASE("numbers are read as Java reads them", "[kafka]") {
  CHECK(java_whole_number(" +0600 ") == 600);
  CHECK(java_whole_number("-1") == -1);
  CHECK(java_whole_number("9223372036854775807") == 9223372036854775807LL);
  for (const char* text : {"", "+", "+-1", "6.048e8", "1_000", "0x10", "9223372036854775808", "1 0"})
    CHECK(java_whole_number(text) == std::nullopt);
  CHECK(java_real_number("0.5d") == 0.5);
  CHECK(java_real_number("5e-1F") == 0.5);
  CHECK(java_real_number(" +0.50 ") == 0.5);
  for (const char* text : {"", "d", "nan", "inf", "0.5x", "0x1p3"}) CHECK(java_real_number(text) == std::nullopt);
  CHECK(plain_real_number("0.5d") == std::nullopt);
}

TEST_CASE("a value that Kafka would keep otherwise than it is written has a hint", "[kafka]") {
  const auto problem = [](std::string_view key, std::string_view value) {
    const auto found = kafka_value_problem(key, value);
    return found ? found->wanted + (found->hint.empty() ? "" : ": " + found->hint) : "";
  };
  CHECK(problem("retention.ms", "604800000").empty());
  CHECK(problem("retention.ms", "-1").empty());
  CHECK(problem("retention.ms", "6.048e8") == "a whole number: write 604800000");
  CHECK(problem("retention.ms", "604800000.0") == "a whole number: write 604800000");
  // Not seven milliseconds: what it stands for is said where units are known (topic_values).
  CHECK(problem("retention.ms", "7d") == "a whole number");
  CHECK(problem("retention.ms", "0.5") == "a whole number");
  CHECK(problem("min.cleanable.dirty.ratio", "0.5").empty());
  CHECK(problem("min.cleanable.dirty.ratio", "0.5d") == "a decimal number: write 0.5");
  CHECK(problem("min.cleanable.dirty.ratio", "half") == "a decimal number");
  CHECK(problem("preallocate", "TRUE").empty());
  CHECK(problem("preallocate", "yes") == "true or false");
  CHECK(problem("cleanup.policy", "compact,delete").empty());
  CHECK(problem("confluent.placement", "1e3").empty());
}

}  // namespace cloudflow::testing
