#include "providers/kubernetes/rules/workload_pods.h"

#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <map>

#include "providers/kubernetes/job_ending.h"
#include "providers/kubernetes/rules/last_warnings.h"
#include "providers/kubernetes/rules/readiness_rules.h"
#include "sdk/support/clock.h"

using namespace cloudflow;
using namespace std::chrono_literals;
using State = Readiness::State;

namespace {

const Readiness ready{.state = State::ready, .reason = {}};

/// A pod of the Deployment web; `more` is merged into it.
Json pod(const std::string& name, const Json& more = Json::object()) {
  Json out = Json::parse(R"({"metadata": {"ownerReferences": [
      {"kind": "ReplicaSet", "name": "web-7c9", "controller": true}]},
    "spec": {"nodeName": "n1", "containers": [{"name": "main"}]},
    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
      "containerStatuses": [{"name": "main", "ready": true, "restartCount": 0, "state":
        {"running": {"startedAt": "2026-11-21T08:00:00Z"}}}]}})");
  out["metadata"]["name"] = name;
  out["metadata"]["namespace"] = "shop";
  out["metadata"]["uid"] = "uid-" + name;
  out.merge_patch(more);
  return out;
}

Json ending() { return {{"metadata", {{"deletionTimestamp", "2026-11-21T08:00:00Z"}}}}; }

/// A pod whose only container was restarted; its last run took `lived` seconds and this one began at 08:00:00.
Json restarted(int restarts, int lived) {
  return {
      {"status",
       {{"containerStatuses",
         {{{"name", "main"},
           {"ready", true},
           {"restartCount", restarts},
           {"state", {{"running", {{"startedAt", "2026-11-21T08:00:00Z"}}}}},
           {"lastState",
            {{"terminated",
              {{"exitCode", 3},
               {"reason", "Error"},
               {"startedAt", "2026-11-21T07:00:00Z"},
               {"finishedAt", rfc3339(parse_rfc3339("2026-11-21T07:00:00Z") + std::chrono::seconds(lived))}}}}}}}}}}};
}

/// Times as a test wants them.
struct Times {
  std::chrono::milliseconds known{0};
  std::string now = "2026-11-21T08:00:01Z";
  PodTimes get() const {
    return {.known_for = [known = known](const std::string&) { return known; },
            .now = [now = now] { return parse_rfc3339(now); }};
  }
};

const Workload web{.kind = "Deployment.apps", .name = "web"};
const Workload new_web{.kind = "Deployment.apps", .name = "web", .fresh = true};

Readiness judge(const Readiness& said, const Workload& workload, const std::vector<Json>& pods, const PodTimes& times) {
  return with_pods(said, workload, PodsByWorkload(pods).of(workload.kind, workload.name), times);
}

EventQuestion question_about(const Workload& workload, const std::vector<Json>& pods) {
  return event_question(workload, PodsByWorkload(pods).of(workload.kind, workload.name));
}

}  // namespace

TEST_CASE("whose pod it is is told by its controller, also when the workload is gone", "[kubernetes][readiness]") {
  const auto owned = [](const char* kind, const char* name) {
    return Json{
        {"metadata", {{"ownerReferences", Json::array({{{"kind", kind}, {"name", name}, {"controller", true}}})}}}};
  };
  const auto runs = [](const char* kind, const char* name, const Json& pod) {
    const std::vector<Json> pods = {pod};
    return !PodsByWorkload(pods).of(kind, name).empty();
  };
  CHECK(runs("Deployment.apps", "web", owned("ReplicaSet", "web-7c9")));
  CHECK_FALSE(runs("Deployment.apps", "web", owned("ReplicaSet", "web-api-7c9")));
  CHECK_FALSE(runs("Deployment.apps", "web", owned("StatefulSet", "web-7c9")));
  CHECK_FALSE(runs("Deployment.apps", "web", owned("ReplicaSet", "web")));
  CHECK(runs("StatefulSet.apps", "db", owned("StatefulSet", "db")));
  CHECK_FALSE(runs("StatefulSet.apps", "db", owned("StatefulSet", "db-2")));
  CHECK(runs("DaemonSet.apps", "log", owned("DaemonSet", "log")));
  CHECK(runs("ReplicaSet.apps", "set", owned("ReplicaSet", "set")));
  CHECK(runs("ReplicationController", "old", owned("ReplicationController", "old")));
  CHECK(runs("Job.batch", "once", owned("Job", "once")));
  CHECK(runs("CronJob.batch", "night", owned("Job", "night-28391")));
  CHECK_FALSE(runs("Deployment.apps", "web", Json{{"metadata", {{"name", "web-7c9-x"}}}}));
}

TEST_CASE("a pod that is on its way out is not gone", "[kubernetes][readiness]") {
  const std::vector<Json> pods = {pod("web-7c9-a"), pod("web-7c9-b", ending())};
  const Readiness answer = judge(ready, web, pods, Times{}.get());
  CHECK(answer.state == State::waiting);
  CHECK(answer.reason == "1 old pod still to end: web-7c9-b");
  SECTION("unless nothing in it runs any more") {
    const std::vector<Json> ended = {pod("web-7c9-a"),
                                     pod("web-7c9-b", Json::parse(R"({"metadata": {"deletionTimestamp": "x"},
          "status": {"phase": "Succeeded"}})"))};
    CHECK(judge(ready, web, ended, Times{}.get()).state == State::ready);
  }
  SECTION("nor where none is asked for any more") {
    const std::vector<Json> last = {pod("web-7c9-b", ending())};
    CHECK(judge(ready, web, last, Times{}.get()).reason == "1 old pod still to end: web-7c9-b");
  }
  SECTION("one on a node that does not answer says so") {
    Json lost = pod("web-7c9-b", ending());
    lost["status"]["conditions"] =
        Json::parse(R"([{"type": "Ready", "status": "False"}, {"type": "ContainersReady", "status": "True"}])");
    CHECK(judge(ready, web, std::vector{lost}, Times{}.get()).reason ==
          "1 old pod still to end: web-7c9-b (its node n1 does not answer)");
  }
}

TEST_CASE("a workload that was removed is gone when its pods are", "[kubernetes][readiness]") {
  const Readiness missing{.state = State::missing, .reason = {}};
  std::vector<Json> pods;
  for (const char* name : {"web-7c9-a", "web-7c9-b", "web-7c9-c", "web-7c9-d", "web-7c9-e"}) pods.push_back(pod(name));
  const Readiness answer = judge(missing, web, pods, Times{}.get());
  CHECK(answer.state == State::waiting);
  CHECK(answer.reason == "5 pods still to end: web-7c9-a, web-7c9-b, web-7c9-c, 2 more");
  CHECK(judge(missing, {.kind = "Deployment.apps", .name = "other"}, pods, Times{}.get()).state == State::missing);
}

TEST_CASE("a container that was just started is watched for a moment", "[kubernetes][readiness]") {
  const std::vector<Json> pods = {pod("web-7c9-a")};
  const Readiness at_once = judge(ready, new_web, pods, Times{}.get());
  CHECK(at_once.state == State::waiting);
  CHECK(at_once.reason.empty());
  CHECK(at_once.left == first_watch);
  CHECK(judge(ready, new_web, pods, Times{.known = 700ms}.get()).left == first_watch - 700ms);
  CHECK(judge(ready, new_web, pods, Times{.known = first_watch}.get()).state == State::ready);
  // What this run has not touched has run before.
  CHECK(judge(ready, web, pods, Times{}.get()).state == State::ready);
  Workload with_own = new_web;
  with_own.own_watch = true;
  CHECK(judge(ready, with_own, pods, Times{}.get()).state == State::ready);
}

TEST_CASE("a container that was restarted has to run longer than it did before", "[kubernetes][readiness]") {
  struct Row {
    int restarts;
    int lived;
    const char* now;
    State state;
    int watched;
  };
  const auto row = GENERATE(values<Row>({
      {1, 1, "2026-11-21T08:00:05Z", State::waiting, 10},
      {1, 1, "2026-11-21T08:00:12Z", State::ready, 10},
      {1, 20, "2026-11-21T08:00:30Z", State::waiting, 35},
      {1, 20, "2026-11-21T08:00:37Z", State::ready, 35},
      {4, 1, "2026-11-21T08:01:00Z", State::waiting, 80},
      {30, 1, "2026-11-21T08:04:00Z", State::waiting, 300},
      {1, 7200, "2026-11-21T08:04:00Z", State::waiting, 300},
      {30, 7200, "2026-11-21T08:05:02Z", State::ready, 300},
  }));
  CAPTURE(row.restarts, row.lived, row.now);
  const std::vector<Json> pods = {pod("web-7c9-a", restarted(row.restarts, row.lived))};
  const Readiness answer = judge(ready, web, pods, Times{.now = row.now}.get());
  CHECK(answer.state == row.state);
  if (row.state == State::waiting)
    CHECK(answer.reason == fmt::format("web-7c9-a: container main runs again after {} restart{} (exit code 3 (Error)) "
                                       "and is watched for {} s",
                                       row.restarts, row.restarts == 1 ? "" : "s", row.watched));
  // What this run has seen counts as well, whatever the clocks say.
  CHECK(judge(ready, web, pods, Times{.known = std::chrono::seconds(row.watched)}.get()).state == State::ready);
}

TEST_CASE("what pods say counts more than what their workload says", "[kubernetes][readiness]") {
  const Json crashed = Json::parse(R"({"status": {"conditions": [{"type": "Ready", "status": "False"}],
    "containerStatuses": [{"name": "main", "ready": false, "restartCount": 1, "state": {"waiting":
      {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}}}]}})");
  const std::vector<Json> pods = {pod("web-7c9-a"), pod("web-7c9-b", crashed)};
  const Readiness answer = judge(ready, web, pods, Times{}.get());
  CHECK(answer.state == State::waiting);
  CHECK(
      answer.reason ==
      "1 of 2 pods ready; web-7c9-b: CrashLoopBackOff: exit code 3 (Error), 1 restart (kubectl logs -n shop web-7c9-b "
      "-c main --previous)");
  Json told = crashed;
  told["status"]["containerStatuses"][0]["lastState"]["terminated"]["message"] = "no such topic";
  CHECK(judge(ready, web, {pod("web-7c9-a"), pod("web-7c9-b", told)}, Times{}.get()).reason ==
        "1 of 2 pods ready; web-7c9-b: CrashLoopBackOff: exit code 3 (Error): no such topic, 1 restart");
  Workload paused = web;
  paused.pods_decide = false;
  CHECK(judge(ready, paused, pods, Times{}.get()).state == State::ready);
}

TEST_CASE("what waiting does not change is waited for only a while", "[kubernetes][readiness]") {
  struct Row {
    const char* state;
    bool hopeless;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"a\": ErrImagePull: rpc error: code = NotFound desc = localhost:5000/none:1: not found"}})",
       true},
      {R"({"waiting": {"reason": "ErrImagePull", "message": "manifest unknown"}})", true},
      {R"({"waiting": {"reason": "ErrImagePull", "message": "dial tcp 10.0.0.1:443: connect: network is unreachable"}})",
       false},
      {R"({"waiting": {"reason": "ErrImagePull", "message": "unexpected status: 401 Unauthorized"}})", false},
      {R"({"waiting": {"reason": "InvalidImageName", "message": "couldn't parse image name"}})", true},
      {R"({"waiting": {"reason": "ErrImageNeverPull", "message": "pull policy is Never"}})", true},
      {R"({"waiting": {"reason": "CreateContainerConfigError", "message": "configmap \"a\" not found"}})", true},
      {R"({"waiting": {"reason": "RunContainerError", "message": "exec: \"/nope\""}})", true},
      {R"({"terminated": {"reason": "StartError", "exitCode": 128}})", true},
      {R"({"waiting": {"reason": "CrashLoopBackOff"}})", false},
      {R"({"waiting": {"reason": "ContainerCreating"}})", false},
  }));
  CAPTURE(row.state);
  Json bad = pod("web-7c9-a", Json::parse(R"({"status": {"phase": "Pending", "conditions": null}})"));
  bad["status"]["containerStatuses"] =
      Json::array({{{"name", "main"}, {"ready", false}, {"state", Json::parse(row.state)}}});
  const Readiness said{.state = State::waiting, .reason = "0 of 1 pod ready"};
  CHECK(judge(said, web, std::vector{bad}, Times{}.get()).state == State::waiting);
  const Readiness later = judge(said, web, std::vector{bad}, Times{.known = trouble_watch}.get());
  CHECK(later.state == (row.hopeless ? State::failed : State::waiting));
  CHECK(later.reason.ends_with("; given up, as waiting does not change that") == row.hopeless);
}

TEST_CASE("the trouble of a pod that is being replaced ends with it", "[kubernetes][readiness]") {
  const auto made = [](const std::string& name, const char* hash, const char* at, const Json& more) {
    Json out = pod(name, more);
    out["metadata"]["labels"] = {{"pod-template-hash", hash}};
    out["metadata"]["creationTimestamp"] = at;
    return out;
  };
  const Json starting = Json::parse(R"({"status": {"conditions": [{"type": "Ready", "status": "False"}]}})");
  const Json hopeless = Json::parse(R"({"status": {"phase": "Pending", "conditions": null, "containerStatuses":
    [{"name": "main", "ready": false, "state": {"waiting": {"reason": "InvalidImageName", "message": "no"}}}]}})");
  const Json old = made("web-1-a", "1", "2026-11-21T07:00:00Z", hopeless);
  const Json fresh = made("web-2-b", "2", "2026-11-21T08:00:00Z", starting);
  const Json bad = made("web-2-b", "2", "2026-11-21T08:00:00Z", hopeless);
  const Readiness said{.state = State::waiting, .reason = "0 of 1 pod ready"};
  const PodTimes later = Times{.known = trouble_watch}.get();
  const auto state = [&](const std::string& kind, const std::vector<Json>& pods, bool has_new_pods = true) {
    Workload workload{.kind = kind, .name = "web", .has_new_pods = has_new_pods};
    std::vector<const Json*> all;
    for (const Json& one : pods) all.push_back(&one);
    return with_pods(said, workload, all, later).state;
  };
  for (const std::string kind : {"Deployment.apps", "DaemonSet.apps"}) {
    CAPTURE(kind);
    CHECK(state(kind, {old, fresh}) == State::waiting);
    CHECK(state(kind, {old, bad}) == State::failed);
    CHECK(state(kind, {old}) == State::failed);
    CHECK(state(kind, {old}, false) == State::waiting);
  }
  // An old one that was made again, after the one before it was evicted.
  const Json evicted = made("web-1-a", "1", "2026-11-21T07:00:00Z", Json::parse(R"({"status": {"phase": "Failed"}})"));
  const Json again = made("web-1-c", "1", "2026-11-21T08:00:09Z", hopeless);
  CHECK(state("Deployment.apps", {evicted, again, fresh}) == State::waiting);
  // Its controller waits for the old pod.
  Json held = old;
  held["metadata"]["labels"] = {{"controller-revision-hash", "web-1"}};
  const Workload set{.kind = "StatefulSet.apps", .name = "web", .new_revision = "web-2"};
  const Readiness stuck = with_pods(said, set, std::vector<const Json*>{&held}, later);
  CHECK(stuck.state == State::failed);
  CHECK(
      stuck.reason.ends_with("; a StatefulSet waits for its old pods, so that the new template needs: kubectl delete "
                             "pod -n shop web-1-a"));
  held["metadata"]["labels"] = {{"controller-revision-hash", "web-2"}};
  CHECK_FALSE(with_pods(said, set, std::vector<const Json*>{&held}, later).reason.contains("kubectl delete"));

  const auto has_new_pods = [](const char* kind, const char* object) {
    return workload_of(kind, "web", Json::parse(object)).has_new_pods;
  };
  CHECK(has_new_pods("Deployment.apps", R"({"metadata": {"generation": 2}, "status": {"observedGeneration": 2,
    "updatedReplicas": 1}})"));
  CHECK_FALSE(has_new_pods("Deployment.apps", R"({"metadata": {"generation": 2}, "status": {"observedGeneration": 1,
    "updatedReplicas": 1}})"));
  CHECK_FALSE(
      has_new_pods("Deployment.apps", R"({"metadata": {"generation": 2}, "status": {"observedGeneration": 2}})"));
  CHECK_FALSE(has_new_pods("DaemonSet.apps", R"({"metadata": {"generation": 2}, "status": {"observedGeneration": 2,
    "updatedReplicas": 1}})"));
  CHECK(has_new_pods("StatefulSet.apps", R"({"metadata": {"generation": 2}, "status": {"observedGeneration": 1}})"));
}

TEST_CASE("of an evicted pod is told only where none that runs is in trouble", "[kubernetes][readiness]") {
  const Json evicted = pod("web-7c9-a", Json::parse(R"({"metadata": {"creationTimestamp": "2026-11-21T07:00:00Z"},
    "status": {"phase": "Failed", "reason": "Evicted", "message": "the node was low on memory"}})"));
  const Json starting = pod("web-7c9-b", Json::parse(R"({"status": {"phase": "Pending", "conditions": null,
    "containerStatuses": null}})"));
  const Readiness said{.state = State::waiting, .reason = "0 of 1 pod ready"};
  CHECK(judge(said, web, std::vector{evicted, starting}, Times{}.get()).reason ==
        "0 of 1 pod ready; web-7c9-b: Pending");
  CHECK(judge(said, web, std::vector{evicted}, Times{}.get()).reason ==
        "0 of 1 pod ready; web-7c9-a: Evicted: the node was low on memory");
  CHECK(judge(ready, web, std::vector{evicted}, Times{}.get()).state == State::ready);
}

TEST_CASE("the last warning about a pod says what its status does not", "[kubernetes][readiness]") {
  const auto event = [](const char* uid, const char* time, const char* reason, const char* message) {
    return Json{{"type", "Warning"},
                {"reason", reason},
                {"message", message},
                {"lastTimestamp", time},
                {"involvedObject", {{"kind", "Pod"}, {"name", "web-7c9-a"}, {"uid", uid}}}};
  };
  const std::vector<Json> events = {
      event("uid-web-7c9-a", "2026-11-21T08:00:03Z", "FailedMount", "configmap \"two\" not found"),
      event("uid-web-7c9-a", "2026-11-21T08:00:02Z", "FailedMount", "configmap \"one\" not found"),
      event("uid-web-7c9-a", "2026-11-21T08:00:04Z", "BackOff", "Back-off restarting failed container"),
      event("uid-before", "2026-11-21T08:00:05Z", "FailedMount", "of another pod of this name"),
      event("uid-web-7c9-a", "2026-11-21T08:00:01Z", "Unhealthy", "Liveness probe failed:\nrefused")};
  const Json creating = pod("web-7c9-a", Json::parse(R"({"status": {"phase": "Pending", "conditions": null,
    "containerStatuses": null}})"));
  CHECK(last_warning(question_about(web, std::vector{creating}), events) == "FailedMount: configmap \"two\" not found");
  // What kept it from starting is over once it runs.
  const Json unready = pod("web-7c9-a", Json::parse(R"({"status": {"conditions": null, "containerStatuses":
    [{"name": "main", "ready": false, "state": {"running": {}}}]}})"));
  CHECK(last_warning(question_about(web, std::vector{unready}), events) == "Unhealthy: Liveness probe failed: refused");
  const std::vector<Json> of_set = {{{"type", "Warning"},
                                     {"reason", "FailedCreate"},
                                     {"message", "exceeded quota"},
                                     {"eventTime", "2026-11-21T08:00:01.000000Z"},
                                     {"involvedObject", {{"kind", "StatefulSet"}, {"name", "db"}, {"uid", "u"}}}}};
  CHECK(last_warning(event_question({.kind = "StatefulSet.apps", .name = "db"}, {}), of_set) ==
        "FailedCreate: exceeded quota");
}

TEST_CASE("a long message loses its middle, never its end", "[kubernetes][readiness]") {
  const std::string image = "registry.example.com/" + std::string(300, 'x') + "é";
  const std::string text =
      on_one_line("Failed to pull image \"" + image + "\":\nrpc error: code = NotFound: not found");
  CHECK(text.starts_with("Failed to pull image \"registry.example.com/xxx"));
  CHECK(text.ends_with("xé\": rpc error: code = NotFound: not found"));
  CHECK(text.size() <= 310);
  CHECK(on_one_line(std::string(300, 'a')) == std::string(300, 'a'));
}

TEST_CASE("a pod names the container that keeps it from being ready", "[kubernetes][readiness]") {
  struct Row {
    const char* pod;
    const char* reason;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"spec": {"initContainers": [{"name": "prepare"}]}, "status": {"phase": "Pending",
         "initContainerStatuses": [{"name": "prepare", "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
           "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}],
         "containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "PodInitializing"}}}]}})",
       "init container prepare: CrashLoopBackOff: exit code 1 (Error), 2 restarts"},
      {R"({"spec": {"initContainers": [{"name": "side", "restartPolicy": "Always"}]}, "status": {"phase": "Running",
         "initContainerStatuses": [{"name": "side", "ready": false, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}],
         "containerStatuses": [{"name": "main", "ready": true, "state": {"running": {}}}]}})",
       "sidecar side ended with exit code 0 (Completed)"},
      {R"({"spec": {"initContainers": [{"name": "side", "restartPolicy": "Always"}]}, "status": {"phase": "Running",
         "initContainerStatuses": [{"name": "side", "ready": false, "state": {"running": {}}}],
         "containerStatuses": [{"name": "main", "ready": true, "state": {"running": {}}}]}})",
       "sidecar side runs but is not ready"},
      {R"({"status": {"phase": "Running", "containerStatuses": [{"name": "a", "ready": true, "state": {"running": {}}},
         {"name": "b", "state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}]}})",
       "container b: ErrImagePull: not found"},
      {R"({"spec": {"nodeName": "n1"}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"},
         {"type": "ContainersReady", "status": "True"}],
         "containerStatuses": [{"name": "m", "ready": true, "state": {"running": {}}}]}})",
       "its node n1 does not answer"},
      {R"({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "False",
         "reason": "ReadinessGatesNotReady", "message": "gate x"}, {"type": "ContainersReady", "status": "True"}],
         "containerStatuses": [{"name": "m", "ready": true, "state": {"running": {}}}]}})",
       "ReadinessGatesNotReady: gate x"},
  }));
  CAPTURE(row.pod);
  CHECK(pod_reason(Json::parse(row.pod)) == row.reason);
}

TEST_CASE("what a mount misses is read from the kubelet's warning", "[kubernetes][readiness]") {
  const auto missing = [](std::string_view warning) {
    const auto found = missing_in(warning);
    return found ? found->kind + "/" + found->name : "";
  };
  CHECK(missing(R"(FailedMount: MountVolume.SetUp failed for volume "v" : secret "a" not found)") == "Secret/a");
  CHECK(missing(R"(FailedMount: MountVolume.SetUp failed for volume "v" : configmap "b.c" not found)") ==
        "ConfigMap/b.c");
  CHECK(missing(R"(FailedMount: MountVolume.SetUp failed for volume "p" : [configmap "b" not found, x])") ==
        "ConfigMap/b");
  CHECK(missing(R"(FailedMount: MountVolume.SetUp failed for volume "v" : references non-existent secret key: k)") ==
        "");
  CHECK(missing(R"(FailedMount: MountVolume.SetUp failed for volume "secret "x)") == "");
  CHECK(missing(R"(FailedAttachVolume: secret "a" not found)") == "");
}

TEST_CASE("how a Job that is gone has ended is told by its own events", "[kubernetes][readiness]") {
  const auto event = [](const char* uid, const char* reason, const char* message) {
    return Json{{"reason", reason}, {"message", message}, {"involvedObject", {{"uid", uid}}}};
  };
  const Json made = event("u", "SuccessfulCreate", "Created pod: j-x");
  const Json done = event("u", "Completed", "Job completed");
  const Json failed = event("u", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
  CHECK(job_ending(std::vector{made, done}, "u", 0s).state == State::ready);
  const Readiness bad = job_ending(std::vector{made, failed}, "u", 0s);
  CHECK(bad.state == State::failed);
  CHECK(bad.reason ==
        "BackoffLimitExceeded: Job has reached the specified backoff limit; it has removed itself since "
        "(ttlSecondsAfterFinished)");
  // One of the same name before it.
  const std::vector<Json> before = {event("other", "Completed", "Job completed"), made};
  CHECK(job_ending(before, "u", 4s).state == State::waiting);
  CHECK(job_ending(before, "u", 5s).state == State::failed);
}

TEST_CASE("where the kubelet hears late of a start it will hear late of an end", "[kubernetes][readiness]") {
  const auto up_at = [](const std::string& time, const Json& more = Json::object()) {
    Json out = pod("web-7c9-a");
    out["status"]["conditions"].push_back(
        {{"type", "ContainersReady"}, {"status", "True"}, {"lastTransitionTime", "2026-11-21T08:00:" + time + "Z"}});
    out.merge_patch(more);
    return out;
  };
  const auto ready_after = [](const Json& one, std::chrono::milliseconds seen) {
    return judge(ready, new_web, std::vector{one}, Times{.known = seen}.get()).state == State::ready;
  };
  CHECK(ready_after(up_at("01"), first_watch));
  CHECK_FALSE(ready_after(up_at("04"), first_watch + 5900ms));
  CHECK(ready_after(up_at("04"), first_watch + 6s));
  CHECK(ready_after(up_at("59"), first_watch + 15s));
  // What runs again after it ended is believed as late.
  Json again = pod("web-7c9-a", restarted(1, 1));
  const auto state_at = [&](const char* now) {
    return judge(ready, web, std::vector{again}, Times{.now = now}.get()).state;
  };
  CHECK(state_at("2026-11-21T08:00:12Z") == State::ready);
  again["status"]["conditions"].push_back(
      {{"type", "ContainersReady"}, {"status", "True"}, {"lastTransitionTime", "2026-11-21T08:00:06Z"}});
  CHECK(state_at("2026-11-21T08:00:20Z") == State::waiting);
  CHECK(state_at("2026-11-21T08:00:21Z") == State::ready);
  // A probe says itself when a pod is ready.
  const Json probe = {{"spec", {{"containers", {{{"name", "main"}, {"readinessProbe", {{"periodSeconds", 9}}}}}}}}};
  CHECK(ready_after(up_at("30", probe), first_watch));
}
