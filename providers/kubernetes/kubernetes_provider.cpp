// KubernetesProvider: opening, comparing, and what its parts share.
#include "providers/kubernetes/kubernetes_provider.h"

#include <fmt/format.h>

#include "providers/kubernetes/diff/compare.h"
#include "providers/kubernetes/diff/risk.h"
#include "providers/kubernetes/headline.h"
#include "providers/kubernetes/provider_state.h"
#include "providers/kubernetes/rules/traits.h"

namespace cloudflow {

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

void ProviderState::note_written(const ResourceId& id) {
  const std::scoped_lock lock(seen_mutex);
  written.insert(id);
}

bool ProviderState::is_written(const ResourceId& id) {
  const std::scoped_lock lock(seen_mutex);
  return written.contains(id);
}

std::chrono::steady_clock::time_point ProviderState::note_claim(const ResourceId& id, const std::string& version,
                                                                const std::string& labels) {
  const auto now = clock.now();
  const std::scoped_lock lock(seen_mutex);
  Claim& claim = claims[id];
  if (claim.version != version) claim = {.version = version, .heard = now};
  if (!labels.empty()) claim.labels = labels;
  return claim.heard;
}

std::string ProviderState::known_labels(const ResourceId& id) {
  const std::scoped_lock lock(seen_mutex);
  const auto found = claims.find(id);
  return found == claims.end() ? std::string() : found->second.labels;
}

void ProviderState::note_let_go(const ResourceId& id) {
  const std::scoped_lock lock(let_go_mutex);
  let_go.insert(id);
}

bool ProviderState::was_let_go(const ResourceId& id) {
  const std::scoped_lock lock(let_go_mutex);
  return let_go.contains(id);
}

void ProviderState::note_passing(const ResourceId& id, std::string uid) {
  const std::scoped_lock lock(let_go_mutex);
  passing.insert_or_assign(id, std::move(uid));
}

std::optional<std::string> ProviderState::passing_uid(const ResourceId& id) {
  const std::scoped_lock lock(let_go_mutex);
  const auto found = passing.find(id);
  return found == passing.end() ? std::nullopt : std::optional(found->second);
}

KubernetesProvider::KubernetesProvider(KubernetesCluster& cluster) : state_(std::make_unique<State>(cluster.state())) {}
KubernetesProvider::~KubernetesProvider() = default;

void KubernetesProvider::set_deadline(std::chrono::milliseconds each) { state_->deadline = each; }

std::vector<std::string> KubernetesProvider::take_warnings() {
  const std::scoped_lock lock(state_->warnings_mutex);
  const std::set<std::string> out = std::exchange(state_->warnings, {});
  return {out.begin(), out.end()};
}

Traits KubernetesProvider::traits(const ResourceId& id) const { return traits_of_kind(id.kind); }

std::string KubernetesProvider::headline(const Resource& desired) const { return object_headline(desired); }

Result<Change> KubernetesProvider::compare(const Resource* desired, const Live* live) const {
  CF_TRY(Change change, compare_keyed(desired, live));
  if (desired != nullptr) change.pods = pods_asked_for(*desired, live);
  change.starts_stopped = starts_stopped(change);
  return change;
}

Result<Change> KubernetesProvider::compare_keyed(const Resource* desired, const Live* live) const {
  if (desired == nullptr) return compare_object(desired, live, state_->set);
  const DigestKey key = state_->cluster.known_digest_key();
  const std::optional<Resource> keyed = with_keyed_digests(*desired, live, key);
  if (!keyed) return compare_object(desired, live, state_->set);
  if (!key.stored) {
    const std::scoped_lock lock(state_->cluster.digest_key_mutex);
    state_->plain_digests.merge(plain_digests(*desired, *keyed));
  }
  auto change = compare_object(&*keyed, live, state_->set);
  if (change && key.hidden)
    change->notes.push_back(fmt::format("whether its configuration changed is not known: secret/{} may not be read",
                                        digest_key_name(state_->set)));
  return change;
}

}  // namespace cloudflow
