// What a running streamlet says: lines on stderr, as JSON where that is no terminal and $CLOUDFLOW_LOG is not "text".
#pragma once

#include <string_view>

namespace cloudflow::streamlet::log {

enum class Level { info, warn, error };

/// {"time":"2026-01-31T12:00:00.123Z","level":"info","message":"…"}, or "info: …". One line, from any
/// thread. Never settings of clients or values of records.
void write(Level level, std::string_view message);
inline void info(std::string_view message) { write(Level::info, message); }
inline void warn(std::string_view message) { write(Level::warn, message); }
inline void error(std::string_view message) { write(Level::error, message); }

}  // namespace cloudflow::streamlet::log
