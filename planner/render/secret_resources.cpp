// The Secrets that carry configuration and credentials.
#include "planner/render/secret_resources.h"

#include <fmt/format.h>

#include <vector>

#include "planner/application/image_reference.h"
#include "planner/project/names.h"
#include "planner/render/template_data.h"
#include "planner/render/value_origins.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

Resource secret(const std::string& name, const std::string& ns, const ConfigValue& labels, const SourcePos& where,
                std::string_view type = "Opaque") {
  Resource out;
  out.id = {.provider = "kubernetes", .kind = "Secret", .scope = ns, .name = name};
  out.spec = Json{{"apiVersion", "v1"},
                  {"kind", "Secret"},
                  {"type", std::string(type)},
                  {"metadata", {{"name", name}, {"namespace", ns}, {"labels", labels.to_json()}}},
                  {"data", Json::object()}};
  out.origins.set("", where);
  add_places(labels, "/metadata/labels", out);
  return out;
}

/// Puts a JSON document under a key; origins and secrets point into it.
void add_document(Resource& to, const std::string& key, const ConfigValue& document) {
  to.spec["data"][key] = to_base64(document.to_json_text());
  const std::string prefix = "/data/" + pointer_step(key) + "#";
  add_places(document, prefix, to);
}

ConfigValue with_format(const ConfigValue& labels, const char* format) {
  return labels.with("com.lightbend.cloudflow/config-format", ConfigValue::string(format, labels.where()));
}

}  // namespace

Resource streamlet_secret(const Application& application, const Streamlet& streamlet, const std::string& ns,
                          const std::map<std::string, ConfigValue>& documents) {
  const ConfigValue labels = with_format(configuration_labels(application), "config")
                                 .with("com.lightbend.cloudflow/streamlet-name",
                                       ConfigValue::string(label_value(streamlet.name), streamlet.where));
  Resource out = secret(streamlet.secret_name, ns, labels, streamlet.where);
  out.streamlet = streamlet.name;
  for (const auto& [key, document] : documents) add_document(out, key, document);
  // What a port is wired to has the topic's place. A port that is new as a whole was brought by the descriptor.
  for (const std::vector<Port>* ports : {&streamlet.descriptor.inlets, &streamlet.descriptor.outlets}) {
    for (const Port& port : *ports) {
      if (port.where.line == 0) continue;
      for (const std::string_view key : {"application.conf", "secret.conf"}) {
        out.origins.set(fmt::format("/data/{}#/cloudflow/runner/streamlet/context/port_mappings/{}", pointer_step(key),
                                    pointer_step(port.name)),
                        port.where);
      }
    }
  }
  return out;
}

ResourceId configuration_id(const Application& application, const std::string& ns) {
  return {.provider = "kubernetes", .kind = "Secret", .scope = ns, .name = "config-" + application.id};
}

Resource configuration_secret(const Application& application, const Environment& environment,
                              const EffectiveConfig& config, const std::string& ns) {
  Resource out = secret(configuration_id(application, ns).name, ns,
                        with_format(configuration_labels(application), "input"), application.where);
  add_document(out, "secret.conf", config.document);
  for (const auto& [key, text] : environment.kept) {
    out.spec["data"][key] = to_base64(text);
    out.secrets.push_back("/data/" + pointer_step(key));
  }
  return out;
}

Resource logging_secret(const Application& application, const Environment& environment, const std::string& ns,
                        const std::string& logback) {
  Resource out = secret("logging", ns, with_format(configuration_labels(application), "input"), environment.where);
  out.spec["data"]["logback.xml"] = to_base64(logback);
  out.origins.set("/data/logback.xml", SourcePos{.file = environment.logback, .line = 1, .column = 1});
  return out;
}

std::optional<Resource> pull_secret(const Application& application, const Environment& environment,
                                    const ConfigValue& registries, const std::string& ns) {
  if (!environment.pull_credentials) return std::nullopt;
  const PullCredentials& given = *environment.pull_credentials;
  std::string registry = given.registry;
  if (registry.empty()) registry = registry_of(application);
  const SourcePos where = given.password.where();
  const ConfigValue labels = ConfigValue::object(
      {{"app.kubernetes.io/part-of", ConfigValue::string(label_value(application.id), where)},
       {"app.kubernetes.io/managed-by", ConfigValue::string("cloudflow", where)},
       {"com.lightbend.cloudflow/app-id", ConfigValue::string(label_value(application.id), where)}});
  Resource out = secret("cloudflow-image-pull-secret", ns, labels, where, pull_secret_type);
  out.spec["metadata"]["annotations"]["cloudflow/registry"] = registry;
  const std::string auth = to_base64(given.username + ":" + given.password.text());
  const ConfigValue entry = ConfigValue::object({{"username", ConfigValue::string(given.username, where)},
                                                 {"password", ConfigValue::secret(given.password.text(), where)},
                                                 {"auth", ConfigValue::secret(auth, where)}});
  add_document(out, ".dockerconfigjson", ConfigValue::object({{"auths", registries.with(registry, entry)}}));
  return out;
}

}  // namespace cloudflow
