// The stores of a worker's streamlet: for each partition that it processes, what is on disk, and what has changed
// since.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "cloudflow/streamlet/streamlet.h"
#include "sdk/streamlet/changelog.h"
#include "sdk/streamlet/open_store.h"
#include "sdk/streamlet/ownership.h"
#include "sdk/streamlet/run_state.h"

namespace cloudflow::streamlet {

struct StateSettings {
  std::string folder{};     ///< of the streamlet
  std::int64_t memory = 0;  ///< bytes, of all databases of the process
  std::string application{};
  std::string streamlet{};
  PortSettings cluster{};  ///< where changelogs are, with the settings of the inlet
};

class StoreSet {
 public:
  StoreSet(const std::vector<AnyStore*>& stores, const StateSettings& settings, const RunState& run);
  ~StoreSet();
  StoreSet(const StoreSet&) = delete;
  StoreSet& operator=(const StoreSet&) = delete;

  /// Makes the changelogs that are not there.
  Result<void> start(Producer& producer, int partitions,
                     const std::function<bool(std::chrono::milliseconds)>& wait) const;
  /// From now on the stores are those of this partition, which are restored when they were not ours before: whichever
  /// inlet its first record is of. False when the partition goes away meanwhile, or the run stops.
  Result<bool> use(const std::shared_ptr<Ownership>& ownership, const Producer& producer);
  /// Whether anything was changed since the last record began, and how much there is in memory.
  bool has_changed() const;
  std::size_t changed_bytes() const;
  /// Gives the changes to their changelogs.
  void send(const SendChange& send);
  /// A change has arrived there. Any thread, while its store is open.
  static void delivered(const Delivery& delivery);
  /// The changes count: they go to disk.
  void keep();
  /// They do not.
  void drop();
  /// Those of one partition do not.
  void drop(const Ownership& ownership);
  /// Closes the stores of partitions that are not ours any more.
  void close_gone();

 private:
  struct Partition;
  Result<bool> open(Partition& partition, const Producer& producer);

  const std::vector<AnyStore*> stores_;
  const StateSettings settings_;
  const RunState& run_;
  std::vector<Changelog> changelogs_{};
  std::map<int, std::shared_ptr<Partition>> partitions_{};
  Partition* current_ = nullptr;
};

}  // namespace cloudflow::streamlet
