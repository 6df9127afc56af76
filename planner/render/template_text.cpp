// Formats of $text.
#include "planner/render/template_text.h"

#include <fmt/format.h>

#include "sdk/base/text.h"

namespace cloudflow {
namespace {

/// Java takes the character after a backslash by its own rules.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::expected<std::string, std::string> lines(const ConfigValue& value, std::string_view format) {
  if (!value.is_object()) return std::unexpected(fmt::format("$text: {} wants a map", format));
  const bool properties = format == "properties";
  std::string out;
  for (const auto& [key, member] : value.members()) {
    if (!member.is_scalar())
      return std::unexpected(fmt::format("$text: {} wants texts, and {} is none", format, quote(key)));
    if ((key + member.text()).find_first_of("\r\n") != std::string::npos)
      return std::unexpected(fmt::format("{} cannot hold a line break", quote(key)));
    out += properties ? escaped(key) + "=" + escaped(member.text()) : key + ": " + member.text();
    out += '\n';
  }
  return out;
}

}  // namespace

std::expected<ConfigValue, std::string> as_text(const ConfigValue& value, std::string_view format) {
  if (format != "json" && format != "settings" && format != "properties")
    return std::unexpected(fmt::format("there is no format {}, wanted json, settings or properties", quote(format)));
  std::expected<std::string, std::string> text = value.to_json_text();
  if (format != "json") text = lines(value, format);
  if (!text) return std::unexpected(text.error());
  return value.contains_secret() ? ConfigValue::secret(*std::move(text), value.where())
                                 : ConfigValue::string(*std::move(text), value.where());
}

}  // namespace cloudflow
