// The record of what an application made, in its cluster.
#pragma once

#include <stop_token>
#include <string>

#include "cloudflow/resource.h"
#include "cloudflow/result.h"

namespace cloudflow {

struct ClusterState;

/// Where Inventory::last keeps the topics that an application reads or writes and that are not its own:
/// {"uses": {cluster id: [topic]}}.
inline constexpr const char* used_member = "uses";

/// A handle: all that come from the same cluster know the same version of the record.
class ApplicationRecord {
 public:
  explicit ApplicationRecord(ClusterState& cluster) : cluster_(cluster) {}

  /// `exists` is false where there is none.
  Result<Inventory> read(std::stop_token stop);
  /// Its uid and resourceVersion now; empty where there is none.
  Result<std::string> version(std::stop_token stop);
  /// Whether that is the version which read() or write() came by last.
  bool is_known_as(const std::string& version);
  /// Writes it (creating it): kinds and namespaces in ApplySet annotations, the rest as data. Conflict when another run
  /// has written it since this one read or wrote it.
  Result<void> write(const Inventory& inventory, std::stop_token stop);
  Result<void> remove(std::stop_token stop);

 private:
  ClusterState& cluster_;
};

}  // namespace cloudflow
