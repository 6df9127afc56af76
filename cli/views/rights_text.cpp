// Rights as text.
#include "cli/views/rights_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// What is allowed on one thing of Kafka.
struct KafkaRule {
  KafkaRight on{};
  std::vector<std::string> operations{};
};

std::vector<KafkaRule> kafka_rules(const Grant& grant) {
  std::vector<KafkaRule> out;
  for (const KafkaRight& right : grant.kafka) {
    KafkaRight on = right;
    on.operation.clear();
    if (out.empty() || out.back().on != on) out.push_back({.on = std::move(on)});
    out.back().operations.push_back(right.operation);
  }
  return out;
}

/// A word for a shell, in quotes where it needs them.
std::string shell_text(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:_-/=@";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string out = "'";
  for (const char one : text) out += one == '\'' ? std::string("'\\''") : std::string(1, one);
  return out + "'";
}

std::string servers_of(const Grant& grant, const std::string& cluster) {
  const auto found = grant.bootstrap_servers.find(cluster);
  return found == grant.bootstrap_servers.end() ? "" : found->second;
}

/// JSON in one line is YAML, too; texts are quoted, so nothing in them means something else.
std::string in_flow(const Json& value) { return dump(value); }

std::string manifest_yaml(const Json& manifest) {
  std::string out = "---\n";
  for (const char* member : {"apiVersion", "kind", "metadata", "roleRef"}) {
    if (manifest.contains(member))
      out += fmt::format(
          "{}: {}\n", member,
          manifest.at(member).is_string() ? manifest.at(member).get<std::string>() : in_flow(manifest.at(member)));
  }
  for (const char* member : {"rules", "subjects"}) {
    if (!manifest.contains(member)) continue;
    out += fmt::format("{}:\n", member);
    for (const Json& one : manifest.at(member)) out += fmt::format("  - {}\n", in_flow(one));
  }
  return out;
}

}  // namespace

std::string kafka_acl_lines(const Grant& grant) {
  std::string out;
  for (const KafkaRule& rule : kafka_rules(grant)) {
    const std::string servers = servers_of(grant, rule.on.cluster);
    out += fmt::format("kafka-acls.sh --bootstrap-server {} --add --allow-principal {}",
                       servers.empty() ? "\"$BOOTSTRAP_SERVERS\"" : shell_text(servers), shell_text(grant.principal));
    for (const std::string& operation : rule.operations) out += " --operation " + operation;
    out += " --" + rule.on.kind;
    if (!rule.on.name.empty()) out += " " + shell_text(rule.on.name);
    if (rule.on.prefixed) out += " --resource-pattern-type prefixed";
    out += "\n";
  }
  return out;
}

std::string rights_yaml(const Grant& grant) {
  std::string out = fmt::format("# What cloudflow needs to plan and apply {}.\n", grant.application);
  for (const Json& manifest : rbac_manifests(grant.rights, grant.application, grant.ns, grant.subject))
    out += manifest_yaml(manifest);
  if (grant.kafka.empty()) return out;
  out += "# On a Kafka with an authorizer (the lines alone: --format kafka-acls):\n";
  const std::string lines = kafka_acl_lines(grant);
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    out += "#   " + lines.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return out;
}

std::string rights_json(const Grant& grant) {
  Json acls = Json::array();
  for (const KafkaRule& rule : kafka_rules(grant)) {
    acls.push_back({{"cluster", rule.on.cluster},
                    {"bootstrap_servers", servers_of(grant, rule.on.cluster)},
                    {"principal", grant.principal},
                    {"resource", rule.on.kind},
                    {"name", rule.on.name},
                    {"pattern", rule.on.prefixed ? "prefixed" : "literal"},
                    {"operations", rule.operations}});
  }
  return Json({{"format_version", "1.0"},
               {"application", grant.application},
               {"manifests", rbac_manifests(grant.rights, grant.application, grant.ns, grant.subject)},
               {"acls", std::move(acls)}})
             .dump(2) +
         "\n";
}

}  // namespace cloudflow
