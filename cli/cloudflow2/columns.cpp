// Columns as Cloudflow 2 prints them.
#include "cli/cloudflow2/columns.h"

#include <algorithm>

#include "cli/views/table.h"
#include "cloudflow/json.h"

namespace cloudflow::cloudflow2 {
namespace {

constexpr std::size_t usual_width = 18;
constexpr int max_depth = 200;

std::vector<std::size_t> widths_of(const std::vector<Row>& rows) {
  std::vector<std::size_t> out;
  for (const Row& row : rows) {
    out.resize(std::max(out.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) out[i] = std::max(out[i], text_width(row[i]));
  }
  return out;
}

std::string namespaces(std::size_t count) { return std::string(count, ' '); }

void write_yaml(const nlohmann::ordered_json& value, const std::string& indent, int depth, std::string& out);

/// What stands behind "key:" or "-".
void write_member(const nlohmann::ordered_json& value, const std::string& indent, int depth, std::string& out) {
  const bool block = (value.is_object() || value.is_array()) && !value.empty() && depth < max_depth;
  if (!block) {
    out += " " + value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    return;
  }
  out += "\n";
  write_yaml(value, value.is_array() ? indent : indent + "  ", depth + 1, out);
}

void write_yaml(const nlohmann::ordered_json& value, const std::string& indent, int depth, std::string& out) {
  if (value.is_array()) {
    for (const auto& item : value) {
      std::string below;
      if (item.is_object() && !item.empty() && depth < max_depth) {
        write_yaml(item, indent + "  ", depth + 1, below);
        out += indent + "- " + below.substr(indent.size() + 2);
      } else {
        write_member(item, indent + "  ", depth, below);
        out += indent + "-" + below;
      }
    }
    return;
  }
  for (const auto& [key, member] : value.items()) {
    const bool plain = !key.empty() && key.find_first_of(":#\"'{}[],&*!|>%@` \t\n") == std::string::npos;
    out += indent + (plain ? key : dump(Json(key))) + ":";
    write_member(member, indent, depth, out);
  }
}

}  // namespace

std::string plain_columns(const std::vector<Row>& rows) {
  const std::vector<std::size_t> widths = widths_of(rows);
  std::string out;
  for (const Row& row : rows) {
    if (!out.empty()) out += "\n";
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      const std::size_t width = widths[i] > usual_width ? widths[i] + 1 : usual_width;
      if (i + 1 < row.size()) out += namespaces(width - text_width(row[i]));
    }
  }
  return out;
}

std::string grid(const std::vector<Row>& rows, std::size_t head, std::size_t centred) {
  constexpr std::size_t least = 3;
  std::vector<std::size_t> widths = widths_of(rows);
  std::string rule = "+";
  for (std::size_t& width : widths) {
    width = std::max(width, least);
    rule += std::string(width + 2, '-') + "+";
  }
  std::string out = rule;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r == head && r > 0) out += "\n" + rule;
    out += "\n|";
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const std::size_t room = widths[i] - text_width(rows[r][i]);
      const std::size_t left = r >= head && i >= centred ? room / 2 : 0;
      out += " " + namespaces(left) + rows[r][i] + namespaces(room - left) + " |";
    }
  }
  return out + "\n" + rule;
}

std::string yaml_text(const nlohmann::ordered_json& value) {
  std::string out;
  if (!value.is_structured() || value.empty()) {
    write_member(value, "", max_depth, out);
    return out.substr(1);
  }
  write_yaml(value, "", 0, out);
  return out;
}

}  // namespace cloudflow::cloudflow2
