// What goes with a workload that is removed, against a scripted API server; tests/e2e has the real one.
#include "providers/kubernetes/created_by_pods.h"

#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "tests/support/fake_clock.h"
#include "tests/support/fault_server.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

const std::string ns = "/api/v1/namespaces/shop";
const std::string path = "/apis/apps/v1/namespaces/shop/deployments/web";
const std::string map = R"({"metadata": {"name": "%", "uid": "u-%", "resourceVersion": "7"}, "data": {"leader": "x"}})";

std::string named(std::string text, const std::string& name) {
  for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%')) text.replace(at, 1, name);
  return text;
}

struct Bench {
  FaultServer server{};
  FakeClock clock{};
  ApiClient client{access_to(server), clock};
  Change change{};

  Bench() {
    change.action = Action::remove;
    change.id = {"kubernetes", "Deployment.apps", "shop", "web"};
    server.on("PATCH", path + "*", {{.body = "{}"}});
    server.on("GET", ns + "/pods?*", {{.body = R"({"items": []})"}});
    server.on("DELETE", ns + "/*", {{.body = "{}"}});
    server.on("GET", ns + "/configmaps?*",
              {{.body = R"({"items": [)" + named(map, "a") + ", " + named(map, "b") + "]}"}});
    server.on("GET", ns + "/configmaps/note", {{.body = named(map, "note")}});
  }

  static ClusterAccess access_to(const FaultServer& server) {
    ClusterAccess access;
    access.server = server.url();
    return access;
  }

  /// "" or the error with its hint.
  std::string remove(const std::string& creates, int replicas = 1) {
    server.on("GET", path,
              {{.body = fmt::format(R"({{"metadata": {{"name": "web", "annotations": {{"cloudflow/{}": "{}",
        "cloudflow/{}": "point-, at"}}}}, "spec": {{"replicas": {}, "selector": {{"matchLabels": {{"app": "web"}}}}}}}})",
                                    creates_name, creates, keeps_name, replicas)}});
    const auto done = remove_created_by_pods(client, clock, std::chrono::seconds(120), change,
                                             {.path = path, .thing = "deployment \"web\" in namespace \"shop\""}, {});
    return done ? "" : done.error().message + (done.error().hint.empty() ? "" : " (" + done.error().hint + ")");
  }

  const char* creates_name = "creates";
  const char* keeps_name = "keeps-keys";

  std::vector<std::string> writes() const {
    std::vector<std::string> out;
    for (const SeenRequest& seen : server.seen()) {
      if (seen.method != "GET") out.push_back(seen.method + " " + seen.target.substr(seen.target.rfind('/') + 1));
    }
    return out;
  }
};

using Writes = std::vector<std::string>;
const std::string both = "configmap?made-by=web,kind=state; configmap/note";
const std::string scale = "PATCH web?fieldManager=cloudflow";

}  // namespace

TEST_CASE("what the pods of a removed workload made goes after them, in the order of its annotation", "[kubernetes]") {
  Bench bench;
  SECTION("the pods end first") {
    const std::string pods =
        R"({"items": [{"metadata": {"name": "web-1", "labels": {"app": "web"}}, "status": {"phase": "Running"}},
                      {"metadata": {"name": "web-0", "labels": {"app": "web"}}, "status": {"phase": "Failed"}}]})";
    bench.server.on("GET", ns + "/pods?*", {{.body = pods}, {.body = pods}, {.body = R"({"items": []})"}});
    CHECK(bench.remove(both) == "");
    CHECK(bench.writes() == Writes{scale, "DELETE a", "DELETE b", "DELETE note"});
    CHECK(bench.server.seen().back().body.find(R"("uid":"u-note")") != std::string::npos);
  }
  SECTION("a workload that was stopped is not stopped again") {
    CHECK(bench.remove(both, 0) == "");
    CHECK(bench.writes() == Writes{"DELETE a", "DELETE b", "DELETE note"});
  }
  SECTION("one that holds something of worth stays, and so does all that comes after") {
    const std::string worth = R"({"metadata": {"name": "c", "uid": "u"}, "data": {"point-1": "x"}})";
    bench.server.on("GET", ns + "/configmaps?*", {{.body = R"({"items": [)" + named(map, "a") + ", " + worth + "]}"}});
    SECTION("under the names of today") {}
    SECTION("under those of older versions") {
      bench.creates_name = "leaves";
      bench.keeps_name = "leaves-unless";
    }
    CHECK(bench.remove(both) == "");
    CHECK(bench.writes() == Writes{scale});
  }
  SECTION("what an application owns, or a record, was not made by pods and stays, whatever the annotation names") {
    const std::string label = GENERATE("applyset.kubernetes.io/part-of", "applyset.kubernetes.io/id");
    const std::string owned =
        fmt::format(R"({{"metadata": {{"name": "c", "uid": "u", "labels": {{"{}": "applyset-x-v1"}}}}}})", label);
    bench.server.on("GET", ns + "/configmaps?*", {{.body = R"({"items": [)" + named(map, "a") + ", " + owned + "]}"}});
    CHECK(bench.remove(both) == "");
    CHECK(bench.writes() == Writes{scale});
  }
  SECTION("one that somebody writes at this moment stays too") {
    bench.server.on("DELETE", ns + "/configmaps/b", {{.status = 409, .body = "{}"}});
    CHECK(bench.remove(both) == "");
    CHECK(bench.writes() == Writes{scale, "DELETE a", "DELETE b"});
  }
  SECTION("what is gone already is no error") {
    bench.server.on("DELETE", ns + "/configmaps/a", {{.status = 404, .body = "{}"}});
    bench.server.on("GET", ns + "/configmaps/note", {{.status = 404, .body = "{}"}});
    CHECK(bench.remove(both) == "");
    CHECK(bench.writes() == Writes{scale, "DELETE a", "DELETE b"});
  }
  SECTION("a workload without the annotation, or another change, is left to others") {
    CHECK(bench.remove("") == "");
    bench.change.action = Action::update;
    CHECK(bench.remove(both) == "");
    CHECK(bench.writes().empty());
  }
  SECTION("pods that do not end hold the removal up, and nothing of theirs is taken away") {
    bench.server.on("GET", ns + "/pods?*",
                    {{.body = R"({"items": [{"metadata": {"name": "web-1", "labels": {"app": "web"}}}]})"}});
    CHECK(bench.remove(both) ==
          "still ending after 120 seconds: web-1 (end them and apply again; what they made is removed after them)");
    CHECK(bench.writes() == Writes{scale});
  }
  SECTION("what the annotation may not say is said before anything is stopped") {
    CHECK(
        bench.remove("configmap/note; pod?app=web") ==
        "its annotation cloudflow/creates says \"pod?app=web\", and not configmap/NAME, configmap?LABELS, secret/NAME "
        "or secret?LABELS");
    CHECK(bench.writes().empty());
  }
}
