// Cloudflow 2's way of speaking: nothing on success, `Error: …` on stderr.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cli/views/view.h"

namespace cloudflow::cloudflow2 {

/// The levels of --log-level in the order of how much they say.
std::optional<int> log_rank(std::string_view level);

/// Errors always; warnings from level "warn" on, the plan and its progress from "info" on, all on stderr.
std::unique_ptr<View> make_cloudflow2_view(const Host& host, std::string_view log_level);

/// "Error: message", its place in front and its hint behind it.
std::string error_line(const Error& error);

}  // namespace cloudflow::cloudflow2
