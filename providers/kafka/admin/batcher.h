// Turns calls that arrive at the same time from many threads into one request.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

/// While one thread makes a request, the calls of the others gather; the first of them then takes all.
template <class Item, class Answer>
class Batcher {
 public:
  /// Answers for all items, in their order.
  using Work = std::function<Result<std::vector<Result<Answer>>>(std::span<const Item> items, std::stop_token stop)>;
  explicit Batcher(Work work) : work_(std::move(work)) {}

  Result<Answer> run(Item item, std::stop_token stop) {
    const auto mine = std::make_shared<Waiting>(Waiting{std::move(item), std::nullopt});
    std::unique_lock lock(mutex_);
    waiting_.push_back(mine);
    changed_.wait(lock, [&] { return mine->answer.has_value() || !busy_; });
    if (!mine->answer) lead(lock, stop);
    return *std::move(mine->answer);
  }

  /// How many calls wait for the request that is under way.
  std::size_t waiting() const {
    const std::scoped_lock lock(mutex_);
    return waiting_.size();
  }

 private:
  struct Waiting {
    Item item;
    std::optional<Result<Answer>> answer;
  };

  /// Makes the request for everybody who waits now, this thread among them.
  void lead(std::unique_lock<std::mutex>& lock, std::stop_token stop) {
    busy_ = true;
    const std::deque<std::shared_ptr<Waiting>> batch = std::exchange(waiting_, {});
    lock.unlock();
    std::vector<Item> items;
    items.reserve(batch.size());
    for (const auto& one : batch) items.push_back(one->item);
    Result<std::vector<Result<Answer>>> answers = work_(items, stop);
    lock.lock();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (answers) {
        batch[i]->answer.emplace(std::move((*answers)[i]));
      } else {
        batch[i]->answer.emplace(std::unexpected(answers.error()));
      }
    }
    busy_ = false;
    changed_.notify_all();
  }

  Work work_;
  mutable std::mutex mutex_{};
  std::condition_variable changed_{};
  std::deque<std::shared_ptr<Waiting>> waiting_{};
  bool busy_ = false;
};

}  // namespace cloudflow
