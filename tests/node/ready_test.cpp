// What apply and status say of pods that do not stay up.
#include <catch2/catch_all.hpp>
#include <future>

#include "tests/node/application.h"
#include "tests/node/real_node.h"
#include "tests/support/eventually.h"

using namespace cloudflow;
using cloudflow::testing::eventually;
using cloudflow::testing::NodeApplication;
using cloudflow::testing::Part;
using cloudflow::testing::real_node;
using cloudflow::testing::SilentNode;
using namespace std::chrono_literals;

namespace {

/// Something to deploy, and what is to be said of it.
struct Situation {
  std::string name{};
  int status = 4;
  std::vector<std::string> words{};
  Part streamlet{};
  std::string container{};  ///< of a workload of its own instead of a streamlet
  std::string pod{};
  bool given_up = false;
};

/// What was said.
struct Said {
  ProcessOutput applied{};
  ProcessOutput status{};
};

const std::string own = R"(image: "nodebed/app:1")";

std::string arguments(const std::string& text) { return own + ", env: [{name: APP_ARGS, value: \"" + text + "\"}]"; }

std::vector<Situation> situations() {
  return {
      {.name = "fine", .status = 0, .words = {"2 added", "ready"}, .streamlet = {.arguments = ""}},
      {.name = "ends", .words = {"exit code 3 (Error)"}, .streamlet = {.arguments = "--exit-after 1s --code 3"}},
      {.name = "done", .words = {"exit code 0 (Completed)"}, .streamlet = {.arguments = "--exit-after 300ms"}},
      {.name = "flag", .words = {"exit code 2 (Error)"}, .streamlet = {.arguments = "--no-such-flag"}},
      {.name = "hungry",
       .words = {"exit code 137 (OOMKilled)"},
       .streamlet = {.arguments = "--hog 300",
                     .config = "resources { limits { memory = 16Mi }, requests { memory = 16Mi } }"}},
      {.name = "noimage",
       .words = {"localhost:5000/none:1: not found; given up, as waiting does not change that"},
       .streamlet = {.image = "localhost:5000/none:1"},
       .given_up = true},
      {.name = "private", .words = {"ErrImagePull", "401"}, .streamlet = {.image = "localhost:5000/private/app:1"}},
      {.name = "nocommand",
       .words = {"/nope", "given up, as waiting does not change that"},
       .container = own + ", command: [\"/nope\"]",
       .given_up = true},
      {.name = "early",
       .words = {"init container prepare", "exit code 1 (Error)"},
       .container = own,
       .pod = R"(initContainers: [{name: prepare, image: "nodebed/app:1", command: ["/bin/false"]}])"},
      {.name = "beside",
       .words = {"sidecar side", "exit code 4 (Error)"},
       .container = own,
       .pod = R"(initContainers: [{name: side, image: "nodebed/app:1", restartPolicy: Always, )"
              R"(env: [{name: APP_ARGS, value: "--exit-after 2s --code 4"}]}])"},
      {.name = "deaf",
       .words = {"Unhealthy: Liveness probe failed"},
       .container = arguments("--ready-after 1h") +
                    ", readinessProbe: {exec: {command: [\"/bin/cat\", \"/tmp/ready\"]}, periodSeconds: 1}"
                    ", livenessProbe: {exec: {command: [\"/bin/false\"]}, periodSeconds: 1, failureThreshold: 60}"},
  };
}

Said deploy(const Situation& situation) {
  NodeApplication application(situation.name);
  if (situation.container.empty()) {
    application.set("app", situation.streamlet);
  } else {
    application.set("app", {});
    application.set_deployment("own", situation.container, situation.pod);
  }
  Said said{.applied = application.apply(situation.given_up ? 60 : 40), .status = {}};
  said.status = application.status();
  application.run({"destroy", "--yes"});
  return said;
}

}  // namespace

TEST_CASE("what does not stay up is not called ready, and the reason is said", "[node][prompt]") {
  real_node();
  const std::vector<Situation> all = situations();
  std::vector<std::future<Said>> runs;
  for (const Situation& situation : all)
    runs.push_back(std::async(std::launch::async, [&situation] { return deploy(situation); }));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Said said = runs[i].get();
    const std::string text = said.applied.output + said.applied.errors;
    INFO(all[i].name << "\n" << text << said.status.output << said.status.errors);
    CHECK(said.applied.status == all[i].status);
    CHECK(said.status.status == (all[i].status == 0 ? 0 : 2));
    if (all[i].status == 0) continue;
    for (const std::string& words : all[i].words) CHECK_THAT(text, Catch::Matchers::ContainsSubstring(words));
    CHECK((text.find("not ready after") == std::string::npos) == all[i].given_up);
  }
}

TEST_CASE("an apply waits for what crashed after the last one", "[node]") {
  NodeApplication application("later");
  application.set("app", {.arguments = "--exit-after 7s --code 5"});
  application.set("other", {});
  CHECK(application.apply().status == 0);
  REQUIRE(eventually([&] {
    const std::vector<Json> pods = application.running_pods(application.name() + "-app-");
    return pods.size() == 1 &&
           int_at(pods[0].at("status").value("containerStatuses", Json::array({{}}))[0], {"restartCount"}) > 0;
  }));
  const ProcessOutput status = application.status();
  CHECK(status.status == 2);
  CHECK_THAT(status.output, Catch::Matchers::ContainsSubstring("exit code 5 (Error)"));
  const ProcessOutput same = application.apply(8);
  INFO(same.output << same.errors);
  CHECK(same.status != 0);
  CHECK_THAT(same.errors, Catch::Matchers::ContainsSubstring("exit code 5 (Error)"));
  SECTION("also when it changes something else") {
    application.write("kubernetes/map.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: map}}\n");
    const ProcessOutput more = application.apply(8);
    INFO(more.output << more.errors);
    CHECK(more.status == 4);
    CHECK_THAT(more.output, Catch::Matchers::ContainsSubstring("1 added"));
  }
  application.run({"destroy", "--yes"});
}

TEST_CASE("what a pod cannot start without is missed while planning", "[node]") {
  NodeApplication application("missing");
  application.set("app", {});
  application.set_deployment("own", own + ", volumeMounts: [{name: s, mountPath: /etc/s}]",
                             "volumes: [{name: s, configMap: {name: missing-map}}]");
  const ProcessOutput planned = application.run({"plan"});
  CHECK(planned.status == 1);
  CHECK_THAT(planned.errors,
             Catch::Matchers::ContainsSubstring("kubernetes/own.yaml:11:") &&
                 Catch::Matchers::ContainsSubstring("pods of deployment/own read configmap/missing-map"));
  CHECK(application.apply().status == 1);
  application.set_deployment("own", own, "priorityClassName: no-class");
  CHECK_THAT(
      application.run({"plan"}).errors,
      Catch::Matchers::ContainsSubstring("pods of deployment/own use priorityclass/no-class, which does not exist"));
  application.set_deployment("own", own, "priorityClassName: system-cluster-critical");
  CHECK(application.run({"plan"}).status == 0);
  application.set_deployment("own", own + ", volumeMounts: [{name: s, mountPath: /etc/s}]",
                             "volumes: [{name: s, configMap: {name: missing-map, optional: true}}]");
  const ProcessOutput optional = application.apply();
  INFO(optional.output << optional.errors);
  CHECK(optional.status == 0);
  application.run({"destroy", "--yes"});
}

TEST_CASE("a roll-out that is stuck leaves the old pod, and status says what runs", "[node]") {
  NodeApplication application("stuck");
  application.set("app", {});
  application.set_deployment("own", own);
  REQUIRE(application.apply().status == 0);
  application.set("app", {.image = "localhost:5000/none:1", .more = "server = 8080"});
  application.set_deployment("own", R"(image: "localhost:5000/none:2")");
  const ProcessOutput failed = application.apply();
  INFO(failed.output << failed.errors);
  CHECK(failed.status == 4);
  CHECK(application.running_pods("own-").size() == 2);
  const ProcessOutput status = application.run({"status", "--format", "json"});
  const Json shown = Json::parse(status.output);
  CHECK(shown.at("healthy") == false);
  CHECK(shown.at("objects").dump().find("localhost:5000/none:2: not found") != std::string::npos);
  application.set("app", {});
  application.set_deployment("own", R"(image: "nodebed/app:2")");
  CHECK(application.apply().status == 0);
  application.run({"destroy", "--yes"});
}

TEST_CASE("what mends a template is waited for, whatever trouble the old pod has", "[node]") {
  NodeApplication application("mended");
  application.set("app", {});
  application.set_deployment("own", R"(image: "localhost:5000/none:1")");
  const ProcessOutput broken = application.apply();
  INFO(broken.output << broken.errors);
  REQUIRE(broken.status == 4);
  CHECK_THAT(broken.output, Catch::Matchers::ContainsSubstring("When that is mended, run the same command again"));
  // Longer than trouble of its own would be looked at.
  application.set_deployment("own", own,
                             R"(initContainers: [{name: i, image: "nodebed/app:1", command: ["/bin/sleep", "20"]}])");
  const ProcessOutput mended = application.apply();
  INFO(mended.output << mended.errors);
  CHECK(mended.status == 0);
  application.run({"destroy", "--yes"});
}

TEST_CASE("a node that does not answer is named, and what runs on it is neither ready nor gone", "[node]") {
  NodeApplication application("silent");
  application.set("app", {});
  application.set_deployment("own", own);
  REQUIRE(application.apply().status == 0);
  {
    const SilentNode silent;
    ProcessOutput status;
    CHECK(eventually([&] { return (status = application.status()).status == 2; }));
    INFO(status.output << status.errors);
    CHECK_THAT(status.output, Catch::Matchers::ContainsSubstring("its node node-real does not answer"));
    const ProcessOutput same = application.apply(5);
    INFO(same.output << same.errors);
    CHECK(same.status != 0);
    const ProcessOutput destroyed = application.run({"destroy", "--yes", "--deadline", "5"});
    INFO(destroyed.output << destroyed.errors);
    CHECK(destroyed.status == 4);
    CHECK_THAT(destroyed.output, Catch::Matchers::ContainsSubstring("(its node node-real does not answer)"));
  }
  CHECK(eventually([&] { return application.run({"destroy", "--yes"}).status == 0; }));
  // The Deployment that is no streamlet's went with the first destroy: the second one does not know its pods any more.
  CHECK(application.running_pods(application.name() + "-").empty());
  CHECK(eventually([&] { return application.running_pods().empty(); }));
}
