// Numbers with units, by the rules of Typesafe config.
#include "planner/config/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <ranges>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct Quantity {
  std::string_view number;
  std::string_view unit;
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

Quantity split_quantity(std::string_view text) {
  const std::string_view all = trimmed(text);
  std::size_t end = all.size();
  while (end > 0 && is_letter(all[end - 1])) --end;
  return {trimmed(all.substr(0, end)), all.substr(end)};
}

auto not_a(std::string_view text, std::string_view what, std::string_view why, std::string hint = {}) {
  return failure(ErrorKind::invalid_input, fmt::format("{} is no {}: {}", quote(text), what, why), std::move(hint));
}

bool is_integer(std::string_view number) {
  if (number.starts_with('+') || number.starts_with('-')) number.remove_prefix(1);
  return !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  Number value{};
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && stop == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

struct TimeUnit {
  std::array<std::string_view, 3> names;
  long long nanoseconds;
};

constexpr TimeUnit time_units[] = {
    {{"ns", "nanos", "nanoseconds"}, 1},           {{"us", "micros", "microseconds"}, 1'000},
    {{"ms", "millis", "milliseconds"}, 1'000'000}, {{"s", "seconds", "seconds"}, 1'000'000'000},
    {{"m", "minutes", "minutes"}, 60'000'000'000}, {{"h", "hours", "hours"}, 3'600'000'000'000},
    {{"d", "days", "days"}, 86'400'000'000'000},
};

/// Long names may be in the singular.
std::string plural(std::string_view unit) {
  std::string out(unit);
  if (out.size() > 2 && !out.ends_with('s')) out += 's';
  return out;
}

/// Decimal digits of any length, times a small number.
void multiply(std::string& digits, unsigned factor) {
  unsigned carry = 0;
  for (char& digit : digits | std::views::reverse) {
    const unsigned product = static_cast<unsigned>(digit - '0') * factor + carry;
    digit = static_cast<char>('0' + product % 10);
    carry = product / 10;
  }
  for (; carry > 0; carry /= 10) digits.insert(digits.begin(), static_cast<char>('0' + carry % 10));
}

struct Factor {
  unsigned base = 1;
  int power = 0;
};

std::optional<Factor> size_unit(std::string_view unit) {
  if (unit.empty() || unit == "B" || unit == "b" || unit == "byte" || unit == "bytes") return Factor{};
  static constexpr std::string_view decimal[] = {"kilo", "mega", "giga", "tera", "peta", "exa", "zetta", "yotta"};
  static constexpr std::string_view binary[] = {"kibi", "mebi", "gibi", "tebi", "pebi", "exbi", "zebi", "yobi"};
  for (int i = 0; i < 8; ++i) {
    const std::string large(1, "KMGTPEZY"[i]);
    const std::string small(1, "kmgtpezy"[i]);
    const auto long_name = [&](std::string_view prefix) {
      return unit.starts_with(prefix) &&
             (unit.substr(prefix.size()) == "byte" || unit.substr(prefix.size()) == "bytes");
    };
    if (unit == (i == 0 ? small : large) + "B" || long_name(decimal[i])) return Factor{1000, i + 1};
    if (unit == small || unit == large || unit == large + "i" || unit == large + "iB" || long_name(binary[i]))
      return Factor{1024, i + 1};
  }
  return std::nullopt;
}

/// A decimal number taken apart: its digits, and by how many places they are shifted.
struct Decimal {
  std::string digits{};
  int shift = 0;
};

std::optional<Decimal> parse_decimal(std::string_view number) {
  if (number.starts_with('+')) number.remove_prefix(1);
  Decimal out;
  if (const std::size_t e = number.find_first_of("eE"); e != std::string_view::npos) {
    const std::optional<int> exponent = parse_number<int>(number.substr(e + 1));
    if (!exponent || *exponent > 100 || *exponent < -100) return std::nullopt;
    out.shift = *exponent;
    number = number.substr(0, e);
  }
  const std::size_t point = number.find('.');
  out.digits = number.substr(0, point);
  if (point != std::string_view::npos) {
    out.digits += number.substr(point + 1);
    out.shift -= static_cast<int>(number.size() - point - 1);
  }
  if (out.digits.empty() || out.digits.size() > 1000 || out.digits.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return out;
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const auto [number, unit] = split_quantity(text);
  if (number.empty()) return not_a(text, "duration", "it has no number", "write for example \"10 s\"");
  const std::string name = unit.empty() ? "ms" : plural(unit);
  const auto* const found = std::ranges::find_if(
      time_units, [&](const TimeUnit& known) { return std::ranges::find(known.names, name) != known.names.end(); });
  if (found == std::end(time_units))
    return not_a(text, "duration", fmt::format("unknown unit {}", quote(unit)), "units are ns, us, ms, s, m, h and d");
  constexpr long long most = std::numeric_limits<long long>::max();
  if (is_integer(number)) {
    const std::optional<long long> value = parse_number<long long>(number);
    if (!value) return not_a(text, "duration", "the number is too large");
    if (*value > most / found->nanoseconds) return std::chrono::nanoseconds::max();
    if (*value < -(most / found->nanoseconds)) return std::chrono::nanoseconds::min();
    return std::chrono::nanoseconds(*value * found->nanoseconds);
  }
  const std::optional<double> value = parse_number<double>(number);
  if (!value) return not_a(text, "duration", fmt::format("{} is no number", quote(number)));
  const double nanoseconds = *value * static_cast<double>(found->nanoseconds);
  if (nanoseconds >= static_cast<double>(most)) return std::chrono::nanoseconds::max();
  if (nanoseconds <= -static_cast<double>(most)) return std::chrono::nanoseconds::min();
  return std::chrono::nanoseconds(static_cast<long long>(nanoseconds));
}

Result<ByteSize> parse_size(std::string_view text) {
  const auto [number, unit] = split_quantity(text);
  if (number.empty()) return not_a(text, "size", "it has no number", "write for example \"64 MiB\"");
  const std::optional<Factor> factor = size_unit(unit);
  if (!factor)
    return not_a(text, "size", fmt::format("unknown unit {}", quote(unit)),
                 "units are B, k, M, G, T (powers of 1024), kB, MB … (1000) and KiB, MiB … (1024)");
  if (number.starts_with('-')) return not_a(text, "size", "it is negative");
  std::optional<Decimal> decimal = parse_decimal(number);
  if (!decimal) return not_a(text, "size", fmt::format("{} is no number", quote(number)));
  std::string& digits = decimal->digits;
  for (int i = 0; i < factor->power; ++i) multiply(digits, factor->base);
  if (decimal->shift >= 0) {
    digits.append(static_cast<std::size_t>(decimal->shift), '0');
  } else {
    const auto dropped = static_cast<std::size_t>(-decimal->shift);
    digits.erase(digits.size() > dropped ? digits.size() - dropped : 0);
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) digits.push_back('0');
  return ByteSize{.digits = digits, .bytes = parse_number<long long>(digits)};
}

Result<Period> parse_period(std::string_view text) {
  const auto [number, unit] = split_quantity(text);
  if (number.empty()) return not_a(text, "period", "it has no number", "write for example \"2 weeks\"");
  const std::optional<int> value = is_integer(number) ? parse_number<int>(number) : std::nullopt;
  if (!value) return not_a(text, "period", fmt::format("{} is no whole number that fits", quote(number)));
  const std::string name = plural(unit);
  if (name.empty() || name == "d" || name == "days") return Period{.days = *value};
  if (name == "m" || name == "mo" || name == "months") return Period{.months = *value};
  if (name == "y" || name == "years") return Period{.years = *value};
  if (name != "w" && name != "weeks")
    return not_a(text, "period", fmt::format("unknown unit {}", quote(unit)), "units are d, w, mo and y");
  const long long days = 7LL * *value;
  if (days > std::numeric_limits<int>::max() || days < std::numeric_limits<int>::min())
    return not_a(text, "period", "it is too long");
  return Period{.days = static_cast<int>(days)};
}

}  // namespace cloudflow
