// The record of what an application made, in its cluster.
#include "providers/kubernetes/cluster/application_record.h"

#include <fmt/format.h>

#include "providers/kubernetes/cluster/cluster_state.h"
#include "providers/kubernetes/ownership/ending_workloads.h"
#include "sdk/support/digest.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

ApiPath parent_path(const ApplySet& set) { return well_known_resource("ConfigMap")->object(set.ns, set.parent()); }

/// The record may come before the plan's own namespace. The lock never makes it: it is taken before anybody agreed.
Result<void> make_namespace(ApiClient& client, const std::string& name, std::stop_token stop) {
  const Json body = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
  CF_CHECK(client.apply(well_known_resource("Namespace")->object("", name), body, {}, stop));
  return {};
}

constexpr std::string_view run_annotation = "cloudflow/written-by";
constexpr std::string_view transitions_annotation = "cloudflow/lock-transitions";
/// Of the inventory's text: that nobody has edited it. Without this (an older version wrote it) nothing is known of
/// that.
constexpr std::string_view digest_annotation = "cloudflow/inventory-digest";
constexpr int attempts = 5;
/// No object has this version: as a precondition it means "only if absent".
constexpr const char* absent_version = "1";

std::string inventory_text(const Json& parent) { return string_at(parent, {"data", "inventory.json"}); }

std::string digest_of_inventory(std::string_view text) { return sha256_hex(text); }

std::string uid_in(const Json& object) { return string_at(object, {"metadata", "uid"}); }
std::string version_in(const Json& object) { return string_at(object, {"metadata", "resourceVersion"}); }

/// One text for an object as it was at one time; empty for one that was not there.
std::string version_of(const std::string& uid, const std::string& version) {
  return version.empty() ? "" : uid + "/" + version;
}

/// That another run has written the record.
std::unexpected<Error> written_by_other(const Json& parent, const ApplySet& set) {
  const auto other = read_parent(parent, set);
  const std::string by = string_at(parent, {"metadata", "annotations", run_annotation});
  return failure(
      ErrorKind::conflict,
      fmt::format("another run has written the record of what is deployed (configmap/{}) since this one read "
                  "it{}{}",
                  set.parent(), by.empty() ? "" : ": " + quote(by),
                  other && !string_at(other->last, {"time"}).empty() ? " at " + string_at(other->last, {"time"}) : ""),
      "run it again: it then sees what the other run made");
}

bool lacks_namespace(const Error& error, const std::string& ns) {
  return error.kind == ErrorKind::not_found && error.message.find("namespaces " + quote(ns)) != std::string::npos;
}

}  // namespace

Result<Inventory> ClusterState::remember_record(const Json& parent) {
  const std::shared_ptr<Lease> mine = held_lease();
  const std::scoped_lock lock(record_mutex);
  record.is_known = true;
  record.uid = uid_in(parent);
  record.version = version_in(parent);
  record.inventory = inventory_text(parent);
  const std::string digest = string_at(parent, {"metadata", "annotations", digest_annotation});
  bool is_edited = false;
  Result<Inventory> known = read_parent(parent, set, &is_edited);
  record.is_torn = !record.version.empty() && (record.inventory.empty() || is_edited ||
                                               (!digest.empty() && digest != digest_of_inventory(record.inventory)));
  record.places.clear();
  record.ending.clear();
  if (known) {
    record.ending = ending_workloads(*known);
    for (ResourceId id : known->resources) {
      id.name.clear();
      record.places.insert(std::move(id));
    }
  }
  record.is_ours = mine && string_at(parent, {"metadata", "annotations", run_annotation}) == mine->identity();
  return known;
}

Result<Inventory> ApplicationRecord::read(std::stop_token stop) {
  const auto parent = cluster_.client.get(parent_path(cluster_.set), stop);
  if (!parent && parent.error().kind != ErrorKind::not_found) return std::unexpected<Error>(parent.error());
  Result<Inventory> known = cluster_.remember_record(parent ? *parent : Json::object());
  if (parent) return known;
  return Inventory{.exists = false, .application = cluster_.set.application, .topics = {}, .resources = {}, .last = {}};
}

Result<std::string> ApplicationRecord::version(std::stop_token stop) {
  const auto parent = cluster_.client.get(parent_path(cluster_.set), stop);
  if (parent) return version_of(uid_in(*parent), version_in(*parent));
  if (parent.error().kind == ErrorKind::not_found) return std::string();
  return std::unexpected<Error>(parent.error());
}

bool ApplicationRecord::is_known_as(const std::string& version) {
  const std::scoped_lock lock(cluster_.record_mutex);
  return cluster_.record.is_known && version_of(cluster_.record.uid, cluster_.record.version) == version;
}

namespace {

/// The record on its way into the cluster: only over the version that this run knows.
class RecordWrite {
 public:
  RecordWrite(ClusterState& cluster, Json body) : cluster_(cluster), body_(std::move(body)) {}

  Result<void> run(const std::stop_token& stop) {
    for (int i = 0;; ++i) {
      const ClusterState::Record known = this->known();
      if (!known.is_known) {
        CF_CHECK(look_again(known, stop));
        continue;
      }
      body_["metadata"]["resourceVersion"] = known.version.empty() ? absent_version : known.version;
      // An apply makes what does not exist whatever its version, but not with another's uid.
      body_["metadata"].erase("uid");
      if (!known.uid.empty()) body_["metadata"]["uid"] = known.uid;
      const ApplyOptions options{.force = true, .dry_run = false, .manager = "cloudflow-applyset"};
      const auto written = cluster_.client.apply(parent_path(cluster_.set), body_, options, stop);
      if (written) {
        static_cast<void>(cluster_.remember_record(*written));
        return {};
      }
      if (i + 1 == attempts) return std::unexpected<Error>(written.error());
      if (lacks_namespace(written.error(), cluster_.set.ns)) {
        CF_CHECK(make_namespace(cluster_.client, cluster_.set.ns, stop));
      } else if (written.error().kind == ErrorKind::conflict) {
        CF_CHECK(look_again(known, stop));
      } else {
        return std::unexpected<Error>(written.error());
      }
    }
  }

  Result<void> remove(const std::stop_token& stop) {
    for (int i = 0;; ++i) {
      const ClusterState::Record known = this->known();
      if (!known.is_known) CF_CHECK(look_again(known, stop));
      const auto removed = cluster_.client.remove(
          parent_path(cluster_.set), {.resource_version = this->known().version, .propagation = "Background"}, stop);
      if (removed || removed.error().kind == ErrorKind::not_found) return {};
      if (removed.error().kind != ErrorKind::conflict || i + 1 == attempts)
        return std::unexpected<Error>(removed.error());
      CF_CHECK(look_again(known, stop));
    }
  }

 private:
  ClusterState::Record known() {
    const std::scoped_lock lock(cluster_.record_mutex);
    return cluster_.record;
  }

  /// The version is another one: that of this run, or one in which only labels or the like have changed, is as good.
  Result<void> look_again(const ClusterState::Record& known, const std::stop_token& stop) {
    const auto live = cluster_.client.get(parent_path(cluster_.set), stop);
    if (!live && live.error().kind != ErrorKind::not_found) return std::unexpected<Error>(live.error());
    if (!live && known.is_known && !known.is_ours && !known.version.empty())
      return failure(ErrorKind::conflict,
                     fmt::format("the record of what is deployed (configmap/{}) was removed since this run read it",
                                 cluster_.set.parent()),
                     "run it again: it then sees what is there");
    if (live && known.is_known) {
      const std::shared_ptr<Lease> lease = cluster_.held_lease();
      const bool ours = lease && string_at(*live, {"metadata", "annotations", run_annotation}) == lease->identity();
      const bool same = !known.version.empty() && inventory_text(*live) == known.inventory;
      if (!ours && !same) return written_by_other(*live, cluster_.set);
    }
    const bool was_ours = known.is_ours;
    static_cast<void>(cluster_.remember_record(live ? *live : Json::object()));
    if (was_ours) {
      const std::scoped_lock lock(cluster_.record_mutex);
      cluster_.record.is_ours = true;
    }
    return {};
  }

  ClusterState& cluster_;
  Json body_;
};

}  // namespace

Result<void> ApplicationRecord::write(const Inventory& inventory, std::stop_token stop) {
  Json body = parent_body(inventory, cluster_.set);
  Json& annotations = body["metadata"]["annotations"];
  annotations[std::string(digest_annotation)] = digest_of_inventory(inventory_text(body));
  if (const std::shared_ptr<Lease> lease = cluster_.held_lease()) {
    annotations[std::string(run_annotation)] = lease->identity();
    annotations[std::string(transitions_annotation)] = std::to_string(lease->transitions());
  }
  const Result<void> written = RecordWrite(cluster_, std::move(body)).run(stop);
  if (!written) return failure_in("record the inventory", written.error());
  return inventory.resources.empty() ? cluster_.remove_digest_key(stop) : Result<void>();
}

Result<void> ApplicationRecord::remove(std::stop_token stop) {
  CF_CHECK(cluster_.remove_digest_key(stop));
  return RecordWrite(cluster_, {}).remove(stop);
}

}  // namespace cloudflow
