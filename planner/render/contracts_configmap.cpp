// The ConfigMap that keeps which schema every port uses.
#include "planner/render/contracts_configmap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "planner/render/template_data.h"
#include "planner/render/topics.h"
#include "planner/rollout/deployed_contracts.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// The server takes 1 MiB of data; the names of the fields are kept a second time in its managedFields.
constexpr std::size_t most_bytes = 900'000;

/// Whether changing it changes what the streamlet reads or writes: all but what pods only use.
bool runs_streamlet(const Resource& resource) {
  static constexpr std::array<std::string_view, 4> used = {"Secret", "ConfigMap", "Service", "ServiceAccount"};
  static constexpr std::array<std::string_view, 4> used_groups = {".rbac.authorization.k8s.io", ".networking.k8s.io",
                                                                  ".policy", ".autoscaling"};
  const std::string& kind = resource.id.kind;
  if (resource.id.provider != "kubernetes" || resource.streamlet.empty()) return false;
  return kind != "PersistentVolumeClaim" && std::ranges::find(used, kind) == used.end() &&
         std::ranges::none_of(used_groups, [&](std::string_view group) { return kind.ends_with(group); });
}

std::vector<DeployedPort> ports_of(const Application& application, const EffectiveConfig& config) {
  std::vector<DeployedPort> out;
  for (const Streamlet& streamlet : application.streamlets) {
    for (const bool produces : {true, false}) {
      for (const Port& port : produces ? streamlet.descriptor.outlets : streamlet.descriptor.inlets) {
        const auto wire = streamlet.ports.find(port.name);
        if (wire == streamlet.ports.end()) continue;
        const auto topic = config.topics.find(wire->second.topic);
        if (topic == config.topics.end()) continue;
        const ResourceId id = topic_resource(topic->second).id;
        out.push_back({streamlet.name, port.name, produces, id.name, id.scope, port.schema});
      }
    }
  }
  std::ranges::sort(out, {}, &DeployedPort::name);
  return out;
}

}  // namespace

ResourceId contracts_id(const Application& application, const std::string& ns) {
  return {.provider = "kubernetes",
          .kind = "ConfigMap",
          .scope = ns,
          .name = fmt::format("cloudflow-{}-contracts", application.id)};
}

std::optional<Resource> contracts_map(const Application& application, const EffectiveConfig& config,
                                      const std::string& ns, std::span<const Resource> resources,
                                      Diagnostics& problems) {
  DeployedContracts contracts{.ports = ports_of(application, config)};
  if (contracts.ports.empty()) return std::nullopt;
  Resource out{.id = contracts_id(application, ns)};
  std::set<ResourceId> after;
  for (const Resource& resource : resources) {
    if (resource.id.kind == "Namespace" && resource.id.name == ns) after.insert(resource.id);
    if (!runs_streamlet(resource)) continue;
    contracts.workloads[resource.streamlet].push_back(resource.id);
    after.insert(resource.id);
  }
  out.after.assign(after.begin(), after.end());
  int left_out = 0;
  const std::map<std::string, std::string> data = contracts_data(contracts, most_bytes, left_out);
  if (left_out > 0) {
    problems.warning("contracts-too-large", application.where,
                     fmt::format("{} not kept in {}, which takes {} bytes: when they change, the order of the roll-out "
                                 "cannot be checked",
                                 left_out == 1 ? "1 schema is" : fmt::format("{} schemas are", left_out), out.id.text(),
                                 most_bytes));
  }
  std::size_t size = 0;
  for (const auto& [key, value] : data) size += key.size() + value.size();
  if (size > most_bytes) return std::nullopt;  // ports without their schemas: said above
  out.spec = Json{
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata", {{"name", out.id.name}, {"namespace", ns}, {"labels", configuration_labels(application).to_json()}}},
      {"data", data}};
  out.origins.set("", application.where);
  for (const Streamlet& streamlet : application.streamlets) {
    for (const auto* ports : {&streamlet.descriptor.inlets, &streamlet.descriptor.outlets}) {
      for (const Port& port : *ports)
        out.origins.set("/data/" + pointer_step(streamlet.name + "." + port.name), port.where);
    }
  }
  return out;
}

}  // namespace cloudflow
