// Computes everything that templates may ask for, so that they stay short.
#include "planner/render/template_data.h"

#include <fmt/format.h>

#include "planner/project/names.h"
#include "planner/render/pod_sections.h"
#include "planner/render/render.h"

namespace cloudflow {
namespace {

ConfigValue text(std::string value, const SourcePos& where) { return ConfigValue::string(std::move(value), where); }

/// Labels of everything that is made for the application as a whole or a streamlet.
ConfigValue base_labels(const Application& application) {
  return ConfigValue::object({{"app.kubernetes.io/part-of", text(label_value(application.id), application.where)},
                              {"app.kubernetes.io/managed-by", text("cloudflow", application.where)},
                              {"app.kubernetes.io/version", text(label_value(application.version), application.where)}},
                             application.where);
}

/// Volumes and mounts of the claims that the descriptor's volume mounts are bound to.
std::pair<ConfigValue, ConfigValue> claims(const Streamlet& streamlet, const EffectiveStreamlet& effective) {
  ConfigValue::List volumes;
  ConfigValue::List mounts;
  for (const VolumeMount& mount : streamlet.descriptor.volume_mounts) {
    const auto claim = effective.claims.find(mount.name);
    if (claim == effective.claims.end()) continue;
    const ConfigValue name = text(mount.name, mount.where);
    volumes.push_back(ConfigValue::object(
        {{"name", name},
         {"persistentVolumeClaim", ConfigValue::object({{"claimName", claim->second}}, claim->second.where())}},
        mount.where));
    ConfigValue entry =
        ConfigValue::object({{"name", name}, {"mountPath", text(mount.path, mount.where)}}, mount.where);
    if (mount.access_mode == "ReadOnlyMany") entry = entry.with("readOnly", ConfigValue::boolean(true, mount.where));
    mounts.push_back(std::move(entry));
  }
  return {ConfigValue::list(std::move(volumes), streamlet.where),
          ConfigValue::list(std::move(mounts), streamlet.where)};
}

bool writes_volumes(const Streamlet& streamlet) {
  for (const VolumeMount& mount : streamlet.descriptor.volume_mounts) {
    if (mount.access_mode == "ReadWriteMany") return true;
  }
  return false;
}

}  // namespace

std::string namespace_of(const Application& application, const Environment& environment) {
  return environment.kubernetes.ns.empty() ? application.id : environment.kubernetes.ns;
}

bool owns_service_account(const Application& application, const Environment& environment) {
  return environment.service_account.empty() && application.service_account.empty();
}

std::string service_account_of(const Application& application, const Environment& environment) {
  if (!environment.service_account.empty()) return environment.service_account;
  return application.service_account.empty() ? "cloudflow-app-serviceaccount" : application.service_account;
}

ConfigValue configuration_labels(const Application& application) {
  return ConfigValue::object({{"app.kubernetes.io/part-of", text(label_value(application.id), application.where)},
                              {"app.kubernetes.io/managed-by", text("cloudflow", application.where)},
                              {"com.lightbend.cloudflow/app-id", text(label_value(application.id), application.where)}},
                             application.where);
}

ConfigValue application_data(const Application& application, const Environment& environment) {
  const SourcePos& where = application.where;
  const std::string ns = namespace_of(application, environment);
  const SourcePos& ns_where = environment.kubernetes.ns.empty() ? where : environment.kubernetes.where;
  const ConfigValue data = ConfigValue::object(
      {{"id", text(application.id, where)},
       {"version", text(application.version, where)},
       {"namespace", text(ns, ns_where)},
       {"namespace-label", text(label_value(ns), ns_where)},
       {"service-account", text(service_account_of(application, environment), where)},
       {"own-service-account", ConfigValue::boolean(owns_service_account(application, environment), where)},
       {"prometheus", ConfigValue::boolean(application.prometheus_agent, where)},
       {"logging", ConfigValue::boolean(!environment.logback.empty(), environment.where)},
       {"labels", base_labels(application)},
       {"configuration-labels", configuration_labels(application)}},
      where);
  const ConfigValue around =
      ConfigValue::object({{"name", text(environment.name, environment.where)}}, environment.where);
  return ConfigValue::object({{"application", data}, {"environment", around}});
}

ConfigValue streamlet_data(const ConfigValue& data, const Application& application, const Streamlet& streamlet,
                           const EffectiveStreamlet& effective, const std::string& digest) {
  const SourcePos& where = streamlet.where;
  const std::string id = application.id + "." + streamlet.name;
  const ConfigValue pods = kubernetes_pods(effective.kubernetes);
  const ConfigValue* pod = pods.find("pod");
  const ConfigValue pod_settings = pod == nullptr ? empty_pod() : *pod;
  const ConfigValue* container = pod_settings.at({"containers", "container"});
  const ConfigValue container_settings = container == nullptr ? empty_container() : *container;
  const ConfigValue labels = base_labels(application)
                                 .with("app.kubernetes.io/name", text(pod_name(application.id, streamlet.name), where))
                                 .with("app.kubernetes.io/component", text("streamlet", where))
                                 .moved_to(where);
  // Selectors and clustered streamlets find pods by these, so the user's labels cannot replace them.
  const ConfigValue identity =
      ConfigValue::object({{"app.kubernetes.io/name", text(pod_name(application.id, streamlet.name), where)},
                           {"com.lightbend.cloudflow/streamlet-name", text(label_value(streamlet.name), where)},
                           {"com.lightbend.cloudflow/app-id", text(label_value(application.id), where)}});
  const auto [claim_volumes, claim_mounts] = claims(streamlet, effective);
  ConfigValue own = ConfigValue::object(
      {{"name", text(streamlet.name, where)},
       {"id", text(id, where)},
       {"class-name", text(streamlet.class_name, where)},
       {"runtime", text(streamlet.runtime, where)},
       {"image", text(streamlet.image, streamlet.image_where.line > 0 ? streamlet.image_where : where)},
       {"pod-name", text(pod_name(application.id, streamlet.name), where)},
       {"service-name", text(service_name(application.id, streamlet.name), where)},
       {"secret", text(streamlet.secret_name, where)},
       {"secret-volume", text(streamlet.secret_name.substr(0, 63), where)},
       {"labels", labels},
       {"pod-labels", identity.over(pod_settings.find("labels")->over(labels)).moved_to(where)},
       {"annotations", *pod_settings.find("annotations")},
       {"config-digest", text(digest, where)},
       {"replicas", effective.replicas},
       {"server", ConfigValue::boolean(streamlet.container_port.has_value(), where)},
       {"strategy", text(streamlet.container_port ? "RollingUpdate" : "Recreate", where)},
       {"writes-volumes", ConfigValue::boolean(writes_volumes(streamlet), where)},
       {"env", *container_settings.find("env")},
       {"ports", *container_settings.find("ports")},
       {"resources", *container_settings.find("resources")},
       {"mounts", *container_settings.find("mounts")},
       {"volumes", *pod_settings.find("volumes")},
       {"claim-volumes", claim_volumes},
       {"claim-mounts", claim_mounts},
       {"pods", pods},
       {"parameters", effective.parameters},
       {"config", effective.runtime}},
      where);
  if (effective.replicas_given) own = own.with("given-replicas", effective.replicas);
  if (streamlet.container_port) {
    own = own.with("container-port", ConfigValue::number(static_cast<long long>(*streamlet.container_port), where))
              .with("port-name", text(fmt::format("c-port-{}", *streamlet.container_port), where));
  }
  return data.with("streamlet", own);
}

}  // namespace cloudflow
