// What a worker makes of several records at once.
#include "sdk/streamlet/step.h"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/streamlet/log.h"

namespace cloudflow::streamlet {

using namespace std::chrono_literals;

Result<std::unique_ptr<Step>> Step::open(const StepSettings& settings, RunState& run) {
  std::unique_ptr<Step> out(new Step(settings, run));
  const auto told = [step = out.get()](const Delivery& delivery) { step->delivered(delivery); };
  CF_TRY(out->producer_, Producer::open(settings.who, settings.cluster, told, settings.transactional_id));
  out->transaction_ = std::make_unique<Transaction>(*out->producer_, run);
  return out;
}

Step::~Step() = default;

Result<void> Step::start(std::vector<const Consumer*> consumers) {
  consumers_ = std::move(consumers);
  return transaction_->init();
}

void Step::delivered(const Delivery& delivery) {
  if (delivery.problem == nullptr) return;
  is_broken_ = true;
  if (delivery.is_passing) return;
  run_.fail(fmt::format("topic {}: a record was not taken: {}", delivery.topic, delivery.problem));
}

/// Partitions of one worker are few.
Step::Part& Step::part_of(const Task& task) {
  const auto known = std::ranges::find(parts_, task.tracker, &Part::tracker);
  if (known != parts_.end()) return *known;
  const std::int64_t offset = task.record.offset();
  return parts_.emplace_back(task.tracker, task.inlet, offset, offset);
}

bool Step::begin(const Task& task) {
  if (!transaction_->is_open()) {
    if (const auto begun = transaction_->begin(); !begun) {
      run_.fail(begun.error().message);
      return false;
    }
    began_ = std::chrono::steady_clock::now();
  }
  part_of(task);
  has_effects_ = false;
  return true;
}

void Step::end(const Task& task) { part_of(task).next = task.record.offset() + 1; }

void Step::send(const std::string& topic, const Message& message) {
  has_effects_ = true;
  while (!is_broken_) {  // else all is done once more
    switch (producer_->send(topic, message, nullptr)) {
      case Producer::Sent::taken:
        return;
      case Producer::Sent::aborted:
        is_broken_ = true;
        return;
      case Producer::Sent::full:
        if (run_.is_stopping()) throw std::runtime_error("the run stops, and the brokers take no more");
        producer_->make_room(10ms);
    }
  }
}

bool Step::is_due() const {
  return transaction_->is_open() && (is_broken_ || std::chrono::steady_clock::now() - began_ >= every_);
}

std::vector<Positions> Step::positions() const {
  std::vector<Positions> out;
  for (std::size_t inlet = 0; inlet < consumers_.size(); ++inlet) {
    std::map<int, std::int64_t> next;
    for (const Part& part : parts_) {
      if (part.inlet == inlet) next[part.tracker->partition()] = part.next;
    }
    if (!next.empty()) out.push_back({consumers_[inlet]->topic(), Membership(*consumers_[inlet]), std::move(next)});
  }
  return out;
}

bool Step::is_lost() const {
  return std::ranges::any_of(parts_, [](const Part& part) { return part.tracker->is_gone(); });
}

/// Whether all of it counts now.
Result<bool> Step::commit() {
  // Who we are in the group is asked before it is looked what is still ours: a partition that goes away in between is
  // one that this membership has no say in any more, and the broker refuses the offsets.
  const std::vector<Positions> all = positions();
  if (is_broken_ || is_lost()) return false;
  return transaction_->commit(all);
}

Result<void> Step::undo() {
  CF_CHECK(transaction_->abort());
  for (const Part& part : parts_) part.tracker->rewind_to(part.first);
  return {};
}

void Step::finish() {
  if (!transaction_->is_open()) return;
  const Result<bool> committed = commit();
  const Result<void> done = !committed ? std::unexpected(committed.error()) : *committed ? Result<void>() : undo();
  parts_.clear();
  is_broken_ = false;
  if (!done) run_.fail(done.error().message);
}

}  // namespace cloudflow::streamlet
