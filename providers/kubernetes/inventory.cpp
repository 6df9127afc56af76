// KubernetesProvider: the record of what an application made, and its lock.
#include <fmt/format.h>

#include "providers/kubernetes/provider_state.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

ApiPath parent_path(const ApplySet& set) { return well_known_resource("ConfigMap")->object(set.space, set.parent()); }

/// The record may come before the plan's own namespace. The lock never makes it: it is taken before anybody agreed.
Result<void> make_namespace(ApiClient& client, const std::string& name, std::stop_token stop) {
  const Json body = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
  CF_CHECK(client.apply(well_known_resource("Namespace")->object("", name), body, {}, stop));
  return {};
}

bool lacks_namespace(const Error& error, const std::string& space) {
  return error.kind == ErrorKind::not_found && error.message.find("namespaces " + quote(space)) != std::string::npos;
}

}  // namespace

Result<Inventory> KubernetesProvider::inventory(std::stop_token stop) {
  const auto parent = state_->client.get(parent_path(state_->set), stop);
  if (parent) return read_parent(*parent, state_->set);
  if (parent.error().kind != ErrorKind::not_found) return std::unexpected<Error>(parent.error());
  return Inventory{.exists = false, .application = state_->set.application, .topics = {}, .resources = {}, .last = {}};
}

Result<void> KubernetesProvider::record(const Inventory& inventory, std::stop_token stop) {
  const Json body = parent_body(inventory, state_->set);
  const ApplyOptions options{.force = true, .dry_run = false, .manager = "cloudflow-applyset"};
  auto written = state_->client.apply(parent_path(state_->set), body, options, stop);
  if (!written && lacks_namespace(written.error(), space())) {
    CF_CHECK(make_namespace(state_->client, space(), stop));
    written = state_->client.apply(parent_path(state_->set), body, options, stop);
  }
  if (!written) return failure_in("record the inventory", written.error());
  return {};
}

Result<void> KubernetesProvider::remove_record(std::stop_token stop) {
  const auto removed = state_->client.remove(parent_path(state_->set), {.propagation = "Background"}, stop);
  if (!removed && removed.error().kind != ErrorKind::not_found) return std::unexpected<Error>(removed.error());
  return {};
}

Result<void> KubernetesProvider::lock(const std::string& holder, std::stop_token stop) {
  const std::scoped_lock guard(state_->lease_mutex);
  if (state_->lease && state_->lease->held()) return {};
  state_->lease.reset();
  auto lease = Lease::take(state_->client, state_->clock, space(), state_->set.parent(), holder, stop);
  if (!lease) return std::unexpected(std::move(lease).error());
  state_->lease = *std::move(lease);
  return {};
}

void KubernetesProvider::unlock() {
  const std::scoped_lock guard(state_->lease_mutex);
  state_->lease.reset();
}

std::stop_token KubernetesProvider::lock_lost() {
  const std::scoped_lock guard(state_->lease_mutex);
  return state_->lease ? state_->lease->lost() : std::stop_token();
}

Result<std::optional<std::string>> KubernetesProvider::break_lock(std::stop_token stop) {
  const ApiPath path = well_known_resource("Lease.coordination.k8s.io")->object(space(), state_->set.parent());
  const auto live = state_->client.get(path, stop);
  if (!live && live.error().kind == ErrorKind::not_found) return std::nullopt;
  if (!live) return std::unexpected<Error>(live.error());
  // Only the one that was looked at: its holder may have given it back and somebody else taken it.
  const auto removed = state_->client.remove(path, {.uid = string_at(*live, {"metadata", "uid"})}, stop);
  if (!removed && removed.error().kind != ErrorKind::not_found) return std::unexpected<Error>(removed.error());
  return string_at(*live, {"spec", "holderIdentity"});
}

}  // namespace cloudflow
