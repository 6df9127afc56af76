// Durations, sizes and periods; every row was also answered by Typesafe config (1.4.2).
#include <catch2/catch_all.hpp>

#include "planner/config/units.h"

using namespace cloudflow;

TEST_CASE("durations", "[config][units]") {
  const auto [text, nanoseconds] = GENERATE(table<std::string, long long>({
      {"10", 10000000LL},
      {"10 s", 10000000000LL},
      {"1.5h", 5400000000000LL},
      {"5 seconds", 5000000000LL},
      {"5second", 5000000000LL},
      {"1ms", 1000000LL},
      {"1milli", 1000000LL},
      {"1millis", 1000000LL},
      {"7us", 7000LL},
      {"3micro", 3000LL},
      {"2 d", 172800000000000LL},
      {"1day", 86400000000000LL},
      {"-5s", -5000000000LL},
      {"+5 s", 5000000000LL},
      {"1e3 ms", 1000000000LL},
      {".5s", 500000000LL},
      {"5.s", 5000000000LL},
      {"106752 d", 9223372036854775807LL},
      {"200000 d", 9223372036854775807LL},
      {"9223372036854775807", 9223372036854775807LL},
      {"1 m", 60000000000LL},
      {"1 minute", 60000000000LL},
      {"2 nanos", 2LL},
  }));
  CAPTURE(text);
  const auto duration = parse_duration(text);
  REQUIRE(duration);
  CHECK(duration->count() == nanoseconds);
}

TEST_CASE("sizes", "[config][units]") {
  const auto [text, digits] = GENERATE(table<std::string, std::string>({
      {"10", "10"},
      {"10B", "10"},
      {"1k", "1024"},
      {"1K", "1024"},
      {"1kB", "1000"},
      {"1Ki", "1024"},
      {"1KiB", "1024"},
      {"1 kibibyte", "1024"},
      {"2 megabytes", "2000000"},
      {"42 m", "44040192"},
      {"1.5k", "1536"},
      {"1.0001k", "1024"},
      {"0.3B", "0"},
      {"1Y", "1208925819614629174706176"},
      {"1 YB", "1000000000000000000000000"},
      {"5 yobibytes", "6044629098073145873530880"},
      {"1e3", "1000"},
      {"1e3k", "1024000"},
      {"+5", "5"},
      {"0", "0"},
      {"007", "7"},
      {"9223372036854775808", "9223372036854775808"},
      {"1MB", "1000000"},
      {"1E", "1152921504606846976"},
      {"1EB", "1000000000000000000"},
      {"1Zi", "1180591620717411303424"},
  }));
  CAPTURE(text);
  const auto size = parse_size(text);
  REQUIRE(size);
  CHECK(size->digits == digits);
}

TEST_CASE("a size knows whether it fits 64 bits", "[config][units]") {
  CHECK(parse_size("8191 PiB")->bytes == 9222246136947933184);
  CHECK(parse_size("9223372036854775807")->bytes == 9223372036854775807);
  CHECK_FALSE(parse_size("8 EiB")->bytes);
}

TEST_CASE("periods", "[config][units]") {
  const auto [text, period] = GENERATE(table<std::string, Period>({
      {"10", Period{.years = 0, .months = 0, .days = 10}},
      {"3d", Period{.years = 0, .months = 0, .days = 3}},
      {"2 w", Period{.years = 0, .months = 0, .days = 14}},
      {"2 weeks", Period{.years = 0, .months = 0, .days = 14}},
      {"1 week", Period{.years = 0, .months = 0, .days = 7}},
      {"6 m", Period{.years = 0, .months = 6, .days = 0}},
      {"6 mo", Period{.years = 0, .months = 6, .days = 0}},
      {"1 month", Period{.years = 0, .months = 1, .days = 0}},
      {"1y", Period{.years = 1, .months = 0, .days = 0}},
      {"1 year", Period{.years = 1, .months = 0, .days = 0}},
      {"-3d", Period{.years = 0, .months = 0, .days = -3}},
  }));
  CAPTURE(text);
  const auto parsed = parse_period(text);
  REQUIRE(parsed);
  CHECK(*parsed == period);
}

TEST_CASE("what is no quantity says why", "[config][units]") {
  const auto [kind, text, message, hint] = GENERATE(table<char, std::string, std::string, std::string>({
      {'D', "5 parsecs", "\"5 parsecs\" is no duration: unknown unit \"parsecs\"",
       "units are ns, us, ms, s, m, h and d"},
      {'D', "s", "\"s\" is no duration: it has no number", "write for example \"10 s\""},
      {'D', "", "\"\" is no duration: it has no number", "write for example \"10 s\""},
      {'D', "1 S", "\"1 S\" is no duration: unknown unit \"S\"", "units are ns, us, ms, s, m, h and d"},
      {'D', "99999999999999999999", "\"99999999999999999999\" is no duration: the number is too large", ""},
      {'D', "5 ﬀ", "\"5 ﬀ\" is no duration: unknown unit \"ﬀ\"", "units are ns, us, ms, s, m, h and d"},
      {'D', "1e400s", "\"1e400s\" is no duration: \"1e400\" is no number", ""},
      {'D', "- 5 s", "\"- 5 s\" is no duration: \"- 5\" is no number", ""},
      {'D', "NaNs", "\"NaNs\" is no duration: it has no number", "write for example \"10 s\""},
      {'S', "1KB", "\"1KB\" is no size: unknown unit \"KB\"",
       "units are B, k, M, G, T (powers of 1024), kB, MB … (1000) and KiB, MiB … (1024)"},
      {'S', "1kib", "\"1kib\" is no size: unknown unit \"kib\"",
       "units are B, k, M, G, T (powers of 1024), kB, MB … (1000) and KiB, MiB … (1024)"},
      {'S', "-5", "\"-5\" is no size: it is negative", ""},
      {'S', "x", "\"x\" is no size: it has no number", "write for example \"64 MiB\""},
      {'S', "1Q", "\"1Q\" is no size: unknown unit \"Q\"",
       "units are B, k, M, G, T (powers of 1024), kB, MB … (1000) and KiB, MiB … (1024)"},
      {'S', "", "\"\" is no size: it has no number", "write for example \"64 MiB\""},
      {'S', "1.5.2k", "\"1.5.2k\" is no size: \"1.5.2\" is no number", ""},
      {'S', "1 Mb", "\"1 Mb\" is no size: unknown unit \"Mb\"",
       "units are B, k, M, G, T (powers of 1024), kB, MB … (1000) and KiB, MiB … (1024)"},
      {'S', "1 mB", "\"1 mB\" is no size: unknown unit \"mB\"",
       "units are B, k, M, G, T (powers of 1024), kB, MB … (1000) and KiB, MiB … (1024)"},
      {'P', "1.5y", "\"1.5y\" is no period: \"1.5\" is no whole number that fits", ""},
      {'P', "", "\"\" is no period: it has no number", "write for example \"2 weeks\""},
      {'P', "4 q", "\"4 q\" is no period: unknown unit \"q\"", "units are d, w, mo and y"},
      {'P', "2147483648", "\"2147483648\" is no period: \"2147483648\" is no whole number that fits", ""},
  }));
  CAPTURE(text);
  const Error error = kind == 'D'   ? parse_duration(text).error()
                      : kind == 'S' ? parse_size(text).error()
                                    : parse_period(text).error();
  CHECK(error.kind == ErrorKind::invalid_input);
  CHECK(error.message == message);
  CHECK(error.hint == hint);
}
