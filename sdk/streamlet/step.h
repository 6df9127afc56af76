// What a worker makes of several records at once: a transaction. All of it counts, or nothing does and its records are
// read again.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "sdk/streamlet/task.h"
#include "sdk/streamlet/transaction.h"

namespace cloudflow::streamlet {

struct StepSettings {
  std::string who{};              ///< in messages
  PortSettings cluster{};         ///< where it writes to
  std::string transactional_id{};
  std::chrono::nanoseconds every{};  ///< time from the first record to its end
};

class Step {
 public:
  /// All that is referred to has to outlive it.
  static Result<std::unique_ptr<Step>> open(const StepSettings& settings, RunState& run);
  ~Step();
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  Producer& producer() { return *producer_; }
  /// Waits until transactions can begin. `consumers` by inlet.
  Result<void> start(std::vector<const Consumer*> consumers);

  // The worker's thread only, from here on.
  /// Before a record's handler; false when it cannot be processed now.
  bool begin(const Task& task);
  /// After it.
  void end(const Task& task);
  /// The handler of a record has failed, and the record is not done: nothing of this step may count, unless nothing came
  /// of that record.
  void tear() { is_broken_ = is_broken_ || has_effects_; }
  /// From within a handler.
  void send(const std::string& topic, const Message& message);
  /// Whether it has run long enough.
  bool is_due() const;
  /// Ends it, in the one way or the other. What no repetition mends ends the run.
  void finish();

 private:
  struct Part {  ///< of a partition
    std::shared_ptr<OffsetTracker> tracker{};
    std::size_t inlet = 0;
    std::int64_t first = 0;
    std::int64_t next = 0;
  };

  Step(const StepSettings& settings, RunState& run) : every_(settings.every), run_(run) {}
  void delivered(const Delivery& delivery);
  Part& part_of(const Task& task);
  std::vector<Positions> positions() const;
  bool is_lost() const;
  Result<bool> commit();
  Result<void> undo();

  const std::chrono::nanoseconds every_;
  RunState& run_;
  std::vector<const Consumer*> consumers_{};
  std::unique_ptr<Producer> producer_{};
  std::unique_ptr<Transaction> transaction_{};
  std::vector<Part> parts_{};
  std::chrono::steady_clock::time_point began_{};
  bool has_effects_ = false;  ///< of the record at work
  std::atomic<bool> is_broken_ = false;
};

}  // namespace cloudflow::streamlet
