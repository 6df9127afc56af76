// Runs one streamlet: clients, workers and readers, and their end in order.
#include "sdk/streamlet/runner.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <ranges>

#include "sdk/streamlet/binding.h"
#include "sdk/streamlet/log.h"
#include "sdk/streamlet/probes.h"
#include "sdk/streamlet/reader.h"

namespace cloudflow::streamlet {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> names_of(const auto& ports) {
  std::vector<std::string> out;
  for (const auto* port : ports) out.push_back(port->name());
  return out;
}

/// Names this process among those of the streamlet; nobody else has the name at the same time. Who starts under a name
/// again ends at once what an earlier one left open; else that waits for its time to run out.
std::string instance_name(const PortSettings& inlet) {
  if (const auto given = inlet.consumer.find("group.instance.id"); given != inlet.consumer.end()) return given->second;
  std::array<char, 256> host{};
  const char* pod = std::getenv("KUBERNETES_SERVICE_HOST");  // NOLINT(concurrency-mt-unsafe): nobody sets variables
  if (pod != nullptr && gethostname(host.data(), host.size() - 1) == 0) return host.data();
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

class Runner {
 public:
  Runner(const StreamletClass& which, const Documents& documents) : which_(which), documents_(documents) {}

  Result<void> open() {
    CF_TRY(auto first, bind(which_, documents_));
    CF_TRY(const OnError policy, error_policy(*first, documents_));
    CF_TRY(settings_, run_settings(*first, documents_));
    inlets_ = names_of(first->inlets());
    outlets_ = names_of(first->outlets());
    reads_together_ = reads_together(*first);
    metrics_.emplace(inlets_, outlets_);
    for (const std::string& inlet : inlets_) topics_.push_back(documents_.ports.at(inlet).topic);
    for (const std::string& outlet : outlets_) CF_CHECK(wire(outlet));
    const int count = inlets_.empty() ? 1 : settings_.workers;
    for (int i = 0; i < count; ++i) {
      CF_TRY(auto streamlet, bind(which_, documents_));
      CF_TRY(auto step, open_step(*streamlet, i));
      for (const AnyStore* store : streamlet->stores()) metrics_->watch(*store);
      workers_.push_back(
          std::make_unique<Worker>(std::move(streamlet), topics_, wires_, policy, run_, *metrics_, std::move(step)));
    }
    return open_readers();
  }

  Result<void> serve() {
    if (documents_.run.http == "0") return {};
    ProbeAnswers answers{.metrics = [this] { return metrics_->text(); },
                         .is_live = [this] { return is_live(); },
                         .is_ready = [this] { return is_ready_ && !run_.is_stopping(); }};
    CF_TRY(server_, serve_probes(documents_.run.http, std::move(answers)));
    return {};
  }

  /// Ends when the run does.
  Result<void> start() {
    const auto wait = [this](std::chrono::milliseconds time) { return go_on(time); };
    for (std::size_t i = 0; i < inlets_.size(); ++i) CF_CHECK(readers_[i]->consumer().check_topic(topics_[i], wait));
    for (const Wire& wire : wires_) CF_CHECK(writer_of(wire).check_topic(wire.topic, wait));
    CF_CHECK(start_steps());
    for (const auto& worker : workers_) worker->start();
    for (const auto& reader : std::views::reverse(readers_))
      CF_CHECK(reader->start());  // who follows, before its leader
    is_ready_ = true;
    log::info(fmt::format("streamlet {} of application {} runs", documents_.streamlet, documents_.application));
    while (go_on(1s)) {
      for (const auto& [settings, producer] : producers_) look_at(*producer);
      for (const auto& worker : workers_) {
        if (worker->step() != nullptr) look_at(worker->step()->producer());
      }
    }
    return {};
  }

  /// In the order in which nothing is lost: no more records, no more handlers, all acknowledged, all committed.
  void finish() {
    run_.stop();
    const auto end = std::chrono::steady_clock::now() + settings_.stop_within;
    const std::jthread watch([this, end](const std::stop_token& stop) { give_up_at(end, stop); });
    for (const auto& reader : readers_) reader->join();
    for (const auto& worker : workers_) worker->join();
    const auto reserve = settings_.stop_within / 5;  // for the commits afterwards
    int left = 0;
    for (const auto& [settings, producer] : producers_) {
      producer->flush(std::max(0ns, end - reserve - std::chrono::steady_clock::now()));
      left += producer->on_the_way();
    }
    for (const auto& reader : readers_) reader->close();
    if (left == 0) return;
    run_.fail(
        fmt::format("{} messages were not acknowledged in time; records that they were made of are read again", left));
  }

  /// Waits that long, or until a signal or a failure; false when the run is to end.
  bool go_on(std::chrono::nanoseconds time) {
    sigset_t signals = stop_signals();
    const auto end = std::chrono::steady_clock::now() + time;
    do {
      const timespec slice{0, 50'000'000};
      if (const int number = sigtimedwait(&signals, nullptr, &slice); number > 0) {
        log::info(fmt::format("{}: stopping", number == SIGTERM ? "SIGTERM" : "SIGINT"));
        run_.stop();
      }
      if (run_.is_stopping()) return false;
    } while (std::chrono::steady_clock::now() < end);
    return true;
  }

  static sigset_t stop_signals() {
    sigset_t out;
    sigemptyset(&out);
    sigaddset(&out, SIGTERM);
    sigaddset(&out, SIGINT);
    return out;
  }

  RunState& state() { return run_; }

 private:
  Result<void> wire(const std::string& outlet) {
    const PortSettings& port = documents_.ports.at(outlet);
    if (is_exactly_once()) {
      wires_.push_back({nullptr, port.topic, nullptr});
      return {};
    }
    const auto settings = std::pair(port.brokers, port.producer);
    if (!producers_.contains(settings)) {  // outlets with the same settings share a client
      const auto told = [this](const Delivery& delivery) { delivered(delivery); };
      CF_TRY(auto producer, Producer::open(fmt::format("outlet {}", outlet), port, told));
      producers_.emplace(settings, std::move(producer));
    }
    Producer* producer = producers_.at(settings).get();
    wires_.push_back({producer, port.topic, producer->topic_of(port.topic)});
    return {};
  }

  void delivered(const Delivery& delivery) {
    if (inlets_.empty()) return Worker::tell(delivery, run_);
    if (delivery.problem != nullptr)
      return run_.fail(fmt::format("topic {}: a record was not taken: {}", delivery.topic, delivery.problem));
    if (delivery.ticket != nullptr) static_cast<OffsetTracker::Entry*>(delivery.ticket)->release();
  }

  bool is_exactly_once() const { return settings_.processing == Processing::exactly_once; }

  Producer& writer_of(const Wire& wire) const {
    return wire.producer != nullptr ? *wire.producer : workers_.front()->step()->producer();
  }

  /// None where every record is done on its own.
  Result<std::unique_ptr<Step>> open_step(const Streamlet& streamlet, int worker) {
    if (!is_exactly_once() && streamlet.stores().empty()) return nullptr;
    const PortSettings& inlet = documents_.ports.at(inlets_.front());
    StepSettings step{.who = fmt::format("{}.{}", documents_.application, documents_.streamlet),
                      .cluster = inlet,
                      .every = settings_.commit_every};
    if (is_exactly_once()) {
      if (!outlets_.empty()) step.cluster = documents_.ports.at(outlets_.front());
      step.transactional_id = fmt::format("{}.{}.{}", step.who, instance_name(inlet), worker);
    }
    std::unique_ptr<StoreSet> stores;
    if (!streamlet.stores().empty()) {
      const StateSettings state{.folder = settings_.state_folder,
                                .memory = settings_.state_memory.bytes,
                                .application = documents_.application,
                                .streamlet = documents_.streamlet,
                                .cluster = inlet};
      stores = std::make_unique<StoreSet>(streamlet.stores(), state, run_);
    }
    return Step::open(step, std::move(stores), run_);
  }

  Result<void> start_steps() {
    std::vector<const Consumer*> consumers;
    for (const auto& reader : readers_) consumers.push_back(&reader->consumer());
    for (const auto& worker : workers_) {
      if (worker->step() != nullptr) CF_CHECK(worker->step()->start(consumers));
    }
    Step* first = workers_.front()->step();
    if (first == nullptr || first->stores() == nullptr) return {};
    CF_TRY(const int partitions, partition_count(readers_.front()->consumer(), topics_.front()));
    for (std::size_t i = 1; i < inlets_.size(); ++i) CF_CHECK(check_copartitioned(i, partitions));
    return first->stores()->start(first->producer(), partitions,
                                  [this](std::chrono::milliseconds time) { return go_on(time); });
  }

  /// Partition n of all inlets comes to store n.
  Result<void> check_copartitioned(std::size_t inlet, int partitions) const {
    CF_TRY(const int count, partition_count(readers_[inlet]->consumer(), topics_[inlet]));
    if (count == partitions) return {};
    return failure(
        ErrorKind::invalid_input,
        fmt::format("streamlet {} has stores, and its inlets' topics different numbers of partitions: {} ({}) has {}, "
                    "and {} ({}) has {}",
                    documents_.streamlet, topics_.front(), inlets_.front(), partitions, topics_[inlet], inlets_[inlet],
                    count),
        "keys that belong together have to be in partitions of the same number: give both topics as many");
  }

  Result<void> open_readers() {
    std::vector<Worker*> workers;
    for (const auto& worker : workers_) workers.push_back(worker.get());
    for (std::size_t i = 0; i < inlets_.size(); ++i) {
      Reader* leader = i > 0 && reads_together_ ? readers_.front().get() : nullptr;
      readers_.push_back(std::make_unique<Reader>(i, settings_, workers, run_, *metrics_, leader));
    }
    for (std::size_t i = 0; i < inlets_.size(); ++i) {
      PortSettings port = documents_.ports.at(inlets_[i]);
      if (is_exactly_once()) port.consumer["isolation.level"] = "read_committed";
      CF_CHECK(readers_[i]->open(inlets_[i], port, documents_.group_of(inlets_[i])));
    }
    return {};
  }

  void look_at(Producer& producer) {
    producer.look();
    if (const auto broken = producer.failed()) run_.fail(*broken);
  }

  /// A reader that has not asked for records for that long hangs.
  bool is_live() const {
    constexpr auto longest = 60s;
    if (!is_ready_) return true;
    return std::ranges::all_of(
        readers_, [&](const auto& reader) { return std::chrono::steady_clock::now() - reader->last_sign() < longest; });
  }

  void give_up_at(std::chrono::steady_clock::time_point end, const std::stop_token& stop) const {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    if (changed.wait_until(lock, stop, end, [] { return false; }) || stop.stop_requested()) return;
    if (const auto failure = run_.failure()) log::error(*failure);
    log::error(fmt::format("not stopped after {} s: ends at once; what is not committed is read again",
                           std::chrono::duration_cast<std::chrono::seconds>(settings_.stop_within).count()));
    _exit(1);
  }

  const StreamletClass& which_;
  const Documents& documents_;
  RunSettings settings_{};
  RunState run_{};
  std::vector<std::string> inlets_{};
  std::vector<std::string> outlets_{};
  std::vector<std::string> topics_{};
  bool reads_together_ = false;
  std::optional<Metrics> metrics_{};
  // What is used goes after what uses it: deliveries refer to records, and records to the consumers that read them.
  std::vector<std::unique_ptr<Reader>> readers_{};
  std::vector<std::unique_ptr<Worker>> workers_{};
  std::map<std::pair<std::string, std::map<std::string, std::string>>, std::unique_ptr<Producer>> producers_{};
  std::vector<Wire> wires_{};
  std::atomic<bool> is_ready_ = false;
  std::unique_ptr<HttpServer> server_{};
};

/// The first thing that went wrong.
Result<void> run_all(Runner& runner) {
  CF_CHECK(runner.open());
  CF_CHECK(runner.serve());
  return runner.start();
}

}  // namespace

int run_streamlet(const StreamletClass& which, const Documents& documents) {
  const sigset_t signals = Runner::stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there are threads, which take it over
  Runner runner(which, documents);
  try {
    if (const Result<void> done = run_all(runner); !done && done.error().kind != ErrorKind::interrupted) {
      runner.state().fail(done.error());
    }
  } catch (const std::exception& problem) {
    runner.state().fail(problem.what());
  }
  runner.finish();
  if (const auto failure = runner.state().failure()) {
    log::error(*failure);
    return 1;
  }
  log::info("stopped");
  return 0;
}

}  // namespace cloudflow::streamlet
