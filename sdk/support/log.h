// What the program does, for whoever looks into it; never for the user's answer.
#pragma once

#include <functional>
#include <string_view>

namespace cloudflow::log {

enum class Level { error, warn, info, debug };

using Sink = std::function<void(Level, std::string_view line)>;

/// What is said up to `level` goes to `sink`, one call at a time. Without this call warnings and errors go to stderr.
void configure(Level level, Sink sink);
/// As it was without that call.
void reset();

/// Ask before building a costly text.
bool enabled(Level level);

/// One line: "kafka: describe 12 topics in 31 ms". Never secrets or whole bodies. Safe from any thread.
void write(Level level, std::string_view line);
inline void error(std::string_view line) { write(Level::error, line); }
inline void warn(std::string_view line) { write(Level::warn, line); }
inline void info(std::string_view line) { write(Level::info, line); }
inline void debug(std::string_view line) { write(Level::debug, line); }

std::string_view name_of(Level level);  ///< "error", "warn", "info", "debug"

}  // namespace cloudflow::log
