// Mistakes in the source and faults of servers, as the user of the real binary sees them.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <future>

#include "sdk/support/text.h"
#include "tests/e2e/world.h"
#include "tests/support/eventually.h"
#include "tests/support/fault_server.h"
#include "tests/support/kafkabed.h"
#include "tests/support/test_certificate.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

/// `plan` fails with exactly this on stderr, nothing on stdout and nothing made.
void check_plan_fails(const World& world, const std::string& errors, std::vector<std::string> options = {}) {
  options.insert(options.begin(), "plan");
  const ProcessOutput output = world.expect(1, std::move(options));
  CHECK(output.output == "");
  CHECK(output.errors == errors);
}

std::string kubeconfig_for(const std::string& server, const std::string& cluster_fields = "") {
  return fmt::format(R"(apiVersion: v1
kind: Config
current-context: fault
clusters: [{{name: c, cluster: {{server: "{}"{}}}}}]
users: [{{name: u, user: {{token: not-a-token}}}}]
contexts: [{{name: fault, context: {{cluster: c, user: u}}}}]
)",
                     server, cluster_fields);
}

/// A lonely application on a scripted API server where nothing exists but the namespace.
struct Scripted {
  explicit Scripted(const std::string& hint) : world(hint) {
    world.make_lonely();
    world.use_kubeconfig(world.write_beside("fault.kubeconfig", kubeconfig_for(server.url())));
    server.on(
        "GET", "/api/v1/namespaces/" + world.ns(),
        {{.body = dump(
              Json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", world.ns()}, {"uid", "1"}}}})}});
    for (const std::string plural : {"secrets", "serviceaccounts"})
      server.on("GET", fmt::format("/api/v1/namespaces/{}/{}?*", world.ns(), plural), {{.body = empty_list}});
    server.on("GET", deployments(), {{.body = empty_list}});
  }

  std::string deployments() const { return fmt::format("/apis/apps/v1/namespaces/{}/deployments?*", world.ns()); }
  std::string deployment() const {
    return fmt::format("/apis/apps/v1/namespaces/{0}/deployments/{1}-lonely?*", world.ns(), world.application());
  }
  /// Every dry run is answered with what was asked for.
  void accept_dry_runs() {
    server.on("PATCH", "*", {{.body = R"({"apiVersion":"v1","kind":"Any","metadata":{"name":"any"}})"}});
  }
  void check_nothing_written() const {
    for (const SeenRequest& request : server.seen()) {
      CAPTURE(request.method, request.target);
      CHECK((request.method == "GET" || request.target.find("dryRun=All") != std::string::npos));
    }
  }

  static constexpr const char* empty_list = R"({"kind":"List","apiVersion":"v1","metadata":{},"items":[]})";
  FaultServer server{};
  World world;
};

}  // namespace

TEST_CASE("a mistake in the source is said with its place and nothing is asked of any server",
          "[e2e][servers][faults]") {
  World world("wrong");
  // No server is there: only a mistake that is found before any request gives these messages.
  const std::string real = world.kubeconfig();
  world.use_kubeconfig(world.write_beside("none.kubeconfig", kubeconfig_for("https://127.0.0.1:1")));

  SECTION("cloudflow.yaml that is no YAML") {
    world.write("cloudflow.yaml", "application: shop\nversion: 1.0.0\nimages: {a: b\n");
    const ProcessOutput output = world.expect(1, {"plan"});
    CHECK(output.output == "");
    CHECK_THAT(output.errors, StartsWith("cloudflow.yaml:3:9: error: not valid YAML: ") &&
                                  Catch::Matchers::EndsWith("      |         ^\n1 error\n"));
  }
  SECTION("a key that does not exist") {
    world.replace("cloudflow.yaml", "descriptors: [", "descriptorz: [");
    check_plan_fails(world,
                     "cloudflow.yaml:4:1: error: the project has no member \"descriptorz\"\n"
                     "    4 | descriptorz: [descriptors/]\n"
                     "      | ^~~~~~~~~~~\n"
                     "  hint: did you mean \"descriptors\"?\n"
                     "1 error\n");
  }
  SECTION("a key of a Kafka cluster that is nothing like a known one") {
    world.replace("cloudflow.yaml", "partitions: 2,", "zookeeper: x, partitions: 2,");
    const ProcessOutput output = world.expect(1, {"plan"});
    CHECK(output.output == "");
    CHECK_THAT(
        output.errors,
        ContainsSubstring("error: kafka cluster \"default\" of environment \"test\" has no member \"zookeeper\"\n") &&
            ContainsSubstring("  hint: known are: cluster-id, bootstrap-servers, bootstrap.servers, bootstrap, "
                              "partitions, replicas, connection-config, producer-config, consumer-config\n"));
  }
  SECTION("a blueprint that is not closed") {
    world.write("blueprint.conf", "blueprint {\n  streamlets { a = callrecords.CallRecordIngress }\n");
    check_plan_fails(world,
                     "blueprint.conf:1:11: error: this '{' is never closed\n"
                     "    1 | blueprint {\n"
                     "      |           ^\n"
                     "  hint: add a '}'\n"
                     "1 error\n");
  }
  SECTION("a descriptor that is no JSON") {
    world.replace("descriptors/call-records-akka.json", "callrecords.CallRecordIngress\",",
                  "callrecords.CallRecordIngress\",,");
    check_plan_fails(world,
                     "descriptors/call-records-akka.json:3:51: error: found ',' where a key was expected\n"
                     "    3 |     \"class_name\": \"callrecords.CallRecordIngress\",,\n"
                     "      |                                                   ^\n"
                     "  hint: one comma separates two settings; remove this one\n"
                     "1 error\n");
  }
  SECTION("a runtime without templates") {
    // Templates are filled in when it is known what exists.
    world.use_kubeconfig(real);
    world.replace("descriptors/call-records-akka.json", "\"runtime\": \"akka\"", "\"runtime\": \"akkka\"");
    check_plan_fails(world,
                     "blueprint.conf:3:18: error: streamlet \"ingress\" has the runtime \"akkka\", for which there are "
                     "no templates\n"
                     "    3 |     ingress    = callrecords.CallRecordIngress\n"
                     "      |                  ^\n"
                     "  hint: did you mean \"akka\"?\n"
                     "1 error\n");
  }
  SECTION("no image") {
    world.replace("cloudflow.yaml", "images:\n  call-records-akka: registry.example.com/call-records-akka:1.4.0\n", "");
    const ProcessOutput output = world.expect(1, {"plan"});
    CHECK(output.output == "");
    CHECK_THAT(output.errors,
               ContainsSubstring("blueprint.conf:3:18: error: streamlet \"ingress\" has no image\n"
                                 "    3 |     ingress    = callrecords.CallRecordIngress\n"
                                 "      |                  ^\n"
                                 "  hint: write images: {call-records-akka: IMAGE} in cloudflow.yaml\n") &&
                   ContainsSubstring("5 errors\n"));
  }
  SECTION("names that are the same once they are cut to 63 characters") {
    world.make_lonely();
    const std::string base(50, 'x');
    const std::string tail = "-aaaaaaaaaaaaaaaa";
    world.write("lonely.conf", fmt::format("blueprint.streamlets {{\n  {0}{1}1 {{ image = \"a:1\" }}\n"
                                           "  {0}{1}2 {{ image = \"a:1\" }}\n}}\n",
                                           base, tail));
    const ProcessOutput output = world.expect(1, {"plan"});
    CHECK(output.output == "");
    const std::string made = (world.application() + "-" + base + tail).substr(0, 63);
    CHECK_THAT(output.errors,
               StartsWith(fmt::format("lonely.conf:3:72: error: streamlets \"{0}{1}1\" and \"{0}{1}2\" would both make "
                                      "the Deployment \"{2}",
                                      base, tail, made.substr(0, 60))) &&
                   ContainsSubstring("  hint: Kubernetes cuts long names: give one of them a shorter one\n1 error\n"));
  }
  SECTION("an environment that does not exist") {
    check_plan_fails(world,
                     fmt::format("cloudflow.yaml:1:1: error: the project has no environment \"tset\"\n"
                                 "    1 | application: {}\n"
                                 "      | ^\n"
                                 "  hint: did you mean \"test\"?\n",
                                 world.application()),
                     {"-e", "tset"});
  }
  SECTION("a context that does not exist") {
    check_plan_fails(world,
                     "error: no context \"nope\" in the kubeconfig\n"
                     "  hint: known contexts: fault\n",
                     {"--context", "nope"});
  }
  SECTION("a server that is down") {
    check_plan_fails(world,
                     fmt::format("error: get configmap \"cloudflow-{0}\" in namespace \"{0}\": cannot connect to "
                                 "\"127.0.0.1:1\": connection refused\n"
                                 "  hint: context \"fault\" of the kubeconfig names this server: is it running, and "
                                 "reachable from here?\n",
                                 world.application()));
  }
}

TEST_CASE("who we are and whom we trust", "[e2e][servers][faults]") {
  World world("trust");
  world.make_lonely();
  const Result<ClusterAccess> access = read_kubeconfig(world.kubeconfig(), "");
  REQUIRE(access);
  SECTION("a token that the server does not know") {
    world.use_kubeconfig(world.write_beside(
        "token.kubeconfig",
        kubeconfig_for(access->server, ", certificate-authority-data: \"" + to_base64(access->tls.ca_data) + "\"")));
    const ProcessOutput output = world.expect(1, {"plan"});
    CHECK(output.output == "");
    CHECK(output.errors == fmt::format("error: get configmap \"cloudflow-{0}\" in namespace \"{0}\": Unauthorized\n"
                                       "  hint: the server does not know user \"u\" of context \"fault\", who came "
                                       "with the token in the kubeconfig: log in again, or choose another context\n",
                                       world.application()));
  }
  SECTION("a server that another authority signed") {
    const std::string other = make_certificate("other", {"IP:127.0.0.1"}).certificate;
    world.use_kubeconfig(world.write_beside(
        "ca.kubeconfig", kubeconfig_for(access->server, ", certificate-authority-data: \"" + to_base64(other) + "\"")));
    const ProcessOutput output = world.expect(1, {"plan"});
    CHECK(output.output == "");
    CHECK_THAT(output.errors, StartsWith("error: get configmap ") && ContainsSubstring("certificate"));
  }
}

TEST_CASE("a Kafka that is away or another one", "[e2e][servers][faults]") {
  World world("broker");
  const std::string servers = world.brokers();
  SECTION("nobody listens") {
    world.replace("cloudflow.yaml", servers, "127.0.0.1:1");
    world.commit("No broker");
    const ProcessOutput output = world.expect(1, {"plan"});
    CHECK(output.output == "");
    CHECK_THAT(
        output.errors,
        StartsWith("cloudflow.yaml:") && ContainsSubstring(": error: kafka cluster \"default\" at 127.0.0.1:1: ") &&
            ContainsSubstring("Connection refused") &&
            ContainsSubstring("  hint: nothing listens at 127.0.0.1:1: correct the port, or start the broker\n"));
    const ProcessOutput status = world.expect(1, {"status"});
    CHECK(status.errors == output.errors);
    CHECK_THAT(status.output, ContainsSubstring("\nstore       0/0   missing") &&
                                  Catch::Matchers::EndsWith("\nKafka did not answer: topics and lag are not known.\n"));
    const Json document = Json::parse(world.expect(1, {"status", "--format", "json"}).output);
    CHECK(document["streamlets"].size() == 6);
    CHECK(document["topics"].is_null());
    CHECK(document["inlets"].is_null());
    CHECK(document["healthy"] == false);
  }
  SECTION("another cluster than the pinned one") {
    world.replace("cloudflow.yaml", "partitions: 2,", "cluster-id: another, partitions: 2,");
    world.commit("A pin");
    const ProcessOutput output = world.expect(1, {"plan"});
    CHECK(output.output == "");
    CHECK_THAT(output.errors,
               StartsWith("cloudflow.yaml:") &&
                   ContainsSubstring(": error: kafka cluster \"default\" at " + servers + ": this is cluster \"") &&
                   ContainsSubstring("\", but \"another\" is wanted\n") &&
                   ContainsSubstring("  hint: another cluster answers at "
                                     "these addresses: correct bootstrap-servers or cluster-id\n"));
    CHECK(world.expect(1, {"apply", "--yes"}).errors == output.errors);
    CHECK(world.get("api/v1", "secrets", "generator").is_null());
  }
}

TEST_CASE("a Kafka that does not take our password", "[e2e][servers][faults][secure]") {
  const Result<std::unique_ptr<Kafkabed>> bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {"--secure"});
  REQUIRE(bed);
  World world("scram");
  world.replace("cloudflow.yaml", "bootstrap-servers: \"" + World::brokers() + "\",",
                "bootstrap-servers: \"" + (*bed)->bootstrap() +
                    "\", connection-config: {security.protocol: SASL_PLAINTEXT, sasl.mechanism: SCRAM-SHA-256, "
                    "sasl.jaas.config: \"org.apache.kafka.common.security.scram.ScramLoginModule required "
                    "username=\\\"admin\\\" password=\\\"hunter2\\\";\"},");
  world.commit("A wrong password");
  const ProcessOutput wrong = world.expect(1, {"plan"});
  CHECK(wrong.output == "");
  CHECK_THAT(
      wrong.errors,
      ContainsSubstring("cloudflow.yaml:") && !ContainsSubstring("hunter2") &&
          ContainsSubstring(fmt::format(
              ": error: kafka cluster \"default\" at {0}: describe cluster: sasl_plaintext://{0}/bootstrap: SASL "
              "authentication error: Authentication failed during authentication due to invalid credentials with "
              "SASL mechanism SCRAM-SHA-256\n",
              (*bed)->bootstrap())));
  CHECK(world.expect(1, {"apply", "--yes"}).errors == wrong.errors);
  CHECK(world.get("api/v1", "secrets", "generator").is_null());
  world.replace("cloudflow.yaml", "hunter2", "admin-secret");
  world.commit("The right one");
  const ProcessOutput right = world.expect(0, {"plan"});
  CHECK_THAT(right.output,
             ContainsSubstring("+ topic/" + world.topic("call-stats")) && !ContainsSubstring("admin-secret"));
}

TEST_CASE("what an API server refuses in a dry run names the line that asked for it", "[e2e][servers][faults]") {
  Scripted scripted("refuse");
  struct Row {
    int status;
    const char* reason;
    const char* hint;
  };
  const Row row = GENERATE(values<Row>({{403, "Forbidden", ""},  // of an admission plug-in: not about rights
                                        {409, "Conflict", ""},
                                        {422, "Invalid", ""}}));
  CAPTURE(row.status);
  scripted.accept_dry_runs();
  scripted.server.on("PATCH", scripted.deployment(),
                     {{.status = row.status, .body = status_body(row.status, row.reason, "the scripted reason")}});
  const ProcessOutput output = scripted.world.expect(1, {"plan"});
  CHECK(output.errors == "error: the plan holds changes that a server rejects: nothing was changed\n");
  CHECK_THAT(output.output,
             ContainsSubstring(fmt::format("lonely.conf:3:12: error: deployment/{}-lonely: the scripted reason\n"
                                           "    3 |     lonely {{ image = \"registry.example.com/lonely:1\" }}\n"
                                           "      |            ^\n{}",
                                           scripted.world.application(), row.hint)));
  scripted.check_nothing_written();
}

TEST_CASE("an API server that is unwell", "[e2e][servers][faults]") {
  Scripted scripted("unwell");
  scripted.accept_dry_runs();
  const std::string list = fmt::format("error: list deployments in namespace \"{}\": ", scripted.world.ns());
  SECTION("429 is tried again after the time it names") {
    scripted.server.on(
        "GET", scripted.deployments(),
        {{.status = 429, .body = status_body(429, "TooManyRequests", "later"), .headers = {{"Retry-After", "1"}}},
         {.body = Scripted::empty_list}});
    const auto begin = std::chrono::steady_clock::now();
    scripted.world.expect(2, {"plan", "--detailed-exitcode"});
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds(1));
    CHECK(scripted.server.count("GET", scripted.deployments()) == 2);
  }
  SECTION("500 is tried once more, and said when it stays") {
    scripted.server.on("GET", scripted.deployments(),
                       {{.status = 500, .body = status_body(500, "InternalError", "etcd is away")}});
    check_plan_fails(scripted.world, list + "etcd is away\n");
    CHECK(scripted.server.count("GET", scripted.deployments()) == 2);
  }
  SECTION("a first 500 is no reason to fail") {
    scripted.server.on(
        "GET", scripted.deployments(),
        {{.status = 500, .body = status_body(500, "InternalError", "etcd is away")}, {.body = Scripted::empty_list}});
    scripted.world.expect(2, {"plan", "--detailed-exitcode"});
  }
  SECTION("503 is tried again, and said when it stays") {
    scripted.server.on("GET", scripted.deployments(),
                       {{.status = 503, .body = status_body(503, "ServiceUnavailable", "starting")}});
    check_plan_fails(scripted.world, list + "starting\n");
    CHECK(scripted.server.count("GET", scripted.deployments()) > 2);
  }
  SECTION("a listing that is cut is never taken for a short one") {
    scripted.server.on("GET", scripted.deployments(), {{.body = Scripted::empty_list, .fault = Fault::cut_body}});
    const ProcessOutput output = scripted.world.expect(1, {"plan"});
    CHECK(output.output == "");
    CHECK_THAT(output.errors, StartsWith(list));
  }
  SECTION("a listing that is cut once is read again") {
    scripted.server.on("GET", scripted.deployments(),
                       {{.body = Scripted::empty_list, .fault = Fault::cut_body}, {.body = Scripted::empty_list}});
    scripted.world.expect(2, {"plan", "--detailed-exitcode"});
  }
  scripted.check_nothing_written();
}

TEST_CASE("secrets are never printed", "[e2e][servers][faults]") {
  World world("secret");
  const std::string value = "s3cr3t-value-7151";
  const std::string password = "s3cr3t-password-7152";
  world.set("TEST_VALUE", value);
  world.set(
      "TEST_PASSWORD",
      fmt::format("org.apache.kafka.common.security.plain.PlainLoginModule required username=\"app\" password=\"{}\";",
                  password));
  world.replace("cloudflow.yaml", "    values:\n      cloudflow:\n",
                "    values:\n      cloudflow:\n        streamlets:\n          generator:\n            config: "
                "{my: {key: {from-env: TEST_VALUE}}}\n");
  world.replace("cloudflow.yaml", "partitions: 2, replicas: 1}",
                "partitions: 2, replicas: 1, connection-config: {security.protocol: PLAINTEXT, sasl.jaas.config: "
                "{from-env: TEST_PASSWORD}}}");
  world.commit("Secrets");
  const auto check_hidden = [&](int status, const std::vector<std::string>& command) {
    const ProcessOutput output = world.expect(status, command);
    CAPTURE(command);
    for (const std::string& secret : {value, password, to_base64(value), to_base64(password)}) {
      CHECK_THAT(output.output, !ContainsSubstring(secret));
      CHECK_THAT(output.errors, !ContainsSubstring(secret));
    }
  };
  check_hidden(0, {"plan", "--full"});
  check_hidden(0, {"plan", "--format", "json"});
  check_hidden(0, {"render"});
  check_hidden(0, {"apply", "--yes", "--json"});
  check_hidden(0, {"status"});
  check_hidden(0, {"status", "--format", "json"});
  // It arrived, so that the checks above are about something.
  const auto runtime_config = [&] {
    std::string text;
    const Json secret = world.get("api/v1", "secrets", "generator");
    REQUIRE(from_base64(string_at(secret, {"data", "runtime-config.conf"}), text));
    return text;
  };
  CHECK_THAT(runtime_config(), ContainsSubstring(value));
  world.set("TEST_VALUE", value + "-new");
  check_hidden(0, {"plan", "--full"});
  check_hidden(0, {"plan", "--format", "json"});
  check_hidden(0, {"apply", "--yes"});
  CHECK_THAT(runtime_config(), ContainsSubstring(value + "-new"));
  world.merge_patch("api/v1", "secrets/generator",
                    {{"data", {{"runtime-config.conf", to_base64("my.key = " + value + "-drift")}}}}, "kubectl");
  check_hidden(0, {"plan", "--full"});
  check_hidden(0, {"plan", "--format", "json"});
}

TEST_CASE("an apply whose lock is taken away starts nothing more", "[e2e][servers]") {
  World world("unlocked");
  // One streamlet does not come up, so that apply still waits when the lock goes.
  world.break_store();
  world.commit("A bad image");
  auto applying = std::async(std::launch::async, [&] { return world.run({"apply", "--yes", "--deadline", "150"}); });
  const bool waits =
      eventually([&] { return !world.get("apis/apps/v1", "deployments", world.application() + "-store").is_null(); });
  CHECK(waits);
  world.expect(0, {"unlock", "--yes"});
  const ProcessOutput applied = applying.get();
  CHECK(applied.status == 4);
  CHECK_THAT(applied.errors,
             ContainsSubstring("the lock of this run was taken away, so no further change was started"));
  // What was recorded before is still there, and the next run goes on from it.
  world.mend_store();
  world.commit("A good image");
  world.expect(0, {"apply", "--yes"});
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
}

TEST_CASE("an apply whose record is refused at the end does not call itself done", "[e2e][servers][faults]") {
  World world("unrecorded");
  world.expect(0, {"apply", "--yes"});
  const std::string name = world.application() + "-record";
  const std::string group = "admissionregistration.k8s.io/v1";
  const Json configmaps = {
      {"apiGroups", {""}}, {"apiVersions", {"v1"}}, {"operations", {"UPDATE"}}, {"resources", {"configmaps"}}};
  const std::string rule =
      fmt::format("object.metadata.name != 'cloudflow-{}' || object.data['inventory.json'].contains('applying')",
                  world.application());
  const Json policy = {{"matchConstraints", {{"resourceRules", Json::array({configmaps})}}},
                       {"validations", Json::array({{{"expression", rule}, {"message", "records are frozen"}}})}};
  world.create(
      "apis/" + group, "validatingadmissionpolicies",
      {{"apiVersion", group}, {"kind", "ValidatingAdmissionPolicy"}, {"metadata", {{"name", name}}}, {"spec", policy}},
      "");
  world.create("apis/" + group, "validatingadmissionpolicybindings",
               {{"apiVersion", group},
                {"kind", "ValidatingAdmissionPolicyBinding"},
                {"metadata", {{"name", name}}},
                {"spec", {{"policyName", name}, {"validationActions", {"Deny"}}}}},
               "");
  ProcessOutput applied;
  const bool refused = eventually([&] {  // a policy takes a moment
    world.merge_patch("apis/apps/v1", "deployments/" + world.application() + "-store/scale",
                      {{"spec", {{"replicas", 2}}}}, "kubectl");
    applied = world.run({"apply", "--yes"});
    return applied.status != 0;
  });
  CHECK(refused);
  CHECK(applied.status == 4);
  CHECK_THAT(applied.errors, ContainsSubstring("the changes were made, but their record could not be completed") &&
                                 ContainsSubstring("records are frozen"));
}
