// Printing configuration: lines first, then the origins aligned behind them.
#include "planner/config/print_config.h"

#include <algorithm>
#include <vector>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Origins stand in one column, but not further right than this.
constexpr std::size_t widest_column = 64;

struct Line {
  std::string text{};
  std::string origin{};
};

bool is_leaf(const ConfigValue& value) {
  return !(value.is_object() && !value.members().empty()) && !(value.is_list() && !value.items().empty());
}

std::string leaf_text(const ConfigValue& value) {
  return value.is_secret() ? quote(hidden_value) : value.to_json_text();
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void add_json(std::vector<Line>& lines, std::size_t indent, const std::string& before, const ConfigValue& value,
              bool last) {
  const std::string margin(indent, ' ');
  const std::string comma = last ? "" : ",";
  if (is_leaf(value)) {
    lines.push_back({margin + before + leaf_text(value) + comma, value.where().text()});
    return;
  }
  lines.push_back({margin + before + (value.is_object() ? "{" : "["), {}});
  std::size_t left = value.is_object() ? value.members().size() : value.items().size();
  for (const auto& [key, member] : value.members()) {
    add_json(lines, indent + 2, ConfigValue::string(key).to_json_text() + ": ", member, --left == 0);
  }
  for (const ConfigValue& item : value.items()) add_json(lines, indent + 2, "", item, --left == 0);
  lines.push_back({margin + (value.is_object() ? "}" : "]") + comma, {}});
}

void add_flat(std::vector<Line>& lines, const std::string& path, const ConfigValue& value) {
  if (is_leaf(value)) {
    lines.push_back({path.empty() ? leaf_text(value) : path + " = " + leaf_text(value), value.where().text()});
    return;
  }
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const auto& [key, member] : value.members()) add_flat(lines, prefix + path_step(key), member);
  for (std::size_t i = 0; i < value.items().size(); ++i) add_flat(lines, prefix + std::to_string(i), value.items()[i]);
}

std::string joined(const std::vector<Line>& lines, bool origins) {
  std::size_t column = 0;
  for (const Line& line : lines) {
    if (!line.origin.empty()) column = std::max(column, std::min(width(line.text), widest_column));
  }
  std::string out;
  for (const Line& line : lines) {
    out += line.text;
    if (origins && !line.origin.empty()) {
      const std::size_t used = width(line.text);
      out.append(used < column ? column - used : 0, ' ');
      out += "  # " + line.origin;
    }
    out += '\n';
  }
  return out;
}

}  // namespace

std::string quoted(const ConfigValue& value) {
  return value.contains_secret() ? std::string(hidden_value) : quote(value.text());
}

std::string path_step(std::string_view key) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!key.empty() && key != "include" && std::ranges::all_of(key, is_plain)) return std::string(key);
  return ConfigValue::string(std::string(key)).to_json_text();
}

std::string print_json(const ConfigValue& value, bool origins) {
  std::vector<Line> lines;
  add_json(lines, 0, "", value, true);
  return joined(lines, origins);
}

std::string print_flat(const ConfigValue& value, bool origins) {
  std::vector<Line> lines;
  add_flat(lines, "", value);
  return joined(lines, origins);
}

}  // namespace cloudflow
