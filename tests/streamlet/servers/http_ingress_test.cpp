// Values over HTTP into a real Kafka: what is answered with 202 is there, whatever happens.
#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <catch2/catch_all.hpp>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sdk/support/process.h"
#include "tests/streamlet/running.h"
#include "tests/support/eventually.h"
#include "tests/support/free_port.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

Wanted ingress(const std::string& topic, int port, const std::string& brokers = test_brokers()) {
  return {.class_name = "test.Ingress",
          .application = fresh_name("app"),
          .topics = {{"out", topic}},
          .brokers = brokers,
          .server_port = port};
}

/// "202 BODY", or "000 " where nobody listens.
std::string answer(int port, const std::string& device) {
  const auto ran = run_process({.command = {"curl", "-s", "-w", "%{http_code} ", "--max-time", "120", "--data-binary",
                                            "@-", fmt::format("http://127.0.0.1:{}/", port)},
                                .input = fmt::format(R"({{"device": "{}", "at": 1, "celsius": 1}})", device)},
                               {});
  if (!ran) return ran.error().message;  // no check of Catch2's: clients are threads
  const std::size_t code = ran->output.size() < 4 ? 0 : ran->output.size() - 4;
  return ran->output.substr(code) + ran->output.substr(0, code);
}

std::string post(int port, const std::string& device) { return answer(port, device).substr(0, 3); }

}  // namespace

TEST_CASE("what was answered with 202 is in the topic, also when the program is stopped meanwhile", "[servers]") {
  const std::string topic = make_topic("ingress", 3);
  const int port = free_port();
  StreamletProcess process(ingress(topic, port));
  REQUIRE(process.waits_to_say("takes values over HTTP"));
  std::atomic<int> count = 0;
  std::mutex mutex;
  std::set<std::string> accepted;
  std::set<std::string> codes;
  std::atomic<bool> is_over = false;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      while (!is_over) {
        const std::string device = fmt::format("d{}", count++);
        const std::string code = post(port, device);
        const std::scoped_lock lock(mutex);
        codes.insert(code);
        if (code == "202") accepted.insert(device);
      }
    });
  }
  const auto enough = [&] {
    const std::scoped_lock lock(mutex);
    return accepted.size() > 100;
  };
  CHECK(eventually(enough));
  CHECK(process.stop() == 0);
  is_over = true;
  clients.clear();
  for (const std::string& code : codes) CHECK((code == "202" || code == "503" || code == "000"));
  TopicReader reader(topic);
  std::set<std::string> found;  // a record's bytes begin with the length and the text of its device
  for (const TopicRecord& record : reader.wait_for(accepted.size())) found.insert(record.key);
  for (const std::string& device : accepted) REQUIRE(found.contains(device));
}

TEST_CASE("while brokers are away values are answered with 503, and taken again afterwards", "[servers][alone]") {
  const auto bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {});
  REQUIRE(bed.has_value());
  const std::string topic = make_topic("ingress", 1, (*bed)->bootstrap());
  const int port = free_port();
  StreamletProcess process(ingress(topic, port, (*bed)->bootstrap()));
  REQUIRE(process.waits_to_say("takes values over HTTP"));
  CHECK(post(port, "before") == "202");
  (*bed)->stop_broker();
  CHECK(post(port, "away") == "503");
  (*bed)->start_broker();
  CHECK(eventually([&] { return post(port, "after") == "202"; }));
  TopicReader reader(topic, (*bed)->bootstrap());
  const auto& records = reader.wait_for(3);  // who was told that it may be there finds that it is
  CHECK(records.at(0).key == "before");
  CHECK(records.at(1).key == "away");
  CHECK(records.at(2).key == "after");
  CHECK(process.stop() == 0);
}

TEST_CASE("a record that the topic refuses is answered by itself, and those beside it are taken", "[servers]") {
  const std::string topic = make_topic("ingress", 2);
  set_topic(topic, "max.message.bytes", "3000");
  const int port = free_port();
  Wanted wanted = ingress(topic, port);
  // With small batches several are on their way at once, and those behind a refused one are out of order.
  if (GENERATE(false, true)) wanted.producer = {{"batch", {{"size", 1500}}}};
  StreamletProcess process(wanted);
  REQUIRE(process.waits_to_say("takes values over HTTP"));
  const std::string refused = fmt::format("413 {{\"error\":\"topic {}: Broker: Message size too large\"}}\n", topic);
  CHECK(answer(port, std::string(4000, 'x')) == refused);  // alone
  std::mutex mutex;
  std::map<std::string, int> answers;
  std::set<std::string> accepted;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 12; ++i) {
    clients.emplace_back([&, i] {
      for (int j = 0; j < 20; ++j) {
        // Some are too large; of the others three are, in one batch.
        const bool is_too_large = (i + j) % 5 == 0;
        const std::string device = fmt::format("{}-{} {}", i, j, std::string(is_too_large ? 4000 : 1000, 'x'));
        const std::string said = answer(port, device);
        const std::scoped_lock lock(mutex);
        ++answers[is_too_large ? "large: " + said : "small: " + said];
        if (said.starts_with("202")) accepted.insert(device);
      }
    });
  }
  clients.clear();
  CHECK(answers == std::map<std::string, int>{{"large: " + refused, 48}, {"small: 202 ", 192}});
  TopicReader reader(topic);
  std::multiset<std::string> found;
  for (const TopicRecord& record : reader.wait_for(accepted.size())) found.insert(record.key);
  CHECK(found == std::multiset<std::string>(accepted.begin(), accepted.end()));
  CHECK(process.stop() == 0);
}

TEST_CASE("a record that is none for the topic is answered with 422", "[servers]") {
  const std::string topic = make_topic("ingress", 1);
  set_topic(topic, "cleanup.policy", "compact");  // takes no records without a key
  const int port = free_port();
  Wanted wanted = ingress(topic, port);
  wanted.class_name = "test.KeylessIngress";
  StreamletProcess process(wanted);
  REQUIRE(process.waits_to_say("takes values over HTTP"));
  const std::string refused =
      fmt::format("422 {{\"error\":\"topic {}: Broker: Broker failed to validate record\"}}\n", topic);
  std::mutex mutex;
  std::map<std::string, int> answers;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        const std::string said = answer(port, "a");
        const std::scoped_lock lock(mutex);
        ++answers[said];
      }
    });
  }
  clients.clear();
  CHECK(answers == std::map<std::string, int>{{refused, 160}});
  set_topic(topic, "cleanup.policy", "delete");
  CHECK(eventually([&] { return post(port, "a") == "202"; }));
  CHECK(process.says("a value that came over HTTP is refused: topic " + topic));
  CHECK(process.stop() == 0);
}

}  // namespace cloudflow::testing
