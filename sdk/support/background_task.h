// Work begun before its result is needed.
#pragma once

#include <functional>
#include <future>
#include <stop_token>
#include <utility>

namespace cloudflow {

/// `work` on a thread of its own. When nobody wants the result any more, destruction asks it to stop and waits for it.
template <class T>
class BackgroundTask {
 public:
  BackgroundTask(std::function<T(std::stop_token)> work, std::stop_token stop)
      : pass_on_(std::move(stop), [this] { stop_.request_stop(); }),
        result_(std::async(std::launch::async, std::move(work), stop_.get_token())) {}
  ~BackgroundTask() { stop_.request_stop(); }  // the future then waits
  BackgroundTask(const BackgroundTask&) = delete;
  BackgroundTask& operator=(const BackgroundTask&) = delete;

  /// Waits for the result; to be called once.
  T take() { return result_.get(); }

 private:
  std::stop_source stop_{};
  std::stop_callback<std::function<void()>> pass_on_;
  std::future<T> result_;
};

}  // namespace cloudflow
