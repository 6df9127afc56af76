// Random lives of containers: what was said of them against what ran, at the moment when it was said.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <semaphore>

#include "sdk/support/clock.h"
#include "tests/node/application.h"
#include "tests/node/process_watch.h"
#include "tests/node/real_node.h"
#include "tests/support/random_search.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;

namespace {

/// For so long a kubelet may not know yet that a container has ended: it looks once a second, and reports then.
constexpr auto kubelet_delay = 3s;
/// A container that was just started has run for so long when it is called ready (docs/readiness.md says 2.1 s), but
/// for what clocks and looks leave open.
constexpr auto least_watch = 2000ms;

/// A container that was restarted has run for so long at least when it is called ready (docs/readiness.md).
constexpr auto shortest_watch = 10s;

constexpr int most_versions = 3;

/// What one version is, and what may truly be said of it.
struct Version {
  int number = 1;
  int replicas = 1;
  std::string arguments{};
  std::string memory{};  ///< limit; empty for none
  bool recreate = false;
  bool lasts = true;  ///< it stays up once it runs
  std::chrono::milliseconds ready_after{0};
};

Version random_version(std::mt19937& random, int number) {
  const auto upto = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  Version out{.number = number, .replicas = upto(8) == 0 ? 0 : 1 + upto(2), .recreate = upto(3) == 0};
  switch (upto(7)) {
    case 0:
      out.arguments = fmt::format("--exit-after {}ms --code {}", 100 + upto(1400), upto(4));
      out.lasts = false;
      break;
    case 1:
      out.arguments = fmt::format("--exit-after {}ms --code {}", 1500 + upto(7000), upto(4));
      out.lasts = false;
      break;
    case 2:
      out.arguments = fmt::format("--hog {}", 200 + upto(200));
      out.memory = fmt::format("{}Mi", 12 + upto(12));
      out.lasts = false;
      break;
    case 3:
      out.ready_after = std::chrono::milliseconds(upto(4000));
      out.arguments = fmt::format("--ready-after {}ms", out.ready_after.count());
      break;
    case 4:
      out.arguments = "--ignore-term";
      break;
    default:
      out.arguments = fmt::format("--term-after {}ms", upto(4000));
  }
  return out;
}

std::string container(const Version& version, const std::string& mark) {
  const std::string probe = version.ready_after > 0ms
                                ? R"(, readinessProbe: {exec: {command: ["/bin/cat", "/tmp/ready"]}, periodSeconds: 1})"
                                : "";
  const std::string limit =
      version.memory.empty()
          ? ""
          : fmt::format(", resources: {{limits: {{memory: {0}}}, requests: {{memory: {0}}}}}", version.memory);
  return fmt::format(
      R"(image: "nodebed/app:{}", env: [{{name: APP_ARGS, value: "{}"}}, {{name: LIFE, value: "{}"}}]{}{})",
      1 + version.number % 2, version.arguments, mark, limit, probe);
}

/// One application through some versions to its end.
class Story {
 public:
  Story(unsigned seed, ProcessWatch& watch)
      : seed_(seed), random_(seed), watch_(watch), application_(fmt::format("life{}", seed)) {}

  std::vector<std::string> tell();

 private:
  std::string mark(int version) const { return fmt::format("{}/{}", application_.name(), version); }
  std::vector<Life> lives(int version, Instant after) { return watch_.lives_of(mark(version), after); }
  void lie(const std::string& what, const StampedOutput& said);
  void deploy(const Version& version);
  void look(const Version& version);
  void end();
  void check_ready(const Version& version, Instant when, const std::string& what, const StampedOutput& said);
  void check_gone(int version, Instant when, const std::string& what, const StampedOutput& said);
  void check_never_together(const Version& version, const StampedOutput& said);

  unsigned seed_;
  std::mt19937 random_;
  ProcessWatch& watch_;
  NodeApplication application_;
  std::string story_{};
  bool stands_still_ = false;  ///< the last version did not come to run
  std::vector<std::string> lies_{};
};

/// What was said of the workload, and what is no event.
std::string shown(const StampedOutput& said) {
  std::string out;
  for (const Said& one : said.said) {
    const Json event = Json::parse(one.line, nullptr, false);
    const std::string address = string_at(event, {"address"});
    if (event.is_object() && address != "deployment/own" && string_at(event, {"type"}) != "error") continue;
    const std::string line = event.is_object()
                                 ? fmt::format("{} {} {}{}", string_at(event, {"type"}), string_at(event, {"action"}),
                                               string_at(event, {"reason"}), string_at(event, {"error", "message"}))
                                 : one.line;
    out += fmt::format("  {:6.2f} {}\n", std::chrono::duration<double>(one.when - said.start).count(), line);
  }
  return out;
}

void Story::lie(const std::string& what, const StampedOutput& said) {
  std::string ran;
  const auto since = [&](Instant time) {
    return time == Instant::max() ? 9999.0 : std::chrono::duration<double>(time - said.start).count();
  };
  for (int version = 1; version <= most_versions; ++version) {
    for (const Life& life : lives(version, said.end))
      ran += fmt::format("  {} {} from {:.2f} to {:.2f}, missed {:.2f}\n", life.mark, life.pod, since(life.start),
                         since(life.last_seen), since(life.end));
  }
  lies_.push_back(
      fmt::format("seed {}: {}\n{}status {}\n{}ran:\n{}", seed_, what, story_, said.status, shown(said), ran));
}

/// As many pods as asked for run, each for long enough, and none of another version. A kubelet may not have said yet
/// that a container ended: then it seemed to run on.
void Story::check_ready(const Version& version, Instant when, const std::string& what, const StampedOutput& said) {
  const auto needed = std::max<std::chrono::milliseconds>(least_watch, version.ready_after);
  std::map<std::string, bool> steady;
  for (const Life& life : lives(version.number, when)) {
    if (life.start > when) continue;
    const bool just_ended = !version.lasts && life.end <= when && when - life.end < kubelet_delay;
    const Instant until = just_ended ? when : std::min(when, life.end);
    if (life.may_run(when) || just_ended) steady[life.pod] = steady[life.pod] || until - life.start >= needed;
  }
  if (std::ssize(steady) != version.replicas)
    lie(fmt::format("{}, and {} of {} pods ran", what, steady.size(), version.replicas), said);
  for (const auto& [pod, long_enough] : steady) {
    if (!long_enough) lie(fmt::format("{}, and {} had run for too short a time", what, pod), said);
  }
  for (int other = 1; other <= most_versions; ++other) {
    if (other != version.number) check_gone(other, when, what, said);
  }
}

void Story::check_gone(int version, Instant when, const std::string& what, const StampedOutput& said) {
  for (const Life& life : lives(version, when)) {
    if (life.last_seen > when && life.start < said.end)
      lie(fmt::format("{}, and a container of version {} still ran", what, version), said);
  }
}

/// Where the strategy is to make anew, two versions never run at the same time.
void Story::check_never_together(const Version& version, const StampedOutput& said) {
  if (!version.recreate || version.number == 1) return;
  const std::vector<Life> before = lives(version.number - 1, said.end);
  for (const Life& now : lives(version.number, said.end)) {
    if (std::ranges::any_of(before, [&](const Life& old) { return old.last_seen > now.start; }))
      lie("two versions ran at once, which the strategy forbids", said);
  }
}

void Story::deploy(const Version& version) {
  const std::string text = container(version, mark(version.number));
  story_ += fmt::format("  {} × {}{}\n", version.replicas, text, version.recreate ? ", Recreate" : "");
  application_.set_deployment(
      "own", text, "",
      fmt::format("replicas: {}{}", version.replicas, version.recreate ? "\n  strategy: {type: Recreate}" : ""));
  const StampedOutput applied = application_.run_stamped(
      {"apply", "--yes", "--json", "--deadline", version.lasts || version.replicas == 0 ? "90" : "12"});
  // The Deployment controller itself may stand still, which is said, with the way on.
  stands_still_ = shown(applied).find("its controller stands still") != std::string::npos;
  if (version.lasts && version.replicas > 0 && applied.status != 0 && !stands_still_)
    lie("apply of what lasts failed", applied);
  if (version.replicas == 0 && applied.status != 0) lie("apply of nothing failed", applied);
  for (const Said& one : applied.said) {
    const Json event = Json::parse(one.line, nullptr, false);
    if (string_at(event, {"type"}) == "finished" && string_at(event, {"address"}) == "deployment/own")
      check_ready(version, one.when, "apply said ready", applied);
  }
  if (applied.status == 0) check_ready(version, applied.end, "apply ended with 0", applied);
  check_never_together(version, applied);
}

/// How often containers have ended, and how long those that run have done so, by what the kubelet has told the server.
struct Told {
  long long ends = 0;
  std::chrono::seconds youngest = std::chrono::seconds::max();
};

Told told_of(const std::vector<Json>& pods, std::chrono::system_clock::time_point now) {
  Told out;
  for (const Json& pod : pods) {
    const Json* statuses = find(pod, {"status", "containerStatuses"});
    if (statuses == nullptr || find(pod, {"metadata", "deletionTimestamp"}) != nullptr) continue;
    for (const Json& status : *statuses) {
      out.ends += int_at(status, {"restartCount"});
      const std::string start = string_at(status, {"state", "running", "startedAt"});
      if (start.empty()) continue;
      out.youngest = std::min(out.youngest, std::chrono::floor<std::chrono::seconds>(now - parse_rfc3339(start)));
    }
  }
  return out;
}

void Story::look(const Version& version) {
  const Told told = told_of(application_.running_pods("own-"), std::chrono::system_clock::now());
  const StampedOutput status = application_.run_stamped({"status", "--detailed-exitcode"});
  const bool steady = (version.lasts || version.replicas == 0) && !stands_still_;
  if (steady && status.status != 0) lie("status of what lasts", status);
  if (status.status != 0) return;
  int running = 0;
  for (const Life& life : lives(version.number, status.end)) {
    if (life.may_run(status.start)) ++running;
  }
  // On a busy machine the kubelet is behind without any limit: of an end that it had not told nobody can know, and of
  // what lives for less than nine seconds it is behind where it tells of more than ten.
  if (told.ends > 0 && told.youngest < shortest_watch)
    lie(fmt::format("status said ready {} s after the last of {} ends that were told", told.youngest.count(),
                    told.ends),
        status);
  if (steady && running != version.replicas)
    lie(fmt::format("status said ready, and {} of {} containers ran", running, version.replicas), status);
}

void Story::end() {
  const StampedOutput destroyed = application_.run_stamped({"destroy", "--yes", "--json"});
  if (destroyed.status != 0) lie("destroy failed", destroyed);
  for (const Said& one : destroyed.said) {
    const Json event = Json::parse(one.line, nullptr, false);
    if (string_at(event, {"type"}) != "finished" || string_at(event, {"address"}) != "deployment/own") continue;
    for (int version = 1; version <= most_versions; ++version)
      check_gone(version, one.when, "destroy said gone", destroyed);
  }
  for (int version = 1; version <= most_versions; ++version)
    check_gone(version, destroyed.end, "destroy ended with 0", destroyed);
}

std::vector<std::string> Story::tell() {
  application_.set("app", {});
  const int versions = 1 + static_cast<int>(random_() % static_cast<unsigned>(most_versions));
  for (int number = 1; number <= versions; ++number) {
    const Version version = random_version(random_, number);
    deploy(version);
    look(version);
  }
  end();
  return std::move(lies_);
}

}  // namespace

TEST_CASE("what is said of random lives of containers is so when it is said", "[node][oracle]") {
  real_node();
  const RandomSearch search = random_search(6, 100);
  ProcessWatch watch;
  std::counting_semaphore<> at_once(6);
  std::vector<std::future<std::vector<std::string>>> runs;
  for (int i = 0; i < search.rounds; ++i) {
    runs.push_back(std::async(std::launch::async, [&at_once, &watch, seed = search.seed + static_cast<unsigned>(i)] {
      at_once.acquire();
      const auto release = [&at_once](const unsigned*) { at_once.release(); };
      const std::unique_ptr<const unsigned, decltype(release)> turn(&seed, release);
      return Story(seed, watch).tell();
    }));
  }
  int disagreements = 0;
  for (auto& run : runs) {
    for (const std::string& lie : run.get()) {
      ++disagreements;
      UNSCOPED_INFO(lie);
    }
  }
  CHECK(disagreements == 0);
}
