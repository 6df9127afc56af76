// HOCON's durations and sizes.
#pragma once

#include <optional>
#include <string_view>

namespace cloudflow {

/// "10 s", "1.5 minutes", "500" (milliseconds) → nanoseconds; nothing for anything else.
std::optional<double> parse_duration(std::string_view text);
/// "128M", "1 KiB", "2 megabytes", "512" (bytes) → bytes; nothing for anything else. M is 1024², MB is 1000².
std::optional<double> parse_size(std::string_view text);

}  // namespace cloudflow
