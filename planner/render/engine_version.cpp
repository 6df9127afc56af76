// Versions of engines in the names of images.
#include "planner/render/engine_version.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> leading_number(std::string_view& text) {
  int number = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (trouble != std::errc() || text.empty() || !is_digit(text.front())) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// The version right behind some mention of the engine: "flink1.20", "flink-2.3.0", "flink_v1.18".
std::optional<EngineVersion> mentioned(std::string_view text, std::string_view engine) {
  for (auto at = text.find(engine); at != std::string_view::npos; at = text.find(engine, at + 1)) {
    if (at > 0 && std::string_view("-_.+:").find(text[at - 1]) == std::string_view::npos) continue;
    std::string_view rest = text.substr(at + engine.size());
    if (!rest.empty() && (rest.front() == '-' || rest.front() == '_')) rest.remove_prefix(1);
    if (!rest.empty() && rest.front() == 'v') rest.remove_prefix(1);
    if (const auto version = read_engine_version(rest)) return version;
  }
  return std::nullopt;
}

}  // namespace

std::string EngineVersion::text() const { return fmt::format("{}.{}", major, minor); }

std::optional<EngineVersion> read_engine_version(std::string_view text) {
  const std::optional<int> major = leading_number(text);
  if (!major || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  const std::optional<int> minor = leading_number(text);
  const bool ends = text.empty() || text.front() == '.' || text.front() == '-' || text.front() == '_';
  if (!minor || !ends) return std::nullopt;
  return EngineVersion{.major = *major, .minor = *minor};
}

std::optional<EngineVersion> version_of_image(std::string_view image, std::string_view engine) {
  image = image.substr(0, image.find('@'));
  const auto slash = image.rfind('/');
  std::string_view name = slash == std::string_view::npos ? image : image.substr(slash + 1);
  const auto colon = name.find(':');
  const std::string_view tag = colon == std::string_view::npos ? "" : name.substr(colon + 1);
  name = name.substr(0, colon);
  if (const auto version = mentioned(tag, engine)) return version;
  if (const auto version = mentioned(name, engine)) return version;
  // What the project itself publishes, under its own name or copied to another: "1.20.5-scala_2.12-java17".
  if (name == engine || tag.find("-scala_2.1") != std::string_view::npos ||
      tag.find("-scala2.1") != std::string_view::npos)
    return read_engine_version(tag);
  return std::nullopt;
}

}  // namespace cloudflow
