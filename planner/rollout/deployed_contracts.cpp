// Contracts as lines of text that people can read in the cluster.
#include "planner/rollout/deployed_contracts.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/schema/schema_format.h"
#include "sdk/support/digest.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view schema_prefix = "schema-";
constexpr std::string_view workloads_prefix = "workloads-";
constexpr std::string_view nothing = "-";

/// A word of a line: without blanks, never empty.
std::string word(std::string_view text) {
  std::string out(text.empty() ? nothing : text);
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) <= ' '; }, '_');
  return out;
}

std::string unword(const std::string& text) { return text == nothing ? "" : text; }

/// Two schemas can share a fingerprint and differ in their defaults, so the text itself is the key. Plain bytes have no
/// schema worth keeping.
std::string text_key(const PortSchema& schema) {
  return schema.text.empty() || schema.format == name_of(SchemaFormat::bytes) ? ""
                                                                              : sha256_hex(schema.text).substr(0, 16);
}

std::optional<DeployedPort> read_port(const std::string& key, std::string_view line, const Json& data) {
  const std::size_t dot = key.rfind('.');
  const std::vector<std::string> words = split(line, ' ');
  constexpr std::size_t least = 7;
  if (dot == std::string::npos || words.size() < least || (words[0] != "produces" && words[0] != "consumes"))
    return std::nullopt;
  DeployedPort out{.streamlet = key.substr(0, dot),
                   .port = key.substr(dot + 1),
                   .produces = words[0] == "produces",
                   .topic = words[1],
                   .cluster = words[2]};
  out.schema = {.name = unword(words[6]), .fingerprint = unword(words[5]), .format = unword(words[3])};
  out.schema.text = string_at(data, {std::string(schema_prefix) + words[4]});
  return out;
}

std::vector<ResourceId> read_workloads(std::string_view lines) {
  std::vector<ResourceId> out;
  for (const std::string& line : split(lines, '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    if (words.size() == 3)
      out.push_back({.provider = "kubernetes", .kind = words[0], .scope = unword(words[1]), .name = words[2]});
  }
  return out;
}

}  // namespace

bool DeployedPort::same_schema(const DeployedPort& other) const {
  if (schema.format != other.schema.format) return false;
  if (!schema.text.empty() && !other.schema.text.empty()) return schema.text == other.schema.text;
  return schema.fingerprint == other.schema.fingerprint && schema.name == other.schema.name;
}

const DeployedPort* DeployedContracts::find(const DeployedPort& port) const {
  const auto found = std::ranges::lower_bound(ports, port.name(), {}, &DeployedPort::name);
  return found == ports.end() || found->name() != port.name() ? nullptr : &*found;
}

std::map<std::string, std::string> contracts_data(const DeployedContracts& contracts, std::size_t limit,
                                                  int& left_out) {
  std::map<std::string, std::string> out;
  std::map<std::string, std::string_view> texts;
  for (const DeployedPort& port : contracts.ports) {
    const PortSchema& schema = port.schema;
    const std::string key = text_key(schema);
    if (!key.empty()) texts.emplace(std::string(schema_prefix) + key, schema.text);
    out.emplace(port.name(), fmt::format("{} {} {} {} {} {} {}", port.produces ? "produces" : "consumes",
                                         word(port.topic), word(port.cluster), word(schema.format), word(key),
                                         word(schema.fingerprint), word(schema.name)));
  }
  for (const auto& [streamlet, ids] : contracts.workloads) {
    std::vector<std::string> lines;
    for (const ResourceId& id : ids) lines.push_back(fmt::format("{} {} {}", id.kind, word(id.scope), id.name));
    out.emplace(std::string(workloads_prefix) + streamlet, join(lines, "\n"));
  }
  std::size_t used = 0;
  for (const auto& [key, value] : out) used += key.size() + value.size();
  std::vector<std::pair<std::string, std::string_view>> by_size(texts.begin(), texts.end());
  std::ranges::stable_sort(by_size, {}, [](const auto& text) { return text.second.size(); });
  for (const auto& [key, text] : by_size) {
    if (used + key.size() + text.size() > limit) {
      ++left_out;
      continue;
    }
    used += key.size() + text.size();
    out.emplace(key, text);
  }
  return out;
}

DeployedContracts read_contracts(const Json& data) {
  DeployedContracts out;
  if (!data.is_object()) return out;
  for (const auto& [key, value] : data.items()) {
    if (!value.is_string()) continue;
    const std::string text = value.get<std::string>();
    if (key.starts_with(workloads_prefix)) {
      out.workloads.emplace(key.substr(workloads_prefix.size()), read_workloads(text));
    } else if (auto port = read_port(key, text, data)) {
      out.ports.push_back(std::move(*port));
    }
  }
  std::ranges::sort(out.ports, {}, &DeployedPort::name);
  return out;
}

}  // namespace cloudflow
