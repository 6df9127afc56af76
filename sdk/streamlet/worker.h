// A thread with a streamlet of its own: it takes records in order, and gives them to the streamlet's handlers.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "sdk/streamlet/kafka.h"
#include "sdk/streamlet/metrics.h"
#include "sdk/streamlet/offset_tracker.h"
#include "sdk/streamlet/run_state.h"

namespace cloudflow::streamlet {

/// A record on its way to a handler.
struct Task {
  Received record;
  std::shared_ptr<OffsetTracker> tracker;
  OffsetTracker::Entry* entry;
  std::size_t inlet;
};

/// An outlet as it is wired.
struct Wire {
  Producer* producer = nullptr;
  std::string topic{};
};

class Worker final : private Host {
 public:
  /// `topics` of the inlets and `wires` of the outlets, in the order of the streamlet's. All has to outlive it.
  Worker(std::unique_ptr<Streamlet> streamlet, const std::vector<std::string>& topics, const std::vector<Wire>& wires,
         OnError on_error, RunState& run, Metrics& metrics);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Calls Streamlet::started(), and begins. Throws what that throws.
  void start();
  /// Takes tasks from the front as far as there is room.
  void offer(std::deque<Task>& tasks);
  /// Waits until there is room for some hundred; false when that takes longer.
  bool wait_for_room(std::chrono::nanoseconds time);
  /// Whether its thread has ended: after the run was stopped, or when there is no more to generate.
  bool has_ended() const { return has_ended_; }
  void join();

 private:
  void send(std::size_t outlet, Message message) override;
  bool wait(std::chrono::nanoseconds time) override { return run_.wait(time); }
  bool is_stopping() const override { return run_.is_stopping(); }

  void work();
  void generate();
  void process(Task& task);
  bool refuse(const Task& task, const RecordInfo& info, const std::string& why, bool is_undecodable);
  bool take(std::deque<Task>& into);
  bool has_room() const;

  std::unique_ptr<Streamlet> streamlet_;
  const std::vector<std::string>& topics_;
  const std::vector<Wire>& wires_;
  const OnError on_error_;
  RunState& run_;
  Metrics& metrics_;
  OffsetTracker::Entry* current_ = nullptr;  ///< of the record that is processed now

  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::deque<Task> queue_{};
  std::size_t queued_bytes_ = 0;
  std::atomic<bool> has_ended_ = false;
  std::jthread thread_{};
};

}  // namespace cloudflow::streamlet
