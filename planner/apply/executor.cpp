// One thread owns the state of every change; workers only make calls.
#include "planner/apply/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "sdk/support/channel.h"
#include "sdk/support/outage.h"

namespace cloudflow {
namespace {

/// How often what is about to be ready is asked for.
constexpr std::chrono::milliseconds about_to_be_ready{200};
/// Of the time that was waited since something last moved, the next question comes after this part.
constexpr int part_of_wait = 8;
/// How soon a write is tried again that found its system away, and how late at most.
constexpr std::chrono::milliseconds first_rest{250};
constexpr std::chrono::milliseconds longest_rest{4000};
/// What asking about one thing may cost a server; an answer that took longer was on its way.
constexpr std::chrono::milliseconds asking_one{5};
/// Of the time that a server works for the answers, so much more is left to it for other work.
constexpr int breathing_space = 4;
/// Writes that were begun together end together: for so long the first question waits for the rest of them.
constexpr std::chrono::milliseconds gathering{20};
/// Over a link as slow as this the next question is on its way before the last answer has come: so many at most, and
/// only about so few things that it costs nobody anything.
constexpr std::chrono::milliseconds slow_link{100};
constexpr int most_on_the_way = 3;
constexpr std::size_t few = 64;
/// How long what is past its deadline may stay unjudged for want of an answer about it: a run that was stopped and goes
/// on, or a slow machine, must not call what has long been ready late.
constexpr std::chrono::seconds last_answer{5};
/// What waits for longer than most things do: then it is said for how long it may.
constexpr std::chrono::seconds long_wait{10};
/// What only waits for time to pass is asked so that the answer comes so much after that; what was asked too early, not
/// sooner than after this.
constexpr std::chrono::milliseconds just_after{15};
constexpr std::chrono::milliseconds next_try{50};

using Time = std::chrono::steady_clock::time_point;

/// What a worker is to do: write one change, or ask about those that wait.
struct Write {
  std::size_t node = 0;
  const Change* change = nullptr;
  Provider* provider = nullptr;
};
struct Poll {
  Provider* provider = nullptr;
  int number = 0;
  Time asked{};
  std::vector<std::size_t> nodes{};
  std::vector<ResourceId> ids{};
};
using Work = std::variant<Write, Poll>;

struct Written {
  std::size_t node = 0;
  Result<void> result{};
};
struct Polled {
  Provider* provider = nullptr;
  int number = 0;
  Time asked{};
  std::vector<std::size_t> nodes{};
  Result<std::vector<Readiness>> answers{};
};
using Done = std::variant<Written, Polled>;

enum class State { blocked, writing, resting, waiting, done, failed };

struct Node {
  const Change* change = nullptr;
  Provider* provider = nullptr;
  Traits traits{};
  State state = State::blocked;
  bool awaited = false;  ///< is not changed, only waited for
  bool again = false;    ///< was ready, and is looked at once more
  int ready_in = 0;      ///< the answer that said so; they are counted from 1
  int asked_after = 0;   ///< only questions after this one are about it as it is now
  std::size_t open = 0;  ///< how many it still waits for
  Time started{};
  Time written{};
  Time wakes{};                       ///< resting: when it is written again
  std::chrono::milliseconds rest{0};  ///< the last one
  std::optional<Error> trouble{};     ///< resting: why
  std::string reason{};
  bool said_left = false;  ///< that it was said how much longer it may wait
  Time free_at{};          ///< until then it only waits for time to pass
  Time asked{};            ///< when the question was put that the last answer was to
  Time overdue{};          ///< when it was first seen past its deadline
  std::vector<std::size_t> followers{};
};

class Execution {
 public:
  Execution(std::span<Provider* const> providers, Clock& clock, const ExecuteOptions& options,
            const std::function<void(const Event&)>& events, std::stop_token finish, std::stop_token abort)
      : providers_(providers),
        clock_(clock),
        options_(options),
        events_(events),
        finish_(std::move(finish)),
        abort_(std::move(abort)),
        on_abort_(abort_, [this] { asking_.request_stop(); }) {}

  void add(const Change& change) {
    Node node;
    node.change = &change;
    node.provider = provider_of(change.id);
    if (node.provider != nullptr) node.traits = node.provider->traits(change.id);
    nodes_.push_back(std::move(node));
  }

  /// Something that a change waits for without being changed itself.
  void add_awaited(const Change& awaited) {
    add(awaited);
    nodes_.back().awaited = true;
  }

  void link(const std::map<ResourceId, std::vector<ResourceId>>& awaits = {}) {
    std::map<ResourceId, std::size_t> index;
    for (std::size_t i = 0; i < nodes_.size(); ++i) index.emplace(nodes_[i].change->id, i);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const auto wait_for = [&](const std::vector<ResourceId>& ids) {
        for (const ResourceId& before : ids) {
          const auto found = index.find(before);
          if (found == index.end()) continue;
          nodes_[found->second].followers.push_back(i);
          ++nodes_[i].open;
        }
      };
      wait_for(nodes_[i].change->after);
      if (const auto found = awaits.find(nodes_[i].change->id); found != awaits.end()) wait_for(found->second);
    }
  }

  /// Starts directly in the waiting state: nothing is written.
  void only_wait() {
    for (Node& node : nodes_) begin_waiting(node, clock_.now());
  }

  Outcome run() {
    const Time start = clock_.now();
    std::vector<std::jthread> threads;
    const std::size_t wanted =
        std::clamp<std::size_t>(nodes_.size() + 1, 2, static_cast<std::size_t>(options_.workers) + 1);
    for (std::size_t i = 0; i < wanted; ++i) threads.emplace_back([this] { serve(); });
    for (Node& node : nodes_) {
      if (node.state == State::blocked && node.change->refused) refuse(node);
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].state == State::blocked && nodes_[i].open == 0) unblock(i);
    }
    start_unblocked();
    while (unfinished() || look_again()) {
      if (auto done = done_.receive_for(clock_.really(next_wake()))) {
        std::visit([this](auto& value) { settle(value); }, *done);
      }
      if (abort_.stop_requested()) break;
      start_unblocked();
      poll_waiting();
      expire();
    }
    work_.close();
    asking_.request_stop();  // nobody wants the answers any more
    threads.clear();         // joins: what is in flight ends its call, at once where abort was asked
    while (auto done = done_.receive_for(std::chrono::milliseconds(0))) {
      std::visit([this](auto& value) { settle(value); }, *done);
    }
    close_open();
    outcome_.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - start);
    return std::move(outcome_);
  }

  bool is_ready_when_written(const ResourceId& id) const {
    const Provider* provider = provider_of(id);
    return provider != nullptr && provider->traits(id).ready_when_written;
  }

 private:
  void serve() {
    while (auto work = work_.receive()) {
      if (auto* write = std::get_if<Write>(&*work)) {
        done_.send(Written{write->node, write->provider->apply(*write->change, abort_)});
      } else {
        auto& poll = std::get<Poll>(*work);
        Result<std::vector<Readiness>> answers = poll.provider->readiness(poll.ids, asking_.get_token());
        done_.send(Polled{poll.provider, poll.number, poll.asked, std::move(poll.nodes), std::move(answers)});
      }
    }
  }

  Provider* provider_of(const ResourceId& id) const {
    const auto found =
        std::ranges::find_if(providers_, [&](const Provider* provider) { return provider->name() == id.provider; });
    return found == providers_.end() ? nullptr : *found;
  }

  /// In flight, or still able to start or to become ready.
  bool unfinished() const {
    if (in_flight_ > 0) return true;
    if (finish_.stop_requested()) return polling_ > 0;
    return waiting_ > 0 || resting_ > 0 || !unblocked_.empty();
  }

  /// What was ready early may have crashed while the rest was waited for: before the end it is asked for once more.
  bool look_again() {
    if (looked_again_ || finish_.stop_requested()) return false;
    looked_again_ = true;
    for (Node& node : nodes_) {
      const bool early = node.ready_in > 0 && node.ready_in < answers_;
      if (node.state != State::done || !early || !node.traits.runs_pods) continue;
      node.again = true;
      node.reason.clear();
      begin_waiting(node, clock_.now());
    }
    last_poll_ = last_answer_ = {};  // at once
    return waiting_ > 0;
  }

  std::chrono::milliseconds next_wake() const {
    constexpr std::chrono::milliseconds longest{100};
    if (waiting_ == 0) return longest;
    const auto until = std::chrono::ceil<std::chrono::milliseconds>(next_poll() - clock_.now());
    return until.count() <= 0 ? std::min(poll_interval(), longest) : std::min(until, longest);
  }

  /// The system was away, and may be back.
  void wake_resting() {
    if (resting_ == 0 || finish_.stop_requested()) return;
    const Time now = clock_.now();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].state != State::resting || nodes_[i].wakes > now) continue;
      nodes_[i].state = State::blocked;
      --resting_;
      unblocked_.insert(i);
    }
  }

  void start_unblocked() {
    wake_resting();
    while (!finish_.stop_requested() && in_flight_ < options_.workers && !unblocked_.empty()) {
      const std::size_t i = *unblocked_.begin();
      unblocked_.erase(unblocked_.begin());
      Node& node = nodes_[i];
      node.state = State::writing;
      ++in_flight_;
      if (!node.trouble) {
        node.started = clock_.now();
        events_(Started{node.change->id, node.change->action});
      }
      work_.send(Write{i, node.change, node.provider});
    }
  }

  void begin_waiting(Node& node, Time now) {
    node.state = State::waiting;
    if (node.started == Time{}) node.started = now;
    node.written = now;
    node.free_at = {};
    node.overdue = {};
    node.said_left = false;
    node.asked_after = polls_;
    end_of_time_.reset();
    ++waiting_;
    if (first_begin_ <= last_poll_ || waiting_ == 1) first_begin_ = now;
    moved_ = now;
  }

  void settle(Written& written) {
    --in_flight_;
    Node& node = nodes_[written.node];
    if (!written.result) {
      if (written.result.error().kind == ErrorKind::interrupted) {
        outcome_.interrupted = true;
        node.state = State::failed;
        return;
      }
      if (written.result.error().kind == ErrorKind::unavailable && rest(node, written.result.error())) return;
      fail(node, std::move(written.result).error());
      return;
    }
    outage::over(node.change->id.provider);
    if (!node.trouble)
      see_trip(node.provider, std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - node.started));
    outcome_.done.push_back(node.change->id);
    begin_waiting(node, clock_.now());
    if (node.change->action != Action::remove &&
        (node.traits.ready_when_written || (!options_.await_workloads && node.traits.runs_pods)))
      finish_node(node);
  }

  /// False when the deadline has no room for another try. A change that is made again finds what it has done already.
  bool rest(Node& node, const Error& trouble) {
    const Time now = clock_.now();
    node.rest = std::min(std::max(node.rest * 2, first_rest), longest_rest);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(node.started + options_.deadline - now);
    if (left <= node.rest) return false;
    node.trouble = trouble;
    node.wakes = now + node.rest;
    node.state = State::resting;
    ++resting_;
    outage::say(node.change->id.provider, trouble.message, left);
    return true;
  }

  void settle(Polled& polled) {
    --polling_;
    const Time now = clock_.now();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - polled.asked);
    // Asking about hundreds of things costs the server as much as writing some of them: it gets time for that.
    poll_pause_ = pause_after(took, polled.nodes.size());
    last_answer_ = now;
    // An answer that was overtaken says less than the one that came first.
    int& newest = newest_[polled.provider];
    if (polled.number < newest) return;
    newest = polled.number;
    ++answers_;
    for (const std::size_t i : polled.nodes) nodes_[i].asked = polled.asked;
    if (!polled.answers) {
      // One failed question is not a failed change: the deadline decides.
      const Error& error = polled.answers.error();
      if (error.kind == ErrorKind::unavailable && !polled.nodes.empty()) {
        outage::say(nodes_[polled.nodes.front()].change->id.provider, error.message, options_.deadline);
        for (const std::size_t i : polled.nodes) {
          if (nodes_[i].state == State::waiting) nodes_[i].reason = error.message;
        }
      } else {
        for (const std::size_t i : polled.nodes) say_reason(nodes_[i], error.message);
      }
      return;
    }
    if (!polled.nodes.empty()) outage::over(nodes_[polled.nodes.front()].change->id.provider);
    see_trip(polled.provider, took);
    const int waiting_before = waiting_;
    for (std::size_t i = 0; i < polled.nodes.size() && i < polled.answers->size(); ++i) {
      Node& node = nodes_[polled.nodes[i]];
      const Readiness& answer = (*polled.answers)[i];
      if (polled.number <= node.asked_after) continue;
      if (is_done_workload(node) && answer.state == Readiness::State::ready) node.ready_in = answers_;
      if (node.state != State::waiting) continue;
      node.free_at = answer.left.count() > 0 ? now + answer.left : Time{};
      const bool removing = node.change->action == Action::remove;
      switch (answer.state) {
        case Readiness::State::ready:
          if (removing) {
            say_reason(node, "still there");
          } else {
            node.ready_in = answers_;
            finish_node(node);
          }
          break;
        case Readiness::State::missing:
          if (removing) {
            finish_node(node);
          } else {
            say_reason(node, "not there yet");
          }
          break;
        case Readiness::State::failed:
          fail(node, Error{ErrorKind::invalid_input, answer.reason, node.change->desired.origin_of("")});
          break;
        case Readiness::State::waiting:
          nearly_ready_ = nearly_ready_ || answer.reason.empty();
          say_reason(node, removing && answer.reason.empty() ? "being removed" : answer.reason);
          break;
      }
    }
    if (waiting_ < waiting_before) moved_ = now;
    end_of_time_ = end_of_time();
  }

  void finish_node(Node& node) {
    --waiting_;
    node.state = State::done;
    if (!node.again) count(node, 1);
    // That something was ready all along is no news.
    if ((!node.awaited && !node.again) || !node.reason.empty()) {
      events_(Finished{.id = node.change->id,
                       .action = node.again ? Action::none : node.change->action,
                       .took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - node.started),
                       .is_left_to_others = node.change->action == Action::remove && !node.change->others.empty()});
    }
    if (node.again) return;
    for (const std::size_t follower : node.followers) {
      Node& next = nodes_[follower];
      if (--next.open == 0 && next.state == State::blocked) unblock(follower);
    }
  }

  void count(const Node& node, int by) {
    switch (node.change->action) {
      case Action::create:
        outcome_.added += by;
        break;
      case Action::update:
        outcome_.changed += by;
        break;
      case Action::remove:
        outcome_.removed += by;
        break;
      case Action::replace:
        outcome_.added += by;
        outcome_.removed += by;
        break;
      case Action::none:
        break;
    }
  }

  void unblock(std::size_t i) {
    if (nodes_[i].awaited) {
      begin_waiting(nodes_[i], clock_.now());
    } else {
      unblocked_.insert(i);
    }
  }

  void fail(Node& node, Error error) {
    if (node.state == State::waiting) --waiting_;
    node.state = State::failed;
    if (node.again) count(node, -1);
    outcome_.failures.push_back(Failed{node.change->id, node.change->action, std::move(error)});
    events_(outcome_.failures.back());
    skip_followers(node, fmt::format("{} failed", node.change->id.text()));
  }

  void refuse(Node& node) {
    node.state = State::failed;
    ++outcome_.refused;
    events_(Skipped{node.change->id, node.change->action, fmt::format("refused: {}", *node.change->refused)});
    skip_followers(node, fmt::format("{} was refused", node.change->id.text()));
  }

  void skip_followers(Node& node, const std::string& because) {
    for (const std::size_t follower : node.followers) {
      Node& next = nodes_[follower];
      if (next.state != State::blocked) continue;
      next.state = State::failed;
      if (next.awaited) {
        skip_followers(next, because);
        continue;
      }
      if (next.change->refused) {
        ++outcome_.refused;
      } else {
        ++outcome_.skipped;
      }
      events_(Skipped{next.change->id, next.change->action, because});
      skip_followers(next, because);
    }
  }

  void say_reason(Node& node, const std::string& reason) {
    if (node.state != State::waiting || reason.empty()) return;
    const Time now = clock_.now();
    const bool is_long = !node.said_left && now - node.written >= long_wait;
    if (reason == node.reason && !is_long) return;
    node.reason = reason;
    node.said_left = node.said_left || is_long;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(node.written + options_.deadline - now);
    events_(Waiting{node.change->id, reason, is_long ? left : std::chrono::milliseconds(0)});
  }

  /// How long a server is left alone after it took so long to answer for so many.
  static std::chrono::milliseconds pause_after(std::chrono::milliseconds took, std::size_t many) {
    return std::min(took, asking_one * static_cast<int>(many)) * breathing_space;
  }

  static bool is_done_workload(const Node& node) {
    return node.state == State::done && node.ready_in > 0 && node.traits.runs_pods;
  }

  /// When all that is waited for only waits for time to pass: when that is over for the first, or for all where that
  /// makes no great difference. Otherwise nothing.
  std::optional<Time> end_of_time() const {
    std::optional<Time> first;
    Time last{};
    for (const Node& node : nodes_) {
      if (node.state != State::waiting) continue;
      if (node.free_at == Time{}) return std::nullopt;
      first = std::min(first.value_or(node.free_at), node.free_at);
      last = std::max(last, node.free_at);
    }
    return first && last - *first <= trip() ? last : first;
  }

  void see_trip(const Provider* provider, std::chrono::milliseconds took) {
    const auto [known, is_new] = trips_.try_emplace(provider, took);
    if (!is_new) known->second = std::min(known->second, took);
  }

  /// How long a question and its answer are on their way at least, to the system that is further away.
  std::chrono::milliseconds trip() const {
    std::chrono::milliseconds out{0};
    for (const auto& [provider, took] : trips_) out = std::max(out, took);
    return out;
  }

  /// How long after an answer the next question is asked: in proportion to the wait, so that asking in turns makes no
  /// wait much longer than it is.
  std::chrono::milliseconds poll_interval() const {
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(last_poll_ - moved_);
    const auto slowest = nearly_ready_ ? std::min(about_to_be_ready, options_.slowest_poll) : options_.slowest_poll;
    return std::max(std::min(waited / part_of_wait, slowest), std::min(options_.first_poll, slowest));
  }

  /// When the next question may be asked.
  Time next_poll() const {
    if (end_of_time_) {
      const Time due = std::min(*end_of_time_ - trip() + just_after, last_answer_ + options_.slowest_poll);
      return last_poll_ < due ? due : std::max(last_poll_ + trip() + next_try, last_answer_ + next_try);
    }
    const auto pause = std::max(poll_interval(), std::min(poll_pause_, options_.slowest_poll));
    const Time gathered = in_flight_ > 0 ? first_begin_ + std::min(options_.first_poll, gathering) : Time{};
    return std::max(gathered, (is_slow() && trip() > pause ? last_poll_ : last_answer_) + pause);
  }

  bool is_slow() const { return trip() >= slow_link && static_cast<std::size_t>(waiting_) <= few; }

  void poll_waiting() {
    if (waiting_ == 0 || abort_.stop_requested() || finish_.stop_requested()) return;
    if (polling_ >= (is_slow() ? static_cast<int>(providers_.size()) * most_on_the_way : 1)) return;
    const Time now = clock_.now();
    if (now < next_poll()) return;
    last_poll_ = now;
    nearly_ready_ = false;
    ++polls_;
    for (Provider* provider : providers_) {
      Poll poll{.provider = provider, .number = polls_, .asked = now};
      std::vector<std::size_t> done;
      for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].provider != provider) continue;
        if (nodes_[i].state == State::waiting) poll.nodes.push_back(i);
        if (is_done_workload(nodes_[i])) done.push_back(i);
      }
      if (poll.nodes.empty()) continue;
      // What was ready early is looked at in the last answer, too: then it need not be asked for once more.
      if (done.size() <= few) poll.nodes.insert(poll.nodes.end(), done.begin(), done.end());
      for (const std::size_t i : poll.nodes) poll.ids.push_back(nodes_[i].change->id);
      ++polling_;
      work_.send(std::move(poll));
    }
  }

  void expire() {
    const Time now = clock_.now();
    if (waiting_ == 0 || now - last_expiry_ < std::chrono::milliseconds(20)) return;
    last_expiry_ = now;
    for (Node& node : nodes_) {
      const Time due = node.written + options_.deadline;
      if (node.state != State::waiting || now < due) continue;
      if (node.overdue == Time{}) node.overdue = now;
      if (node.asked < due && now - node.overdue < last_answer) continue;
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options_.deadline).count();
      fail(node, Error{ErrorKind::timeout,
                       fmt::format("not {} after {} s{}{}", node.change->action == Action::remove ? "gone" : "ready",
                                   seconds, node.reason.empty() ? "" : ": ", node.reason),
                       node.change->desired.origin_of("")});
    }
  }

  /// After an interrupt: what was never started, or was written but not seen ready.
  void close_open() {
    for (Node& node : nodes_) {
      if (node.state == State::resting) {
        outcome_.interrupted = true;
        fail(node, *node.trouble);
      }
    }
    for (const Node& node : nodes_) {
      const ResourceId& id = node.change->id;
      if (node.awaited && node.state == State::blocked) continue;  // who waits for it says so
      if (node.state == State::blocked || node.state == State::writing) {
        ++outcome_.skipped;
        outcome_.interrupted = true;
        events_(Skipped{id, node.change->action, "interrupted"});
      } else if (node.state == State::waiting) {
        outcome_.interrupted = true;
        // What was only waited for and never asked about may well be ready.
        if ((node.change->action == Action::none || node.again) && node.reason.empty()) continue;
        ++outcome_.unready;
        events_(Skipped{id, node.change->action, node.reason.empty() ? "interrupted" : node.reason, true});
      }
    }
  }

  std::span<Provider* const> providers_;
  Clock& clock_;
  ExecuteOptions options_;
  const std::function<void(const Event&)>& events_;
  std::stop_token finish_;
  std::stop_token abort_;
  std::stop_source asking_{};  ///< stops questions about readiness
  std::stop_callback<std::function<void()>> on_abort_;
  std::vector<Node> nodes_{};          ///< in the order of the plan
  std::set<std::size_t> unblocked_{};  ///< may start; by their place in the plan
  int in_flight_ = 0;
  int waiting_ = 0;
  int resting_ = 0;
  int polling_ = 0;
  int answers_ = 0;  ///< how many questions about readiness were answered
  bool looked_again_ = false;
  Time moved_{};               ///< when something began to wait, or its wait ended
  bool nearly_ready_ = false;  ///< by the last answers: something only waits for another moment
  int polls_ = 0;
  std::map<const Provider*, int> newest_{};                       ///< the question that the newest answer is of
  std::chrono::milliseconds poll_pause_{0};                       ///< by how long the last answer took
  std::map<const Provider*, std::chrono::milliseconds> trips_{};  ///< how long the fastest answer took
  std::optional<Time> end_of_time_{};                             ///< see end_of_time()
  Time last_poll_{};                                              ///< when something was asked
  Time last_answer_{};
  Time first_begin_{};  ///< when something was written, or had to be waited for, that was not asked for yet
  Time last_expiry_{};
  Channel<Work> work_{};
  Channel<Done> done_{};
  Outcome outcome_{};
};

}  // namespace

Outcome execute(const Plan& plan, std::span<Provider* const> providers, Clock& clock, const ExecuteOptions& options,
                const std::function<void(const Event&)>& events, std::stop_token finish, std::stop_token abort) {
  Execution execution(providers, clock, options, events, std::move(finish), std::move(abort));
  for (const Change& change : plan.changes) execution.add(change);
  std::set<ResourceId> known;
  for (const Change& change : plan.changes) known.insert(change.id);
  std::list<Change> awaited;  // nodes point into it
  for (const auto& [id, before] : plan.awaits) {
    for (const ResourceId& one : before) {
      if (known.insert(one).second) awaited.push_back(Change{.id = one});
    }
  }
  for (const ResourceId& id : options.also) {
    if (!execution.is_ready_when_written(id) && known.insert(id).second) awaited.push_back(Change{.id = id});
  }
  for (const Change& change : awaited) execution.add_awaited(change);
  execution.link(plan.awaits);
  return execution.run();
}

Outcome await_ready(std::span<const ResourceId> ids, std::span<Provider* const> providers, Clock& clock,
                    const ExecuteOptions& options, const std::function<void(const Event&)>& events,
                    std::stop_token finish, std::stop_token abort) {
  std::vector<Change> changes;
  for (const ResourceId& id : ids) changes.push_back(Change{.id = id});
  Execution execution(providers, clock, options, events, std::move(finish), std::move(abort));
  for (const Change& change : changes) execution.add(change);
  execution.link();
  execution.only_wait();
  return execution.run();
}

}  // namespace cloudflow
