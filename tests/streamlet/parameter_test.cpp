// Parameters: their values from documents, and how descriptors name them.
#include "cloudflow/streamlet/parameter.h"

#include <catch2/catch_all.hpp>

#include "cloudflow/streamlet/streamlet.h"
#include "sdk/streamlet/units.h"

namespace cloudflow::testing {

using namespace cloudflow::streamlet;
using namespace std::chrono_literals;

namespace {

/// A streamlet with one parameter.
template <class T>
struct With : Streamlet {
  Parameter<T> parameter{*this, "key", "What it is"};
};

template <class T>
T read(const Json& value) {
  With<T> one;
  const Result<void> set = one.parameter.set(value);
  INFO((set ? "" : set.error().message));
  REQUIRE(set);
  return one.parameter;
}

template <class T>
std::string problem_with(const Json& value) {
  With<T> one;
  const Result<void> set = one.parameter.set(value);
  return set ? "" : set.error().message;
}

}  // namespace

TEST_CASE("values come as JSON or as text") {
  CHECK(read<bool>(true));
  CHECK_FALSE(read<bool>("off"));
  CHECK(read<std::int32_t>(-5) == -5);
  CHECK(read<std::int32_t>("12") == 12);
  CHECK(read<double>(1) == 1.0);
  CHECK(read<double>("2.5") == 2.5);
  CHECK(read<std::string>("x") == "x");
  CHECK(read<std::string>(7) == "7");
  CHECK(read<std::chrono::nanoseconds>("1.5 s") == 1500ms);
  CHECK(read<std::chrono::nanoseconds>(20) == 20ms);
  CHECK(read<MemorySize>("64k") == MemorySize{65536});
}

TEST_CASE("values that do not fit are told") {
  CHECK(problem_with<bool>("maybe") == "\"maybe\" is not what is wanted, true or false");
  CHECK(problem_with<std::int32_t>(3'000'000'000) == "3000000000 is not what is wanted, a whole number of 32 bits");
  CHECK(problem_with<double>("1x") == "\"1x\" is not what is wanted, a number");
  CHECK(problem_with<std::string>(Json::array()) == "[] is not what is wanted, a text");
  CHECK(problem_with<std::chrono::nanoseconds>("1 parsec") == "\"1 parsec\" is no duration, wanted one like \"10 s\"");
  CHECK(problem_with<std::chrono::nanoseconds>("300000 d") == "\"300000 d\" is too large");
  CHECK(problem_with<MemorySize>("-1k") == "\"-1k\" is no size, wanted one like \"128 MiB\"");
  CHECK(problem_with<bool>(nullptr) == "it has no value and no default");
}

TEST_CASE("durations and sizes as configuration writes them") {
  struct Row {
    std::string text;
    std::chrono::nanoseconds duration;
  };
  for (const auto& [text, duration] : std::vector<Row>{{"10ms", 10ms},
                                                       {"1 minute", 1min},
                                                       {"24 hours", 24h},
                                                       {"250", 250ms},
                                                       {" 2 d ", 48h},
                                                       {"3us", 3us},
                                                       {"-1 s", -1s},
                                                       {"0", 0s}}) {
    CAPTURE(text);
    CHECK(parse_duration(text) == duration);
    CHECK(parse_duration(duration_text(duration)) == duration);
  }
  CHECK(duration_text(90s) == "90 s");
  CHECK(duration_text(1min) == "1 m");
  for (const auto& [text, bytes] : std::vector<std::pair<std::string, std::int64_t>>{{"512", 512},
                                                                                     {"1 kB", 1000},
                                                                                     {"1K", 1024},
                                                                                     {"2 MiB", 2 << 20},
                                                                                     {"1.5 GiB", 3LL << 29},
                                                                                     {"10 megabytes", 10'000'000}}) {
    CAPTURE(text);
    CHECK(parse_size(text) == bytes);
    CHECK(parse_size(size_text(bytes)) == bytes);
  }
}

}  // namespace cloudflow::testing
