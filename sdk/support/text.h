// Small work on text: quoting, joining, splitting, suggestions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow {

/// "\"text\"", with control characters escaped.
std::string quote(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
std::string_view trimmed(std::string_view text);
std::string lower(std::string_view text);

/// "did you mean \"x\"?" for the closest of `known`, or "" when none is close.
std::string did_you_mean(std::string_view wrong, std::span<const std::string> known);

/// "3 pods", "1 pod"
std::string counted(long long count, std::string_view singular, std::string_view plural = "");

/// Standard base64 with padding; decoding gives false on anything else.
std::string to_base64(std::string_view bytes);
bool from_base64(std::string_view text, std::string& bytes);

/// One step of a JSON pointer, escaped ("a/b" → "a~1b").
std::string pointer_step(std::string_view key);

}  // namespace cloudflow
