// Which records of one partition are done.
#include "sdk/streamlet/offset_tracker.h"

#include <algorithm>

namespace cloudflow::streamlet {

OffsetTracker::Entry& OffsetTracker::add(std::int64_t offset) {
  const std::scoped_lock lock(mutex_);
  next_ = offset + 1;
  return entries_.emplace_back(*this, offset);
}

bool OffsetTracker::start() {
  const std::scoped_lock lock(mutex_);
  if (rewind_ || ownership_->is_away()) return false;
  ++started_;
  return true;
}

void OffsetTracker::abandon() {
  const std::scoped_lock lock(mutex_);
  --started_;
  changed_.notify_all();
}

void OffsetTracker::limit(std::int64_t offset) {
  const std::scoped_lock lock(mutex_);
  limit_ = offset;
}

void OffsetTracker::rewind_to(std::int64_t offset) {
  const std::scoped_lock lock(mutex_);
  rewind_ = offset;
}

std::optional<std::int64_t> OffsetTracker::rewind() const {
  const std::scoped_lock lock(mutex_);
  return rewind_;
}

void OffsetTracker::finish(Entry& entry) {
  const std::scoped_lock lock(mutex_);
  entry.is_done_ = true;
  --started_;
  while (!entries_.empty() && entries_.front().is_done_) entries_.pop_front();
  changed_.notify_all();
}

std::int64_t OffsetTracker::position() const {
  const std::scoped_lock lock(mutex_);
  return std::min(limit_, entries_.empty() ? next_ : entries_.front().offset_);
}

std::size_t OffsetTracker::in_work() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

bool OffsetTracker::wait_below(std::size_t limit, std::chrono::nanoseconds time) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [&] { return entries_.size() < limit; });
}

bool OffsetTracker::wait_settled(std::chrono::nanoseconds time) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return started_ == 0; });
}

}  // namespace cloudflow::streamlet
