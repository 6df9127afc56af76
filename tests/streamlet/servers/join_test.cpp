// Streamlets that join two inlets: partitions of both go together, and every pair is found, however they end.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <random>
#include <set>

#include "tests/streamlet/running.h"
#include "tests/support/eventually.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

constexpr int partitions = 4;
constexpr int batch = 2000;

/// Numbers, each on both sides under a key of its own; the right ones are written in another order.
class Pairs {
 public:
  void write_batch(std::mt19937& random) {
    std::vector<int> order;
    for (int i = 0; i < batch; ++i) order.push_back(written + i);
    for (const int number : order) write_one(left_writer, number);
    std::shuffle(order.begin(), order.end(), random);
    for (const int number : order) write_one(right_writer, number);
    left_writer.flush();
    right_writer.flush();
    written += batch;
  }
  std::size_t seen() {
    const auto& records = target.records();
    for (; counted_ < records.size(); ++counted_) seen_.insert(records[counted_].value);
    return seen_.size();
  }
  /// All pairs are there, and nothing else.
  void check_complete(bool is_exact) {
    const bool all = eventually([&] { return seen() >= static_cast<std::size_t>(written); });
    INFO(seen() << " of " << written);
    REQUIRE(all);
    std::set<std::string> wanted;
    for (int i = 0; i < written; ++i) wanted.insert(fmt::format("{} {}", i, i));
    CHECK(seen_ == wanted);
    if (is_exact) CHECK(target.records().size() == wanted.size());
  }
  Wanted joining(const std::string& processing) const {
    Wanted wanted{.class_name = "test.Join",
                  .application = fresh_name("app"),
                  .topics = {{"left", left}, {"right", right}, {"out", to}},
                  .brokers = test_brokers()};
    wanted.run = {{"processing", processing}, {"workers", 2}, {"commit-every", "20 ms"}};
    return wanted;
  }
  /// What both groups say is all that was written.
  void check_committed(const std::string& application) const {
    for (const auto& [inlet, topic] : {std::pair(std::string("left"), left), std::pair(std::string("right"), right)}) {
      std::int64_t done = 0;
      for (int i = 0; i < partitions; ++i)
        done += std::max<std::int64_t>(0, committed(fmt::format("{}.s.{}", application, inlet), topic, i));
      CAPTURE(inlet);
      CHECK(done == written);
    }
  }

  const std::string left = make_topic("join-left", partitions);
  const std::string right = make_topic("join-right", partitions);
  const std::string to = make_topic("join-out", partitions);
  int written = 0;
  TopicWriter left_writer{left};
  TopicWriter right_writer{right};
  TopicReader target{to};

 private:
  static void write_one(TopicWriter& writer, int number) {
    writer.write(fmt::format("key {}", number), std::to_string(number));
  }

  std::size_t counted_ = 0;
  std::set<std::string> seen_{};
};

/// Whether a consumer has got a partition.
struct Assigned : streamlet::Assignment {
  void assigned(const std::vector<int>& numbers) override { has_some = has_some || !numbers.empty(); }
  void revoked(const std::vector<int>&, bool) override {}
  bool has_some = false;
};

}  // namespace

TEST_CASE("offsets of an inlet that follows are refused when the group has given its leader up", "[servers]") {
  const std::string left = make_topic("lead", 1);
  const std::string right = make_topic("follow", 1);
  const std::string leaders = fresh_name("leaders");
  const std::string followers = fresh_name("followers");
  const auto port = [](const std::string& topic) {
    return streamlet::PortSettings{
        .topic = topic, .brokers = test_brokers(), .consumer = {{"group.instance.id", "one"}}};
  };
  const auto lead = [&](Assigned& assignment) {
    auto opened = streamlet::Consumer::open("leader", port(left), leaders, assignment);
    REQUIRE(opened);
    REQUIRE((*opened)->subscribe());
    REQUIRE(eventually([&] {
      std::vector<streamlet::Received> none;
      REQUIRE((*opened)->poll(std::chrono::milliseconds(50), none));
      return assignment.has_some;
    }));
    return std::move(*opened);
  };
  Assigned first;
  const auto leader = lead(first);
  const auto follower = streamlet::Consumer::open_following("follower", port(right), followers, *leader);
  REQUIRE(follower);
  REQUIRE((*follower)->subscribe());
  REQUIRE(eventually([&] { return (*follower)->follow({0}).value_or(false); }));
  const auto both = [&] { return std::pair(committed(leaders, right, 0), committed(followers, right, 0)); };
  (*follower)->commit({{0, 5}}, true);
  CHECK(both() == std::pair<std::int64_t, std::int64_t>(5, 5));
  (*follower)->commit({{0, 6}}, false);
  CHECK(eventually([&] {
    std::vector<streamlet::Received> none;
    return (*follower)->poll(std::chrono::milliseconds(50), none) &&
           both() == std::pair<std::int64_t, std::int64_t>(6, 6);
  }));
  Assigned second;
  const auto successor = lead(second);  // under the same name
  (*follower)->commit({{0, 9}}, true);
  (*follower)->commit({{0, 9}}, false);
  CHECK(eventually([&] {
    std::vector<streamlet::Received> none;
    return (*follower)->poll(std::chrono::milliseconds(50), none) && (*follower)->failed_commits() > 0;
  }));
  CHECK(both() == std::pair<std::int64_t, std::int64_t>(6, 6));
  leader->close();
  (*follower)->close();
}

TEST_CASE("every pair is found although a joining streamlet is killed again and again", "[servers]") {
  const std::string processing = GENERATE("exactly-once", "at-least-once");
  const unsigned seed = Catch::rngSeed();
  CAPTURE(processing, seed);
  std::mt19937 random(seed);
  Pairs pairs;
  const TempFolder state;
  Wanted wanted = pairs.joining(processing);
  wanted.run["state-folder"] = state.path("");
  wanted.consumer = {{"group.instance.id", "one"}};  // who comes back under this name gets its partitions at once
  int early = 0;
  for (int kills = 0; kills < 8; ++kills) {
    pairs.write_batch(random);
    StreamletProcess process(wanted);
    const std::size_t before = pairs.seen();
    const std::size_t enough = before + 1 + random() % (static_cast<std::size_t>(pairs.written) - before);
    const bool works = eventually([&] { return pairs.seen() >= enough; });
    INFO(process.said());
    REQUIRE(works);
    process.kill();
    if (pairs.seen() < static_cast<std::size_t>(pairs.written)) ++early;
    if (random() % 2 == 0) std::filesystem::remove_all(state.path(wanted.application));
  }
  pairs.write_batch(random);
  StreamletProcess last(wanted);
  pairs.check_complete(processing == "exactly-once");
  CHECK(last.stop() == 0);
  CHECK(early > 0);
  pairs.check_committed(wanted.application);
}

TEST_CASE("partitions of two inlets go to and fro together, and nobody who was given up spoils anything", "[servers]") {
  const std::string protocol = GENERATE("classic", "consumer");
  const std::string processing = GENERATE("at-least-once", "exactly-once");
  const unsigned seed = Catch::rngSeed();
  CAPTURE(protocol, processing, seed);
  std::mt19937 random(seed);
  Pairs pairs;
  const TempFolder state;
  const TempFolder others_state;
  Wanted wanted = pairs.joining(processing);
  wanted.run["state-folder"] = state.path("");
  Wanted other = wanted;
  other.run["state-folder"] = others_state.path("");
  for (Wanted* one : {&wanted, &other}) {
    one->consumer = {{"group.protocol", protocol}};
    if (protocol == "classic") one->consumer["session.timeout.ms"] = 6000;
  }
  StreamletProcess stays(wanted);
  pairs.write_batch(random);
  const bool works = eventually([&] { return pairs.seen() > batch / 2; });
  INFO(stays.said());
  REQUIRE(works);
  for (int i = 0; i < 2; ++i) {
    StreamletProcess comes(other);
    CHECK(comes.waits_to_say("inlet right reads partitions"));
    pairs.write_batch(random);
    REQUIRE(eventually([&] { return pairs.seen() > static_cast<std::size_t>(pairs.written) - batch; }));
    pairs.write_batch(random);
    CHECK(comes.stop() == 0);
  }
  pairs.check_complete(true);   // nobody was killed so far
  if (protocol == "classic") {  // the other one gives a dead member up only after 45 seconds
    StreamletProcess victim(other);
    CHECK(victim.waits_to_say("inlet right reads partitions"));
    pairs.write_batch(random);
    REQUIRE(eventually([&] { return pairs.seen() > static_cast<std::size_t>(pairs.written) - batch; }));
    victim.signal(SIGSTOP);
    pairs.write_batch(random);
    pairs.check_complete(processing == "exactly-once");  // by the one that stays
    pairs.write_batch(random);
    victim.signal(SIGCONT);  // it knows nothing of that yet
    pairs.check_complete(processing == "exactly-once");
    pairs.write_batch(random);
    victim.signal(SIGKILL);
    // Where it stood still for longer than a transaction may take, the brokers have fenced it.
    const int code = victim.exit_code();
    INFO(victim.said());
    CHECK((code == 128 + SIGKILL || (processing == "exactly-once" && victim.says("transaction.timeout.ms"))));
    pairs.check_complete(processing == "exactly-once");
  }
  CHECK(stays.stop() == 0);
  INFO(stays.said());
  CHECK_FALSE(stays.says("\"level\":\"error\""));
  pairs.check_committed(wanted.application);
}

TEST_CASE("what waits to be read of two inlets is joined by its times, whichever comes faster", "[servers]") {
  Pairs pairs;
  int number = 0;
  // Much longer than records wait in the join: without order nearly all of one inlet would be late.
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
       std::chrono::steady_clock::now() < end; ++number) {
    for (TopicWriter* writer : {&pairs.left_writer, &pairs.right_writer})
      writer->write(fmt::format("key {}", number), std::to_string(number));
    if (number % 100 == 0) pairs.target.records();  // which takes a moment
  }
  pairs.left_writer.flush();
  pairs.right_writer.flush();
  REQUIRE(number > 1000);
  const TempFolder state;
  Wanted wanted = pairs.joining("exactly-once");
  wanted.class_name = "test.JoinSoon";
  wanted.run["state-folder"] = state.path("");
  StreamletProcess process(wanted);
  // Each is said of by its pair, or alone; the last ones still wait.
  std::set<std::string> known;
  std::size_t counted = 0;
  int late = 0;
  int alone = 0;
  const bool all = eventually([&] {
    const auto& records = pairs.target.records();
    for (; counted < records.size(); ++counted) {
      const std::string& value = records[counted].value;
      late += value == "late" ? 1 : 0;
      alone += value.find('-') != std::string::npos ? 1 : 0;
      known.insert(value);
    }
    return known.size() + 100 > static_cast<std::size_t>(number);
  });
  INFO(process.said());
  INFO(known.size() << " of " << number << ", " << late << " late, " << alone << " alone");
  CHECK(all);
  CHECK(late == 0);
  CHECK(alone < number / 10);  // written at once, but this machine may be busy
  CHECK(process.stop() == 0);
}

TEST_CASE("inlets whose topics have different numbers of partitions are not joined", "[servers]") {
  Wanted wanted{.class_name = "test.Join",
                .application = fresh_name("app"),
                .topics = {{"left", make_topic("four", 4)}, {"right", make_topic("three", 3)}},
                .brokers = test_brokers()};
  wanted.topics["out"] = make_topic("out", 1);
  StreamletProcess process(wanted);
  CHECK(process.exit_code() == 1);
  const std::string said = process.said();
  INFO(said);
  CHECK(said.find(fmt::format("{} (left) has 4, and {} (right) has 3", wanted.topics["left"],
                              wanted.topics["right"])) != std::string::npos);
}

TEST_CASE("brokers do not forget how far an inlet is read that follows and has nothing new", "[servers][alone]") {
  const auto bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {"--set", "offsets.retention.minutes=1", "--set",
                                                          "offsets.retention.check.interval.ms=1000"});
  REQUIRE(bed.has_value());
  const std::string brokers = (*bed)->bootstrap();
  Wanted wanted{.class_name = "test.Join", .application = "app", .brokers = brokers};
  for (const char* port : {"left", "right", "out"}) wanted.topics[port] = make_topic(port, 1, brokers);
  wanted.run = {{"processing", "exactly-once"}, {"renew-offsets-every", "5 s"}};
  const TempFolder state;
  wanted.run["state-folder"] = state.path("");
  for (const char* port : {"left", "right"}) {
    Wanted writer{.class_name = "test.Numbers", .topics = {{"out", wanted.topics[port]}}, .brokers = brokers};
    writer.parameters = {{"count", 3}};
    StreamletProcess writes(writer);
    CHECK(writes.exit_code() == 0);
  }
  const auto offset = [&](const std::string& group) { return committed(group, wanted.topics["right"], 0, brokers); };
  const auto process = std::make_unique<StreamletProcess>(wanted);
  CHECK(eventually([&] { return offset("app.s.right") == 3; }));
  // Another group notes the same later, and does no more.
  Assigned nobody;
  auto other =
      streamlet::Consumer::open("other", {.topic = wanted.topics["right"], .brokers = brokers}, "other", nobody);
  REQUIRE(other);
  (*other)->commit({{0, 3}}, true);
  REQUIRE(offset("other") == 3);
  CHECK(eventually([&] { return offset("other") == -1; }, std::chrono::minutes(4)));
  INFO(process->said());
  CHECK(offset("app.s.right") == 3);
  CHECK(process->stop() == 0);
}

}  // namespace cloudflow::testing
