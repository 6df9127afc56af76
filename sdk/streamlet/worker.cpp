// A thread with a streamlet of its own.
#include "sdk/streamlet/worker.h"

#include <fmt/format.h>

#include "sdk/streamlet/log.h"

namespace cloudflow::streamlet {
namespace {

using namespace std::chrono_literals;

// What waits for a handler; more stays with the consumer, and then with the broker.
constexpr std::size_t most_queued = 2000;
constexpr std::size_t most_queued_bytes = 16 << 20;
constexpr std::size_t most_merged = 500;  ///< at once
/// For an inlet that is read together with others, and says nothing: its broker is away, or busy.
constexpr auto merge_patience = 5s;

}  // namespace

Worker::Worker(std::unique_ptr<Streamlet> streamlet, const std::vector<std::string>& topics,
               const std::vector<Wire>& wires, OnError on_error, RunState& run, Metrics& metrics,
               std::unique_ptr<Step> step)
    : streamlet_(std::move(streamlet)),
      topics_(topics),
      wires_(wires),
      on_error_(on_error),
      run_(run),
      metrics_(metrics),
      step_(std::move(step)) {
  streamlet_->set_host(this);
  if (reads_together(*streamlet_)) merge_.emplace(streamlet_->inlets().size(), merge_patience);
}

Worker::~Worker() { join(); }

void Worker::start() {
  streamlet_->started();
  thread_ = std::jthread([this] {
    try {
      if (streamlet_->generator()) {
        generate();
      } else if (step_) {
        work_by_steps();
      } else {
        work();
      }
    } catch (const std::exception& problem) {
      run_.fail(problem.what());
    }
    const std::scoped_lock lock(mutex_);
    has_ended_ = true;
    changed_.notify_all();
  });
}

void Worker::join() {
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Worker::has_room() const { return queue_.size() < most_queued && queued_bytes_ < most_queued_bytes; }

void Worker::offer(std::deque<Task>& tasks) {
  const std::scoped_lock lock(mutex_);
  if (tasks.empty()) return;
  while (merge_ && !tasks.empty() && merge_->has_room(tasks.front().tracker, tasks.front().inlet)) {
    Task& task = tasks.front();
    const auto tracker = task.tracker;
    const std::size_t inlet = task.inlet;
    const std::int64_t time = task.record.time();
    const std::size_t size = task.record.value().size();
    merge_->put(tracker, inlet, time, size, std::move(task));
    tasks.pop_front();
  }
  while (!merge_ && !tasks.empty() && has_room()) {
    queued_bytes_ += tasks.front().record.value().size();
    queue_.push_back(std::move(tasks.front()));
    tasks.pop_front();
  }
  changed_.notify_all();
}

void Worker::end(const std::shared_ptr<OffsetTracker>& tracker, std::size_t inlet) {
  const std::scoped_lock lock(mutex_);
  if (!merge_) return;
  merge_->end(tracker, inlet);
  changed_.notify_all();
}

bool Worker::wait_for_room(std::chrono::nanoseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] {
    return has_ended_ || (queue_.size() < most_queued / 2 && queued_bytes_ < most_queued_bytes / 2);
  });
}

bool Worker::is_idle() const {
  const std::scoped_lock lock(mutex_);
  return is_waiting_ && queue_.empty();
}

/// All that waits; false when the run stops.
bool Worker::take(std::deque<Task>& into) {
  std::unique_lock lock(mutex_);
  while (queue_.empty()) {
    if (run_.is_stopping()) return false;
    is_waiting_ = true;
    changed_.wait_for(lock, 50ms);
  }
  is_waiting_ = false;
  into.swap(queue_);
  queued_bytes_ = 0;
  changed_.notify_all();
  return true;
}

void Worker::work() {
  std::deque<Task> batch;
  while (take(batch)) {
    Clock::time_point now = Clock::now();
    for (; !batch.empty(); batch.pop_front()) {
      if (run_.is_stopping()) return;  // what was not started is left for the next run
      now = process(batch.front(), now);
    }
  }
}

void Worker::work_by_steps() {
  std::deque<Task> batch;
  while (take_or_settle(batch)) {
    Clock::time_point now = Clock::now();
    for (; !batch.empty() && !run_.is_stopping(); batch.pop_front()) {
      now = process(batch.front(), now);
      if (!step_->is_due(now) && !is_asked_to_settle()) continue;
      finish_step();
      now = Clock::now();
    }
    if (step_->is_due(now)) finish_step();
  }
  finish_step();
}

/// What waits; nothing after a moment, or when something else is wanted. False when the run stops.
bool Worker::take_or_settle(std::deque<Task>& into) {
  into.clear();
  if (is_asked_to_settle()) finish_step();
  std::unique_lock lock(mutex_);
  if (merge_) {
    merge_->take(into, most_merged, Clock::now());
    if (!into.empty() || is_asked_to_settle()) return !run_.is_stopping();
    changed_.wait_for(lock, 20ms);
    merge_->take(into, most_merged, Clock::now());
    return !run_.is_stopping();
  }
  is_waiting_ = true;
  changed_.wait_for(lock, 20ms, [this] { return !queue_.empty() || is_asked_to_settle(); });
  is_waiting_ = false;
  into.swap(queue_);
  queued_bytes_ = 0;
  changed_.notify_all();
  return !run_.is_stopping();
}

/// Whoever asks meanwhile may have given away what the step still counted as ours: that one gets another end.
void Worker::finish_step() {
  const int asked = settles_wanted_;
  step_->finish();
  const std::scoped_lock lock(mutex_);
  settles_done_ = asked;
  changed_.notify_all();
}

bool Worker::settle(std::chrono::nanoseconds time) {
  std::unique_lock lock(mutex_);
  const int mine = ++settles_wanted_;
  changed_.notify_all();
  return changed_.wait_for(lock, std::max(time, 0ns), [&] { return has_ended_ || settles_done_ >= mine; });
}

void Worker::generate() {
  while (!run_.is_stopping()) {
    if (streamlet_->generator()()) continue;
    if (!run_.is_stopping()) log::info("there is no more to generate");  // else it only left off waiting
    run_.stop();
  }
}

Worker::Clock::time_point Worker::process(Task& task, Clock::time_point begin) {
  if (!task.tracker->start()) return begin;
  if (step_ && !step_->begin(task, begin)) {
    task.tracker->abandon();
    return Clock::now();
  }
  InletMetrics& metrics = metrics_.inlet(task.inlet);
  AnyInlet& inlet = *streamlet_->inlets()[task.inlet];
  const std::string_view value = task.record.value();
  const RecordInfo info{inlet.name(),       topics_[task.inlet], task.record.partition(),   task.record.offset(),
                        task.record.time(), task.record.key(),   task.record.is_tombstone()};
  current_ = task.entry;
  bool is_done = true;
  try {
    inlet.process(value, info);
  } catch (const StateError& problem) {
    run_.fail(problem.what());
    is_done = false;
  } catch (const UndecodableError& problem) {
    is_done = refuse(task, info, problem.what(), true);
  } catch (const std::exception& problem) {
    is_done = refuse(task, info, problem.what(), false);
  } catch (...) {
    is_done = refuse(task, info, "it threw something that is no std::exception", false);
  }
  current_ = nullptr;
  const Clock::time_point end = Clock::now();
  metrics.times.add(end - begin);
  metrics.records.fetch_add(1, std::memory_order_relaxed);
  metrics.bytes.fetch_add(value.size(), std::memory_order_relaxed);
  if (is_done) {
    if (step_) step_->end(task);
    task.entry->release();
  } else {
    if (step_) step_->tear();
    task.tracker->abandon();
  }
  return end;
}

/// Whether the record counts as processed nevertheless.
bool Worker::refuse(const Task& task, const RecordInfo& info, const std::string& why, bool is_undecodable) {
  InletMetrics& metrics = metrics_.inlet(task.inlet);
  (is_undecodable ? metrics.undecodable : metrics.unhandled).fetch_add(1);
  const std::string what =
      fmt::format("inlet {}: the record at offset {} of partition {} of topic {} cannot be {}: {}", info.inlet,
                  info.offset, info.partition, info.topic, is_undecodable ? "decoded" : "processed", why);
  if (run_.is_stopping()) return false;  // it may have failed because of that; the next run tries it again
  switch (on_error_) {
    case OnError::stop:
      run_.fail(what);
      return false;
    case OnError::skip:
      log::warn(fmt::format("{} (skipped; {} so far)", what, metrics.undecodable + metrics.unhandled));
      return true;
    case OnError::dead_letter:
      break;
  }
  for (std::size_t i = 0; i < wires_.size(); ++i) {
    if (streamlet_->outlets()[i] != streamlet_->dead_letter_outlet()) continue;
    Message letter{.value = std::string(task.record.value()), .headers = task.record.headers()};
    letter.headers.push_back({"cloudflow.error", why});
    letter.headers.push_back({"cloudflow.topic", std::string(info.topic)});
    letter.headers.push_back({"cloudflow.partition", fmt::format("{}", info.partition)});
    letter.headers.push_back({"cloudflow.offset", fmt::format("{}", info.offset)});
    if (info.key) letter.key = std::string(*info.key);
    log::warn(what + " (a dead letter)");
    try {
      send(i, std::move(letter));
    } catch (const std::exception& problem) {
      run_.fail(fmt::format("{}; nor can it become a dead letter: {}", what, problem.what()));
      return false;
    }
  }
  return true;
}

/// What a full producer holds a handler back with; it ends what was begun when the run stops meanwhile.
void Worker::send_alone(const Wire& wire, const Message& message) {
  void* ticket = current_;
  if (message.receipt) receipts_.push_back(message.receipt);
  if (message.receipt) ticket = message.receipt.get();
  if (current_ != nullptr) current_->hold();
  try {
    for (bool stops = false; wire.producer->send(wire.handle, message, ticket) != Producer::Sent::taken;
         stops = run_.is_stopping()) {
      if (stops) throw std::runtime_error("the run stops, and the brokers take no more");
      wire.producer->make_room(10ms);
    }
  } catch (...) {
    // Not done: the record's own hold goes only with its handler, and this one is given back.
    if (current_ != nullptr) current_->release();
    if (message.receipt) receipts_.pop_back();
    throw;
  }
}

void Worker::tell(const Delivery& delivery, RunState& run) {
  auto* receipt = static_cast<Receipt*>(delivery.ticket);
  if (delivery.problem == nullptr) {
    if (receipt != nullptr) receipt->tell(Receipt::State::acknowledged);
  } else if (receipt == nullptr || delivery.blame == Delivery::Blame::run) {
    run.fail(fmt::format("topic {}: a record was not taken: {}", delivery.topic, delivery.problem));
  } else {
    receipt->tell(delivery.blame == Delivery::Blame::size ? Receipt::State::too_large : Receipt::State::refused,
                  fmt::format("topic {}: {}", delivery.topic, delivery.problem));
  }
}

/// Of a streamlet without inlets, whose outlets have producers of the run.
bool Worker::flush(std::chrono::nanoseconds time) {
  constexpr auto after_stop = 2s;  // the end of the run waits for us, and then for what is left itself
  auto end = Clock::now() + time;
  bool stops = false;
  for (const Wire& wire : wires_) {
    while (!wire.producer->flush(100ms)) {
      if (!stops && run_.is_stopping()) {
        stops = true;
        end = std::min(end, Clock::now() + after_stop);
      }
      if (Clock::now() >= end) return false;
    }
  }
  receipts_.clear();       // no message is on its way any more
  return !run_.failure();  // as where a record was not taken
}

void Worker::send(std::size_t outlet, Message message) {
  if (message.receipt && !streamlet_->inlets().empty())
    throw std::logic_error("what a handler sends belongs to its record, and has no receipt of its own");
  const Wire& wire = wires_.at(outlet);
  if (wire.producer == nullptr) {
    step_->send(wire.topic, message);
  } else {
    send_alone(wire, message);
  }
  OutletMetrics& metrics = metrics_.outlet(outlet);
  metrics.records.fetch_add(1, std::memory_order_relaxed);
  metrics.bytes.fetch_add(message.value.size(), std::memory_order_relaxed);
}

}  // namespace cloudflow::streamlet
