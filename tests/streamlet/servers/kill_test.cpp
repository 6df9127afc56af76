// Streamlets that are killed at random under load: nothing is lost, and what appears first appears in order.
#include <fmt/format.h>
#include <sys/resource.h>

#include <catch2/catch_all.hpp>
#include <random>
#include <set>

#include "tests/streamlet/running.h"
#include "tests/support/eventually.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

constexpr int partitions = 4;
constexpr int batch = 4000;

using Values = std::map<int, std::vector<std::string>>;

Values by_partition(const std::vector<TopicRecord>& records) {
  Values out;
  for (const TopicRecord& one : records) out[one.partition].push_back(one.value);
  return out;
}

/// Each value where it appeared first.
Values first_appearances(const std::vector<TopicRecord>& records) {
  Values out;
  std::set<std::string> seen;
  for (const TopicRecord& one : records) {
    if (seen.insert(one.value).second) out[one.partition].push_back(one.value);
  }
  return out;
}

/// A topic that is written batch by batch, a streamlet that passes it through, and what has come out.
class Load {
 public:
  explicit Load(const std::string& name)
      : from(make_topic(name + "-in", partitions)), to(make_topic(name + "-out", partitions)) {}

  void write_batch() {
    for (int i = 0; i < batch; ++i, ++written)
      writer.write(fmt::format("key {}", written % 97), fmt::format("{}", written));
    writer.flush();
  }
  std::size_t seen() {
    const auto& records = target.records();
    for (; counted_ < records.size(); ++counted_) seen_.insert(records[counted_].value);
    return seen_.size();
  }
  /// All is there, in every partition in the order of the source.
  void check_complete() {
    const bool all = eventually([&] { return seen() == static_cast<std::size_t>(written); });
    INFO(seen() << " of " << written);
    REQUIRE(all);
    CHECK(first_appearances(target.records()) == by_partition(source.wait_for(static_cast<std::size_t>(written))));
  }

  const std::string from;
  const std::string to;
  int written = 0;
  TopicWriter writer{from};
  TopicReader source{from};
  TopicReader target{to};

 private:
  std::size_t counted_ = 0;
  std::set<std::string> seen_{};
};

}  // namespace

TEST_CASE("a streamlet killed again and again under load loses nothing and keeps the order", "[servers]") {
  const std::string processing = GENERATE("at-least-once", "exactly-once");
  Load load("kill");
  Wanted wanted{.class_name = "test.Slow",
                .application = fresh_name("app"),
                .topics = {{"in", load.from}, {"out", load.to}},
                .brokers = test_brokers()};
  // Commits are frequent, while much is read and not processed, and much processed and not acknowledged.
  wanted.run = {{"processing", processing}, {"workers", 2}, {"commit-every", "10 ms"}};
  wanted.parameters = {{"time", "50 us"}};
  wanted.producer = {{"linger.ms", 50}};
  // Who comes back under this name gets its partitions at once, and not only when the dead one is given up.
  wanted.consumer = {{"group.instance.id", "one"}};
  const unsigned seed = Catch::rngSeed();
  std::mt19937 random(seed);
  INFO("seed " << seed);
  int early = 0;
  for (int kills = 0; kills < 12; ++kills) {
    load.write_batch();
    StreamletProcess process(wanted);
    // Somewhere in the middle of what it has before it.
    const std::size_t before = load.seen();
    const std::size_t behind = static_cast<std::size_t>(load.written) - before;
    const std::size_t enough = before + 1 + random() % behind;
    REQUIRE(eventually([&] { return load.seen() >= enough; }));
    process.kill();
    if (load.seen() < static_cast<std::size_t>(load.written)) ++early;
  }
  load.write_batch();  // whoever has read the last ones has read all before them
  StreamletProcess last(wanted);
  load.check_complete();
  CHECK(last.stop() == 0);
  CHECK(early > 0);  // else no kill hit anything
  UNSCOPED_INFO(load.target.records().size() << " records for " << load.written);
  if (processing == "exactly-once") {
    CHECK(load.target.records().size() == static_cast<std::size_t>(load.written));
  } else {  // what had been committed was not done again: far fewer than if each began anew
    CHECK(load.target.records().size() < 3 * static_cast<std::size_t>(load.written));
  }
  std::int64_t done = 0;
  for (int i = 0; i < partitions; ++i) done += committed(wanted.application + ".s.in", load.from, i);
  CHECK(done == load.written);
}

TEST_CASE("partitions go to and fro between two processes of a streamlet, one of which is killed", "[servers]") {
  Load load("share");
  Wanted wanted{.class_name = "test.PassThrough",
                .application = fresh_name("app"),
                .topics = {{"in", load.from}, {"out", load.to}},
                .brokers = test_brokers()};
  const std::string protocol = GENERATE("classic", "consumer");
  const std::string processing = GENERATE("at-least-once", "exactly-once");
  CAPTURE(protocol, processing);
  wanted.consumer = {{"group.protocol", protocol}};
  wanted.run = {{"processing", processing}};
  if (protocol == "classic") wanted.consumer["session.timeout.ms"] = 6000;
  StreamletProcess stays(wanted);
  load.write_batch();
  REQUIRE(eventually([&] { return load.seen() > batch / 2; }));
  {
    StreamletProcess comes(wanted);
    CHECK(comes.waits_to_say("inlet in reads partitions"));
    for (int i = 0; i < 5; ++i) {
      load.write_batch();
      REQUIRE(eventually([&] { return load.seen() > static_cast<std::size_t>(load.written) - batch; }));
    }
    CHECK(comes.stop() == 0);  // it gives its partitions back
  }
  load.write_batch();
  load.check_complete();
  // Nobody was killed so far, so nothing was done twice.
  CHECK(load.target.records().size() == static_cast<std::size_t>(load.written));
  if (protocol == "classic") {  // the other one gives a dead member up only after 45 seconds
    StreamletProcess victim(wanted);
    CHECK(victim.waits_to_say("inlet in reads partitions"));
    load.write_batch();
    REQUIRE(eventually([&] { return load.seen() > static_cast<std::size_t>(load.written) - batch; }));
    victim.kill();
    load.write_batch();
    load.check_complete();
    if (processing == "exactly-once") CHECK(load.target.records().size() == static_cast<std::size_t>(load.written));
  }
  CHECK(stays.stop() == 0);
  INFO(stays.said());
  CHECK_FALSE(stays.says("\"level\":\"error\""));
}

TEST_CASE("a partition that went away while its worker was busy is read on when it comes back", "[servers]") {
  Load load("busy");
  Wanted wanted{.class_name = "test.Slow",
                .application = fresh_name("app"),
                .topics = {{"in", load.from}, {"out", load.to}},
                .parameters = {{"time", "4ms"}},
                .run = {{"records-in-work", 10}},  // so that all partitions are paused nearly always
                .brokers = test_brokers()};
  const std::string protocol = GENERATE("classic", "consumer");
  CAPTURE(protocol);
  wanted.consumer = {{"group.protocol", protocol}};
  StreamletProcess stays(wanted);
  load.write_batch();
  REQUIRE(eventually([&] { return load.seen() > batch / 4; }));
  {
    StreamletProcess comes(wanted);
    CHECK(comes.waits_to_say("inlet in reads partitions"));
    CHECK(comes.stop() == 0);
  }
  load.check_complete();
  CHECK(stays.stop() == 0);
}

TEST_CASE("partitions of a worker are read on while another worker stands still", "[servers]") {
  const std::string from = make_topic("still-in", 2);
  const std::string to = make_topic("still-out", 1);
  TopicWriter writer(from);
  for (char key = 'a'; key <= 'h'; ++key) writer.write(std::string(1, key), "a key");
  writer.flush();
  std::map<int, std::string> keys;  // one in each partition
  TopicReader source(from);
  for (const TopicRecord& record : source.wait_for(8)) keys[record.partition] = record.key;
  REQUIRE(keys.size() == 2);
  // Both workers are busy for longer than the reader waits, so that it pauses both partitions; then one of them is not.
  writer.write(keys[0], "wait 3600");
  writer.write(keys[1], "wait 5");
  for (int i = 0; i < 5 * batch; ++i) {
    writer.write(keys[0], "after the hour");
    writer.write(keys[1], "after the moment");
  }
  writer.flush();
  StreamletProcess process({.class_name = "test.Waiting",
                            .application = fresh_name("app"),
                            .topics = {{"in", from}, {"out", to}},
                            .run = {{"workers", 2}},
                            .brokers = test_brokers()});
  TopicReader target(to);
  std::size_t counted = 0;
  int after = 0;
  const bool all = eventually([&] {
    const auto& records = target.records();
    for (; counted < records.size(); ++counted) after += records[counted].value == "after the moment" ? 1 : 0;
    return after == 5 * batch;
  });
  INFO(after << " of " << 5 * batch);
  CHECK(all);
  CHECK(process.stop() == 0);
}

TEST_CASE("a reader takes no processor time while a worker stands still with large values before it", "[servers]") {
  const std::string from = make_topic("large-in", 1);
  const std::string to = make_topic("large-out", 1);
  TopicWriter writer(from);
  constexpr int seconds = 8;
  constexpr std::size_t count = 400;
  writer.write("k", fmt::format("wait {}", seconds));
  for (std::size_t i = 1; i < count; ++i) writer.write("k", std::string(100'000, 'x'));
  writer.flush();
  const auto used = [] {  // by processes that were waited for
    rusage children{};
    getrusage(RUSAGE_CHILDREN, &children);
    return static_cast<double>(children.ru_utime.tv_sec + children.ru_stime.tv_sec) +
           static_cast<double>(children.ru_utime.tv_usec + children.ru_stime.tv_usec) / 1e6;
  };
  const double before = used();
  StreamletProcess process({.class_name = "test.Waiting",
                            .application = fresh_name("app"),
                            .topics = {{"in", from}, {"out", to}},
                            .brokers = test_brokers()});
  CHECK(TopicReader(to).wait_for(count).size() == count);
  CHECK(process.stop() == 0);
  CHECK(used() - before < seconds / 2.0);
}

}  // namespace cloudflow::testing
