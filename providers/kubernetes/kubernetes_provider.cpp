// KubernetesProvider: opening, comparing, and what its parts share.
#include "providers/kubernetes/kubernetes_provider.h"

#include <fmt/format.h>

#include <ctime>

#include "providers/kubernetes/api/kubeconfig.h"
#include "providers/kubernetes/diff/compare.h"
#include "providers/kubernetes/diff/risk.h"
#include "providers/kubernetes/headline.h"
#include "providers/kubernetes/provider_state.h"
#include "providers/kubernetes/rules/traits.h"

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

PodTimes ProviderState::pod_times(const std::stop_token& stop) {
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

KubernetesProvider::KubernetesProvider(std::unique_ptr<State> state) : state_(std::move(state)) {}
KubernetesProvider::~KubernetesProvider() = default;

Result<std::unique_ptr<KubernetesProvider>> KubernetesProvider::open(const KubernetesOptions& options, Clock& clock) {
  const bool inside = options.kubeconfig.empty();
  CF_TRY(ClusterAccess access, inside ? in_cluster_access() : read_kubeconfig(options.kubeconfig, options.context));
  if (!options.as.empty()) access.as = options.as;
  ApplySet set{.application = options.application,
               .ns = options.ns.empty() ? access.ns : options.ns,
               .version = options.version,
               .adopt = options.adopt};
  if (set.ns.empty()) set.ns = "default";
  return std::unique_ptr<KubernetesProvider>(
      new KubernetesProvider(std::make_unique<State>(std::move(access), clock, std::move(set))));
}

void KubernetesProvider::set_deadline(std::chrono::milliseconds each) { state_->deadline = each; }

void KubernetesProvider::expect(int calls) { state_->client.expect(calls); }

std::vector<std::string> KubernetesProvider::take_warnings() {
  const std::scoped_lock lock(state_->warnings_mutex);
  const std::set<std::string> out = std::exchange(state_->warnings, {});
  return {out.begin(), out.end()};
}

const std::string& KubernetesProvider::context() const { return state_->client.access().context; }
const std::string& KubernetesProvider::ns() const { return state_->set.ns; }

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
  const DigestKey key = state_->known_digest_key();
  const std::optional<Resource> keyed = with_keyed_digests(*desired, live, key);
  if (!keyed) return compare_object(desired, live, state_->set);
  if (!key.stored) {
    const std::scoped_lock lock(state_->digest_key_mutex);
    state_->plain_digests.merge(plain_digests(*desired, *keyed));
  }
  auto change = compare_object(&*keyed, live, state_->set);
  if (change && key.hidden)
    change->notes.push_back(fmt::format("whether its configuration changed is not known: secret/{} may not be read",
                                        digest_key_name(state_->set)));
  return change;
}

}  // namespace cloudflow
