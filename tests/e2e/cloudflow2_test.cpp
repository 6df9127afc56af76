// Cloudflow 2's command line on real servers.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "sdk/support/text.h"
#include "tests/e2e/sensors.h"
#include "tests/support/eventually.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::eventually;
using cloudflow::testing::Sensors;
using cloudflow::testing::World;

namespace {

void silent(const ProcessOutput& output) {
  CHECK(output.output == "");
  CHECK(output.errors == "");
}

/// What the recording asks of an object that runs now: every value of it, except what section K changed.
void check_holds(const Json& recorded, const Json& live, const std::string& path) {
  if (recorded.is_object()) {
    for (const auto& [key, value] : recorded.items()) {
      if (key == "ownerReferences" || key == "com.lightbend.cloudflow/created-at" || key == "namespace") continue;
      if (value.empty() && !live.contains(key)) continue;
      const std::string below = path + "/" + key;
      CAPTURE(below);
      REQUIRE(live.contains(key));
      check_holds(value, live.at(key), below);
    }
  } else if (recorded.is_array() && live.is_array()) {
    CAPTURE(path);
    REQUIRE(recorded.size() == live.size());
    for (std::size_t i = 0; i < recorded.size(); ++i) check_holds(recorded[i], live[i], fmt::format("{}/{}", path, i));
  } else {
    CAPTURE(path);
    CHECK(recorded == live);
  }
}

std::string wait_until_running(const Sensors& sensors) {
  std::string text;
  const bool running = eventually([&] {
    text = sensors.cloudflow2(0, {"status", "sensors", "-o", "json"}).output;
    return text.find("\"status\":\"Running\",\"endpointsStatuses\"") != std::string::npos;
  });
  INFO(text);
  REQUIRE(running);
  return text;
}

std::vector<std::string> pods(const World& world) {
  std::vector<std::string> out;
  for (const Json& pod : world.list("api/v1", "pods")) {
    if (!pod.at("metadata").contains("deletionTimestamp")) out.push_back(string_at(pod, {"metadata", "name"}));
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

TEST_CASE("deploy leads to the objects that Cloudflow 2 made", "[e2e][servers][classic]") {
  World world("classic");
  Sensors sensors(world);
  silent(sensors.deploy());
  for (const char* name : {"sensors-http-in", "sensors-out", "sensors-proc"})
    check_holds(sensors.recorded("Deployment", name), world.get("apis/apps/v1", "deployments", name), name);
  check_holds(sensors.recorded("Service", "sensors-http-in-service"),
              world.get("api/v1", "services", "sensors-http-in-service"), "service");
  check_holds(sensors.recorded("ServiceAccount", "cloudflow-app-serviceaccount"),
              world.get("api/v1", "serviceaccounts", "cloudflow-app-serviceaccount"), "account");
  const auto first = pods(world);
  silent(sensors.deploy());
  wait_until_running(sensors);

  SECTION("a second deploy changes nothing, and replicas stay until they are asked for") {
    CHECK(std::ranges::includes(pods(world), first));
    silent(sensors.cloudflow2(0, {"scale", "sensors", "proc=3", "out=0"}));
    CHECK(int_at(world.get("apis/apps/v1", "deployments", "sensors-proc"), {"spec", "replicas"}) == 3);
    silent(sensors.deploy());
    CHECK(int_at(world.get("apis/apps/v1", "deployments", "sensors-proc"), {"spec", "replicas"}) == 3);
    CHECK(int_at(world.get("apis/apps/v1", "deployments", "sensors-out"), {"spec", "replicas"}) == 0);
    silent(sensors.deploy({"--scale", "proc=1,out=1"}));
    CHECK(int_at(world.get("apis/apps/v1", "deployments", "sensors-proc"), {"spec", "replicas"}) == 1);
    CHECK(int_at(world.get("apis/apps/v1", "deployments", "sensors-out"), {"spec", "replicas"}) == 1);
    CHECK(int_at(world.get("apis/apps/v1", "deployments", "sensors-proc"), {"metadata", "generation"}) == 3);
  }

  SECTION("configure replaces the whole configuration and restarts only what reads something else") {
    const Json out = world.get("apis/apps/v1", "deployments", "sensors-out");
    const Json proc = world.get("apis/apps/v1", "deployments", "sensors-proc");
    world.replace("app.conf", "rate = 9", "rate = 10");
    world.write("logback.xml", "<configuration>\n</configuration>\n");
    silent(sensors.cloudflow2(
        0, {"configure", "sensors", "--conf", "app.conf", "cloudflow.streamlets.proc.config-parameters.need=a=b,c:1"}));
    CHECK(world.get("apis/apps/v1", "deployments", "sensors-out").at("spec") == out.at("spec"));
    CHECK(world.get("apis/apps/v1", "deployments", "sensors-proc").at("spec") != proc.at("spec"));
    const std::string shown = sensors.cloudflow2(0, {"configuration", "sensors", "-o", "classic"}).output;
    CHECK_THAT(shown, ContainsSubstring("config-parameters.need ") && ContainsSubstring("a=b,c:1\n") &&
                          ContainsSubstring(" 10\n"));
    silent(sensors.cloudflow2(0, {"configure", "sensors", "--conf", "app.conf", "--logback-config", "logback.xml"}));
    CHECK(string_at(world.get("api/v1", "secrets", "logging"), {"data", "logback.xml"}) ==
          to_base64("<configuration>\n</configuration>\n"));
    silent(sensors.cloudflow2(0, {"configure", "sensors", "--conf", "app.conf"}));
    CHECK(world.get("api/v1", "secrets", "logging").is_null());
    // Claims, replicas and descriptor are those of the deploy.
    CHECK(int_at(world.get("apis/apps/v1", "deployments", "sensors-proc"), {"spec", "replicas"}) == 2);
    CHECK(sensors.cloudflow2(1, {"configure", "sensors"}).errors ==
          "Error: the deployed application.json:198:4: parameter \"need\" of streamlet \"proc\" has neither a value "
          "nor a "
          "default (set it in a file of --conf, or pass KEY=VALUE)\n");
  }

  SECTION("a cloudflow.yaml that asks for the same takes it from there") {
    sensors.write_project();
    CHECK(world.planned() == std::vector<std::string>{"update secret/config-sensors"});
    world.expect(0, {"apply", "--yes"});
    world.expect(0, {"plan", "--detailed-exitcode"});
    CHECK(sensors.cloudflow2(1, {"scale", "sensors", "proc=1"}).errors ==
          "Error: application \"sensors\" was not deployed with kubectl-cloudflow (change its cloudflow.yaml and run "
          "cloudflow apply)\n");
    CHECK_THAT(sensors.cloudflow2(0, {"configuration", "sensors"}).output, ContainsSubstring("config-parameters.rate"));
  }

  SECTION("undeploy removes what was made and leaves topics, claims and the namespace") {
    silent(sensors.cloudflow2(0, {"undeploy", "sensors"}));
    CHECK(world.list("apis/apps/v1", "deployments").empty());
    CHECK(world.list("api/v1", "services").empty());
    CHECK(world.list("api/v1", "persistentvolumeclaims").size() == 2);
    CHECK(sensors.cloudflow2(0, {"list", "-o", "json"}).output == "{\"summaries\":[]}\n");
    const std::string gone =
        fmt::format("Error: there is no application \"sensors\" in namespace \"{}\"\n", world.ns());
    CHECK(sensors.cloudflow2(1, {"undeploy", "sensors"}).errors == gone);
    CHECK(sensors.cloudflow2(1, {"status", "sensors"}).errors == gone);
    CHECK(sensors.cloudflow2(1, {"configuration", "sensors"}).errors == gone);
    CHECK(sensors.cloudflow2(1, {"scale", "sensors", "proc=1"}).errors == gone);
    CHECK(sensors.cloudflow2(1, {"configure", "sensors"}).errors == gone);
    silent(sensors.deploy());
  }
}

TEST_CASE("list and status in every format", "[e2e][servers][classic]") {
  World world("classic");
  Sensors sensors(world);
  sensors.deploy({"--scale", "out=0", "--scale", "proc=1"});
  const std::string json = wait_until_running(sensors);
  const std::string created =
      string_at(world.get("api/v1", "configmaps", "cloudflow-sensors"), {"metadata", "creationTimestamp"});
  const std::string ns = world.ns();
  const auto names = pods(world);
  REQUIRE(names.size() == 2);
  const std::string& http = names[0];
  const std::string& proc = names[1];
  const std::string utc = created.substr(0, 10) + " " + created.substr(11, 8) + " +0000 UTC";

  CHECK(sensors.cloudflow2(0, {"list", "-o", "c"}).output ==
        fmt::format("NAME              {:<{}}VERSION           CREATION-TIME\n"
                    "sensors           {:<{}}1.0               {}\n",
                    "NAMESPACE", std::max<std::size_t>(18, ns.size() + (ns.size() > 18 ? 1 : 0)), ns,
                    std::max<std::size_t>(18, ns.size() + (ns.size() > 18 ? 1 : 0)), utc));
  const std::size_t width = std::max<std::size_t>(9, ns.size());
  const std::string rule = "+---------+" + std::string(width + 2, '-') + "+---------+----------------------+\n";
  CHECK(sensors.cloudflow2(0, {"list"}).output ==
        rule + fmt::format("| NAME    | {:<{}} | VERSION | CREATION-TIME        |\n", "NAMESPACE", width) + rule +
            fmt::format("| sensors | {:<{}} | 1.0     | {} |\n", ns, width, created) + rule);
  const std::string summary =
      fmt::format(R"({{"name":"sensors","namespace":"{}","version":"1.0","creationTime":"{}"}})", ns, created);
  CHECK(sensors.cloudflow2(0, {"list", "-o", "json"}).output == "{\"summaries\":[" + summary + "]}\n");
  CHECK(
      sensors.cloudflow2(0, {"list", "-o", "yaml"}).output ==
      fmt::format("summaries:\n- name: \"sensors\"\n  namespace: \"{}\"\n  version: \"1.0\"\n  creationTime: \"{}\"\n",
                  ns, created));

  const auto one = [](const std::string& pod) {
    return fmt::format(R"({{"name":"{}","ready":{{"ready":1,"total":1}},"status":"Running","restarts":0}})", pod);
  };
  CHECK(json == fmt::format(R"({{"status":{{"summary":{},"status":"Running","endpointsStatuses":[],)"
                            R"("streamletsStatuses":[{{"name":"http-in","podsStatuses":[{}]}},)"
                            R"({{"name":"out","podsStatuses":[]}},{{"name":"proc","podsStatuses":[{}]}}]}}}})"
                            "\n",
                            summary, one(http), one(proc)));
  const std::size_t longest = std::max(http.size(), proc.size());
  CHECK(sensors.cloudflow2(0, {"status", "sensors", "-o", "classic"}).output ==
        fmt::format("Name:             sensors\nNamespace:        {}\nVersion:          1.0\nCreated:          {}\n"
                    "Status:           Running\n\n"
                    "STREAMLET         {:<{}}READY             STATUS            RESTARTS\n"
                    "http-in           {:<{}}1/1               Running           0\n"
                    "out               {:<{}}0/0               Missing           0\n"
                    "proc              {:<{}}1/1               Running           0\n",
                    ns, utc, "POD", longest + 1, http, longest + 1, "", longest + 1, proc, longest + 1));
  const std::string line = "+-----------+" + std::string(longest + 2, '-') + "+-------+---------+----------+\n";
  CHECK_THAT(sensors.cloudflow2(0, {"status", "sensors"}).output,
             Catch::Matchers::EndsWith(
                 line + fmt::format("| STREAMLET | {:<{}} | READY | STATUS  | RESTARTS |\n", "POD", longest) + line +
                 fmt::format("| http-in   | {:<{}} |  1/1  | Running |    0     |\n", http, longest) +
                 fmt::format("| out       | {:<{}} |  0/0  | Missing |    0     |\n", "", longest) +
                 fmt::format("| proc      | {:<{}} |  1/1  | Running |    0     |\n", proc, longest) + line));
}

TEST_CASE("registry credentials go into the pull secret beside those that are there", "[e2e][servers][classic]") {
  World world("classic");
  Sensors sensors(world);
  const auto auths = [&] {
    std::string text;
    const Json secret = world.get("api/v1", "secrets", "cloudflow-image-pull-secret");
    REQUIRE(from_base64(string_at(secret, {"data", ".dockerconfigjson"}), text));
    CHECK(string_at(secret, {"type"}) == "kubernetes.io/dockerconfigjson");
    return Json::parse(text).at("auths");
  };
  const auto entry = [](const std::string& user, const std::string& password) {
    return Json{{"username", user}, {"password", password}, {"auth", to_base64(user + ":" + password)}};
  };
  silent(sensors.cloudflow2(
      0, {"update-docker-credentials", "sensors", "other.example.com", "-u", "me", "--password-stdin"}, "one\n"));
  CHECK(auths() == Json{{"other.example.com", entry("me", "one")}});
  silent(sensors.cloudflow2(0,
                            {"deploy", "app.json", "-u", "you", "--password-stdin", "--volume-mount",
                             "proc.data=pvc-data", "--volume-mount", "proc.ref=pvc-ref", "--conf", "app.conf"},
                            "two\n"));
  CHECK(auths() == Json{{"other.example.com", entry("me", "one")}, {"reg.example.com", entry("you", "two")}});
  silent(sensors.deploy());
  silent(sensors.cloudflow2(0, {"undeploy", "sensors"}));
  CHECK(auths() == Json{{"other.example.com", entry("me", "one")}, {"reg.example.com", entry("you", "two")}});
}

TEST_CASE("deploy takes over what Cloudflow 2 left, and says no where Cloudflow 2 did", "[e2e][servers][classic]") {
  World world("classic");
  Sensors sensors(world);
  sensors.make_as_original();
  silent(sensors.deploy());
  CHECK_FALSE(world.get("apis/apps/v1", "deployments", "sensors-proc").at("metadata").contains("ownerReferences"));
  REQUIRE(sensors.delete_original());
  wait_until_running(sensors);

  const std::vector<std::string> base = {"deploy", "app.json", "--no-registry-credentials", "--conf", "app.conf"};
  const auto refused = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = base;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return sensors.cloudflow2(1, arguments).errors;
  };
  CHECK_THAT(refused({}), ContainsSubstring("volume mount \"data\" of streamlet \"proc\" is not bound to a claim"));
  CHECK_THAT(refused({"--volume-mount", "proc.data=gone", "--volume-mount", "proc.ref=pvc-ref"}),
             ContainsSubstring("Error: --volume-mount: volume mount \"data\" of streamlet \"proc\" uses the claim "
                               "\"gone\", which does not exist\n"));
  CHECK_THAT(refused({"--scale", "nope=1"}),
             ContainsSubstring("Error: --scale: the application has no streamlet \"nope\""));
  CHECK_THAT(refused({"cloudflow.streamlets.proc.config-parameters.rate=x"}),
             ContainsSubstring("Error: arguments:1:50: parameter \"rate\" of streamlet \"proc\" must be a whole number "
                               "of 32 bits, not \"x\"\n"));
}
