// Provider that stops managing what an application made in Kubernetes.
#include "providers/kubernetes/forgetting_provider.h"

#include <fmt/format.h>

#include <mutex>

#include "providers/kubernetes/api/parallel.h"
#include "providers/kubernetes/cluster/cluster_state.h"
#include "providers/kubernetes/ownership/unmarking.h"
#include "providers/kubernetes/provider_state.h"

namespace cloudflow {
namespace {

/// How often a write is tried again because controllers keep writing the object's status.
constexpr int attempts = 8;

}  // namespace

Result<std::vector<Live>> ForgettingProvider::read(std::span<const Resource> desired, const Inventory& inventory,
                                                   std::stop_token stop) {
  return kubernetes_.read(desired, inventory, std::move(stop));
}

Result<Change> ForgettingProvider::compare(const Resource* desired, const Live* live) const {
  CF_TRY(const Change removal, kubernetes_.compare(desired, live));
  Change out{.id = removal.id};
  if (removal.action != Action::remove) return out;
  out.action = Action::update;
  out.precondition = {{"uid", string_at(removal.precondition, {"uid"})}};
  out.fields.push_back({.path = fmt::format("metadata.labels[{}]", part_of_label),
                        .pointer = "/metadata/labels/applyset.kubernetes.io~1part-of",
                        .before = Json("this application"),
                        .cause = Cause::git});
  return out;
}

Result<void> ForgettingProvider::unmark(const Change& change, bool dry_run, const std::stop_token& stop) {
  ClusterState& state = cluster_.state();
  CF_TRY(const ApiResource resource, state.discovery.resource(change.id.kind, "", stop));
  const ApiPath path = resource.object(change.id.scope, change.id.name);
  for (int i = 0;; ++i) {
    const auto live = state.client.get(path, stop);
    if (!live && live.error().kind == ErrorKind::not_found) return {};
    if (!live) return std::unexpected<Error>(live.error());
    const Json patch = unmarking_patch(*live, state.set);
    if (patch.is_null()) return {};
    const auto done = state.client.merge_patch(path, patch, {.dry_run = dry_run}, stop);
    if (done) return {};
    if (done.error().kind != ErrorKind::conflict || i + 1 == attempts) return std::unexpected<Error>(done.error());
  }
}

Result<std::vector<Error>> ForgettingProvider::verify(std::span<Change> changes, std::stop_token stop) {
  std::mutex mutex;
  std::vector<Error> rejections;
  CF_CHECK(in_parallel(
      changes.size(), parallel_calls,
      [&](std::size_t i, const std::stop_token& inner) -> Result<void> {
        const Result<void> tried = unmark(changes[i], true, inner);
        if (tried) {
          changes[i].verified = Verified::server;
          return {};
        }
        if (tried.error().kind != ErrorKind::denied && tried.error().kind != ErrorKind::invalid_input) return tried;
        const std::scoped_lock lock(mutex);
        rejections.push_back(tried.error());
        return {};
      },
      std::move(stop)));
  return rejections;
}

Result<void> ForgettingProvider::apply(const Change& change, std::stop_token stop) {
  return unmark(change, false, stop);
}

Result<std::vector<Readiness>> ForgettingProvider::readiness(std::span<const ResourceId> ids, std::stop_token) {
  return std::vector<Readiness>(ids.size(), {.state = Readiness::State::ready});
}

}  // namespace cloudflow
