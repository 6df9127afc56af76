// A thread with a streamlet of its own: it takes records in order, and gives them to the streamlet's handlers.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "sdk/streamlet/metrics.h"
#include "sdk/streamlet/run_state.h"
#include "sdk/streamlet/step.h"
#include "sdk/streamlet/time_merge.h"

namespace cloudflow::streamlet {

/// An outlet as it is wired.
struct Wire {
  Producer* producer = nullptr;  ///< null where each worker has its own
  std::string topic{};
  rd_kafka_topic_s* handle = nullptr;  ///< of that producer
};

class Worker final : private Host {
 public:
  /// `topics` of the inlets and `wires` of the outlets, in the order of the streamlet's. All has to outlive it. With a
  /// `step` records become done by its ends.
  Worker(std::unique_ptr<Streamlet> streamlet, const std::vector<std::string>& topics, const std::vector<Wire>& wires,
         OnError on_error, RunState& run, Metrics& metrics, std::unique_ptr<Step> step);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Calls Streamlet::started(), and begins. Throws what that throws.
  void start();
  /// Takes tasks from the front as far as there is room.
  void offer(std::deque<Task>& tasks);
  /// An inlet, of those that are read together, has nothing more of a partition for now than was offered.
  void end(const std::shared_ptr<OffsetTracker>& tracker, std::size_t inlet);
  /// Waits until there is room for some hundred; false when that takes longer.
  bool wait_for_room(std::chrono::nanoseconds time);
  /// Whether it waits for something to do.
  bool is_idle() const;
  /// Null where every record is done on its own.
  Step* step() { return step_.get(); }
  /// Waits until its step has ended, so that nothing is undecided; false when that takes longer.
  bool settle(std::chrono::nanoseconds time);
  /// Whether its thread has ended: after the run was stopped, or when there is no more to generate.
  bool has_ended() const { return has_ended_; }
  void join();
  /// What became of a message of a streamlet without inlets.
  static void tell(const Delivery& delivery, RunState& run);

 private:
  void send(std::size_t outlet, Message message) override;
  bool wait(std::chrono::nanoseconds time) override { return run_.wait(time); }
  bool is_stopping() const override { return run_.is_stopping(); }
  bool flush(std::chrono::nanoseconds time) override;

  using Clock = std::chrono::steady_clock;

  void work();
  void work_by_steps();
  void generate();
  /// `begin` is the time at which it begins; returned is that of its end.
  Clock::time_point process(Task& task, Clock::time_point begin);
  void send_alone(const Wire& wire, const Message& message);
  bool refuse(const Task& task, const RecordInfo& info, const std::string& why, bool is_undecodable);
  bool take(std::deque<Task>& into);
  bool take_or_settle(std::deque<Task>& into);
  bool is_asked_to_settle() const { return settles_wanted_ != settles_done_; }
  void finish_step();
  bool has_room() const;

  std::unique_ptr<Streamlet> streamlet_;
  const std::vector<std::string>& topics_;
  const std::vector<Wire>& wires_;
  const OnError on_error_;
  RunState& run_;
  Metrics& metrics_;
  const std::unique_ptr<Step> step_;
  OffsetTracker::Entry* current_ = nullptr;           ///< of the record that is processed now
  std::vector<std::shared_ptr<Receipt>> receipts_{};  ///< to which messages on their way refer

  mutable std::mutex mutex_{};
  std::condition_variable changed_{};
  std::deque<Task> queue_{};
  std::optional<TimeMerge<Task>> merge_{};  ///< where inlets are read together: instead of the queue
  std::size_t queued_bytes_ = 0;
  bool is_waiting_ = false;              ///< for the queue to have something
  std::atomic<int> settles_wanted_ = 0;  ///< read for every record
  int settles_done_ = 0;
  std::atomic<bool> has_ended_ = false;
  std::jthread thread_{};
};

}  // namespace cloudflow::streamlet
