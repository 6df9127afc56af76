// What a worker makes of several records at once, where a record alone cannot be done: a transaction, changes of
// stores, or both. All of it counts, or nothing does and its records are read again.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "sdk/streamlet/store_set.h"
#include "sdk/streamlet/task.h"
#include "sdk/streamlet/transaction.h"

namespace cloudflow::streamlet {

/// Whether its inlets are read together, partition n of all by one process: with stores, as a store n has them all.
inline bool reads_together(const Streamlet& streamlet) {
  return !streamlet.stores().empty() && streamlet.inlets().size() > 1;
}

struct StepSettings {
  std::string who{};                 ///< in messages
  PortSettings cluster{};            ///< where it writes to
  std::string transactional_id{};    ///< "" without transactions: then it only writes changes of stores
  std::chrono::nanoseconds every{};  ///< time from the first record to its end
};

class Step {
 public:
  /// All that is referred to has to outlive it. `stores` is null where there are none.
  static Result<std::unique_ptr<Step>> open(const StepSettings& settings, std::unique_ptr<StoreSet> stores,
                                            RunState& run);
  ~Step();
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  Producer& producer() { return *producer_; }
  StoreSet* stores() { return stores_.get(); }
  /// Waits until transactions can begin. `consumers` by inlet.
  Result<void> start(std::vector<const Consumer*> consumers);

  // The worker's thread only, from here on.
  /// Before a record's handler; false when it cannot be processed now.
  bool begin(const Task& task, std::chrono::steady_clock::time_point now);
  /// After it.
  void end(const Task& task);
  /// The handler of a record has failed, and the record is not done: nothing of this step may count, unless nothing
  /// came of that record.
  void tear();
  /// From within a handler, where there is a transaction.
  void send(const std::string& topic, const Message& message);
  /// Whether it has run long enough.
  bool is_due(std::chrono::steady_clock::time_point now) const;
  /// Ends it, in the one way or the other. What no repetition mends ends the run.
  void finish();

 private:
  struct Part {  ///< of a partition
    std::shared_ptr<OffsetTracker> tracker{};
    std::size_t inlet = 0;
    std::int64_t first = 0;
    std::int64_t next = 0;
  };

  Step(std::chrono::nanoseconds every, std::unique_ptr<StoreSet> stores, RunState& run)
      : every_(every), run_(run), stores_(std::move(stores)) {}
  void delivered(const Delivery& delivery);
  Part& part_of(const Task& task);
  std::vector<Positions> positions() const;
  bool is_lost() const;
  bool is_open() const { return !parts_.empty(); }
  Result<bool> take_in(const Task& task, std::chrono::steady_clock::time_point now);
  Result<void> end_transaction();
  Result<bool> commit();
  Result<void> undo();
  void end_alone();
  void send_changes();

  const std::chrono::nanoseconds every_;
  RunState& run_;
  const std::unique_ptr<StoreSet> stores_;
  std::vector<const Consumer*> consumers_{};
  std::unique_ptr<Producer> producer_{};
  std::unique_ptr<Transaction> transaction_{};
  std::vector<Part> parts_{};
  std::chrono::steady_clock::time_point began_{};
  bool has_effects_ = false;  ///< of the record at work
  std::atomic<bool> is_broken_ = false;
};

}  // namespace cloudflow::streamlet
