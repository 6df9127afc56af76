// What became of one message: for who has to answer for it, as HttpIngress does.
#pragma once

#include <atomic>
#include <string>

namespace cloudflow::streamlet {

/// Made by who sends, and told once by a thread of Kafka's client.
class Receipt {
 public:
  enum class State {
    on_the_way,
    acknowledged,  ///< by all replicas in sync
    too_large,     ///< refused for its size, or for that of the records that went in the same batch
    refused,       ///< for another reason that is the record's own, or that of one in the same batch
  };

  State state() const { return state_.load(std::memory_order_acquire); }
  /// Why it is refused, in the words of Kafka's client, which do not quote the record.
  const std::string& why() const { return why_; }

  void tell(State state, std::string why = "") {
    why_ = std::move(why);
    state_.store(state, std::memory_order_release);
  }

 private:
  std::string why_{};
  std::atomic<State> state_ = State::on_the_way;
};

}  // namespace cloudflow::streamlet
