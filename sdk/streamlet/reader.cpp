// A thread that reads one inlet.
#include "sdk/streamlet/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "sdk/streamlet/log.h"

namespace cloudflow::streamlet {
namespace {

using namespace std::chrono_literals;

constexpr auto idle_wait = 100ms;         ///< for a record, when there is nothing to hand over
constexpr auto busy_wait = 20ms;          ///< for a worker, before others are looked after
constexpr auto patience = 1s;             ///< with busy workers, before their partitions are paused
constexpr auto merge_wait = 5ms;          ///< the same, where other partitions go on meanwhile
constexpr auto first_renewal = 1min;      ///< after the start, at the latest
constexpr auto settle_time = 10s;         ///< for what was begun, before a partition goes to somebody else
constexpr auto last_settle_time = 500ms;  ///< at the end, when all was waited for already

}  // namespace

Reader::Reader(std::size_t inlet, const RunSettings& settings, std::vector<Worker*> workers, RunState& run,
               Metrics& metrics, Reader* leader)
    : inlet_(inlet), settings_(settings), workers_(std::move(workers)), run_(run), metrics_(metrics), leader_(leader) {
  if (leader_ != nullptr) leader_->followers_.push_back(this);
}

Reader::~Reader() { join(); }

Result<void> Reader::open(const std::string& name, const PortSettings& port, const std::string& group) {
  name_ = name;
  const std::string who = "inlet " + name;
  CF_TRY(consumer_, leader_ == nullptr ? Consumer::open(who, port, group, *this, reads_together())
                                       : Consumer::open_following(who, port, group, leader_->consumer()));
  return {};
}

Result<void> Reader::start() {
  CF_CHECK(consumer_->subscribe());
  {
    const std::scoped_lock lock(mutex_);
    has_ended_ = false;
  }
  thread_ = std::jthread([this] {
    read();
    const std::scoped_lock lock(mutex_);
    has_ended_ = true;
    changed_.notify_all();
  });
  return {};
}

void Reader::join() {
  if (thread_.joinable()) thread_.join();
}

void Reader::close() {
  if (consumer_) consumer_->close();  // which revokes all, and that commits
}

void Reader::assigned(const std::vector<int>& partitions) {
  if (!partitions.empty()) log::info(fmt::format("inlet {} reads partitions {}", name_, fmt::join(partitions, ", ")));
  std::vector<std::shared_ptr<Ownership>> gained;
  for (const int partition : partitions) {
    gained.push_back(std::make_shared<Ownership>(partition));
    trackers_[partition] = std::make_shared<OffsetTracker>(gained.back());
  }
  for (Reader* follower : followers_) follower->tell({.gained = gained});
}

void Reader::revoked(const std::vector<int>& partitions, bool lost) {
  if (!partitions.empty()) {
    log::info(
        fmt::format("inlet {} {} partitions {}", name_, lost ? "has lost" : "gives away", fmt::join(partitions, ", ")));
  }
  let_settle(partitions, lost);
  // Whoever gets a partition next reads of all inlets what is committed by then.
  for (Reader* follower : followers_) follower->tell({.leaving = partitions, .is_lost = lost});
  for (Reader* follower : followers_) follower->wait_told();
  let_go(partitions, lost);
}

/// Commits what is done of partitions that go away, and knows them no more.
void Reader::let_go(const std::vector<int>& partitions, bool lost) {
  // A client remembers what is paused when the partition is somebody else's, and would not read it when it comes back.
  std::vector<int> paused;
  std::ranges::copy_if(partitions, std::back_inserter(paused), [this](int partition) { return is_paused(partition); });
  if (!paused.empty()) consumer_->resume(paused);
  std::map<int, std::int64_t> done;
  for (const int partition : partitions) {
    const auto known = trackers_.find(partition);
    if (known == trackers_.end()) continue;
    if (const std::int64_t position = known->second->position(); position >= 0) done[partition] = position;
    forget(known);
    committed_.erase(partition);
    metrics_.forget_lag(inlet_, partition);
    std::erase(paused_, partition);
  }
  if (!lost && !commits_by_steps()) consumer_->commit(done, true);
}

/// Lets end what was begun of partitions that go away, if they have not gone already.
void Reader::let_settle(const std::vector<int>& partitions, bool lost) {
  const auto deadline = std::chrono::steady_clock::now() + (run_.is_stopping() ? last_settle_time : settle_time);
  std::map<int, std::shared_ptr<OffsetTracker>> going;
  for (const int partition : partitions) {
    if (const auto known = trackers_.find(partition); known != trackers_.end()) going.insert(*known);
  }
  for (const auto& [partition, tracker] : going) lost ? tracker->set_gone() : tracker->give_away();
  std::set<Worker*> workers;
  for (const auto& [partition, tracker] : going) workers.insert(workers_[worker_of(partition)]);
  for (Worker* worker : workers) {
    if (worker->step() != nullptr) worker->settle(deadline - std::chrono::steady_clock::now());
  }
  for (const auto& [partition, tracker] : going) {
    if (!lost) tracker->wait_settled(deadline - std::chrono::steady_clock::now());
    tracker->set_gone();
  }
}

void Reader::tell(Turn turn) {
  const std::scoped_lock lock(mutex_);
  turns_.push_back(std::move(turn));
}

/// Until it has taken all that it was told. Where its thread has ended already, the caller's does it instead.
void Reader::wait_told() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return has_ended_ || (turns_.empty() && !is_at_turn_); });
    if (!has_ended_) return;
  }
  hear();
}

void Reader::hear() {
  std::unique_lock lock(mutex_);
  while (!turns_.empty()) {
    Turn turn = std::move(turns_.front());
    turns_.pop_front();
    is_at_turn_ = true;
    lock.unlock();
    take(turn);
    lock.lock();
    is_at_turn_ = false;
  }
  changed_.notify_all();
}

void Reader::take(Turn& turn) {
  for (auto& ownership : turn.gained) {
    const int partition = ownership->partition();
    to_follow_[partition] = std::move(ownership);
  }
  std::vector<int> read;
  for (const int partition : turn.leaving) {
    to_follow_.erase(partition);
    if (trackers_.contains(partition)) read.push_back(partition);
  }
  if (read.empty()) return;
  let_go(read, turn.is_lost);
  consumer_->unfollow(read);
}

/// Begins to read what the leader has got.
void Reader::follow() {
  if (to_follow_.empty()) return;
  std::vector<int> partitions;
  for (const auto& [partition, ownership] : to_follow_) partitions.push_back(partition);
  const Result<bool> follows = consumer_->follow(partitions);
  if (!follows) return run_.fail(follows.error());
  if (!*follows) return;
  log::info(fmt::format("inlet {} reads partitions {} as well", name_, fmt::join(partitions, ", ")));
  for (auto& [partition, ownership] : to_follow_)
    trackers_[partition] = std::make_shared<OffsetTracker>(std::move(ownership));
  for (const int partition : partitions) renewed_[partition] = -1;
  to_follow_.clear();
}

void Reader::forget(const std::map<int, std::shared_ptr<OffsetTracker>>::iterator& known) {
  const int partition = known->first;
  given_away_.push_back(std::move(known->second));
  trackers_.erase(known);
  at_end_.erase(partition);
  std::erase_if(in_hand_[slot_of(partition)], [&](const Task& task) { return task.record.partition() == partition; });
}

/// What counts for nothing, as its step was undone.
void Reader::read_again() {
  std::map<int, std::int64_t> positions;
  for (const auto& [partition, tracker] : trackers_) {
    if (const auto offset = tracker->rewind()) positions[partition] = *offset;
  }
  if (positions.empty() || !consumer_->seek(positions)) return;
  for (const auto& [partition, offset] : positions) {
    const auto known = trackers_.find(partition);
    auto anew = std::make_shared<OffsetTracker>(known->second->ownership());
    forget(known);
    trackers_[partition] = std::move(anew);
  }
}

void Reader::read() {
  auto next_settle = std::chrono::steady_clock::now() + settings_.commit_every;
  auto next_renewal = std::chrono::steady_clock::now() +
                      std::min<std::chrono::nanoseconds>(settings_.renew_offsets_every, first_renewal);
  while (!run_.is_stopping()) {
    last_sign_ = std::chrono::steady_clock::now();
    hear();
    follow();
    read_again();
    if (hand_over()) {
      let_go_on();
      poll(idle_wait);
    } else {
      hold_back();
      let_go_on();
      poll(reads_together() || !paused_.empty() ? merge_wait : 0ms);
    }
    const auto now = std::chrono::steady_clock::now();
    if (leader_ != nullptr && now >= next_renewal) {
      renew();
      next_renewal = now + settings_.renew_offsets_every;
    }
    if (now < next_settle) continue;
    settle();
    next_settle = std::chrono::steady_clock::now() + settings_.commit_every;
  }
}

/// Whether too many records of a partition are in work already.
bool Reader::is_full(const std::deque<Task>& tasks) const {
  return !tasks.empty() &&
         tasks.front().tracker->in_work() > static_cast<std::size_t>(settings_.records_in_work) + tasks.size();
}

/// True when nothing is left in hand.
bool Reader::hand_over() {
  bool is_empty = true;
  for (auto& [slot, tasks] : in_hand_) {
    if (!is_full(tasks)) workers_[worker_of(slot)]->offer(tasks);
    is_empty = is_empty && tasks.empty();
  }
  std::erase_if(at_end_, [&](int partition) {
    if (is_in_hand(partition)) return false;
    const auto known = trackers_.find(partition);
    if (known != trackers_.end()) workers_[worker_of(partition)]->end(known->second, inlet_);
    return true;
  });
  return is_empty;
}

void Reader::wait_for_the_busy() {
  for (auto& [slot, tasks] : in_hand_) {
    if (tasks.empty() || is_paused(tasks.front().record.partition())) continue;
    if (is_full(tasks)) {
      tasks.front().tracker->wait_below(static_cast<std::size_t>(settings_.records_in_work), busy_wait);
    } else {
      workers_[worker_of(slot)]->wait_for_room(busy_wait);
    }
  }
}

/// Whether a worker with a partition has nothing to do, and gets nothing while we wait for the others.
bool Reader::is_somebody_idle() const {
  return std::ranges::any_of(trackers_, [this](const auto& known) {
    return !is_in_hand(known.first) && workers_[worker_of(known.first)]->is_idle();
  });
}

/// Waits for the busy workers. Those that are still busy afterwards get nothing more from the broker, while we go on
/// asking it, so that we stay in the group. That is not done for every moment that a worker commits: a client throws
/// away what it has fetched of a partition that is paused, and fetches it again. Where inlets are read together nobody
/// is waited for: what a partition waits for may be what we have not read yet.
void Reader::hold_back() {
  const auto until = std::chrono::steady_clock::now() + patience;
  do {
    if (!reads_together()) wait_for_the_busy();
    if (hand_over()) return;
  } while (!reads_together() && paused_.empty() && !is_somebody_idle() && !run_.is_stopping() &&
           std::chrono::steady_clock::now() < until);
  std::vector<int> more;
  for (const auto& [partition, tracker] : trackers_) {
    if (!is_in_hand(partition) || is_paused(partition)) continue;
    more.push_back(partition);
  }
  if (more.empty()) return;
  consumer_->pause(more);
  paused_.insert(paused_.end(), more.begin(), more.end());
}

/// Those of which nothing is in hand any more.
void Reader::let_go_on() {
  std::vector<int> free;
  std::ranges::copy_if(paused_, std::back_inserter(free), [this](int partition) { return !is_in_hand(partition); });
  if (free.empty()) return;
  consumer_->resume(free);
  std::erase_if(paused_, [this](int partition) { return !is_in_hand(partition); });
}

void Reader::poll(std::chrono::milliseconds time) {
  std::vector<Received> records;
  const Result<void> done = consumer_->poll(time, records, &at_end_);
  if (!done) return run_.fail(done.error().message);
  for (Received& record : records) {
    const auto tracker = trackers_.find(record.partition());
    if (tracker == trackers_.end()) continue;  // it was revoked while this was on its way to us
    const int slot = slot_of(record.partition());
    OffsetTracker::Entry& entry = tracker->second->add(record.offset());
    in_hand_[slot].push_back(Task{std::move(record), tracker->second, &entry, inlet_});
  }
}

/// Commits what is done and was not committed yet, and looks how far behind we are.
void Reader::settle() {
  consumer_->look();
  if (const int failed = consumer_->failed_commits(); failed != failed_commits_) {
    failed_commits_ = failed;
    committed_.clear();  // they are all said once more
  }
  std::map<int, std::int64_t> positions;
  for (const auto& [partition, tracker] : trackers_) {
    const std::int64_t position = tracker->position();
    metrics_.set_lag(inlet_, partition, std::max<std::int64_t>(0, consumer_->lag(partition, position)));
    const auto known = committed_.find(partition);
    if (!commits_by_steps() && position >= 0 && (known == committed_.end() || known->second != position))
      positions[partition] = position;
  }
  consumer_->commit(positions, false);
  for (const auto& [partition, position] : positions) committed_[partition] = position;
  std::erase_if(given_away_, [](const auto& tracker) { return tracker->is_settled(); });
}

/// Brokers forget offsets that nobody commits any more after offsets.retention.minutes, where a group has no members
/// that subscribe to the topic, as for an inlet that follows. A table that rarely changes would be read anew. Only of
/// partitions that have been quiet since the last look: of the others something is committed anyway, maybe just now.
void Reader::renew() {
  std::vector<int> quiet;
  for (const auto& [partition, tracker] : trackers_) {
    const std::int64_t position = tracker->position();
    const auto known = renewed_.find(partition);
    const bool is_quiet = known != renewed_.end() && known->second == position && tracker->in_work() == 0;
    if (is_quiet && !is_in_hand(partition)) quiet.push_back(partition);
    renewed_[partition] = position;
  }
  consumer_->renew(quiet);
}

}  // namespace cloudflow::streamlet
