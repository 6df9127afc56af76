// A thread that reads one inlet: it hands records to workers, and commits what is done.
//
// Inlets of a streamlet with stores are read together, so that partition n of all of them comes to one process, and to
// its store n: the first one leads, and the others follow. They read the partitions that the group of the first one
// gives us, and let them go before it does.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "sdk/streamlet/worker.h"

namespace cloudflow::streamlet {

class Reader final : private Assignment {
 public:
  /// `inlet` is its index. A partition always has the same worker. All that is referred to has to outlive it. It
  /// follows `leader` unless that is null.
  Reader(std::size_t inlet, const RunSettings& settings, std::vector<Worker*> workers, RunState& run, Metrics& metrics,
         Reader* leader = nullptr);
  ~Reader() override;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Result<void> open(const std::string& name, const PortSettings& port, const std::string& group);
  Consumer& consumer() { return *consumer_; }
  Result<void> start();
  void join();
  /// Commits what is done by now, and leaves the group. After join(); of those that follow, also after their leader's.
  void close();
  /// When it last asked for records; it does so also while workers are busy.
  std::chrono::steady_clock::time_point last_sign() const { return last_sign_.load(); }

 private:
  void assigned(const std::vector<int>& partitions) override;
  void revoked(const std::vector<int>& partitions, bool lost) override;

  /// What the leader tells.
  struct Turn {
    std::vector<std::shared_ptr<Ownership>> gained{};
    std::vector<int> leaving{};
    bool is_lost = false;
  };
  void tell(Turn turn);
  void wait_told();
  void hear();
  void take(Turn& turn);
  void follow();
  void let_go(const std::vector<int>& partitions, bool lost);

  void read();
  bool hand_over();
  void wait_for_the_busy();
  bool is_somebody_idle() const;
  void hold_back();
  void let_go_on();
  void poll(std::chrono::milliseconds time);
  void settle();
  void renew();
  void read_again();
  void let_settle(const std::vector<int>& partitions, bool lost);
  void forget(const std::map<int, std::shared_ptr<OffsetTracker>>::iterator& known);
  bool is_full(const std::deque<Task>& tasks) const;
  /// Whether workers commit themselves, in their transactions.
  bool commits_by_steps() const { return settings_.processing == Processing::exactly_once; }
  bool reads_together() const { return leader_ != nullptr || !followers_.empty(); }
  std::size_t worker_of(int partition) const { return static_cast<std::size_t>(partition) % workers_.size(); }
  /// What waits together for room. A worker has room for everybody or for nobody, unless inlets are read together: then
  /// a partition of one inlet waits for that of another, and may hold up nothing else, which would wait for it in turn.
  int slot_of(int partition) const { return reads_together() ? partition : static_cast<int>(worker_of(partition)); }
  bool is_paused(int partition) const { return std::ranges::find(paused_, partition) != paused_.end(); }
  bool is_in_hand(int partition) const {
    const auto known = in_hand_.find(slot_of(partition));
    return known != in_hand_.end() && !known->second.empty();
  }

  const std::size_t inlet_;
  std::string name_{};
  const RunSettings& settings_;
  const std::vector<Worker*> workers_;
  RunState& run_;
  Metrics& metrics_;
  std::unique_ptr<Consumer> consumer_{};

  Reader* const leader_;
  std::vector<Reader*> followers_{};
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::deque<Turn> turns_{};  ///< told by the leader and not taken yet
  bool is_at_turn_ = false;
  bool has_ended_ = true;  ///< its thread
  std::map<int, std::shared_ptr<Ownership>> to_follow_{};

  std::map<int, std::shared_ptr<OffsetTracker>> trackers_{};  ///< of the partitions that are ours
  std::vector<std::shared_ptr<OffsetTracker>> given_away_{};  ///< whose messages may still be on their way
  std::map<int, std::int64_t> committed_{};                   ///< what the last commits said
  int failed_commits_ = 0;
  std::map<int, std::int64_t> renewed_{};      ///< positions at the last look; -1: nothing was read yet
  std::map<int, std::deque<Task>> in_hand_{};  ///< by slot: what its worker had no room for
  std::set<int> at_end_{};  ///< partitions of which nothing more comes for now, which the worker does not know yet
  std::vector<int> paused_{};
  std::atomic<std::chrono::steady_clock::time_point> last_sign_{std::chrono::steady_clock::now()};
  std::jthread thread_{};
};

}  // namespace cloudflow::streamlet
