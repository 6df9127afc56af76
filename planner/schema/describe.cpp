// A schema's text to the contract it stands for.
#include "planner/schema/describe.h"

#include <fmt/format.h>

#include "cloudflow/json.h"
#include "sdk/base/digest.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

std::string name_in(std::string_view format, std::string_view text) {
  if (format == "proto") {
    const auto at = text.find("message ");
    if (at == std::string_view::npos) return "";
    const std::string_view rest = trimmed(text.substr(at + 8));
    return std::string(rest.substr(0, rest.find_first_of(" \t\r\n{")));
  }
  const Result<Json> json = parse_json(text, "schema");
  if (!json) return "";
  if (format == "json") return string_at(*json, {"title"});
  const std::string space = string_at(*json, {"namespace"});
  const std::string name = string_at(*json, {"name"});
  return space.empty() || name.find('.') != std::string::npos ? name : space + "." + name;
}

}  // namespace

Result<PortSchema> describe_schema(std::string_view format, std::string_view text) {
  if (format != "proto") CF_CHECK(parse_json(text, fmt::format("{} schema", format)));
  return PortSchema{name_in(format, text), std::string(text), to_base64(sha256(text)), std::string(format)};
}

}  // namespace cloudflow
