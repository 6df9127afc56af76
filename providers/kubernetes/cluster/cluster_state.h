// What a cluster, its lock, its record and its provider share.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "providers/kubernetes/api/api_client.h"
#include "providers/kubernetes/api/api_discovery.h"
#include "providers/kubernetes/ownership/applyset.h"
#include "providers/kubernetes/ownership/digest_key.h"
#include "providers/kubernetes/ownership/lease.h"
#include "providers/kubernetes/rules/workload_pods.h"

namespace cloudflow {

struct ClusterState {
  ClusterState(ClusterAccess access, Clock& its_clock, ApplySet its_set)
      : clock(its_clock), set(std::move(its_set)), client(std::move(access), its_clock), discovery(client) {}

  Clock& clock;
  const ApplySet set;
  ApiClient client;
  ApiDiscovery discovery;

  std::mutex lease_mutex{};
  std::shared_ptr<Lease> lease{};
  std::shared_ptr<Lease> held_lease();

  /// The record as it was last read or written.
  struct Record {
    bool is_known = false;
    bool is_ours = false;  ///< written by this run
    bool is_torn = false;  ///< its text is gone, or is not one that was written
    std::string uid{};
    std::string version{};             ///< resourceVersion; empty: there was none
    std::string inventory{};           ///< its text
    std::set<ResourceId> places{};     ///< that it names: kinds and namespaces
    std::vector<ResourceId> ending{};  ///< workloads that it names as removed, whose pods nobody has seen end
  };
  std::mutex record_mutex{};
  Record record{};
  /// What it records.
  Result<Inventory> remember_record(const Json& parent);

  std::mutex digest_key_mutex{};
  DigestKey digest_key{};
  DigestKey known_digest_key();
  /// The key goes with the last thing that was made.
  Result<void> remove_digest_key(const std::stop_token& stop);

  std::mutex seen_mutex{};
  std::map<std::string, std::chrono::steady_clock::time_point> seen_since{};
  /// Since when this run knows of what it has seen of pods. Must not outlive this; asks the server for its time when
  /// that is wanted.
  PodTimes pod_times(const std::stop_token& stop);
};

ApiPath digest_key_path(const ApplySet& set);

/// The selector of everything that the application owns.
std::string part_of_selector(const ApplySet& set);

/// The selector of the pods of its streamlets.
std::string streamlet_pod_selector(const ApplySet& set);

}  // namespace cloudflow
