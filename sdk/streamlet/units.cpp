// Durations and sizes as configuration writes them.
#include "sdk/streamlet/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace cloudflow::streamlet {
namespace {

struct Unit {
  std::array<std::string_view, 5> names;
  double factor;
};

constexpr Unit time_units[] = {
    {{"ns", "nano", "nanos", "nanosecond", "nanoseconds"}, 1},
    {{"us", "micro", "micros", "microsecond", "microseconds"}, 1e3},
    {{"ms", "milli", "millis", "millisecond", "milliseconds"}, 1e6},
    {{"s", "second", "seconds", "s", "s"}, 1e9},
    {{"m", "minute", "minutes", "m", "m"}, 60e9},
    {{"h", "hour", "hours", "h", "h"}, 3600e9},
    {{"d", "day", "days", "d", "d"}, 86400e9},
};

struct Quantity {
  double number = 0;
  std::string_view unit;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<Quantity> quantity(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  Quantity out;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), out.number);
  if (problem != std::errc() || !std::isfinite(out.number)) return std::nullopt;
  out.unit = trimmed(text.substr(static_cast<std::size_t>(stop - text.data())));
  return out;
}

/// The number of bytes that a unit stands for.
std::optional<double> size_factor(std::string_view unit) {
  if (unit.empty() || unit == "B" || unit == "b" || unit == "byte" || unit == "bytes") return 1;
  static constexpr std::string_view decimal[] = {"kilo", "mega", "giga", "tera", "peta", "exa"};
  static constexpr std::string_view binary[] = {"kibi", "mebi", "gibi", "tebi", "pebi", "exbi"};
  for (int i = 0; i < 6; ++i) {
    const std::string large(1, "KMGTPE"[i]);
    const std::string small(1, "kmgtpe"[i]);
    const auto is_long = [&](std::string_view prefix) {
      return unit == std::string(prefix) + "byte" || unit == std::string(prefix) + "bytes";
    };
    if (unit == (i == 0 ? small : large) + "B" || is_long(decimal[i])) return std::pow(1000.0, i + 1);
    if (unit == small || unit == large || unit == large + "i" || unit == large + "iB" || is_long(binary[i]))
      return std::pow(1024.0, i + 1);
  }
  return std::nullopt;
}

Result<std::int64_t> whole(double value, std::string_view text) {
  constexpr double limit = 9.2233720368547e18;  // of 64 bits
  if (std::abs(value) > limit) return failure(ErrorKind::invalid_input, fmt::format("\"{}\" is too large", text));
  return static_cast<std::int64_t>(value);
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const std::optional<Quantity> read = quantity(text);
  if (read) {
    const std::string_view unit = read->unit.empty() ? "ms" : read->unit;
    for (const Unit& known : time_units) {
      for (const std::string_view name : known.names) {
        if (name != unit) continue;
        CF_TRY(const std::int64_t out, whole(read->number * known.factor, text));
        return std::chrono::nanoseconds(out);
      }
    }
  }
  return failure(ErrorKind::invalid_input, fmt::format("\"{}\" is no duration, wanted one like \"10 s\"", text));
}

std::string duration_text(std::chrono::nanoseconds duration) {
  for (const Unit* unit = std::end(time_units); unit-- != std::begin(time_units);) {
    const auto factor = static_cast<std::int64_t>(unit->factor);
    if (duration.count() % factor == 0 && duration.count() != 0)
      return fmt::format("{} {}", duration.count() / factor, unit->names[0]);
  }
  return "0 s";
}

Result<std::int64_t> parse_size(std::string_view text) {
  const std::optional<Quantity> read = quantity(text);
  const std::optional<double> factor = read ? size_factor(read->unit) : std::nullopt;
  if (!factor || read->number < 0)
    return failure(ErrorKind::invalid_input, fmt::format("\"{}\" is no size, wanted one like \"128 MiB\"", text));
  return whole(read->number * *factor, text);
}

std::string size_text(std::int64_t bytes) {
  static constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; unit < 4 && bytes != 0 && bytes % 1024 == 0; ++unit) bytes /= 1024;
  return fmt::format("{} {}", bytes, units[unit]);
}

}  // namespace cloudflow::streamlet
