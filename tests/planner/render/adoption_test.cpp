// Whether a streamlet that Cloudflow 2 started would read the same from our Secret.
#include <catch2/catch_all.hpp>

#include <algorithm>

#include "planner/render/streamlet_files.h"
#include "tests/planner/render/sensors.h"

namespace cloudflow {
namespace {

using Documents = std::map<std::string, std::string>;

Documents recorded(const std::string& secret) {
  const Json recording = Json::parse(testing::fixture("sensors/recorded.json"));
  Documents out;
  for (const Json& object : recording.at("objects")) {
    if (object.at("kind") != "Secret" || object.at("metadata").at("name") != secret) continue;
    for (const auto& [key, document] : object.at("decoded").items()) out[key] = document.dump();
  }
  return out;
}

Documents ours(const std::string& streamlet, const std::string& more = "") {
  Diagnostics problems;
  const Application application = testing::sensors_application("sensors", problems);
  Environment environment{.name = "recorded"};
  environment.volume_mounts = {{"proc.data", {.value = "pvc-data"}}, {"proc.ref", {.value = "pvc-ref"}}};
  ClusterFacts facts{.online = true};
  facts.kafka.emplace("default",
                      testing::hocon("bootstrap.servers = \"127.0.0.1:59997\", partitions = 3, replicas = 1, "
                                     "connection-config {}, producer-config {}, consumer-config {}",
                                     "secret"));
  facts.claims = {{"pvc-data", "ReadWriteMany"}, {"pvc-ref", "ReadOnlyMany"}};
  const EffectiveConfig config = effective_config(
      application, environment, testing::hocon(testing::fixture("sensors/app.conf") + "\n" + more), facts, problems);
  REQUIRE_FALSE(problems.has_errors());
  Documents out;
  for (const auto& [key, document] : streamlet_documents(application, *application.streamlet(streamlet), config))
    out[key] = document.to_json_text();
  return out;
}

TEST_CASE("streamlets of the recorded application would read the same", "[render][adopt]") {
  for (const char* streamlet : {"http-in", "out", "proc"}) {
    CAPTURE(streamlet);
    CHECK(reads_the_same(recorded(streamlet), ours(streamlet)));
  }
}

TEST_CASE("a streamlet whose configuration is another would not", "[render][adopt]") {
  CHECK_FALSE(reads_the_same(recorded("proc"), ours("proc", "cloudflow.streamlets.proc.config-parameters.rate = 10")));
  CHECK(read_otherwise(recorded("proc"), ours("proc", "cloudflow.streamlets.proc.config-parameters.rate = 10")) ==
        std::vector<std::string>{"secret.conf: cloudflow.streamlets.proc.rate"});
  CHECK(reads_the_same(recorded("out"), ours("out", "cloudflow.streamlets.proc.config-parameters.rate = 10")));
  CHECK_FALSE(reads_the_same(recorded("out"), ours("out", "cloudflow.topics.good.topic.name = elsewhere")));
  CHECK(reads_the_same(recorded("out"), ours("out", "cloudflow.topics.good.partitions = 9")));
  CHECK_FALSE(reads_the_same({}, ours("out")));
  CHECK_FALSE(reads_the_same({{"application.conf", "{"}, {"secret.conf", "{"}}, ours("out")));
}

}  // namespace
}  // namespace cloudflow
