// What was done to an application, run by run, in its cluster.
#pragma once

#include <stop_token>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/result.h"

namespace cloudflow {

struct ClusterState;

/// So many entries are kept.
inline constexpr std::size_t longest_history = 50;

/// A ConfigMap beside the record, which every plan reads: what only `history` wants to know is not in its way. A
/// handle.
class ApplicationHistory {
 public:
  explicit ApplicationHistory(ClusterState& cluster) : cluster_(cluster) {}

  /// Oldest first; empty where there is none. invalid_input where somebody has edited it so that it is none.
  Result<std::vector<Json>> read(std::stop_token stop);
  /// Adds entries, each with a member "id" of its own (one that is there already is left), and gives each the next
  /// number as "revision". What cannot be read is replaced, and said: invalid_input.
  Result<void> add(const std::vector<Json>& entries, std::stop_token stop);
  Result<void> remove(std::stop_token stop);

 private:
  ClusterState& cluster_;
};

}  // namespace cloudflow
