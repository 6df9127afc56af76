// Which records of one partition are done, and so what may be committed.
//
// A record is done when its handler has returned and everything that was sent meanwhile is acknowledged. The position
// is the lowest offset that is not done: what is committed never passes a record whose work may be lost.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>

#include "sdk/streamlet/ownership.h"

namespace cloudflow::streamlet {

class OffsetTracker {
 public:
  /// A record in work. It counts who still holds it: its handler, and each message on its way.
  class Entry {
   public:
    Entry(OffsetTracker& tracker, std::int64_t offset) : tracker_(tracker), offset_(offset) {}
    std::int64_t offset() const { return offset_; }
    /// One more message is on its way. Only while somebody else holds it.
    void hold() { ++holds_; }
    /// The handler has returned, or a message is acknowledged. The last one makes the record done.
    void release() {
      if (--holds_ == 0) tracker_.finish(*this);
    }

   private:
    friend class OffsetTracker;
    OffsetTracker& tracker_;
    std::int64_t offset_;
    std::atomic<int> holds_ = 1;
    bool is_done_ = false;
  };

  explicit OffsetTracker(std::shared_ptr<Ownership> ownership) : ownership_(std::move(ownership)) {}
  explicit OffsetTracker(int partition) : OffsetTracker(std::make_shared<Ownership>(partition)) {}
  OffsetTracker(const OffsetTracker&) = delete;
  OffsetTracker& operator=(const OffsetTracker&) = delete;

  int partition() const { return ownership_->partition(); }
  /// That of its partition number, which trackers of other inlets may share.
  const std::shared_ptr<Ownership>& ownership() const { return ownership_; }

  /// A record that was read; offsets only grow. The entry stays where it is until it is done.
  Entry& add(std::int64_t offset);
  /// Its handler begins. False when the partition was given away meanwhile, so that the record is somebody else's, or
  /// when it is to be read again.
  bool start();
  /// A record that was started will never be done by us: whoever reads next does it again.
  void abandon();
  /// The partition was given away: no record starts any more, and those not started are not done.
  void give_away() { ownership_->give_away(); }
  /// Its position does not pass this offset, whatever is done, until another one is said.
  void limit(std::int64_t offset);
  void set_gone() { ownership_->set_gone(); }
  bool is_gone() const { return ownership_->is_gone(); }
  /// The records from this offset on have to be read again, into another tracker.
  void rewind_to(std::int64_t offset);
  std::optional<std::int64_t> rewind() const;

  /// The next offset to read for whoever comes after us; -1 where no record was read.
  std::int64_t position() const;
  /// Records that were read and that are not done.
  std::size_t in_work() const;
  /// Waits until fewer are in work; false when that takes longer.
  bool wait_below(std::size_t limit, std::chrono::nanoseconds time) const;
  /// Whether all that were started are done, so that nothing refers to an entry any more.
  bool is_settled() const { return wait_settled(std::chrono::nanoseconds(0)); }
  /// Waits until all that were started are done; false when that takes longer.
  bool wait_settled(std::chrono::nanoseconds time) const;

 private:
  void finish(Entry& entry);

  const std::shared_ptr<Ownership> ownership_;
  mutable std::mutex mutex_{};
  mutable std::condition_variable changed_{};
  std::deque<Entry> entries_{};  ///< from the first that is not done
  std::int64_t next_ = -1;
  std::size_t started_ = 0;  ///< and neither done nor abandoned
  std::int64_t limit_ = std::numeric_limits<std::int64_t>::max();
  std::optional<std::int64_t> rewind_{};
};

}  // namespace cloudflow::streamlet
