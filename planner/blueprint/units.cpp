// HOCON's durations and sizes.
#include "planner/blueprint/units.h"

#include <charconv>
#include <string>

#include "sdk/base/text.h"

namespace cloudflow {
namespace {

struct Amount {
  double number = 0;
  std::string_view unit{};
};

/// Splits "1.5 minutes": letters at the end are the unit, as in Typesafe Config.
std::optional<Amount> split_amount(std::string_view text) {
  const std::string_view whole = trimmed(text);
  std::size_t end = whole.size();
  while (end > 0 &&
         ((whole[end - 1] >= 'a' && whole[end - 1] <= 'z') || (whole[end - 1] >= 'A' && whole[end - 1] <= 'Z')))
    --end;
  std::string_view number = trimmed(whole.substr(0, end));
  Amount out{.unit = whole.substr(end)};
  if (number.starts_with('+')) number.remove_prefix(1);
  const auto [stop, problem] =
      std::from_chars(number.data(), number.data() + number.size(), out.number, std::chars_format::fixed);
  if (number.empty() || problem != std::errc() || stop != number.data() + number.size()) return std::nullopt;
  return out;
}

std::optional<double> duration_unit(std::string_view unit) {
  if (unit == "ns" || unit == "nano" || unit == "nanos" || unit == "nanosecond" || unit == "nanoseconds") return 1;
  if (unit == "us" || unit == "micro" || unit == "micros" || unit == "microsecond" || unit == "microseconds")
    return 1e3;
  if (unit.empty() || unit == "ms" || unit == "milli" || unit == "millis" || unit == "millisecond" ||
      unit == "milliseconds")
    return 1e6;
  if (unit == "s" || unit == "second" || unit == "seconds") return 1e9;
  if (unit == "m" || unit == "minute" || unit == "minutes") return 60e9;
  if (unit == "h" || unit == "hour" || unit == "hours") return 3600e9;
  if (unit == "d" || unit == "day" || unit == "days") return 86400e9;
  return std::nullopt;
}

std::optional<double> size_unit(std::string_view unit) {
  if (unit.empty() || unit == "B" || unit == "b" || unit == "byte" || unit == "bytes") return 1;
  constexpr std::string_view letters = "KMGTPEZY";
  constexpr std::string_view decimal[] = {"kilo", "mega", "giga", "tera", "peta", "exa", "zetta", "yotta"};
  constexpr std::string_view binary[] = {"kibi", "mebi", "gibi", "tebi", "pebi", "exbi", "zebi", "yobi"};
  double thousand = 1;
  double power_of_two = 1;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    thousand *= 1000;
    power_of_two *= 1024;
    const std::string letter(1, letters[i]);
    const std::string small = lower(letter);
    if (unit == (i == 0 ? "kB" : letter + "B") || unit == std::string(decimal[i]) + "byte" ||
        unit == std::string(decimal[i]) + "bytes")
      return thousand;
    if (unit == letter || unit == small || unit == letter + "i" || unit == letter + "iB") return power_of_two;
    if (unit == std::string(binary[i]) + "byte" || unit == std::string(binary[i]) + "bytes") return power_of_two;
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> parse_duration(std::string_view text) {
  const auto amount = split_amount(text);
  if (!amount) return std::nullopt;
  const auto unit = duration_unit(amount->unit);
  if (!unit) return std::nullopt;
  return amount->number * *unit;
}

std::optional<double> parse_size(std::string_view text) {
  const auto amount = split_amount(text);
  if (!amount) return std::nullopt;
  const auto unit = size_unit(amount->unit);
  if (!unit) return std::nullopt;
  return amount->number * *unit;
}

}  // namespace cloudflow
