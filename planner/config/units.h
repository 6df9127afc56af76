// Durations, sizes and periods as HOCON writes them: "10 s", "64k", "2 weeks".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// "10ms", "1.5 hours", "250": ns, us, ms, s, m, h, d and their long names; a bare number is milliseconds.
/// What 64 bits of nanoseconds cannot hold becomes the longest (or shortest) duration.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// A number of bytes that may exceed 64 bits.
struct ByteSize {
  std::string digits = "0";                       ///< decimal, without leading zeros
  std::optional<long long> bytes = std::nullopt;  ///< the same, when it fits

  bool operator==(const ByteSize&) const = default;
};

/// "512", "64k", "1.5 GiB", "10 megabytes": a bare number is bytes; one letter of either case and KiB, MiB … are powers
/// of 1024, kB, MB … are powers of 1000. A fraction of a byte is dropped.
Result<ByteSize> parse_size(std::string_view text);

/// A span on the calendar.
struct Period {
  int years = 0;
  int months = 0;
  int days = 0;

  bool operator==(const Period&) const = default;
};

/// "3", "3d", "2 weeks", "6 mo", "1y": a bare number is days; "m" and "mo" are months.
Result<Period> parse_period(std::string_view text);

}  // namespace cloudflow
