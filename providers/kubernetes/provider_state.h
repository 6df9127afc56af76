// What the parts of KubernetesProvider share.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "providers/kubernetes/api/kind_trouble.h"
#include "providers/kubernetes/cluster/cluster_state.h"
#include "providers/kubernetes/kubernetes_provider.h"
#include "providers/kubernetes/schema/schema_documents.h"
#include "sdk/support/background_task.h"

namespace cloudflow {

/// Threads for calls that go out together; the HTTP client multiplexes them and slows down when the server asks.
inline constexpr std::size_t parallel_calls = 32;

/// One LIST: a kind in a namespace.
struct ListTarget {
  ResourceId id{};            ///< without a name
  std::string api_version{};  ///< of the manifests; empty for leftovers only
  std::vector<const Resource*> desired{};
  std::vector<Live> live{};
  bool listed = false;
  std::string version{};  ///< resourceVersion of that list: how new it is
};

/// What was asked for before the record was known.
struct ReadEarly {
  std::vector<ListTarget> places{};
  /// Namespaces by their names, as they were read: nothing where there is none.
  std::map<std::string, std::optional<Live>> namespaces{};
};

/// One thing that is stopped before several workloads change, which may be at the same time.
struct Stop {
  std::mutex mutex{};  ///< held while it is being stopped
  std::optional<Error> failed{};
  std::chrono::steady_clock::time_point failed_at{};
};

struct ProviderState {
  explicit ProviderState(ClusterState& its_cluster)
      : cluster(its_cluster),
        schemas(client),
        trouble(client, clock, well_known_resource("ConfigMap")->object(set.ns, set.parent()), "ConfigMap") {}

  ClusterState& cluster;
  Clock& clock = cluster.clock;
  const ApplySet& set = cluster.set;
  ApiClient& client = cluster.client;
  ApiDiscovery& discovery = cluster.discovery;
  SchemaDocuments schemas;
  KindTrouble trouble;  ///< the record is what it asks for beside the kind that fails
  std::mutex search_mutex{};
  RecordSearch search{};  ///< by the last read()
  std::mutex stops_mutex{};
  std::map<std::string, std::shared_ptr<Stop>> stops{};
  PlainDigests plain_digests{};         ///< of what was compared, under this run's own key; with cluster.digest_key
  std::mutex digest_key_store_mutex{};  ///< held while it is being stored

  /// Takes the key out of what was listed, where it is no resource of the application; asks for it by name where no
  /// list showed it. Where there is none, this run makes one. Of what is desired only the ids are read. `may_exist` is
  /// false where the namespace is missing.
  Result<void> read_digest_key(std::span<const Resource> desired, const Inventory& inventory,
                               std::vector<ListTarget>& places, bool may_exist, const std::stop_token& stop);
  /// Makes sure that the cluster has the key before something is written that carries a digest under it. Where another
  /// run has made one since this one planned, that is the key.
  Result<void> store_digest_key(const std::stop_token& stop);
  /// Does so in the background, beside the first changes, where anything that is desired carries such a digest. Whether
  /// it went well shows when one is written.
  void begin_to_store_digest_key(const std::stop_token& stop);
  /// The change with its digests under the key that the cluster has; nothing where it has no others. After
  /// store_digest_key().
  std::optional<Change> under_stored_key(const Change& change);
  /// What read_ahead() and read_early() ask for; read() takes it.
  std::unique_ptr<BackgroundTask<Result<std::vector<ListTarget>>>> ahead{};
  std::unique_ptr<BackgroundTask<Result<ReadEarly>>> early{};
  std::set<ResourceId> listed_ahead{};  ///< places, by either
  std::mutex ahead_mutex{};
  /// Schemas for what a dry run will not be asked about, as its namespace is missing.
  std::unique_ptr<BackgroundTask<bool>> schemas_ahead{};
  std::mutex schemas_ahead_mutex{};

  /// What read_early() was told, as far as it holds by the record as it was read since; or why a list could not be had.
  Result<ReadEarly> take_early();
  /// Lists the places that are not listed yet.
  Result<void> list_all(std::vector<ListTarget>& places, const std::stop_token& stop);

  std::mutex seen_mutex{};
  std::set<ResourceId> written{};  ///< workloads, by this run

  /// What workloads say of themselves, by the version of the object ("absent"), and when that was first heard.
  struct Claim {
    std::string version{};
    std::chrono::steady_clock::time_point heard{};
    std::string labels{};  ///< that its pods have
  };
  std::map<ResourceId, Claim> claims{};

  void note_written(const ResourceId& id);
  bool is_written(const ResourceId& id);
  /// Remembers it, and says when it was first heard.
  std::chrono::steady_clock::time_point note_claim(const ResourceId& id, const std::string& version,
                                                   const std::string& labels);
  /// The labels of a workload's pods, as far as they are known from an earlier answer.
  std::string known_labels(const ResourceId& id);
  /// Objects that were let go of: they stay, and are no longer this application's.
  std::mutex let_go_mutex{};
  std::set<ResourceId> let_go{};
  std::map<ResourceId, std::string> passing{};  ///< by uid

  std::atomic<std::chrono::milliseconds> deadline{std::chrono::minutes(2)};  ///< of a replacement
  std::mutex warnings_mutex{};
  std::set<std::string> warnings{};  ///< of changes that were made
  std::unique_ptr<BackgroundTask<Result<void>>> digest_key_ahead{};

  std::shared_ptr<Stop> stop_of(const std::string& thing);
  void note_let_go(const ResourceId& id);
  bool was_let_go(const ResourceId& id);
  /// Jobs that were made here and remove themselves once they have finished: only events say then how they ended.
  void note_passing(const ResourceId& id, std::string uid);
  /// The uid of such a Job.
  std::optional<std::string> passing_uid(const ResourceId& id);
  /// Where the objects of a kind live.
  Result<ApiResource> resource_of(const ResourceId& id, std::string_view api_version, std::stop_token stop);
  Result<ApiPath> path_of(const ResourceId& id, std::string_view api_version, std::stop_token stop);
  /// Dry runs one change and refines it; what the server rejects goes to `rejections`. See verify_change.cpp.
  Result<void> verify_one(Change& change, std::span<const Change> all, std::vector<Error>& rejections,
                          std::stop_token stop);
};

struct KubernetesProvider::State : ProviderState {
  using ProviderState::ProviderState;
};

}  // namespace cloudflow
