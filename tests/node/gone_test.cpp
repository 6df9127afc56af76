// What apply and destroy say of pods that take their time to end.
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch_all.hpp>
#include <mutex>
#include <thread>

#include "tests/node/application.h"
#include "tests/node/real_node.h"
#include "tests/support/kafkabed.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string container(const std::string& image, const std::string& arguments) {
  return fmt::format("image: \"{}\", env: [{{name: APP_ARGS, value: \"{}\"}}]", image, arguments);
}

std::string image_of(const Json& pod) { return pod.at("spec").at("containers")[0].at("image"); }

/// Asks for the pods again and again; which images of which streamlet were seen running at the same time.
class Watcher {
 public:
  explicit Watcher(const NodeApplication& application)
      : thread_([this, &application](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            std::vector<std::string> now;
            for (const Json& pod : application.running_pods()) {
              const std::string streamlet =
                  string_at(pod, {"metadata", "labels", "com.lightbend.cloudflow/streamlet-name"});
              const std::string image = image_of(pod);
              now.push_back(streamlet + image.substr(image.rfind(':')));
            }
            std::ranges::sort(now);
            const std::scoped_lock lock(mutex_);
            for (const std::string& one : now) {
              for (const std::string& other : now) seen_.insert(one + " beside " + other);
            }
          }
        }) {}

  std::set<std::string> end() {
    thread_.request_stop();
    thread_.join();
    return seen_;
  }

 private:
  std::mutex mutex_{};
  std::set<std::string> seen_{};
  std::jthread thread_;
};

}  // namespace

TEST_CASE("old pods have ended when apply does, and none is left when destroy does", "[node]") {
  NodeApplication application("old");
  application.set("app", {});
  const auto deploy = [&](const std::string& image, int replicas) {
    // Deaf to SIGTERM, it runs until it is killed, five seconds later.
    application.set_deployment("slow", container(image, "--ignore-term"), "", fmt::format("replicas: {}", replicas));
    const ProcessOutput applied = application.apply();
    INFO(applied.output << applied.errors);
    CHECK(applied.status == 0);
    return applied.errors;
  };
  deploy("nodebed/app:1", 2);
  CHECK(application.running_pods("slow-").size() == 2);

  CHECK_THAT(deploy("nodebed/app:2", 2), ContainsSubstring("still to end: slow-"));
  for (const Json& pod : application.running_pods("slow-")) CHECK(image_of(pod) == "nodebed/app:2");
  CHECK(application.running_pods("slow-").size() == 2);

  CHECK_THAT(deploy("nodebed/app:2", 1), ContainsSubstring("1 old pod still to end: slow-"));
  CHECK(application.running_pods("slow-").size() == 1);

  deploy("nodebed/app:2", 0);
  CHECK(application.running_pods("slow-").empty());

  deploy("nodebed/app:2", 1);
  CHECK(application.running_pods("slow-").size() == 1);

  const ProcessOutput destroyed = application.run({"destroy", "--yes"});
  INFO(destroyed.output << destroyed.errors);
  CHECK(destroyed.status == 0);
  CHECK_THAT(destroyed.errors, ContainsSubstring("deployment/slow: 1 pod still to end: slow-"));
  CHECK(application.running_pods().empty());
}

TEST_CASE("what did not end in time is named, and what depends on it stays", "[node]") {
  const Result<std::string> brokers = shared_brokers(CLOUDFLOW_SOURCE_DIR);
  REQUIRE(brokers);
  NodeApplication application("late");
  application.set("from", {.arguments = "--term-after 12s", .more = "outlets { out = bytearray }"});
  application.set_topics(fmt::format("{}-wire {{ producers = [from.out] }}", application.name()), *brokers);
  REQUIRE(application.apply().status == 0);
  const ProcessOutput early = application.run({"destroy", "--yes", "--delete-topics", "--deadline", "4"});
  INFO(early.output << early.errors);
  CHECK(early.status == 4);
  CHECK_THAT(early.output,
             ContainsSubstring("not gone after 4 s: 1 pod still to end: " + application.name() + "-from-"));
  CHECK_THAT(early.errors, ContainsSubstring("topic/" + application.name() + "-wire not done"));
  const ProcessOutput status = application.status();
  CHECK(status.status == 2);
  CHECK_THAT(status.output, ContainsSubstring("not deployed; 1 pod still to end: " + application.name() + "-from-"));
  const ProcessOutput again = application.run({"destroy", "--yes", "--delete-topics"});
  INFO(again.output << again.errors);
  CHECK(again.status == 0);
  CHECK(application.running_pods().empty());
}

TEST_CASE("the order of new schemas holds for pods that end slowly", "[node]") {
  const Result<std::string> brokers = shared_brokers(CLOUDFLOW_SOURCE_DIR);
  REQUIRE(brokers);
  NodeApplication application("order");
  const auto deploy = [&](const std::string& version, const std::string& fields) {
    application.write(
        "call.avsc",
        "{\"type\": \"record\", \"name\": \"Call\", \"namespace\": \"calls\", \"fields\": [" + fields + "]}");
    const std::string schema = "{ schema = call.avsc }";
    application.set(
        "writer",
        {.arguments = "--term-after 5s", .image = "nodebed/app:" + version, .more = "outlets { out " + schema + " }"});
    application.set(
        "reader",
        {.arguments = "--term-after 5s", .image = "nodebed/app:" + version, .more = "inlets { in " + schema + " }"});
    application.set_topics(
        fmt::format("{}-calls {{ producers = [writer.out], consumers = [reader.in] }}", application.name()), *brokers);
    const ProcessOutput applied = application.apply();
    INFO(applied.output << applied.errors);
    CHECK(applied.status == 0);
  };
  const std::string user = R"({"name": "user", "type": "string"})";
  deploy("1", user + R"(, {"name": "duration", "type": "long"})");
  Watcher watcher(application);
  deploy("2", user);
  const std::set<std::string> seen = watcher.end();
  CHECK(seen.contains("reader:1 beside writer:1"));
  CHECK(seen.contains("reader:2 beside writer:2"));
  // The old reader cannot read what the new writer writes.
  CHECK_FALSE(seen.contains("reader:1 beside writer:2"));
  CHECK_FALSE(seen.contains("reader:1 beside reader:2"));
  CHECK(application.run({"destroy", "--yes", "--delete-topics"}).status == 0);
  CHECK(application.running_pods().empty());
}
