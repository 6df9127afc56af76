// KubernetesProvider: opening, comparing, and what its parts share.
#include "providers/kubernetes/kubernetes_provider.h"

#include <fmt/format.h>

#include "providers/kubernetes/compare.h"
#include "providers/kubernetes/kubeconfig.h"
#include "providers/kubernetes/provider_state.h"

namespace cloudflow {

std::string part_of_selector(const ApplySet& set) { return fmt::format("{}={}", part_of_label, set.id()); }

Result<ApiResource> ProviderState::resource_of(const ResourceId& id, std::string_view api_version,
                                               std::stop_token stop) {
  return discovery.resource(id.kind, api_version, stop);
}

Result<ApiPath> ProviderState::path_of(const ResourceId& id, std::string_view api_version, std::stop_token stop) {
  CF_TRY(const ApiResource resource, resource_of(id, api_version, std::move(stop)));
  return resource.object(id.scope, id.name);
}

std::shared_ptr<Stop> ProviderState::stop_of(const std::string& thing) {
  const std::scoped_lock lock(stops_mutex);
  std::shared_ptr<Stop>& one = stops[thing];
  if (!one) one = std::make_shared<Stop>();
  return one;
}

KubernetesProvider::KubernetesProvider(std::unique_ptr<State> state) : state_(std::move(state)) {}
KubernetesProvider::~KubernetesProvider() = default;

Result<std::unique_ptr<KubernetesProvider>> KubernetesProvider::open(const KubernetesOptions& options, Clock& clock) {
  const bool inside = options.kubeconfig.empty();
  CF_TRY(ClusterAccess access, inside ? in_cluster_access() : read_kubeconfig(options.kubeconfig, options.context));
  if (!options.as.empty()) access.as = options.as;
  ApplySet set{.application = options.application,
               .space = options.space.empty() ? access.space : options.space,
               .version = options.version,
               .adopt = options.adopt};
  if (set.space.empty()) set.space = "default";
  return std::unique_ptr<KubernetesProvider>(
      new KubernetesProvider(std::make_unique<State>(std::move(access), clock, std::move(set))));
}

const std::string& KubernetesProvider::context() const { return state_->client.access().context; }
const std::string& KubernetesProvider::space() const { return state_->set.space; }

Result<Change> KubernetesProvider::compare(const Resource* desired, const Live* live) const {
  return compare_object(desired, live, state_->set);
}

}  // namespace cloudflow
