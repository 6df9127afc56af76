// A Kubernetes API server as one user sees it, for one application.
#include "providers/kubernetes/cluster/cluster.h"

#include <fmt/format.h>

#include <ctime>

#include "providers/kubernetes/api/kubeconfig.h"
#include "providers/kubernetes/cluster/cluster_state.h"

namespace cloudflow {
namespace {

/// The time that the API server puts on its answers, to a second; ours where it puts none.
std::chrono::system_clock::time_point server_time(ApiClient& client, Clock& clock, const std::stop_token& stop) {
  ApiRequest request;
  request.target = {"/version", "the version of the server"};
  request.idempotent = true;
  const auto reply = client.send(request, stop);
  if (!reply) return clock.wall();
  const auto date = reply->headers.find("date");
  std::tm parts{};
  if (date == reply->headers.end() || strptime(date->second.c_str(), "%a, %d %b %Y %H:%M:%S", &parts) == nullptr)
    return clock.wall();
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

}  // namespace

std::string part_of_selector(const ApplySet& set) { return fmt::format("{}={}", part_of_label, set.id()); }

ApiPath digest_key_path(const ApplySet& set) {
  return well_known_resource("Secret")->object(set.ns, digest_key_name(set));
}

DigestKey ClusterState::known_digest_key() {
  const std::scoped_lock lock(digest_key_mutex);
  return digest_key;
}

Result<void> ClusterState::remove_digest_key(const std::stop_token& stop) {
  const DigestKey key = known_digest_key();
  if (!key.stored) return {};
  const auto removed = client.remove(digest_key_path(set), {.uid = key.uid, .propagation = "Background"}, stop);
  if (!removed && removed.error().kind == ErrorKind::conflict)
    return failure(ErrorKind::conflict, fmt::format("secret/{} was made anew meanwhile", digest_key_name(set)),
                   "run this command again");
  if (!removed && removed.error().kind != ErrorKind::not_found) return std::unexpected<Error>(removed.error());
  const std::scoped_lock lock(digest_key_mutex);
  digest_key = {};
  return {};
}

PodTimes ClusterState::pod_times(const std::stop_token& stop) {
  PodTimes out;
  out.known_for = [this](const std::string& name) {
    const auto now = clock.now();
    const std::scoped_lock lock(seen_mutex);
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - seen_since.try_emplace(name, now).first->second);
  };
  out.now = [this, stop, asked = std::make_shared<std::optional<std::chrono::system_clock::time_point>>()] {
    if (!*asked) *asked = server_time(client, clock, stop);
    return **asked;
  };
  return out;
}

KubernetesCluster::KubernetesCluster(std::unique_ptr<ClusterState> state) : state_(std::move(state)) {}
KubernetesCluster::~KubernetesCluster() = default;

Result<std::unique_ptr<KubernetesCluster>> KubernetesCluster::open(const KubernetesOptions& options, Clock& clock) {
  const bool inside = options.kubeconfig.empty();
  CF_TRY(ClusterAccess access, inside ? in_cluster_access() : read_kubeconfig(options.kubeconfig, options.context));
  if (!options.as.empty()) access.as = options.as;
  ApplySet set{.application = options.application,
               .ns = options.ns.empty() ? access.ns : options.ns,
               .version = options.version,
               .adopt = options.adopt};
  if (set.ns.empty()) set.ns = "default";
  return std::unique_ptr<KubernetesCluster>(
      new KubernetesCluster(std::make_unique<ClusterState>(std::move(access), clock, std::move(set))));
}

const std::string& KubernetesCluster::context() const { return state_->client.access().context; }
const std::string& KubernetesCluster::ns() const { return state_->set.ns; }
void KubernetesCluster::expect(int calls) { state_->client.expect(calls); }

}  // namespace cloudflow
