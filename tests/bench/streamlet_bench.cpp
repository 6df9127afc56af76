// Passing records through: a streamlet against a bare loop over librdkafka, as processes of their own on one broker.
// With the classes of a Kafka Streams (--count CLASSPATH): counting by key, a streamlet against that; see
// tests/bench/count. usage: streamlet_bench [--count CLASSPATH] [RECORDS [BYTES [ROUNDS]]]; it starts the test bed's
// broker itself.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <vector>

#include "cloudflow/json.h"
#include "tests/support/kafka_actor.h"
#include "tests/support/kafkabed.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

rd_kafka_t* client(rd_kafka_type_t type, const std::vector<std::pair<std::string, std::string>>& settings) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 512> reason{};
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK)
      throw std::runtime_error(reason.data());
  }
  rd_kafka_t* out = rd_kafka_new(type, conf, reason.data(), reason.size());
  if (out == nullptr) throw std::runtime_error(reason.data());
  return out;
}

void subscribe(rd_kafka_t* consumer, const std::string& topic) {
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
}

void produce(rd_kafka_t* producer, rd_kafka_topic_t* topic, const void* key, std::size_t key_size, const void* value,
             std::size_t size) {
  while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, const_cast<void*>(value), size, key,
                          key_size, nullptr) != 0)
    rd_kafka_poll(producer, 10);
  rd_kafka_poll(producer, 0);
}

/// What somebody writes who thinks of nothing but speed: offsets are committed by time, whatever is acknowledged.
[[noreturn]] void bare_loop(const std::string& brokers, const std::string& from, const std::string& to) {
  rd_kafka_t* consumer = client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                                    {"group.id", "bare-" + to},
                                                    {"auto.offset.reset", "earliest"},
                                                    {"queued.max.messages.kbytes", "16384"}});
  rd_kafka_t* producer =
      client(RD_KAFKA_PRODUCER,
             {{"bootstrap.servers", brokers}, {"enable.idempotence", "true"}, {"partitioner", "murmur2_random"}});
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer, to.c_str(), nullptr);
  subscribe(consumer, from);
  while (true) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 100);
    if (message == nullptr) {
      rd_kafka_poll(producer, 0);
      continue;
    }
    if (message->err == 0) produce(producer, topic, message->key, message->key_len, message->payload, message->len);
    rd_kafka_message_destroy(message);
  }
}

void fill(const std::string& brokers, const std::string& name, int count, std::size_t size, int keys) {
  rd_kafka_t* producer = client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}, {"partitioner", "murmur2_random"}});
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer, name.c_str(), nullptr);
  const std::string value(size, 'x');
  for (int i = 0; i < count; ++i) {
    const std::string key = fmt::format("key {}", i % keys);
    produce(producer, topic, key.data(), key.size(), value.data(), value.size());
  }
  rd_kafka_flush(producer, 600'000);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(producer);
}

/// Milliseconds between the first and the last record of a topic that gets `count`, by the broker's times.
double span(const std::string& brokers, const std::string& topic, int count) {
  rd_kafka_t* consumer =
      client(RD_KAFKA_CONSUMER,
             {{"bootstrap.servers", brokers}, {"group.id", "watch-" + topic}, {"auto.offset.reset", "earliest"}});
  subscribe(consumer, topic);
  std::int64_t first = INT64_MAX;
  std::int64_t last = 0;
  for (int seen = 0; seen < count;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 120'000);
    if (message == nullptr) throw std::runtime_error("no more records came");
    if (message->err == 0) {
      rd_kafka_timestamp_type_t type{};
      const std::int64_t time = rd_kafka_message_timestamp(message, &type);
      first = std::min(first, time);
      last = std::max(last, time);
      ++seen;
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  return static_cast<double>(last - first);
}

struct Measured {
  double records_per_second = 0;
  double cpu_microseconds = 0;  ///< of a record, with the start of the process
  double memory_mb = 0;
};

/// Runs a program until the topic has its records.
Measured measure(const std::vector<std::string>& command, const std::string& brokers, const std::string& to,
                 int count) {
  const pid_t process = fork();
  if (process == 0) {
    std::vector<char*> arguments;
    for (const std::string& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  const double milliseconds = span(brokers, to, count);
  kill(process, SIGKILL);
  rusage used{};
  int status = 0;
  wait4(process, &status, 0, &used);
  const auto micros = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return {count / milliseconds * 1000, (micros(used.ru_utime) + micros(used.ru_stime)) / count,
          static_cast<double>(used.ru_maxrss) / 1000};
}

void write_documents(const TempFolder& folder, const std::string& brokers, const std::string& class_name,
                     const std::string& from, const std::string& to, int workers) {
  const auto port = [&](const std::string& topic) {
    return Json{{"id", topic}, {"config", {{"bootstrap", {{"servers", brokers}}}}}};
  };
  const Json context{{"app_id", "bench-" + to}, {"port_mappings", {{"in", port(from)}, {"out", port(to)}}}};
  const Json me{{"class_name", class_name}, {"streamlet_ref", "s"}, {"context", context}};
  const Json run{{"workers", workers}, {"state-folder", folder.path("state")}};
  folder.write("application.conf", Json{{"cloudflow", {{"runner", {{"streamlet", me}}}}}}.dump());
  folder.write("secret.conf", Json{{"cloudflow", {{"streamlet", run}}}}.dump());
}

double median(std::vector<double> all) {
  std::ranges::sort(all);
  return all[all.size() / 2];
}

/// What is measured against the others: a program that reads one topic and writes as many records to another.
struct Rival {
  std::string name{};
  /// The command, for a topic and a folder of its own.
  std::function<std::vector<std::string>(const std::string& to, const TempFolder& folder)> command{};
};

/// A streamlet of tests/streamlet_program.
Rival streamlet(const std::string& name, const std::string& brokers, const std::string& class_name, int workers) {
  return {name, [=](const std::string& to, const TempFolder& folder) {
            write_documents(folder, brokers, class_name, "from", to, workers);
            return std::vector<std::string>{CLOUDFLOW_STREAMLET_PROGRAM, "--config", folder.path(""), "--http", "0"};
          }};
}

struct Size {
  int count = 1'000'000;
  std::size_t bytes = 100;
  int rounds = 5;
  int keys = 1000;
};

void compare(const Size& size, const std::string& brokers, KafkaActor& actor, const std::vector<Rival>& rivals) {
  if (!actor.run("make from 4")) throw std::runtime_error("cannot make a topic");
  fill(brokers, "from", size.count, size.bytes, size.keys);
  std::vector<std::array<std::vector<double>, 3>> all(rivals.size());
  for (int round = 0; round < size.rounds; ++round) {
    for (std::size_t i = 0; i < rivals.size(); ++i) {
      const std::string to = fmt::format("to-{}-{}", round, i);
      // By the broker's time: Kafka Streams gives a record that of the one that it comes from.
      if (!actor.run(fmt::format("make {} 4", to)) ||
          !actor.run(fmt::format("alter {} message.timestamp.type LogAppendTime", to)))
        throw std::runtime_error("cannot make a topic");
      const TempFolder folder;
      const Measured one = measure(rivals[i].command(to, folder), brokers, to, size.count);
      all[i][0].push_back(one.records_per_second);
      all[i][1].push_back(one.cpu_microseconds);
      all[i][2].push_back(one.memory_mb);
    }
  }
  fmt::print("{} records of {} bytes, {} keys, 4 partitions, {} rounds, medians\n", size.count, size.bytes, size.keys,
             size.rounds);
  fmt::print("| what | records/s | CPU µs per record | memory MB |\n|---|---|---|---|\n");
  for (std::size_t i = 0; i < rivals.size(); ++i) {
    fmt::print("| {} | {:.0f} | {:.2f} | {:.0f} |\n", rivals[i].name, median(all[i][0]), median(all[i][1]),
               median(all[i][2]));
  }
}

std::string java() {
  const char* home = std::getenv("JAVA_HOME");
  return home == nullptr ? "/usr/bin/java" : std::string(home) + "/bin/java";
}

void run_bench(const std::string& self, std::vector<std::string> arguments) {
  std::string classes;
  if (arguments.size() > 1 && arguments[0] == "--count") {
    classes = arguments[1];
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  Size size;
  if (!classes.empty()) size.keys = 100'000;  // so many that the disk counts
  if (!arguments.empty()) size.count = std::stoi(arguments[0]);
  if (arguments.size() > 1) size.bytes = static_cast<std::size_t>(std::stoi(arguments[1]));
  if (arguments.size() > 2) size.rounds = std::stoi(arguments[2]);
  auto bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {});
  if (!bed) throw std::runtime_error(bed.error().message);
  const std::string brokers = (*bed)->bootstrap();
  auto actor = KafkaActor::start(CLOUDFLOW_SOURCE_DIR, brokers);
  if (!actor) throw std::runtime_error(actor.error().message);
  const Rival bare{"bare loop", [&](const std::string& to, const TempFolder&) {
                     return std::vector<std::string>{self, "--bare", brokers, "from", to};
                   }};
  const Rival streams{"Kafka Streams", [&](const std::string& to, const TempFolder& folder) {
                        return std::vector<std::string>{java(),  "-cp",  classes, "KeyedCount",
                                                        brokers, "from", to,      folder.path("state")};
                      }};
  if (classes.empty()) {
    compare(size, brokers, **actor,
            {bare, streamlet("streamlet", brokers, "test.PassThrough", 1),
             streamlet("streamlet, 2 workers", brokers, "test.PassThrough", 2)});
  } else {
    compare(size, brokers, **actor, {streams, streamlet("streamlet", brokers, "test.KeyedCount", 1)});
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv, argv + argc);
    if (argc == 5 && arguments[1] == "--bare") bare_loop(arguments[2], arguments[3], arguments[4]);
    run_bench("/proc/self/exe", {arguments.begin() + 1, arguments.end()});
    return 0;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return 1;
  }
}
