// examples/sensor-data with the documents that cloudflow makes of it, on a real broker.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "sdk/support/process.h"
#include "tests/streamlet/running.h"
#include "tests/support/eventually.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

using Documents = std::map<std::string, std::string>;

void replace(std::string& text, const std::string& old, const std::string& now) {
  const std::size_t at = text.find(old);
  REQUIRE(at != std::string::npos);
  text.replace(at, old.size(), now);
}

/// The documents of each streamlet, as its pod would find them.
std::map<std::string, Documents> rendered(const TempFolder& project) {
  const auto said =
      run_process({.command = {CLOUDFLOW_BINARY, "render", "--format", "json"}, .directory = project.path("")}, {});
  REQUIRE(said);
  INFO(said->errors);
  REQUIRE(said->status == 0);
  std::map<std::string, Documents> out;
  const Json all = Json::parse(said->output);
  for (const Json& object : all.at("manifests")) {
    if (string_at(object, {"kind"}) != "Secret" || !object.at("stringData").contains("application.conf")) continue;
    out[object.at("metadata").at("name")] = object.at("stringData").get<Documents>();
  }
  return out;
}

}  // namespace

TEST_CASE("the example runs by the documents that cloudflow makes of its project", "[servers]") {
  const std::string example = std::string(CLOUDFLOW_SOURCE_DIR) + "/examples/sensor-data/";
  const TempFolder project;
  const auto text_of = [&](const std::string& name) {
    std::ifstream file(example + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  std::string settings = text_of("cloudflow.yaml");
  const std::string application = fresh_name("sensors");
  replace(settings, "application: sensor-data", "application: " + application);
  replace(settings, "{from-env: KAFKA_BOOTSTRAP}", fmt::format("\"{}\"", test_brokers()));
  project.write("cloudflow.yaml", settings + "    config: [fast.conf]\n");
  project.write("fast.conf",
                "cloudflow.streamlets.sensors.config-parameters.every = 2 ms\n"
                "cloudflow.streamlets.validate.config.cloudflow.streamlet.workers = 2\n");
  std::string blueprint = text_of("blueprint.conf");
  for (const std::string topic : {"    readings", "    valid-readings", "    invalid-readings"}) {
    replace(blueprint, topic + " {", fmt::format("{} {{\n      topic.name = {}", topic, make_topic("sensor", 3)));
  }
  project.write("blueprint.conf", blueprint);
  project.write("descriptors.json", text_of("descriptors.json"));

  const auto documents = rendered(project);
  REQUIRE(documents.size() == 3);
  StreamletProcess sensors(CLOUDFLOW_SENSOR_DATA, documents.at("sensors"));
  StreamletProcess validate(CLOUDFLOW_SENSOR_DATA, documents.at("validate"));
  StreamletProcess print(CLOUDFLOW_SENSOR_DATA, documents.at("print"));
  const auto prints = [&](const std::string& line) {
    return eventually([&] { return print.printed().find(line) != std::string::npos; });
  };
  CHECK(prints("sensor-0: 20\n"));
  CHECK(prints(": invalid, too hot: 61\n"));
  for (StreamletProcess* one : {&sensors, &validate, &print}) {
    const int code = one->stop();
    INFO(one->said());
    CHECK(code == 0);
  }
}

}  // namespace cloudflow::testing
