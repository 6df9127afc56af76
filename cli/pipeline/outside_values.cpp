// What the source asks of the outside before it can be rendered.
#include "cli/pipeline/outside_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/host.h"
#include "planner/config/read_config.h"
#include "planner/settings/effective_config_layers.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Whether any key below says `word`.
bool mentions(const ConfigValue& value, std::string_view word) {
  return std::ranges::any_of(value.members(),
                             [&](const auto& entry) { return entry.first == word || mentions(entry.second, word); });
}

/// The same tree with every text in it marked as never to be shown.
ConfigValue as_secret(const ConfigValue& value) {
  if (value.is_object()) {
    ConfigValue::Object members;
    for (const auto& [key, member] : value.members()) {
      // Addresses, counts and the protocol are no secrets, and plans are unreadable without them.
      members.emplace(key, key == "bootstrap" || key == "partitions" || key == "replicas" ? member : as_secret(member));
    }
    return ConfigValue::object(std::move(members), value.where());
  }
  if (value.is_list()) {
    ConfigValue::List items;
    for (const ConfigValue& item : value.items()) items.push_back(as_secret(item));
    return ConfigValue::list(std::move(items), value.where());
  }
  return value.is_scalar() ? ConfigValue::secret(value.text(), value.where()) : value;
}

Result<std::string> text_of_file(const std::filesystem::path& folder, const std::string& path) {
  std::ifstream file(folder / path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return failure(ErrorKind::not_found, fmt::format("the file {} cannot be read", quote(path)));
  return std::move(text).str();
}

Result<std::string> output_of(const std::vector<std::string>& command, const std::string& folder,
                              const std::stop_token& stop) {
  CF_TRY(const ProcessOutput output, run_process({.command = command, .directory = folder}, stop));
  if (output.status != 0) {
    // What it printed on stderr is the program's own; its output may hold the secret and is never shown.
    return failure(ErrorKind::unavailable, fmt::format("{} ended with status {}: {}", quote(command.front()),
                                                       output.status, trimmed(output.errors)));
  }
  return output.output;
}

}  // namespace

ExternalLookup lookup_online(const std::string& folder,
                             std::function<Result<std::string>(const std::string& name, const std::string& key)> secret,
                             std::stop_token stop) {
  return {.environment = [](const std::string& name) -> Result<std::string> {
            if (auto value = environment_variable(name)) return *value;
            return failure(ErrorKind::not_found, fmt::format("the environment variable {} is not set", quote(name)));
          },
          .file = [folder](const std::string& path) { return text_of_file(folder, path); },
          .command = [folder, stop = std::move(stop)](
                         const std::vector<std::string>& command) { return output_of(command, folder, stop); },
          .secret = std::move(secret)};
}

ExternalLookup lookup_offline() {
  const auto stand_in = [](const auto&) -> Result<std::string> { return std::string("<from-outside>"); };
  return {.environment = stand_in, .file = stand_in, .command = stand_in};
}

FactsNeeded facts_needed(const Application& application, const Environment& environment,
                         const ConfigValue& user_config) {
  FactsNeeded out;
  const auto add = [&](const std::string& cluster) {
    const std::string name = cluster.empty() ? std::string(default_cluster) : cluster;
    if (!environment.kafka.contains(name)) out.kafka_clusters.insert(name);
  };
  for (const Topic& topic : application.topics) add(topic.cluster);
  for (const ConfigValue* tree : {&user_config, &environment.values}) {
    const ConfigValue* topics = tree->dotted("cloudflow.topics");
    if (topics == nullptr) continue;
    for (const auto& [id, topic] : topics->members()) {
      if (const ConfigValue* cluster = topic.find("cluster")) add(cluster->text());
    }
  }
  const bool has_claim = std::ranges::any_of(application.streamlets, [&](const Streamlet& streamlet) {
    return !streamlet.descriptor.volume_mounts.empty() || application.needs_of(streamlet).storage.has_value();
  });
  out.claims = has_claim || mentions(user_config, "pvc") || mentions(environment.values, "pvc");
  out.registries = environment.pull_credentials.has_value();
  return out;
}

ClusterFacts facts_of(const FactsRead& read, const FactsNeeded& needed, Diagnostics& problems) {
  ClusterFacts out{.online = true};
  out.claims = read.claims;
  for (const auto& [name, text] : read.kafka_clusters) {
    Diagnostics found;
    const ConfigValue cluster =
        read_hocon_text(text.reveal(), fmt::format("secret of Kafka cluster {}", name), environment_variable, found);
    if (!needed.kafka_clusters.contains(name) && found.has_errors()) continue;
    for (const Diagnostic& one : found.all()) problems.add(one);
    // Everything in a cluster secret may be a credential; addresses are shown by the systems' own messages.
    out.kafka.emplace(name, as_secret(cluster));
  }
  if (!read.registries.empty())
    out.registries = as_secret(read_hocon_text(read.registries.reveal(), "the pull secret", {}, problems));
  return out;
}

}  // namespace cloudflow
