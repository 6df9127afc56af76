// A question that is asked while there is other work.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "sdk/support/background_task.h"

namespace cloudflow {

/// The answer to one question, which may be on its way already.
template <class T>
class Pending {
 public:
  /// Asks on a thread of its own, unless that has begun already. A request of `stop` is passed on to it.
  void begin(std::function<T(std::stop_token)> ask, const std::stop_token& stop) {
    if (ahead_ == nullptr) ahead_ = std::make_unique<BackgroundTask<T>>(std::move(ask), stop);
  }
  bool has_begun() const { return ahead_ != nullptr; }
  /// Waits for the answer, once; nothing where nobody has begun to ask.
  std::optional<T> take() {
    if (ahead_ == nullptr) return std::nullopt;
    std::optional<T> answer = ahead_->take();
    ahead_.reset();
    return answer;
  }
  /// take(), or where nobody has begun what `now` answers.
  T take_or(const std::function<T()>& now) {
    std::optional<T> answer = take();
    return answer ? *std::move(answer) : now();
  }
  /// Asks it to stop, and waits until it has: the answer would be an old one.
  void drop() { ahead_.reset(); }

 private:
  std::unique_ptr<BackgroundTask<T>> ahead_{};
};

}  // namespace cloudflow
