// Two runs at random moments, with faults, signals, wrong clocks and `unlock` between any two of their requests: never
// do both write, whatever happened one more apply converges, and nothing stays behind.
//
// The rule that a round holds every change of the servers against, as the proxies saw them sent and answered:
// - No interleaving: all changes of one run lie before all changes of the other.
// - A run changes nothing before it has the Lease (but for making its namespace), and nothing after it gave it back, or
//   after another run was given it. After `unlock` it may still write for 15 s, in which nobody else does.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch_all.hpp>
#include <random>
#include <thread>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "providers/kubernetes/api/api_client.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/e2e/faulty_run.h"
#include "tests/e2e/world.h"
#include "tests/support/kafkabed.h"
#include "tests/support/kubebed.h"
#include "tests/support/random_search.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

namespace {

/// After `unlock` nobody else writes for so long.
constexpr auto grace = 15s;
/// A run has ended by then, or hangs, or the machine is far too busy: which of these, the same round alone tells.
constexpr auto longest_run = 20min;
/// For what has to come true although nothing happens to it: never reached on a machine that keeps up.
constexpr auto generous = "900s";

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int between(int least, int most) { return std::uniform_int_distribution<int>(least, most)(engine_); }
  bool one_in(int n) { return between(1, n) == 1; }
  template <class T>
  T of(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(between(0, static_cast<int>(values.size()) - 1))];
  }

 private:
  std::mt19937 engine_;
};

/// One of the two runs.
struct Side {
  std::string verb{};
  int variant = 1;  ///< of the application
  bool deletes_topics = false;
  int lock_timeout = 45;      ///< seconds
  long shift = 0;             ///< of its wall clock, in seconds
  bool is_elsewhere = false;  ///< on another machine
  std::vector<Mishap> mishaps{};
};

struct Scenario {
  int before = 0;  ///< the variant that is deployed before; 0: nothing is
  Side first{};
  Side second{};
  int second_starts = 0;  ///< at this request of the first; 0: with it; negative: after its end
};

/// How long a search may take.
enum class Pace {
  quick,  ///< no stop outlasts a lock
  full,
};

Mishap random_mishap(Dice& dice, Pace pace) {
  using What = Mishap::What;
  Mishap out;
  out.what = dice.of<What>({What::lose_request, What::lose_answer, What::conflict, What::too_many, What::internal_error,
                            What::unavailable, What::hold, What::hold, What::stop, What::stop_unlock, What::unlock,
                            What::unlock, What::kill, What::kill, What::kill});
  out.at_kafka = dice.one_in(4) && (out.what == What::lose_request || out.what == What::lose_answer ||
                                    out.what == What::hold || out.what == What::stop || out.what == What::kill);
  out.nth = out.at_kafka ? dice.between(1, 16) : dice.between(1, 70);
  if (out.what != What::hold && !out.at_kafka) out.times = dice.of<int>({1, 1, 1, 2, 4});
  if (out.what == What::stop || out.what == What::stop_unlock || out.what == What::unlock || out.what == What::kill)
    out.times = 1;
  // A request that is late by more than the fence allows for is left to its precondition.
  if (out.what == What::hold) out.time = milliseconds(dice.of<int>({200, 1000, 4000}));
  if (out.what == What::stop || out.what == What::stop_unlock)
    out.time = milliseconds(pace == Pace::quick ? dice.of<int>({100, 1000, 3000})
                                                : dice.of<int>({100, 3000, 11000, 40000, 50000}));
  return out;
}

Side random_side(Dice& dice, int variant, int mishaps, Pace pace) {
  Side out{.verb = dice.of<std::string>({"apply", "apply", "apply", "sync", "destroy"}),
           .variant = variant,
           .deletes_topics = dice.one_in(2),
           .lock_timeout = pace == Pace::quick ? dice.of<int>({1, 20}) : dice.of<int>({1, 20, 60}),
           .shift = dice.one_in(3) ? dice.of<int>({-86400, -120, 120, 86400}) : 0,
           .is_elsewhere = dice.one_in(5)};
  if (out.verb == "sync") out.deletes_topics = false;
  for (int i = 0; i < mishaps; ++i) out.mishaps.push_back(random_mishap(dice, pace));
  return out;
}

Scenario random_scenario(unsigned seed, Pace pace) {
  Dice dice(seed);
  Scenario out;
  out.before = dice.one_in(2) ? 1 : 0;
  out.first = random_side(dice, 2, dice.between(1, 3), pace);
  out.second = random_side(dice, dice.of<int>({2, 3}), dice.one_in(3) ? 1 : 0, pace);
  out.second_starts = dice.of<int>({-1, 0, dice.between(1, 60), dice.between(1, 60)});
  return out;
}

std::string in_words(const Mishap& mishap) {
  static constexpr const char* names[] = {"lose_request",   "lose_answer", "conflict", "too_many",
                                          "internal_error", "unavailable", "hold",     "stop",
                                          "stop_unlock",    "unlock",      "kill"};
  return fmt::format("{} at {}{} (×{}, {} ms)", names[static_cast<int>(mishap.what)], mishap.at_kafka ? "Kafka " : "",
                     mishap.nth, mishap.times, mishap.time.count());
}

std::string in_words(const Side& side) {
  std::string out = fmt::format("{} of variant {}{}, lock timeout {} s", side.verb, side.variant,
                                side.deletes_topics ? " with --delete-topics" : "", side.lock_timeout);
  if (side.shift != 0) out += fmt::format(", clock {} s", side.shift);
  if (side.is_elsewhere) out += ", elsewhere";
  for (const Mishap& mishap : side.mishaps) out += ", " + in_words(mishap);
  return out;
}

std::string in_words(const Scenario& scenario) {
  return fmt::format("before: variant {}\n  first: {}\n  second, at {}: {}", scenario.before, in_words(scenario.first),
                     scenario.second_starts, in_words(scenario.second));
}

/// The scenario with one thing less, for every such thing.
std::vector<Scenario> smaller(const Scenario& scenario) {
  std::vector<Scenario> out;
  const auto add = [&](const auto& take) {
    Scenario less = scenario;
    take(less);
    out.push_back(std::move(less));
  };
  for (Side Scenario::* side : {&Scenario::first, &Scenario::second}) {
    const Side& now = scenario.*side;
    for (std::size_t i = 0; i < now.mishaps.size(); ++i)
      add([&](Scenario& less) { (less.*side).mishaps.erase((less.*side).mishaps.begin() + static_cast<long>(i)); });
    if (now.verb != "apply") add([&](Scenario& less) { (less.*side).verb = "apply"; });
    if (now.shift != 0) add([&](Scenario& less) { (less.*side).shift = 0; });
    if (now.is_elsewhere) add([&](Scenario& less) { (less.*side).is_elsewhere = false; });
    if (now.deletes_topics) add([&](Scenario& less) { (less.*side).deletes_topics = false; });
  }
  if (scenario.before != 0) add([](Scenario& less) { less.before = 0; });
  return out;
}

/// Names of all objects of a namespace, "configmaps/name", with NAME for the application.
Result<std::vector<std::string>> objects_of(ApiClient& client, const std::string& ns) {
  std::vector<std::string> out;
  for (const auto& [api, plural] : application_kinds) {
    const auto list = client.get({fmt::format("/{}/namespaces/{}/{}", api, ns, plural), plural}, {});
    if (!list) return std::unexpected<Error>(list.error());
    for (const Json& object : list->at("items")) {
      std::string name = string_at(object, {"metadata", "name"});
      if (name == "kube-root-ca.crt" || name == "default") continue;
      if (const auto at = name.find(ns); at != std::string::npos) name.replace(at, ns.size(), "NAME");
      out.push_back(fmt::format("{}/{}", plural, name));
    }
  }
  std::ranges::sort(out);
  return out;
}

bool is_partly_done(int status) { return status == 0 || status == 1 || status == 3 || status == 4; }

/// A folder with a variant of the application: another image and another extra object each, and with odd numbers one
/// more streamlet and topic.
void write_variant(const TempFolder& folder, const std::string& name, const Ground& ground, const std::string& ns,
                   int variant) {
  folder.write(name + "/cloudflow.yaml", fmt::format(R"(application: {0}
version: 1.0.{2}
blueprint: two.conf
environments:
  test:
    kubernetes: {{namespace: {0}}}
    kafka:
      default: {{bootstrap-servers: "{1}", partitions: 1, replicas: 1}}
)",
                                                     ns, ground.bootstrap, variant));
  const bool two = variant % 2 == 1;
  folder.write(
      name + "/two.conf",
      fmt::format(R"(blueprint {{
  streamlets {{
    s0 {{ image = "registry.example.com/two:{1}", outlets {{ out = bytearray }} }}
{2}  }}
  topics {{
    t0 {{ producers = [s0.out]{3}, topic {{ name = {0}-t0, segment.ms = {1}00000000 }} }}
{4}  }}
}}
)",
                  ns, variant,
                  two ? fmt::format("    s1 {{ image = \"registry.example.com/two:{}\", inlets {{ in = bytearray }}, "
                                    "outlets {{ out = bytearray }} }}\n",
                                    variant)
                      : "",
                  two ? ", consumers = [s1.in]" : "",
                  two ? fmt::format("    t1 {{ producers = [s1.out], topic {{ name = {}-t1 }} }}\n", ns) : ""));
  folder.write(
      name + "/kubernetes/extra.yaml",
      fmt::format("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: extra-{0}}}\ndata: {{is: \"{0}\"}}\n", variant));
}

/// What the last of all runs leaves: one streamlet.
constexpr int last_variant = 4;

/// What rounds have tried: a search in which little happens proves little.
struct Tried {
  int rounds = 0;
  int mishaps = 0;
  int killed = 0;
  int unlocks = 0;
  int both_wrote = 0;  ///< rounds
  int refused = 0;     ///< runs that met a lock
  int took_over = 0;   ///< runs that took it from another
  int gave_way = 0;    ///< runs that lost it

  void add(const Tried& other) {
    rounds += other.rounds;
    mishaps += other.mishaps;
    killed += other.killed;
    unlocks += other.unlocks;
    both_wrote += other.both_wrote;
    refused += other.refused;
    took_over += other.took_over;
    gave_way += other.gave_way;
  }
  std::string in_words() const {
    return fmt::format(
        "{} rounds with {} mishaps, {} kills, {} unlocks; both runs wrote in {}; {} runs met a lock, {} took one over, "
        "{} "
        "lost theirs",
        rounds, mishaps, killed, unlocks, both_wrote, refused, took_over, gave_way);
  }
};

/// One scenario on servers that other rounds use, too. Says nothing to the test framework, which knows one thread.
class Round {
 public:
  Round(Scenario scenario, Ground& ground, std::vector<std::string> expected)
      : scenario_(std::move(scenario)),
        ground_(ground),
        expected_(std::move(expected)),
        ns_(fresh_space("writers")),
        first_(ground.servers, "first", scenario_.first.mishaps),
        second_(ground.servers, "second", scenario_.second.mishaps) {}

  void run() {
    write_variant(folder_, folder(last_variant), ground_, ns_, last_variant);
    write_variant(folder_, folder(1), ground_, ns_, 1);
    write_variant(folder_, first_.name(), ground_, ns_, scenario_.first.variant);
    write_variant(folder_, second_.name(), ground_, ns_, scenario_.second.variant);
    kubeconfig_of_first_ = folder_.write("first.kubeconfig", first_.proxy().kubeconfig());
    kubeconfig_of_second_ = folder_.write("second.kubeconfig", second_.proxy().kubeconfig());
    if (scenario_.before != 0)
      must_end(0, "before", {"apply", "--yes", "--deadline", generous}, folder(scenario_.before));
    start_ = Time::clock::now();
    if (violations_.empty()) contest();
    if (violations_.empty()) {
      check_ends();
      check_order();
      check_terms(first_);
      check_terms(second_);
      check_last_word();
    }
    check_convergence();
    check_removal();
    tidy();
  }

  /// What only the last apply and a removal leave, to know what that looks like.
  std::vector<std::string> reference() {
    write_variant(folder_, folder(last_variant), ground_, ns_, last_variant);
    must_end(0, "reference", {"apply", "--yes", "--deadline", generous}, folder(last_variant));
    auto found = objects_of(ground_.objects, ns_);
    if (!found) violate("cannot list: " + found.error().message);
    check_removal();
    tidy();
    return found ? *found : std::vector<std::string>();
  }

  const std::vector<std::string>& violations() const { return violations_; }
  /// Something did not end in its time, which a busy machine may have brought about.
  bool is_late() const { return is_late_; }
  /// What this round has tried.
  Tried tried() const {
    Tried out;
    out.rounds = 1;
    out.mishaps = static_cast<int>(first_.happened(start_).size() + second_.happened(start_).size());
    out.killed = (first_.was_killed() ? 1 : 0) + (second_.was_killed() ? 1 : 0);
    out.both_wrote = !real_changes(first_).empty() && !real_changes(second_).empty() ? 1 : 0;
    for (const FaultyRun* run : {&first_, &second_}) {
      out.took_over += run->printed().find("The lock was taken") != std::string::npos ? 1 : 0;
      out.gave_way += run->printed().find("the lock of this run was taken away") != std::string::npos ? 1 : 0;
      out.refused += run->printed().find("locked by") != std::string::npos ? 1 : 0;
    }
    out.unlocks = static_cast<int>(unlocks_.size());
    return out;
  }
  /// What happened, in order.
  std::string story() const {
    std::vector<std::string> lines;
    for (const FaultyRun* run : all_runs()) {
      for (const std::string& line : run->happened(start_)) lines.push_back(line);
      for (const Changed& change : run->changes()) {
        const std::string holder = change.is_lock ? holder_in(change) : "";
        lines.push_back(fmt::format("{:6} {} {}{}", since_start(change.sent), run->name(), change.what,
                                    holder.empty() ? "" : " for " + holder));
      }
    }
    std::ranges::sort(lines);
    std::string out = fmt::format("{}", fmt::join(lines, "\n"));
    for (const FaultyRun* run : all_runs())
      out += fmt::format("\n--- {} ended with {}:\n{}", run->name(), run->status().value_or(-1), run->printed());
    return out;
  }

 private:
  static std::string folder(int variant) { return fmt::format("v{}", variant); }

  long long since_start(Time time) const { return std::chrono::duration_cast<milliseconds>(time - start_).count(); }

  std::vector<const FaultyRun*> all_runs() const {
    std::vector<const FaultyRun*> out{&first_, &second_};
    for (const auto& run : unlocks_) out.push_back(run.get());
    return out;
  }

  void violate(const std::string& what) { violations_.push_back(what); }

  ProcessRequest request(std::vector<std::string> arguments, const std::string& where) const {
    arguments.insert(arguments.begin(), binary());
    return {.command = std::move(arguments),
            .environment = {{"KUBECONFIG", ground_.kubeconfig}},
            .directory = folder_.path(where),
            .deadline = longest_run};
  }

  /// A run to which nothing happens.
  std::optional<ProcessOutput> plain(std::vector<std::string> arguments, const std::string& where) {
    Result<ProcessOutput> output = run_process(request(std::move(arguments), where), {});
    if (output) return *std::move(output);
    if (output.error().kind == ErrorKind::timeout) is_late_ = true;
    violate(output.error().message);
    return std::nullopt;
  }

  void must_end(int status, const std::string& when, const std::vector<std::string>& arguments,
                const std::string& where) {
    const auto output = plain(arguments, where);
    if (!output || output->status == status) return;
    violate(fmt::format("{}: `{}` of {} ended with {} instead of {}:\n{}{}", when, fmt::join(arguments, " "), where,
                        output->status, status, output->output, output->errors));
  }

  void make_repository(const std::string& where) {
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"git", "init", "-q", "-b", "main", "."},
             {"git", "add", "-A"},
             {"git", "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "All"}}) {
      const auto output = run_process({.command = command, .directory = where}, {});
      if (!output || output->status != 0) return violate("git does not work");
    }
  }

  std::vector<std::string> arguments_of(const Side& side, const std::string& where) {
    std::vector<std::string> out{side.verb};
    if (side.verb == "sync") {
      make_repository(where);
      out.insert(out.end(), {"-e", "test", "--repository", where, "--once"});
    } else {
      out.emplace_back("--yes");
    }
    if (side.deletes_topics) out.emplace_back("--delete-topics");
    out.insert(out.end(), {"--lock-timeout", fmt::format("{}s", side.lock_timeout), "--deadline", "60s"});
    return out;
  }

  void start(FaultyRun& run, const Side& side, const std::string& kubeconfig) {
    ProcessRequest asked = request(arguments_of(side, folder_.path(run.name())), run.name());
#ifdef CLOUDFLOW_SHIFTED_CLOCK
    if (side.shift != 0)
      asked.environment.insert(
          {{"LD_PRELOAD", CLOUDFLOW_SHIFTED_CLOCK}, {"CLOUDFLOW_TEST_CLOCK_SHIFT", std::to_string(side.shift)}});
#endif
    if (side.is_elsewhere) run.proxy().pretend_elsewhere();
    if (const auto started = run.start(std::move(asked), kubeconfig); !started) violate(started.error().message);
  }

  void unlock() {
    auto& run = unlocks_.emplace_back(std::make_unique<FaultyRun>(
        ground_.servers, fmt::format("unlock {}", unlocks_.size() + 1), std::vector<Mishap>()));
    const std::string file =
        folder_.write(fmt::format("unlock-{}.kubeconfig", unlocks_.size()), run->proxy().kubeconfig());
    if (const auto started = run->start(request({"unlock", "--yes"}, folder(last_variant)), file); !started)
      violate(started.error().message);
  }

  bool is_second_due() const {
    if (scenario_.second_starts < 0) return first_.status().has_value();
    return first_.status() || first_.requests() >= scenario_.second_starts;
  }

  /// A stopped run goes on when its time has come.
  static void wake(FaultyRun& run) {
    if (run.is_stopped() && run.has_slept_enough()) run.go_on();
  }

  /// Both runs, to their ends.
  void contest() {
    start(first_, scenario_.first, kubeconfig_of_first_);
    while (violations_.empty()) {
      for (FaultyRun* run : {&first_, &second_}) {
        run->look();
        if (run->wants_unlock()) unlock();
        wake(*run);
      }
      for (const auto& run : unlocks_) run->look();
      if (!second_.is_started() && is_second_due()) start(second_, scenario_.second, kubeconfig_of_second_);
      const bool unlocked = std::ranges::all_of(unlocks_, [](const auto& run) { return run->status().has_value(); });
      if (first_.status() && second_.status() && unlocked) return;
      if (Time::clock::now() - start_ > longest_run) {
        is_late_ = true;
        violate("a run does not end");
      }
      std::this_thread::sleep_for(20ms);  // a poll with a deadline
    }
  }

  void check_ends() {
    for (const FaultyRun* run : {&first_, &second_}) {
      const int status = *run->status();
      if (run->was_killed() ? status != 137 && !is_partly_done(status) : !is_partly_done(status))
        violate(fmt::format("{} ended with {}", run->name(), status));
    }
    for (const auto& run : unlocks_) {
      if (*run->status() != 0 && *run->status() != 1)
        violate(fmt::format("{} ended with {}", run->name(), *run->status()));
    }
  }

  /// Without the lock, and without the namespace, in which the lock is: whoever finds none makes it first.
  std::vector<Changed> real_changes(const FaultyRun& run) const {
    std::vector<Changed> out = run.changes();
    const std::string ns = "PATCH /api/v1/namespaces/" + ns_;
    std::erase_if(out, [&](const Changed& change) { return change.is_lock || change.what == ns; });
    return out;
  }

  /// Whether something of `other` lies between two changes of `one`.
  static std::optional<std::string> between(const std::vector<Changed>& one, const std::vector<Changed>& other) {
    if (one.empty()) return std::nullopt;
    Time begun = one.front().at;
    for (const Changed& change : one) begun = std::min(begun, change.at);
    const Time ended = one.back().sent;
    for (const Changed& change : other) {
      if (begun < change.sent && change.at < ended)
        return fmt::format("{} lies between {} and {}", change.what, one.front().what, one.back().what);
    }
    return std::nullopt;
  }

  void check_order() {
    const std::vector<Changed> first = real_changes(first_);
    const std::vector<Changed> second = real_changes(second_);
    if (const auto found = between(first, second)) violate("the second writes beside the first: " + *found);
    if (const auto found = between(second, first)) violate("the first writes beside the second: " + *found);
  }

  /// What a write of the Lease names as its holder.
  static std::string holder_in(const Changed& change) {
    const Json body = Json::parse(change.body, nullptr, false);
    return body.is_object() ? string_at(body, {"spec", "holderIdentity"}) : "";
  }

  void check_terms(const FaultyRun& run) {
    const std::string mark = fmt::format("process {},", run.process());
    const auto is_own = [&](const Changed& change) { return holder_in(change).find(mark) != std::string::npos; };
    struct Term {
      Time begin{};
      std::optional<Time> end{};  // after it, no change
      std::string why{};
    };
    std::vector<Term> terms;
    Time taken{};                      // when it knew that the lock is its own
    std::optional<Time> broken;        // by an `unlock`, whoever had it
    const FaultyRun* other = nullptr;  // that was given it last
    std::optional<Time> perhaps_broken;
    const auto end_with = [&](Time time, const std::string& because) {
      if (terms.back().end) return;
      terms.back().end = time;
      terms.back().why = because;
    };
    std::vector<std::pair<Changed, const FaultyRun*>> lock;
    for (const FaultyRun* one : all_runs()) {
      for (Changed& change : one->changes()) {
        if (change.is_lock) lock.emplace_back(std::move(change), one);
      }
    }
    std::ranges::sort(lock, {}, [](const auto& entry) { return entry.first.at; });
    for (const auto& [change, who] : lock) {
      if (terms.empty()) {
        if (who != &run || !is_own(change)) continue;
        terms.push_back({.begin = change.sent});
        taken = change.at;
        continue;
      }
      if (who != &run && change.sent < taken) {  // of the holder before it, answered late; an `unlock` may mean either
        if (holder_in(change).empty()) perhaps_broken = change.at;
        continue;
      }
      if (who == &run) {
        if (change.what.starts_with("DELETE")) end_with(change.at, "it gave the lock back");
        // Between the rounds of a sync it gives the lock back. It may take anew what nobody has (the server makes no
        // second Lease), what was broken, and what a dead process had.
        const bool is_free = change.what.starts_with("POST") || (broken && change.sent > *broken) ||
                             (other != nullptr && other->was_killed());
        if (is_own(change) && terms.back().end && is_free) {
          terms.push_back({.begin = change.sent});
          taken = change.at;
          broken.reset();
        }
      } else if (holder_in(change).empty()) {
        broken = change.at;
        end_with(change.at + grace, "its lock was broken");
      } else {
        broken.reset();
        other = who;
        end_with(perhaps_broken ? std::max(change.at, *perhaps_broken + grace) : change.at,
                 "another run was given the lock");
      }
    }
    for (const Changed& change : real_changes(run)) {
      const auto after = std::ranges::find_if(terms, [&](const Term& term) { return change.sent < term.begin; });
      if (after == terms.begin()) {
        violate(fmt::format("{} has no lock yet at {}", run.name(), change.what));
        continue;
      }
      const bool is_in_term =
          std::any_of(terms.begin(), after, [&](const Term& term) { return !term.end || change.sent <= *term.end; });
      if (!is_in_term)
        violate(fmt::format("{} changes something although {}: {}", run.name(), std::prev(after)->why, change.what));
    }
  }

  /// Where the run that ended last says that all is well, it is.
  void check_last_word() {
    const std::vector<Changed> of_first = real_changes(first_);
    const std::vector<Changed> of_second = real_changes(second_);
    if (of_first.empty() || of_second.empty()) return;
    const bool second_is_last = of_first.back().sent < of_second.front().sent;
    const FaultyRun& run = second_is_last ? second_ : first_;
    const Side& side = second_is_last ? scenario_.second : scenario_.first;
    if (*run.status() != 0) return;
    if (side.verb == "destroy") {
      const auto left = objects_of(ground_.objects, ns_);
      if (!left) return violate(left.error().message);
      for (const std::string& object : *left) {
        if (object.starts_with("deployments/")) violate("destroy ended with 0, and there is " + object);
      }
      return;
    }
    std::vector<std::string> arguments{"plan", "--detailed-exitcode"};
    if (side.deletes_topics) arguments.emplace_back("--delete-topics");
    must_end(0, run.name() + " ended with 0", arguments, run.name());
  }

  bool topic_exists(const std::string& id) {
    const std::vector<std::string> names{fmt::format("{}-{}", ns_, id)};
    const auto answers = ground_.topics.describe_topics(names, std::nullopt, {});
    if (!answers) {
      violate(answers.error().message);
      return false;
    }
    return answers->at(0).has_value();
  }

  void check_convergence() {
    must_end(0, "one more apply",
             {"apply", "--yes", "--delete-topics", "--lock-timeout", generous, "--deadline", generous},
             folder(last_variant));
    must_end(0, "after one more apply", {"plan", "--detailed-exitcode", "--delete-topics"}, folder(last_variant));
    const auto objects = objects_of(ground_.objects, ns_);
    if (!objects) return violate(objects.error().message);
    if (*objects != expected_)
      violate(fmt::format("there is {}\ninstead of {}", fmt::join(*objects, " "), fmt::join(expected_, " ")));
    if (!topic_exists("t0")) violate("the topic t0 is not there");
    if (topic_exists("t1")) violate("the topic t1 stays behind");
  }

  void check_removal() {
    must_end(0, "at the end",
             {"destroy", "--yes", "--delete-topics", "--lock-timeout", generous, "--deadline", generous},
             folder(last_variant));
    const auto objects = objects_of(ground_.objects, ns_);
    if (!objects) return violate(objects.error().message);
    if (!objects->empty()) violate(fmt::format("after destroy there is {}", fmt::join(*objects, " ")));
    if (topic_exists("t0")) violate("after destroy the topic t0 is there");
  }

  void tidy() {
    const ApiPath path{"/api/v1/namespaces/" + ns_, ns_};
    if (const auto removed = ground_.objects.remove(path, {}, {}); !removed) violate(removed.error().message);
    for (const char* id : {"t0", "t1"}) {
      const std::vector<std::string> names{fmt::format("{}-{}", ns_, id)};
      if (!violations_.empty()) static_cast<void>(ground_.topics.delete_topics(names, {}));
    }
  }

  Scenario scenario_;
  Ground& ground_;
  std::vector<std::string> expected_;
  std::string ns_;
  TempFolder folder_{};
  std::string kubeconfig_of_first_{};
  std::string kubeconfig_of_second_{};
  Time start_ = Time::clock::now();
  std::vector<std::string> violations_{};
  bool is_late_ = false;
  std::vector<std::unique_ptr<FaultyRun>> unlocks_{};
  FaultyRun first_;
  FaultyRun second_;
};

struct Violation {
  unsigned seed = 0;
  Scenario scenario{};
  std::string said{};
  bool is_late = false;
};

/// One round; what it violates, with what happened.
std::optional<Violation> violation(const Scenario& scenario, Ground& ground, const std::vector<std::string>& expected,
                                   Tried& tried) {
  Round round(scenario, ground, expected);
  round.run();
  tried = round.tried();
  if (round.violations().empty()) return std::nullopt;
  return Violation{.scenario = scenario,
                   .said = fmt::format("{}\n{}", fmt::join(round.violations(), "\n"), round.story()),
                   .is_late = round.is_late()};
}

/// A scenario of which nothing can be taken away without the violation going with it, as far as some tries find one.
Violation shrunk(Violation found, Ground& ground, const std::vector<std::string>& expected) {
  int tries = 15;
  for (bool is_less = true; is_less;) {
    is_less = false;
    for (const Scenario& less : smaller(found.scenario)) {
      if (tries-- == 0) return found;
      Tried tried;
      auto again = violation(less, ground, expected, tried);
      if (!again) continue;
      again->seed = found.seed;
      found = *std::move(again);
      is_less = true;
      break;
    }
  }
  return found;
}

/// Whether a round in which something did not end in its time is only one of a busy machine: alone it ends.
bool is_only_slow(const Violation& found, Ground& ground, const std::vector<std::string>& expected) {
  Tried tried;
  return found.is_late && !violation(found.scenario, ground, expected, tried);
}

/// How many rounds run side by side: they mostly wait.
std::size_t side_by_side() {
  const char* given = std::getenv("CLOUDFLOW_ORACLE_SIDE_BY_SIDE");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return given == nullptr ? 8 : static_cast<std::size_t>(std::max(1, std::atoi(given)));
}

/// All rounds of a search; says how far it is now and then.
std::vector<Violation> search_all(const RandomSearch& search, Pace pace, Ground& ground,
                                  const std::vector<std::string>& expected) {
  std::mutex mutex;
  std::vector<Violation> out;
  Tried all;
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int i = next++; i < search.rounds; i = next++) {
      const unsigned seed = search.seed + static_cast<unsigned>(i);
      const Scenario scenario = random_scenario(seed, pace);
      Tried tried;
      auto found = violation(scenario, ground, expected, tried);
      const std::scoped_lock lock(mutex);
      all.add(tried);
      if (found) {
        fmt::print(stderr, "seed {}{}:\n{}\n{}\n", seed, found->is_late ? ", late" : "", in_words(scenario),
                   found->said);
        found->seed = seed;
        out.push_back(*std::move(found));
      }
      constexpr int between_words = 20;
      if (all.rounds % between_words == 0 || all.rounds == search.rounds)
        fmt::print(stderr, "{}; {} violations\n", all.in_words(), out.size());
    }
  };
  std::vector<std::jthread> threads;
  const std::size_t wanted = std::min(side_by_side(), static_cast<std::size_t>(search.rounds));
  for (std::size_t i = 0; i < wanted; ++i) threads.emplace_back(work);
  threads.clear();
  return out;
}

}  // namespace

TEST_CASE("two runs never write side by side, and whatever happens to them the next converges",
          "[e2e][oracle][servers][lock]") {
  const RandomSearch search = random_search(6, 1000);
  const Pace pace = is_long_search() ? Pace::full : Pace::quick;
  ProxiedServers servers;
  Ground& ground = servers.ground;
  Round reference({}, ground, {});
  const std::vector<std::string> expected = reference.reference();
  INFO(fmt::format("{}", fmt::join(reference.violations(), "\n")));
  REQUIRE(reference.violations().empty());
  REQUIRE_FALSE(expected.empty());
  for (Violation& found : search_all(search, pace, ground, expected)) {
    if (is_only_slow(found, ground, expected)) {
      WARN(fmt::format("seed {}: too slow beside others, and well alone", found.seed));
      continue;
    }
    const unsigned seed = found.seed;
    const Violation small = shrunk(std::move(found), ground, expected);
    FAIL_CHECK(fmt::format("{}CLOUDFLOW_ORACLE_SEED={} CLOUDFLOW_ORACLE_ROUNDS=1:\n  smallest: {}\n{}",
                           pace == Pace::full ? "CLOUDFLOW_ORACLE=long " : "", seed, in_words(small.scenario),
                           small.said));
  }
}
