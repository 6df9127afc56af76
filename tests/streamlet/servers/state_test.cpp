// Streamlets with stores: what they know is what a recount says, however they end.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <random>
#include <set>
#include <sstream>

#include "tests/streamlet/running.h"
#include "tests/support/eventually.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

constexpr int partitions = 4;
constexpr int batch = 4000;
constexpr int keys = 97;

/// What test.Count says of a record.
struct Counted {
  int value = -1;
  int count = -1;
  int before = -2;

  explicit Counted(const std::string& text) { std::istringstream(text) >> value >> count >> before; }
};

/// Numbers, whose keys go round.
class Numbers {
 public:
  void write_batch() {
    for (int i = 0; i < batch; ++i, ++written)
      writer.write(fmt::format("key {}", written % keys), std::to_string(written));
    writer.flush();
  }
  std::size_t seen() {
    const auto& records = target.records();
    for (; counted_ < records.size(); ++counted_) seen_.insert(Counted(records[counted_].value).value);
    return seen_.size();
  }
  void wait_for_all() {
    const bool all = eventually([&] { return seen() == static_cast<std::size_t>(written); });
    INFO(seen() << " of " << written);
    REQUIRE(all);
  }
  /// Each number once, with the count that a recount has.
  void check_exact() {
    CHECK(target.records().size() == static_cast<std::size_t>(written));
    for (const TopicRecord& record : target.records()) {
      const Counted one(record.value);
      INFO(record.value);
      REQUIRE(one.count == one.value / keys + 1);
      REQUIRE(one.before == (one.value < keys ? -1 : one.value - keys));
    }
  }
  /// Some numbers may be counted twice, and none is forgotten.
  void check_none_lost() {
    for (const TopicRecord& record : target.records()) {
      const Counted one(record.value);
      INFO(record.value);
      REQUIRE(one.count >= one.value / keys + 1);
      REQUIRE(one.before >= (one.value < keys ? -1 : one.value - keys));
    }
  }

  const std::string from = make_topic("count-in", partitions);
  const std::string to = make_topic("count-out", partitions);
  int written = 0;
  TopicWriter writer{from};
  TopicReader target{to};

 private:
  std::size_t counted_ = 0;
  std::set<int> seen_{};
};

Wanted counting(const Numbers& numbers, const std::string& processing, const TempFolder& state) {
  Wanted wanted{.class_name = "test.Count",
                .application = fresh_name("app"),
                .topics = {{"in", numbers.from}, {"out", numbers.to}},
                .brokers = test_brokers()};
  wanted.run = {
      {"processing", processing}, {"workers", 2}, {"commit-every", "20 ms"}, {"state-folder", state.path("")}};
  return wanted;
}

}  // namespace

TEST_CASE("what a streamlet knows survives that it is killed again and again under load", "[servers]") {
  const std::string processing = GENERATE("exactly-once", "at-least-once");
  CAPTURE(processing);
  Numbers numbers;
  const TempFolder state;
  Wanted wanted = counting(numbers, processing, state);
  wanted.consumer = {{"group.instance.id", "one"}};
  const unsigned seed = Catch::rngSeed();
  std::mt19937 random(seed);
  INFO("seed " << seed);
  int early = 0;
  for (int kills = 0; kills < 12; ++kills) {
    numbers.write_batch();
    StreamletProcess process(wanted);
    const std::size_t before = numbers.seen();
    const std::size_t enough = before + 1 + random() % (static_cast<std::size_t>(numbers.written) - before);
    const bool works = eventually([&] { return numbers.seen() >= enough; });
    INFO(process.said());
    REQUIRE(works);
    process.kill();
    if (numbers.seen() < static_cast<std::size_t>(numbers.written)) ++early;
    // A new pod has nothing on disk; a restarted container has what the killed one had written.
    if (random() % 2 == 0) std::filesystem::remove_all(state.path(wanted.application));
  }
  numbers.write_batch();
  StreamletProcess last(wanted);
  numbers.wait_for_all();
  CHECK(last.stop() == 0);
  CHECK(early > 0);
  processing == "exactly-once" ? numbers.check_exact() : numbers.check_none_lost();
}

TEST_CASE("windows close once each, with what a recount says, whoever is killed meanwhile", "[servers]") {
  const std::string from = make_topic("windows-in", partitions);
  const std::string to = make_topic("windows-out", partitions);
  TopicWriter writer(from);
  TopicReader source(from);
  TopicReader target(to);
  const TempFolder state;
  Wanted wanted{.class_name = "test.PerThousand",
                .application = fresh_name("app"),
                .topics = {{"in", from}, {"out", to}},
                .brokers = test_brokers()};
  wanted.run = {
      {"processing", "exactly-once"}, {"workers", 2}, {"commit-every", "20 ms"}, {"state-folder", state.path("")}};
  wanted.consumer = {{"group.instance.id", "one"}};
  std::mt19937 random(Catch::rngSeed());
  std::size_t written = 0;
  for (int kills = 0; kills < 6; ++kills) {
    for (int i = 0; i < batch; ++i, ++written)
      writer.write(fmt::format("key {}", random() % 20), std::to_string(written));
    writer.flush();
    StreamletProcess process(wanted);
    const std::size_t before = target.records().size();
    REQUIRE(eventually([&] { return target.records().size() > before + random() % 40; }));
    process.kill();
    if (random() % 2 == 0) std::filesystem::remove_all(state.path(wanted.application));
  }
  std::map<int, std::map<std::pair<std::string, int>, int>> counts;
  std::map<int, int> now;
  for (const TopicRecord& record : source.wait_for(written)) {
    const int number = std::stoi(record.value);
    ++counts[record.partition][{record.key, number / 1000 * 1000}];
    now[record.partition] = number;
  }
  std::multiset<std::string> closed;
  for (const auto& [partition, windows] : counts) {
    for (const auto& [window, count] : windows) {
      if (window.second + 1050 <= now[partition])
        closed.insert(fmt::format("{} {} {}", window.first, window.second, count));
    }
  }
  StreamletProcess last(wanted);
  REQUIRE(eventually([&] { return target.records().size() >= closed.size(); }));
  CHECK(last.stop() == 0);
  std::multiset<std::string> seen;
  for (const TopicRecord& record : target.records()) seen.insert(record.value);
  CHECK(seen == closed);
}

TEST_CASE("state goes with its partitions from one process to another", "[servers]") {
  const std::string processing = GENERATE("exactly-once", "at-least-once");
  CAPTURE(processing);
  Numbers numbers;
  const TempFolder state;
  const Wanted wanted = counting(numbers, processing, state);
  StreamletProcess stays(wanted);
  numbers.write_batch();
  const bool works = eventually([&] { return numbers.seen() > batch / 2; });
  INFO(stays.said());
  REQUIRE(works);
  for (int i = 0; i < 3; ++i) {
    StreamletProcess comes(wanted);  // with the same folder: the files themselves go to and fro
    CHECK(comes.waits_to_say("inlet in reads partitions"));
    numbers.write_batch();
    REQUIRE(eventually([&] { return numbers.seen() > static_cast<std::size_t>(numbers.written) - batch; }));
    CHECK(comes.stop() == 0);
  }
  numbers.write_batch();
  numbers.wait_for_all();
  CHECK(stays.stop() == 0);
  INFO(stays.said());
  CHECK_FALSE(stays.says("\"level\":\"error\""));
  numbers.check_exact();  // nobody was killed
}

TEST_CASE("state that is undone with its transaction is as it was before", "[servers][alone]") {
  const auto bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {});
  REQUIRE(bed.has_value());
  const std::string brokers = (*bed)->bootstrap();
  const TempFolder state;
  const std::string numbers = make_topic("numbers", 1, brokers);
  const std::string counts = make_topic("counts", 1, brokers);
  Wanted source{.class_name = "test.Numbers", .topics = {{"out", numbers}}, .brokers = brokers};
  source.parameters = {{"every", "1 ms"}};
  Wanted wanted{.class_name = "test.Count", .topics = {{"in", numbers}, {"out", counts}}, .brokers = brokers};
  wanted.run = {{"processing", "exactly-once"}, {"commit-every", "5 s"}, {"state-folder", state.path("")}};
  // What is on its way runs out while the broker is away, and its transaction does not, however slow the machine is.
  wanted.producer = {{"transaction.timeout.ms", 600'000}, {"message.timeout.ms", 1000}};
  StreamletProcess writes(source);
  StreamletProcess process(wanted);
  const auto wait_for = [&](std::size_t count) {
    TopicReader target(counts, brokers);
    const bool came = eventually([&] { return target.records().size() >= count; }, std::chrono::seconds(150));
    INFO(process.said());
    REQUIRE(came);
    return target.records();
  };
  std::size_t before = wait_for(100).size();
  const auto is_undone = [&] { return process.says("a transaction is undone"); };
  // The step ends while the broker is away, unless that happens to be while the broker goes.
  for (int tries = 0; tries < 5 && !is_undone(); ++tries) {
    (*bed)->stop_broker();
    eventually(is_undone, std::chrono::seconds(10));
    (*bed)->start_broker();
    before = wait_for(before + 100).size();
  }
  const std::vector<TopicRecord> records = wait_for(before + 1000);
  for (int i = 0; i < static_cast<int>(records.size()); ++i)
    REQUIRE(records[static_cast<std::size_t>(i)].value == fmt::format("{} {} {}", i, i + 1, i - 1));
  CHECK(is_undone());
  CHECK(writes.stop() == 0);
  const int code = process.stop();
  INFO(process.said());
  CHECK(code == 0);
}

}  // namespace cloudflow::testing
