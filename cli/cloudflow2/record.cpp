// What a deploy keeps in the cluster.
#include "cli/cloudflow2/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/config/read_config.h"
#include "providers/kubernetes/cluster/facts.h"
#include "sdk/support/text.h"

namespace cloudflow::cloudflow2 {
namespace {

constexpr std::string_view descriptor_key = "application.json";
constexpr std::string_view configuration_key = "configuration.json";
constexpr std::string_view logback_key = "logback.xml";
constexpr std::string_view settings_key = "deploy.json";
constexpr long long record_format = 1;

std::map<std::string, std::string> texts_at(const Json& settings, std::string_view key) {
  std::map<std::string, std::string> out;
  if (const Json* found = find(settings, {key}); found != nullptr && found->is_object()) {
    for (const auto& [name, value] : found->items()) {
      if (value.is_string()) out[name] = value.get<std::string>();
    }
  }
  return out;
}

/// The same tree with the values at these pointers marked as never to be printed.
ConfigValue marked(const ConfigValue& value, const std::string& pointer, const std::vector<std::string>& secrets) {
  if (value.is_object()) {
    ConfigValue::Object members;
    for (const auto& [key, member] : value.members())
      members.emplace(key, marked(member, pointer + "/" + pointer_step(key), secrets));
    return ConfigValue::object(std::move(members), value.where());
  }
  if (value.is_list()) {
    ConfigValue::List items;
    for (std::size_t i = 0; i < value.items().size(); ++i)
      items.push_back(marked(value.items()[i], fmt::format("{}/{}", pointer, i), secrets));
    return ConfigValue::list(std::move(items), value.where());
  }
  return std::ranges::find(secrets, pointer) == secrets.end() ? value : value.marked_secret();
}

}  // namespace

std::map<std::string, std::string> kept_keys(const Source& source, const Gathered& gathered,
                                             const std::string& descriptor) {
  const Environment& environment = gathered.environment;
  const ConfigValue user = environment.values.over(gathered.user_config);
  Json secrets = Json::array();
  user.each_leaf([&](const std::string& pointer, const ConfigValue& leaf) {
    if (leaf.is_secret()) secrets.push_back(pointer);
  });
  Json mounts = Json::object();
  for (const auto& [mount, claim] : environment.volume_mounts) mounts[mount] = claim.value;
  Json replicas = Json::object();
  for (const auto& [streamlet, count] : environment.replicas) replicas[streamlet] = count.value;
  const Json settings = {{"format", record_format},
                         {"service_account", environment.service_account},
                         {"volume_mounts", std::move(mounts)},
                         {"replicas", std::move(replicas)},
                         {"kafka_secrets_namespace", environment.kubernetes.kafka_ns},
                         {"secrets", std::move(secrets)}};
  std::map<std::string, std::string> out = {{std::string(descriptor_key), descriptor},
                                            {std::string(configuration_key), user.to_json_text()},
                                            {std::string(settings_key), dump(settings)}};
  if (!environment.logback.empty()) {
    if (const Result<std::string> text = source.tree->read(environment.logback))
      out.emplace(std::string(logback_key), *text);
  }
  return out;
}

Result<std::optional<Record>> read_record(KubernetesCluster& cluster, const std::string& application,
                                          std::stop_token stop) {
  const std::string secret = "config-" + application;
  using Keys = std::map<std::string, Secret>;
  CF_TRY(const Keys keys, secret_values(cluster, secret, std::move(stop)));
  if (!keys.contains(std::string(settings_key))) return std::optional<Record>();
  const auto text = [&](std::string_view key) {
    const auto found = keys.find(std::string(key));
    return found == keys.end() ? std::string() : found->second.reveal();
  };
  CF_TRY(const Json settings, parse_json(text(settings_key), fmt::format("{} in secret/{}", settings_key, secret)));
  if (int_at(settings, {"format"}) > record_format) {
    return failure(ErrorKind::unsupported, fmt::format("secret/{} was written by a newer version", secret),
                   "use that version");
  }
  Record out{.descriptor = text(descriptor_key),
             .configuration = text(configuration_key),
             .logback = text(logback_key),
             .service_account = string_at(settings, {"service_account"}),
             .kafka_ns = string_at(settings, {"kafka_secrets_namespace"}),
             .volume_mounts = texts_at(settings, "volume_mounts")};
  if (const Json* replicas = find(settings, {"replicas"}); replicas != nullptr && replicas->is_object()) {
    for (const auto& [streamlet, count] : replicas->items()) {
      if (count.is_number_integer()) out.replicas[streamlet] = count.get<int>();
    }
  }
  if (const Json* secrets = find(settings, {"secrets"}); secrets != nullptr && secrets->is_array()) {
    for (const Json& pointer : *secrets) {
      if (pointer.is_string()) out.secret_values.push_back(pointer.get<std::string>());
    }
  }
  return std::optional<Record>(std::move(out));
}

Given given_from(const Record& record, bool new_configuration, Diagnostics& problems) {
  Given out;
  out.project.from = out.files->add_text("the deployed application.json", record.descriptor);
  out.environment.service_account = record.service_account;
  for (const auto& [mount, claim] : record.volume_mounts) out.environment.volume_mounts[mount] = {.value = claim};
  out.environment.kubernetes.kafka_ns = record.kafka_ns;
  if (new_configuration) return out;
  out.environment.values = marked(read_hocon_text(record.configuration, "the deployed configuration", {}, problems), "",
                                  record.secret_values);
  if (!record.logback.empty())
    out.environment.logback = out.files->add_text("the deployed logback.xml", record.logback);
  return out;
}

}  // namespace cloudflow::cloudflow2
