// What a worker makes of several records at once.
#include "sdk/streamlet/step.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sdk/streamlet/log.h"

namespace cloudflow::streamlet {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_changed = 16 << 20;  ///< bytes of changes in memory

}  // namespace

Result<std::unique_ptr<Step>> Step::open(const StepSettings& settings, std::unique_ptr<StoreSet> stores,
                                         RunState& run) {
  std::unique_ptr<Step> out(new Step(settings.every, std::move(stores), run));
  const auto told = [step = out.get()](const Delivery& delivery) { step->delivered(delivery); };
  CF_TRY(out->producer_, Producer::open(settings.who, settings.cluster, told, settings.transactional_id));
  if (!settings.transactional_id.empty()) out->transaction_ = std::make_unique<Transaction>(*out->producer_, run);
  return out;
}

Step::~Step() = default;

Result<void> Step::start(std::vector<const Consumer*> consumers) {
  consumers_ = std::move(consumers);
  return transaction_ ? transaction_->init() : Result<void>();
}

void Step::delivered(const Delivery& delivery) {
  if (delivery.problem == nullptr) {
    if (delivery.ticket != nullptr) StoreSet::delivered(delivery);
    return;
  }
  is_broken_ = true;
  if (delivery.is_passing && transaction_) return;
  run_.fail(fmt::format("topic {}: a record was not taken: {}", delivery.topic, delivery.problem));
}

/// Partitions of one worker are few.
Step::Part& Step::part_of(const Task& task) {
  const auto known = std::ranges::find(parts_, task.tracker, &Part::tracker);
  if (known != parts_.end()) return *known;
  const std::int64_t offset = task.record.offset();
  if (!transaction_) task.tracker->limit(offset);
  return parts_.emplace_back(task.tracker, task.inlet, offset, offset);
}

bool Step::begin(const Task& task, std::chrono::steady_clock::time_point now) {
  const Result<bool> taken = take_in(task, now);
  if (!taken) run_.fail(taken.error());
  return taken.value_or(false);
}

Result<bool> Step::take_in(const Task& task, std::chrono::steady_clock::time_point now) {
  if (stores_) {
    CF_TRY(const bool is_there, stores_->use(task.tracker->ownership(), *producer_));
    if (!is_there) return false;
  }
  if (!is_open()) {
    began_ = now;
    if (transaction_) CF_CHECK(transaction_->begin());
  }
  part_of(task);
  has_effects_ = false;
  return true;
}

void Step::end(const Task& task) { part_of(task).next = task.record.offset() + 1; }

void Step::tear() {
  if (has_effects_ || (stores_ && stores_->has_changed())) is_broken_ = true;
}

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

bool Step::is_due(std::chrono::steady_clock::time_point now) const {
  return is_open() && (is_broken_ || now - began_ >= every_ || (stores_ && stores_->changed_bytes() > most_changed));
}

std::vector<Positions> Step::positions() const {
  std::vector<Positions> out;
  for (std::size_t inlet = 0; inlet < consumers_.size(); ++inlet) {
    std::map<int, std::int64_t> next;
    for (const Part& part : parts_) {
      if (part.inlet == inlet) next[part.tracker->partition()] = part.next;
    }
    if (next.empty()) continue;
    // Of an inlet that follows the first one: it is the group of that which knows whether the partition is ours.
    if (stores_ && inlet > 0) out.push_back({consumers_[inlet]->topic(), Membership(*consumers_[0]), next});
    out.push_back({consumers_[inlet]->topic(), Membership(*consumers_[inlet]), std::move(next)});
  }
  return out;
}

bool Step::is_lost() const {
  return std::ranges::any_of(parts_, [](const Part& part) { return part.tracker->is_gone(); });
}

void Step::send_changes() {
  if (!stores_) return;
  stores_->send([this](const std::string& topic, int partition, const Message& message, void* ticket) {
    while (!is_broken_) {
      const Producer::Sent sent = producer_->send(topic, message, ticket, partition);
      if (sent == Producer::Sent::taken) return;
      if (sent == Producer::Sent::aborted) is_broken_ = true;
      if (sent == Producer::Sent::full) producer_->make_room(10ms);
    }
  });
}

/// Whether all of it counts now.
Result<bool> Step::commit() {
  // Who we are in the group is asked before it is looked what is still ours: a partition that goes away in between is
  // one that this membership has no say in any more, and the broker refuses the offsets.
  const std::vector<Positions> all = positions();
  if (is_broken_ || is_lost()) return false;
  send_changes();
  if (is_broken_) return false;
  return transaction_->commit(all);
}

Result<void> Step::undo() {
  log::warn(producer_->place("a transaction is undone, and its records are read again"));
  CF_CHECK(transaction_->abort());
  for (const Part& part : parts_) part.tracker->rewind_to(part.first);
  return {};
}

Result<void> Step::end_transaction() {
  CF_TRY(const bool is_committed, commit());
  if (!is_committed) {
    if (stores_) stores_->drop();
    return undo();
  }
  if (stores_) stores_->keep();
  return {};
}

/// Changes are in their changelogs before they are on disk, and before the records that they were made of are done.
void Step::end_alone() {
  std::set<const Ownership*> gone;  // looked at once: what is dropped here may not be said to be done below
  for (const Part& part : parts_) {
    if (part.tracker->is_gone()) gone.insert(part.tracker->ownership().get());
  }
  for (const Ownership* one : gone) stores_->drop(*one);
  if (!is_broken_) send_changes();
  while (!is_broken_ && producer_->on_the_way() > 0) producer_->flush(100ms);
  if (is_broken_) return stores_->drop();  // and the run ends
  stores_->keep();
  for (const Part& part : parts_) {
    if (!gone.contains(part.tracker->ownership().get())) part.tracker->limit(part.next);
  }
}

void Step::finish() {
  if (is_open()) {
    if (!transaction_) {
      end_alone();
    } else if (const Result<void> done = end_transaction(); !done) {
      run_.fail(done.error());
    }
    parts_.clear();
    is_broken_ = false;
  }
  if (stores_) stores_->close_gone();
}

}  // namespace cloudflow::streamlet
