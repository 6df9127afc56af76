// examples/sensor-data with the documents that cloudflow makes of it, on a real broker.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include <filesystem>
#include <set>

#include "sdk/support/process.h"
#include "tests/streamlet/running.h"
#include "tests/streamlet_e2e/example_sandbox.h"
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
  replace(settings, "\nsandbox:", "    config: [fast.conf]\n\nsandbox:");
  project.write("cloudflow.yaml", settings);
  project.write("fast.conf",
                "cloudflow.streamlets.sensors.config-parameters.every = 2 ms\n"
                "cloudflow.streamlets.validate.config.cloudflow.streamlet.workers = 2\n");
  std::string blueprint = text_of("blueprint.conf");
  for (const std::string topic : {"    readings", "    valid-readings", "    invalid-readings", "    metrics"}) {
    replace(blueprint, topic + " {\n", fmt::format("{} {{\n      topic.name = {}\n", topic, make_topic("sensor", 3)));
  }
  project.write("blueprint.conf", blueprint);
  project.write("descriptors.json", text_of("descriptors.json"));

  const auto documents = rendered(project);
  REQUIRE(documents.size() == 5);
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

TEST_CASE("a browser and a terminal show what flows", "[servers]") {
  ExampleSandbox sandbox("sensor-data", CLOUDFLOW_SENSOR_DATA);
  REQUIRE(sandbox.prints("print    | sensor-0: 20\n"));
  REQUIRE(sandbox.prints("Ctrl-C stops it."));
  const ProcessOutput top = sandbox.beside({"top", "--count", "2", "--json"});
  CHECK(top.status == 0);
  const Json flow = Json::parse(top.output.substr(top.output.find('\n') + 1));
  const auto readings = std::ranges::find_if(flow, [](const Json& one) { return one.at("topic") == "readings"; });
  REQUIRE(readings != flow.end());
  CHECK(readings->at("written") > 0);
  CHECK(readings->at("perSecond") > 0.0);
  CHECK(readings->at("readers").at(0).at("inlet") == "validate.in");
  CHECK(sandbox.beside({"top", "--count", "1"}).output.find("  → validate.in") != std::string::npos);

  const std::string said = "A browser shows what flows at ";
  const std::size_t at = sandbox.printed().find(said);
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + said.size();
  const std::string address = sandbox.printed().substr(begin, sandbox.printed().find('\n', begin) - begin);
  const TempFolder profile;
  // Its clock runs ahead while nothing is loaded: two minutes of looks, which take a few seconds.
  const auto page = run_process(
      {.command = {"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + profile.path(""),
                   "--virtual-time-budget=120000", "--dump-dom", address},
       .environment = {{"HOME", profile.path("")}},
       .deadline = std::chrono::seconds(120)},
      {});
  REQUIRE(page);
  INFO(page->output);
  CHECK(page->status == 0);
  CHECK(page->output.find("<td>→ validate.in</td>") != std::string::npos);
  CHECK(page->output.find("<td class=\"good\">running</td>") != std::string::npos);
  CHECK(page->output.find("id=\"t readings\"") != std::string::npos);  // in the graph
  CHECK(page->output.find("/s</text>") != std::string::npos);
  CHECK(sandbox.stop() == 0);
}

TEST_CASE("records are sent to the sandbox by the schema of their topic, and sent again", "[servers]") {
  // One of the records is no reading, at which the streamlet would end, sooner or later than the test.
  ExampleSandbox sandbox(
      "sensor-data", CLOUDFLOW_SENSOR_DATA,
      {{"local.conf",
        {"cloudflow.streamlets {", "cloudflow.streamlets {\n  validate.config.cloudflow.streamlet.on-error = skip"}}});
  REQUIRE(sandbox.prints("Ctrl-C stops it."));
  const ProcessOutput sent =
      sandbox.beside({"send", "readings", R"({"at": 1, "celsius": 7, "device": "mine"})", "--key", "k"});
  CHECK(sent.errors == "1 record written to readings.\n");
  CHECK(sent.status == 0);
  CHECK(sandbox.prints("print    | mine: 7\n"));
  const ProcessOutput lines = sandbox.beside(
      {"send", "readings"},
      "{\"at\": 1, \"celsius\": 8, \"device\": \"mine\"}\n\n{\"at\": 1, \"celsiu\": 9, \"device\": \"mine\"}");
  CHECK(lines.errors ==
        "1 record written to readings.\nerror: line 3: record Reading has no field \"celsiu\"; did you mean "
        "\"celsius\"?\n");
  CHECK(lines.status == 1);
  CHECK(sandbox.prints("print    | mine: 8\n"));
  const ProcessOutput kept =
      sandbox.tail("readings", {"--from-beginning", "--grep", "\"k\"", "--count", "1", "--json"});
  const ProcessOutput again = sandbox.beside({"replay", "readings"}, kept.output);
  CHECK(again.errors == "1 record written to readings.\n");
  const ProcessOutput both =
      sandbox.tail("readings", {"--from-beginning", "--grep", "\"k\"", "--count", "2", "--json"});
  const std::size_t second = both.output.find('\n') + 1;
  const Json first_record = Json::parse(both.output.substr(0, second));
  const Json second_record = Json::parse(both.output.substr(second));
  CHECK(first_record.at("value") == second_record.at("value"));
  CHECK(first_record.at("partition") == second_record.at("partition"));
  CHECK(second_record.at("key") == "k");
  // What is no reading goes through as it was; what is no record is told.
  CHECK(sandbox.beside({"replay", "readings"}, R"({"key": "raw", "undecodable": "x", "bytes": "0x01"})").status == 0);
  const ProcessOutput raw =
      sandbox.tail("readings", {"--from-beginning", "--grep", "\"raw\"", "--count", "1", "--json"});
  CHECK(Json::parse(raw.output).at("bytes") == "0x01");
  CHECK_FALSE(Json::parse(raw.output).contains("value"));
  for (const std::string line : {R"({"value": {"undecodable": "x"}})", R"({"key": 5, "value": null})",
                                 R"({"bytes": "0xzz"})", R"({"key": "k"})", "5"}) {
    CAPTURE(line);
    CHECK(sandbox.beside({"replay", "readings"}, line).status == 1);
  }
  CHECK(sandbox.prints("cannot be decoded"));
  CHECK(sandbox.stop() == 0);
}

TEST_CASE("readings that are posted to the sandbox are validated, told apart and made metrics of", "[servers]") {
  ExampleSandbox sandbox("sensor-data", CLOUDFLOW_SENSOR_DATA,
                         {{"cloudflow.yaml", {"\"*\": [build", "sensors: [sleep, infinity]\n    \"*\": [build"}}});
  REQUIRE(sandbox.prints("takes values over HTTP on port "));
  const std::string said = "ingress listens on 127.0.0.1:";
  REQUIRE(sandbox.prints(said));
  const std::size_t at = sandbox.printed().find(said) + said.size();
  const std::string url = "http://127.0.0.1:" + sandbox.printed().substr(at, sandbox.printed().find(".\n", at) - at);
  const auto post = [&](const std::string& body) {
    const auto ran =
        run_process({.command = {"curl", "-s", "-w", "%{http_code}", "--max-time", "120", "--data-binary", "@-", url},
                     .input = body},
                    {});
    REQUIRE(ran);
    return ran->output;
  };
  CHECK(post(R"({"device": "mine", "at": 1, "celsius": 20})") == "202");
  CHECK(post(R"({"device": "mine", "at": 2, "celsius": 70})") == "202");
  CHECK(post(R"({"device": "yours", "at": 3, "celsius": -40})") == "202");
  CHECK(post(R"({"device": "mine", "at": 4, "celsius": "warm"})") ==
        "{\"error\":\"celsius: wanted a number, found text\"}\n400");
  const auto values = [&](const std::string& topic, std::size_t count) {
    std::set<Json> out;
    for (const Json& record : sandbox.records(topic, count)) {
      CHECK(record.at("key") == (record.at("value").contains("device") ? record.at("value").at("device") : Json()));
      out.insert(record.at("value"));
    }
    return out;
  };
  const Json warm{{"device", "mine"}, {"at", 1}, {"celsius", 20.0}};
  const Json hot{{"device", "mine"}, {"at", 2}, {"celsius", 70.0}};
  const Json cold{{"device", "yours"}, {"at", 3}, {"celsius", -40.0}};
  const auto metric = [](const char* device, const char* name, int time, double value) {
    return Json{{"device", device}, {"name", name}, {"at", time}, {"value", value}};
  };
  CHECK(values("readings", 3) == std::set<Json>{warm, hot, cold});
  CHECK(values("valid-readings", 2) == std::set<Json>{warm, cold});
  CHECK(values("invalid-readings", 1) == std::set<Json>{{{"reading", hot}, {"why", "too hot"}}});
  CHECK(values("metrics", 4) == std::set<Json>{metric("mine", "celsius", 1, 20), metric("mine", "fahrenheit", 1, 68),
                                               metric("yours", "celsius", 3, -40),
                                               metric("yours", "fahrenheit", 3, -40)});
  CHECK(sandbox.prints("print    | mine: invalid, too hot: 70\n"));
  CHECK(sandbox.prints("print    | fahrenheit of mine is 68\n"));
  CHECK(sandbox.stop() == 0);
}

TEST_CASE("the example runs in the sandbox, and tail decodes what flows", "[servers]") {
  ExampleSandbox sandbox("sensor-data", CLOUDFLOW_SENSOR_DATA);
  const bool flows = sandbox.prints("print    | sensor-0: 20\n");
  INFO(sandbox.printed());
  REQUIRE(flows);
  const ProcessOutput first =
      sandbox.tail("readings", {"--from-beginning", "--count", "1", "--grep", "sensor-2", "--json"});
  CHECK(first.status == 0);
  const Json record = Json::parse(first.output);
  CHECK(record.at("key") == "sensor-2");
  CHECK(record.at("offset") >= 0);
  CHECK(record.at("value").at("device") == "sensor-2");
  CHECK(record.at("value").at("celsius") == 22.0);
  const auto one = [&](std::vector<std::string> from) {
    from.insert(from.end(), {"--count", "1", "--json"});
    return Json::parse(sandbox.tail("readings", std::move(from)).output);
  };
  CHECK(one({"--offset", "1"}).at("offset") == 1);
  CHECK(one({"--last", "2"}).at("offset") >= 0);
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const Json recent = one({"--since", "2s"});
  CHECK(recent.at("time") >= now - 2'100);
  CHECK(one({"--since", "1h"}).at("offset") == 0);
  const ProcessOutput typo = sandbox.tail("readngs", {});
  CHECK(typo.status == 1);
  CHECK(typo.errors == "error: the application has no topic \"readngs\"\n  hint: did you mean \"readings\"?\n");
  std::filesystem::create_directories(sandbox.path("other"));
  const ProcessOutput other = sandbox.beside({"top", "--count", "1"}, "", "other");
  CHECK(other.status == 1);
  CHECK(other.errors.find("error: no sandbox runs for the project in ") == 0);
  CHECK(sandbox.beside({"top", "--count", "1", "-C", "../app"}, "", "other").status == 0);
  const int stopped = sandbox.stop();
  REQUIRE(stopped == 0);
  const ProcessOutput late = sandbox.tail("readings", {});
  CHECK(late.status == 1);
  CHECK(late.errors == "error: no sandbox runs\n  hint: start one in another terminal: cloudflow sandbox\n");
}

}  // namespace cloudflow::testing
