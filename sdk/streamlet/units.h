// Durations and sizes as configuration writes them: "10 s", "64k", "1.5 GiB".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow::streamlet {

/// ns, us, ms, s, m, h, d and their long names; a bare number is milliseconds. An error where 64 bits of nanoseconds do
/// not hold it.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);
/// "90 s", in the largest unit that needs no fraction.
std::string duration_text(std::chrono::nanoseconds duration);

/// Bytes; one letter of either case and KiB, MiB … are powers of 1024, kB, MB … are powers of 1000.
Result<std::int64_t> parse_size(std::string_view text);
/// "64 KiB", in the largest unit that needs no fraction.
std::string size_text(std::int64_t bytes);

}  // namespace cloudflow::streamlet
