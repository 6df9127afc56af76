#include "planner/application/topic_values.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

TEST_CASE("a duration or a size in a topic's settings is answered with its number", "[topics]") {
  const auto problem = [](const std::string& key, const std::string& value) {
    Diagnostics problems;
    const ConfigValue setting = ConfigValue::string(value, {"blueprint.conf", 1, 1});
    verify_topic_values("calls", ConfigValue::object({{key, setting}}, {}), problems);
    REQUIRE(problems.all().size() == 1);
    const std::string message = problems.all().front().message;
    const std::string& hint = problems.all().front().hint;
    return message.substr(message.find("wanted ") + 7) + (hint.empty() ? "" : ": " + hint);
  };
  CHECK(problem("retention.ms", "7 days") == "a whole number: write 604800000");
  CHECK(problem("retention.ms", "7d") == "a whole number: write 604800000");
  CHECK(problem("retention.ms", "90 s") == "a whole number: write 90000");
  CHECK(problem("retention.ms", "7f") == "a whole number");
  CHECK(problem("retention.ms", "9223372036854775807 d") == "a whole number");
  CHECK(problem("retention.ms", "d") == "a whole number");
  CHECK(problem("retention.ms", "0.5") == "a whole number");
  CHECK(problem("retention.ms", "0.5 ms") == "a whole number");
  CHECK(problem("retention.bytes", "1 GiB") == "a whole number: write 1073741824");
  CHECK(problem("retention.bytes", "7d") == "a whole number");
  CHECK(problem("min.insync.replicas", "2d") == "a whole number");
}
