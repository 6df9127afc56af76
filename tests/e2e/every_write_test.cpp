// Something happens before or after every single write of an apply, one by one: SIGKILL, a connection that is cut, an
// answer of the server that refuses. The same command again converges; nothing is left, and nothing is done twice.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch_all.hpp>
#include <mutex>
#include <set>
#include <thread>

#include "sdk/support/process.h"
#include "tests/e2e/faulty_run.h"
#include "tests/e2e/world.h"
#include "tests/support/kubebed.h"
#include "tests/support/random_search.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;
using What = Mishap::What;

namespace {

constexpr auto longest_run = 10min;
constexpr auto generous = "600s";

/// An application in a namespace of its own that is turned from variant 0 into variant 1 and back: 12 objects change, 6
/// come and 6 go, 2 topics change, one comes and one goes, 2 workloads change and one of each variant comes or goes.
void write_variant(const TempFolder& folder, const Ground& ground, const std::string& ns, int variant) {
  const std::string name = fmt::format("v{}", variant);
  folder.write(name + "/cloudflow.yaml", fmt::format(R"(application: {0}
version: 1.0.{2}
blueprint: all.conf
environments:
  test:
    kubernetes: {{namespace: {0}}}
    kafka:
      default: {{bootstrap-servers: "{1}", partitions: 1, replicas: 1}}
)",
                                                     ns, ground.bootstrap, variant));
  folder.write(name + "/all.conf", fmt::format(R"(blueprint {{
  streamlets {{
    s0 {{ image = "registry.example.com/all:{1}", outlets {{ out = bytearray }} }}
    s1 {{ image = "registry.example.com/all:{1}", inlets {{ in = bytearray }} }}
    only{1} {{ image = "registry.example.com/all:{1}", outlets {{ out = bytearray }} }}
  }}
  topics {{
    t0 {{ producers = [s0.out], consumers = [s1.in], topic {{ name = {0}-t0, segment.ms = {1}00000000 }} }}
    t{2} {{ producers = [only{1}.out], topic {{ name = {0}-t{2} }} }}
  }}
}}
)",
                                               ns, variant + 1, variant + 1));
  std::string extra;
  const auto object = [&](const std::string& kind, const std::string& id, int value) {
    extra += fmt::format("apiVersion: v1\nkind: {}\nmetadata: {{name: {}}}\n{}: {{is: \"{}\"}}\n---\n", kind, id,
                         kind == "Secret" ? "stringData" : "data", value);
  };
  for (int i = 0; i < 10; ++i) object("ConfigMap", fmt::format("changes-{}", i), variant);
  for (int i = 0; i < 2; ++i) object("Secret", fmt::format("changes-{}", i), variant);
  for (int i = 0; i < 6; ++i) object("ConfigMap", fmt::format("only-{}-{}", variant, i), 1);
  folder.write(name + "/kubernetes/extra.yaml", extra);
}

/// What happens at a write.
struct Case {
  What what = What::kill;
  bool at_kafka = false;
  int nth = 1;

  std::string in_words() const {
    static const std::map<What, std::string> words = {
        {What::kill, "killed before"},      {What::kill_after, "killed after"},
        {What::lose_request, "cut before"}, {What::lose_answer, "cut after"},
        {What::conflict, "409 at"},         {What::too_many, "429 with Retry-After at"},
        {What::too_many_now, "429 at"},     {What::internal_error, "500 at"},
        {What::unavailable, "503 at"}};
    return fmt::format("{} write {} to {}", words.at(what), nth, at_kafka ? "Kafka" : "Kubernetes");
  }
};

/// One namespace with its application. Says nothing to the test framework, which knows one thread.
class Field {
 public:
  explicit Field(Ground& ground) : ground_(ground), ns_(fresh_space("writes")) {
    for (const int variant : {0, 1}) write_variant(folder_, ground_, ns_, variant);
    for (const int variant : {0, 1}) {
      variant_ = variant;
      expect(0, "to begin with", apply_arguments());
      expected_[variant] = state();
    }
  }
  ~Field() {
    expect(0, "at the end",
           {"destroy", "--yes", "--delete-topics", "--lock-timeout", generous, "--deadline", generous});
    static_cast<void>(ground_.objects.remove({"/api/v1/namespaces/" + ns_, ns_}, {}, {}));
  }
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  struct Count {
    int kubernetes = 0;
    int kafka = 0;
    std::size_t changes = 0;  ///< of the plan
  };
  /// How many writes an apply makes to which nothing happens.
  Count count() {
    turn();
    Count out;
    const auto planned = run({"plan", "--json", "--delete-topics"});
    if (planned) out.changes = Json::parse(planned->output, nullptr, false).value("changes", Json()).size();
    FaultyRun one(ground_.servers, "count", {});
    faulty(one, apply_arguments());
    out.kubernetes = static_cast<int>(one.proxy().writes().size());
    for (const Changed& change : one.changes()) out.kafka += change.what.starts_with("Kafka") ? 1 : 0;
    check_end("count");
    return out;
  }

  void try_out(const Case& one) {
    turn();
    const std::string words = one.in_words();
    const bool is_saved = one.nth % 2 == 0;  // a plan that was saved, or the one that apply makes
    std::vector<std::string> arguments = apply_arguments();
    if (is_saved) {
      const std::string file = folder_.path("saved.cfplan");
      expect(0, words, {"plan", "--delete-topics", "--out", file});
      arguments = {"apply", file, "--yes", "--lock-timeout", generous, "--deadline", generous};
    }
    FaultyRun first(ground_.servers, "first",
                    {{.what = one.what, .at_kafka = one.at_kafka, .nth = one.nth, .at_write = true}});
    faulty(first, arguments);
    happened_ += first.happened({}).empty() ? 0 : 1;
    const bool is_killed = one.what == What::kill || one.what == What::kill_after;
    if (!is_killed && *first.status() != 0 && *first.status() != 1 && *first.status() != 4)
      violate(words, fmt::format("the run ended with {}:\n{}", *first.status(), first.printed()));
    if (!is_killed && *first.status() == 0) ++went_on_;
    FaultyRun second(ground_.servers, "second", {});
    faulty(second, arguments);
    const bool was_over = is_saved && second.printed().find("this plan was applied already") != std::string::npos;
    if (*second.status() != 0 && !was_over)
      violate(words, fmt::format("the next run ended with {}:\n{}\n--- the first:\n{}", *second.status(),
                                 second.printed(), first.printed()));
    check_not_twice(words, first, second);
    check_end(words);
  }

  const std::vector<std::string>& violations() const { return violations_; }
  int happened() const { return happened_; }
  int went_on() const { return went_on_; }
  std::size_t done_by_first() const { return done_by_first_; }
  std::size_t done_by_second() const { return done_by_second_; }

 private:
  std::vector<std::string> apply_arguments() const {
    return {"apply", "--yes", "--delete-topics", "--lock-timeout", generous, "--deadline", generous};
  }
  void turn() { variant_ = 1 - variant_; }
  void violate(const std::string& when, const std::string& what) { violations_.push_back(when + ": " + what); }

  ProcessRequest request(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), binary());
    return {.command = std::move(arguments),
            .environment = {{"KUBECONFIG", ground_.kubeconfig}},
            .directory = folder_.path(fmt::format("v{}", variant_)),
            .deadline = longest_run};
  }
  std::optional<ProcessOutput> run(std::vector<std::string> arguments) {
    Result<ProcessOutput> output = run_process(request(std::move(arguments)), {});
    if (output) return *std::move(output);
    violate("run", output.error().message);
    return std::nullopt;
  }
  void expect(int status, const std::string& when, const std::vector<std::string>& arguments) {
    const auto output = run(arguments);
    if (output && output->status != status)
      violate(when, fmt::format("`{}` ended with {} instead of {}:\n{}{}", fmt::join(arguments, " "), output->status,
                                status, output->output, output->errors));
  }
  /// To its end.
  void faulty(FaultyRun& one, const std::vector<std::string>& arguments) {
    const std::string kubeconfig = folder_.write(one.name() + ".kubeconfig", one.proxy().kubeconfig());
    if (const auto started = one.start(request(arguments), kubeconfig); !started)
      return violate(one.name(), started.error().message);
    const auto until = std::chrono::steady_clock::now() + longest_run;
    while (!one.status()) {
      one.look();
      if (std::chrono::steady_clock::now() > until) {
        violate(one.name(), "it does not end: " + one.printed());
        one.kill();
      }
      std::this_thread::sleep_for(5ms);  // a poll with a deadline
    }
  }

  /// What a run did is not done again by the next: lock, record and their like aside.
  void check_not_twice(const std::string& when, const FaultyRun& first, const FaultyRun& second) {
    const auto changes_of = [&](const FaultyRun& one) {
      std::set<std::string> out;
      for (const Changed& change : one.changes()) {
        if (!change.is_lock && !change.what.ends_with("/configmaps/cloudflow-" + ns_) &&
            !change.what.starts_with("Kafka"))
          out.insert(change.what);
      }
      return out;
    };
    const std::set<std::string> again = changes_of(second);
    const std::set<std::string> done = changes_of(first);
    done_by_first_ += done.size();
    done_by_second_ += again.size();
    for (const std::string& change : done) {
      if (again.contains(change)) violate(when, "done twice: " + change);
    }
  }

  void check_end(const std::string& when) {
    expect(0, when, {"plan", "--detailed-exitcode", "--delete-topics"});
    const std::vector<std::string> now = state();
    if (now != expected_[variant_])
      violate(when,
              fmt::format("there is {}\ninstead of {}", fmt::join(now, " "), fmt::join(expected_[variant_], " ")));
  }

  /// All objects of the namespace with the values that the variants differ in, and the topics.
  std::vector<std::string> state() {
    std::vector<std::string> out;
    for (const auto& [api, plural] : application_kinds) {
      const auto list = ground_.objects.get({fmt::format("/{}/namespaces/{}/{}", api, ns_, plural), plural}, {});
      if (!list) {
        violate("state", list.error().message);
        continue;
      }
      for (const Json& object : list->at("items")) {
        const std::string name = string_at(object, {"metadata", "name"});
        if (name == "kube-root-ca.crt" || name == "default") continue;
        out.push_back(fmt::format("{}/{}={}", plural, name, string_at(object, {"data", "is"})));
      }
    }
    for (const char* id : {"t0", "t1", "t2"}) {
      const std::vector<std::string> names{fmt::format("{}-{}", ns_, id)};
      const auto answers = ground_.topics.describe_topics(names, std::nullopt, {});
      if (!answers) violate("state", answers.error().message);
      if (answers && answers->at(0).has_value()) out.push_back(std::string("topic/") + id);
    }
    std::ranges::sort(out);
    return out;
  }

  Ground& ground_;
  std::string ns_;
  TempFolder folder_{};
  int variant_ = 0;
  std::map<int, std::vector<std::string>> expected_{};
  std::vector<std::string> violations_{};
  int happened_ = 0;
  int went_on_ = 0;
  std::size_t done_by_first_ = 0;
  std::size_t done_by_second_ = 0;
};

/// All cases, several side by side, as runs mostly wait.
void try_all(ProxiedServers& proxied, const std::vector<Case>& cases) {
  constexpr std::size_t side_by_side = 12;
  std::mutex mutex;
  std::vector<std::string> violations;
  int happened = 0;
  int went_on = 0;
  std::size_t by_first = 0;
  std::size_t by_second = 0;
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    Field field(proxied.ground);
    for (std::size_t i = next++; i < cases.size() && field.violations().size() < 3; i = next++) field.try_out(cases[i]);
    const std::scoped_lock lock(mutex);
    violations.insert(violations.end(), field.violations().begin(), field.violations().end());
    happened += field.happened();
    went_on += field.went_on();
    by_first += field.done_by_first();
    by_second += field.done_by_second();
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(side_by_side, cases.size()); ++i) threads.emplace_back(work);
  }
  for (const std::string& violation : violations) FAIL_CHECK(violation);
  CHECK(happened == static_cast<int>(cases.size()));
  CHECK(by_first > cases.size());
  fmt::print(stderr, "{} cases, {} runs went on by themselves; {} changes by these, {} by those that followed\n",
             cases.size(), went_on, by_first, by_second);
}

Field::Count count_writes(ProxiedServers& proxied) {
  Field field(proxied.ground);
  const Field::Count out = field.count();
  INFO(fmt::format("{}", fmt::join(field.violations(), "\n")));
  REQUIRE(field.violations().empty());
  CHECK(out.changes >= 30);
  CHECK(out.kubernetes >= 30);
  CHECK(out.kafka >= 3);
  return out;
}

std::vector<Case> cases_of(const Field::Count& writes, const std::vector<What>& at_kubernetes,
                           const std::vector<What>& at_kafka) {
  std::vector<Case> out;
  for (int nth = 1; nth <= writes.kubernetes; ++nth) {
    for (const What what : at_kubernetes) out.push_back({.what = what, .nth = nth});
  }
  for (int nth = 1; nth <= writes.kafka; ++nth) {
    for (const What what : at_kafka) out.push_back({.what = what, .at_kafka = true, .nth = nth});
  }
  return out;
}

}  // namespace

TEST_CASE("killed before and after every single write, the same command converges and does nothing twice",
          "[e2e][servers][kill][every-write]") {
  ProxiedServers proxied;
  const Field::Count writes = count_writes(proxied);
  try_all(proxied, cases_of(writes, {What::kill, What::kill_after}, {What::kill, What::kill_after}));
}

TEST_CASE("whatever is answered to every single write, the same command converges and does nothing twice",
          "[e2e][servers][every-write]") {
  ProxiedServers proxied;
  const Field::Count writes = count_writes(proxied);
  const std::vector<What> all = {What::lose_request, What::lose_answer,    What::conflict,   What::too_many,
                                 What::too_many_now, What::internal_error, What::unavailable};
  std::vector<Case> cases = cases_of(writes, all, {What::lose_request, What::lose_answer});
  if (!is_long_search()) {
    // One at each write; as runs write in another order each time, other pairs meet.
    std::erase_if(cases, [&](const Case& one) {
      const auto at = static_cast<int>(std::ranges::find(all, one.what) - all.begin());
      return !one.at_kafka && one.nth % static_cast<int>(all.size()) != at;
    });
  }
  try_all(proxied, cases);
}
