// Formats of $text.
#include "planner/render/template_text.h"

#include <fmt/format.h>

#include "planner/blueprint/fields.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Java takes the character after a backslash by its own rules, ends a key at the first of some, and skips blanks in
/// front of a value.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    const bool leading_blank = out.empty() && (c == ' ' || c == '\t' || c == '\f');
    if (c == '\\' || leading_blank || special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::expected<std::string, std::string> lines(const ConfigValue& value, std::string_view format) {
  if (!value.is_object())
    return std::unexpected(fmt::format("$text: {} wants an object, not {}", format, kind_of(value)));
  const bool properties = format == "properties";
  std::string out;
  for (const auto& [key, member] : value.members()) {
    if (!member.is_scalar())
      return std::unexpected(fmt::format("$text: {} wants texts, and {} is none", format, quote(key)));
    if ((key + member.text()).find_first_of("\r\n") != std::string::npos)
      return std::unexpected(fmt::format("{} cannot hold a line break", quote(key)));
    // Flink cuts a line there, without a word, and has no way to write the character.
    if (format == "settings" && (key + member.text()).find('#') != std::string::npos)
      return std::unexpected(fmt::format("{} cannot hold a \"#\", which begins a comment", quote(key)));
    out += properties ? escaped(key, " \t\f=:#!") + "=" + escaped(member.text(), "") : key + ": " + member.text();
    out += '\n';
  }
  return out;
}

}  // namespace

std::expected<ConfigValue, std::string> as_text(const ConfigValue& value, std::string_view format) {
  if (format != "json" && format != "settings" && format != "lines" && format != "properties")
    return std::unexpected(
        fmt::format("there is no format {}, wanted json, settings, lines or properties", quote(format)));
  std::expected<std::string, std::string> text = value.to_json_text();
  if (format != "json") text = lines(value, format);
  if (!text) return std::unexpected(text.error());
  return value.contains_secret() ? ConfigValue::secret(*std::move(text), value.where())
                                 : ConfigValue::string(*std::move(text), value.where());
}

}  // namespace cloudflow
