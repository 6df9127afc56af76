// Values from one thread to another.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace cloudflow {

/// A queue of values. Any thread may send and receive; receiving waits.
template <class T>
class Channel {
 public:
  void send(T value) {
    {
      const std::scoped_lock lock(mutex_);
      values_.push_back(std::move(value));
    }
    changed_.notify_one();
  }

  /// No more values will be sent: receivers get what is left, then nothing.
  void close() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

  /// The next value; nothing once closed and empty.
  std::optional<T> receive() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !values_.empty(); });
    return take();
  }

  /// The next value; nothing when none came in time, or once closed and empty.
  std::optional<T> receive_for(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [&] { return closed_ || !values_.empty(); });
    return take();
  }

 private:
  std::optional<T> take() {
    if (values_.empty()) return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    return value;
  }

  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::deque<T> values_{};
  bool closed_ = false;
};

}  // namespace cloudflow
