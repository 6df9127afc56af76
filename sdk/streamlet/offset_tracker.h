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
#include <mutex>
#include <optional>

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

  explicit OffsetTracker(int partition) : partition_(partition) {}
  OffsetTracker(const OffsetTracker&) = delete;
  OffsetTracker& operator=(const OffsetTracker&) = delete;

  int partition() const { return partition_; }

  /// A record that was read; offsets only grow. The entry stays where it is until it is done.
  Entry& add(std::int64_t offset);
  /// Its handler begins. False when the partition was given away meanwhile: then the record is somebody else's.
  bool start();
  /// A record that was started will never be done by us: whoever reads next does it again.
  void abandon();
  /// The partition was given away: no record starts any more, and those not started are not done.
  void give_away();
  bool is_away() const;
  /// Its position does not pass this offset, whatever is done, until another one is said.
  void limit(std::int64_t offset);
  /// It is somebody else's now: what was made of its records and is not committed may not count any more.
  void set_gone();
  bool is_gone() const;
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

  const int partition_;
  mutable std::mutex mutex_{};
  mutable std::condition_variable changed_{};
  std::deque<Entry> entries_{};  ///< from the first that is not done
  std::int64_t next_ = -1;
  std::size_t started_ = 0;  ///< and neither done nor abandoned
  bool is_away_ = false;
  bool is_gone_ = false;
  std::int64_t limit_ = std::numeric_limits<std::int64_t>::max();
  std::optional<std::int64_t> rewind_{};
};

}  // namespace cloudflow::streamlet
