// Stopping Flink jobs, against a scripted API server with Flink behind its proxy.
#include "providers/kubernetes/flink/flink_stop.h"

#include <algorithm>
#include <catch2/catch_all.hpp>

#include "providers/kubernetes/flink/flink_journal.h"
#include "sdk/support/text.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fault_server.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;

namespace {

const std::string job = "00000000a1b2c3d40000000000000000";
const std::string proxy = "/api/v1/namespaces/shop/services/in-jobmanager:8081/proxy";
const std::string maps = "/api/v1/namespaces/shop/configmaps";
const std::string savepoint = "file:///mnt/flink/storage/savepoints/in/savepoint-1";
const std::string way_out =
    "repair the job and apply again; or go on without a savepoint: runtimes: {flink: {stop-with: checkpoint}} in the "
    "environment, or stop-with: nothing to give its state up";

std::string jobs(const std::string& state) {
  return R"({"jobs": [{"jid": ")" + job + R"(", "state": ")" + state + R"("}]})";
}

std::string journal(const std::string& data) {
  return R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "in-savepoint"}, "data": )" + data + "}";
}

/// As Flink 1.17 to 1.20 label them.
const std::string labels = R"({"app": "in", "type": "flink-native-kubernetes", "configmap-type": "high-availability"})";
const std::string recorded = R"({"items": [{"metadata": {"name": "in-cluster-config-map", "labels": )" + labels +
                             R"(}, "data": {"jobGraph-0001": "x", "other": "y"}}]})";
const std::string completed = R"({"status": {"id": "COMPLETED"}, "operation": {"location": ")" + savepoint + R"("}})";
const std::string in_progress = R"({"status": {"id": "IN_PROGRESS"}})";

/// A JobManager with a job, whose parts a test changes.
struct Bench {
  FaultServer server{};
  FakeClock clock{};
  ApiClient client{access_to(server), clock};
  FlinkJobAddress place{"shop", "in-jobmanager:8081", "in", "file:///mnt/flink/storage/savepoints/in", "in-savepoint"};

  Bench() {
    server.on("GET", maps + "?*", {{.body = R"({"items": []})"}});
    server.on("PATCH", maps + "/*", {{.body = "{}"}});
    server.on("POST", proxy + "/jobs/" + job + "/stop", {{.status = 202, .body = R"({"request-id": "r1"})"}});
    server.on("PATCH", proxy + "/jobs/" + job + "?mode=cancel", {{.status = 202, .body = "{}"}});
    server.on("GET", proxy + "/jobs/" + job + "/savepoints/r1", {{.body = completed}});
    server.on("GET", proxy + "/jobs/" + job + "/checkpoints", {{.body = R"({"latest": {}})"}});
  }

  static ClusterAccess access_to(const FaultServer& server) {
    ClusterAccess access;
    access.server = server.url();
    return access;
  }

  void jobs_are(std::vector<FaultAnswer> answers) { server.on("GET", proxy + "/jobs/overview", std::move(answers)); }
  void journal_is(const std::string& data) { server.on("GET", maps + "/in-savepoint", {{.body = journal(data)}}); }

  /// "" or the error with its hint.
  std::string stop(FlinkStop how = FlinkStop::savepoint, bool for_good = false) {
    const auto done = stop_flink_job(client, clock, place, how, for_good, {});
    return done ? "" : done.error().message + (done.error().hint.empty() ? "" : " (" + done.error().hint + ")");
  }

  /// What was written, in order: "POST stop", and the data of each write to a ConfigMap.
  std::vector<std::string> writes() const {
    std::vector<std::string> out;
    for (const SeenRequest& seen : server.seen()) {
      if (seen.method == "GET") continue;
      if (seen.target.starts_with(maps)) {
        const Json body = Json::parse(seen.body);
        out.push_back(seen.target.substr(maps.size() + 1, seen.target.find('?') - maps.size() - 1) + " " +
                      dump(body.at("data")));
      } else {
        out.push_back(seen.method + " " + seen.target.substr(proxy.size()));
      }
    }
    return out;
  }
};

std::string remembered(const std::string& where) {
  return R"(in-savepoint {"job-id":")" + flink_job_id(job + where) + R"(","savepoint":")" + where + R"(","stopped":")" +
         job + R"("})";
}

using Writes = std::vector<std::string>;
const std::string intent = R"(in-savepoint {"stopping":")" + job + R"("})";
const std::string post = "POST /jobs/" + job + "/stop";

}  // namespace

TEST_CASE("a running job is stopped, and the journal knows first that it will be and then where its savepoint is",
          "[kubernetes][flink]") {
  Bench bench;
  bench.jobs_are({{.body = jobs("RUNNING")}});
  bench.server.on("GET", proxy + "/jobs/" + job + "/savepoints/r1",
                  {{.body = in_progress}, {.status = 500, .body = "{}"}, {.body = in_progress}, {.body = completed}});
  CHECK(bench.stop() == "");
  CHECK(bench.writes() == Writes{intent, post, remembered(savepoint)});
  const std::vector<SeenRequest> seen = bench.server.seen();
  const auto asked = std::ranges::find(seen, "POST", &SeenRequest::method);
  CHECK(asked->body == R"({"drain":false,"targetDirectory":"file:///mnt/flink/storage/savepoints/in"})");
  const auto written = std::find_if(seen.rbegin(), seen.rend(), [](const auto& one) { return one.method == "PATCH"; });
  CHECK(written->target == maps + "/in-savepoint?fieldManager=cloudflow-savepoint&force=true");
}

TEST_CASE("pods change only when Flink has put away what it recorded of the job", "[kubernetes][flink]") {
  const std::string running = R"({"applications": [{"id": "a", "status": "RUNNING"}]})";
  const std::string finished = R"({"applications": [{"id": "a", "status": "FINISHED"}]})";
  const std::string overview = proxy + "/applications/overview";
  Bench bench;
  bench.jobs_are({{.body = jobs("RUNNING")}});
  SECTION("as Flink 2.3 tells") {
    bench.server.on("GET", overview, {{.body = running}, {.body = running}, {.body = finished}});
    CHECK(bench.stop() == "");
    CHECK(bench.server.count("GET", overview) == 4);
  }
  SECTION("as its ConfigMaps tell") {
    bench.server.on("GET", maps + "?*", {{.body = recorded}, {.body = recorded}, {.body = R"({"items": []})"}});
    CHECK(bench.stop() == "");
    CHECK(bench.server.count("GET", maps + "?*") == 4);
  }
  SECTION("but not for ever, and not where nobody answers any more") {
    const auto answer = GENERATE_REF(values<FaultAnswer>({{.body = running}, {.fault = Fault::close_at_once}}));
    bench.server.on("GET", overview, {answer});
    CHECK(bench.stop() == "");
  }
  CHECK(bench.writes() == Writes{intent, post, remembered(savepoint)});
}

TEST_CASE("a JobManager that is just taking up its job is waited for", "[kubernetes][flink]") {
  Bench bench;
  bench.server.on("GET", maps + "?*", {{.body = recorded}});
  bench.jobs_are({{.status = 503, .body = "{}"},
                  {.body = R"({"jobs": []})"},
                  {.body = jobs("INITIALIZING")},
                  {.body = jobs("RUNNING")}});
  CHECK(bench.stop() == "");
  CHECK(bench.writes() == Writes{intent, post, remembered(savepoint)});
}

TEST_CASE("a call that was cut off anywhere goes on where it was", "[kubernetes][flink]") {
  Bench bench;
  bench.server.on("GET", proxy + "/jobs/" + job + "/checkpoints",
                  {{.body = R"({"latest": {"savepoint": {"id": 7, "external_path": ")" + savepoint + R"("}}})"}});
  SECTION("before the job was asked to stop") {
    bench.journal_is(R"({"stopping": ")" + job + R"("})");
    bench.jobs_are({{.body = jobs("RUNNING")}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes() == Writes{intent, post, remembered(savepoint)});
  }
  SECTION("after the job had stopped") {
    bench.journal_is(R"({"stopping": ")" + job + R"("})");
    bench.jobs_are({{.body = jobs("FINISHED")}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes() == Writes{remembered(savepoint)});
  }
  SECTION("after the journal was written") {
    bench.journal_is(R"({"savepoint": "x", "job-id": "y", "stopped": ")" + job + R"("})");
    bench.jobs_are({{.body = jobs("FINISHED")}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes().empty());
  }
  SECTION("when the answer to the stop was lost") {
    bench.jobs_are({{.body = jobs("RUNNING")}, {.body = jobs("FINISHED")}});
    bench.server.on("POST", proxy + "/jobs/" + job + "/stop", {{.body = "{}", .fault = Fault::cut_headers}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes() == Writes{intent, post, remembered(savepoint)});
  }
  SECTION("while the job is still stopping as it was asked to") {
    // As Flink 2.3 answers the second question when the first is done.
    bench.journal_is(R"({"stopping": ")" + job + R"("})");
    bench.jobs_are({{.body = jobs("RUNNING")}, {.body = jobs("RUNNING")}, {.body = jobs("FINISHED")}});
    bench.server.on("GET", proxy + "/jobs/" + job + "/savepoints/r1",
                    {{.body = R"({"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"class": "C",
      "stack-trace": "x\nCaused by: CheckpointException: Checkpoint Coordinator is suspending."}}})"}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes() == Writes{intent, post, remembered(savepoint)});
  }
  SECTION("when the JobManager was started again and has forgotten the question") {
    bench.jobs_are({{.body = jobs("RUNNING")}, {.body = jobs("FINISHED")}});
    bench.server.on("GET", proxy + "/jobs/" + job + "/savepoints/r1", {{.status = 404, .body = "{}"}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes() == Writes{intent, post, remembered(savepoint)});
  }
}

TEST_CASE("what Flink said of checkpoints before the job ended is not believed", "[kubernetes][flink]") {
  // A browser that shows the job makes Flink keep its answer; the checkpoint in it is deleted when the next one is
  // there.
  Bench bench;
  bench.jobs_are({{.body = jobs("RUNNING")}, {.body = jobs("CANCELED")}});
  bench.server.on("GET", proxy + "/jobs/" + job + "/checkpoints",
                  {{.body = R"({"latest": {"completed": {"id": 7, "external_path": ")" + savepoint + R"("}}})"}});
  const auto [config, wait] = GENERATE(table<FaultAnswer, std::chrono::milliseconds>({
      {{.body = R"({"refresh-interval": 20000})"}, 20s},
      {{.body = R"({"refresh-interval": 100})"}, 3s},
      {{.status = 500, .body = "{}"}, 3s},
  }));
  bench.server.on("GET", proxy + "/config", {config});
  const auto began = bench.clock.now();
  CHECK(bench.stop(FlinkStop::checkpoint) == "");
  CHECK(bench.writes().back() == remembered(savepoint));
  CHECK(bench.clock.now() - began > wait);
  const std::vector<SeenRequest> seen = bench.server.seen();
  const auto asked = std::ranges::find(seen, proxy + "/config", &SeenRequest::target);
  REQUIRE(asked != seen.end());
  CHECK(
      std::ranges::none_of(seen.begin(), asked, [](const auto& one) { return one.target.ends_with("/checkpoints"); }));
}

TEST_CASE("jobs from before the JobManager was started again hold nobody up", "[kubernetes][flink]") {
  // As Flink 1.17 lists and answers them: in any order, and without what it knew of their checkpoints.
  const std::string before = "00000000ffff00000000000000000000";
  Bench bench;
  bench.server.on("GET", proxy + "/jobs/" + before + "/checkpoints",
                  {{.status = 404, .body = R"({"errors": ["Checkpointing has not been enabled."]})"}});
  const auto both = [&](const std::string& state) {
    const std::string old = R"({"jid": ")" + before + R"(", "state": "FINISHED"})";
    const std::string now = R"({"jid": ")" + job + R"(", "state": ")" + state + R"("})";
    const bool old_first = GENERATE(true, false);
    return R"({"jobs": [)" + (old_first ? old + ", " + now : now + ", " + old) + "]}";
  };
  SECTION("the job of now is stopped already") {
    bench.journal_is(R"({"savepoint": "x", "job-id": "y", "stopped": ")" + job + R"("})");
    bench.jobs_are({{.body = both("FINISHED")}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes().empty());
  }
  SECTION("it had stopped when apply was cut off") {
    bench.journal_is(R"({"stopping": ")" + job + R"("})");
    bench.jobs_are({{.body = both("FINISHED")}});
    bench.server.on("GET", proxy + "/jobs/" + job + "/checkpoints",
                    {{.body = R"({"latest": {"savepoint": {"id": 7, "external_path": ")" + savepoint + R"("}}})"}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes() == Writes{remembered(savepoint)});
  }
  SECTION("it came to its end by itself") {
    bench.journal_is(R"({"savepoint": "x", "job-id": ")" + job + R"(", "stopped": ")" + before + R"("})");
    bench.jobs_are({{.body = both("FINISHED")}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes().size() == 1);
    CHECK_THAT(bench.writes().at(0), Catch::Matchers::EndsWith(R"("stopped":")" + job + R"("})"));
  }
  SECTION("it stops now, and the answer to that is lost") {
    const std::string still_running = jobs("RUNNING");
    bench.jobs_are({{.body = still_running}, {.body = both("FINISHED")}});
    bench.server.on("POST", proxy + "/jobs/" + job + "/stop", {{.body = "{}", .fault = Fault::cut_headers}});
    bench.server.on("GET", proxy + "/jobs/" + job + "/checkpoints",
                    {{.body = R"({"latest": {"savepoint": {"id": 7, "external_path": ")" + savepoint + R"("}}})"}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes() == Writes{intent, post, remembered(savepoint)});
  }
}

TEST_CASE("a job that ended at its start is followed by another one, from the same savepoint", "[kubernetes][flink]") {
  // As where the new program cannot read the savepoint. Flink never runs a job of the same id again, and says nothing.
  Bench bench;
  bench.journal_is(R"({"savepoint": ")" + savepoint + R"(", "job-id": ")" + job + R"(", "stopped": "before"})");
  bench.jobs_are({{.body = R"({"jobs": []})"}});
  bench.server.on("GET", proxy + "/jobs/" + job + "/checkpoints",
                  {{.status = 404, .body = R"({"errors": ["Checkpointing has not been enabled."]})"}});
  const std::string unreachable = status_body(503, "ServiceUnavailable", "no endpoints available for service");
  SECTION("where the JobManager still lists it") {
    bench.jobs_are({{.body = jobs("FAILED")}});
    CHECK(bench.stop(GENERATE(FlinkStop::savepoint, FlinkStop::checkpoint)) == "");
    CHECK(bench.writes() == Writes{remembered(savepoint)});
  }
  SECTION("where it was started again and lists none") {
    CHECK(bench.stop(GENERATE(FlinkStop::savepoint, FlinkStop::checkpoint)) == "");
    CHECK(bench.writes() == Writes{remembered(savepoint)});
  }
  SECTION("where it is just starting again") {
    bench.jobs_are({{.status = 503, .body = unreachable}, {.body = R"({"jobs": []})"}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes() == Writes{remembered(savepoint)});
  }
  SECTION("where it never comes up") {
    bench.jobs_are({{.status = 503, .body = unreachable}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes() == Writes{remembered(savepoint)});
  }
  SECTION("but not before it had the time to start its job") {
    bench.jobs_are({{.body = R"({"jobs": []})"}, {.body = R"({"jobs": []})"}, {.body = jobs("RUNNING")}});
    CHECK(bench.stop() == "");
    CHECK_THAT(bench.writes().at(1), Catch::Matchers::Equals(post));
  }
  SECTION("but not where Flink has a checkpoint of it") {
    bench.server.on("GET", maps + "?*",
                    {{.body = R"({"items": [{"metadata": {"name": "in-0001-config-map", "labels": )" + labels +
                              R"(}, "data": {"checkpointID-0000000000000000007": "x"}}]})"}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes().empty());
  }
  SECTION("but not where nothing starts again") {
    CHECK(bench.stop(FlinkStop::savepoint, true) == "");
    CHECK(bench.writes().empty());
  }
}

TEST_CASE("a first job that ended, of whose state nobody knows, is not begun anew in silence", "[kubernetes][flink]") {
  Bench bench;
  bench.journal_is(R"({"job-id": ")" + job + R"("})");
  bench.jobs_are({{.body = R"({"jobs": []})"}});
  bench.server.on("GET", proxy + "/jobs/" + job + "/checkpoints", {{.status = 404, .body = "{}"}});
  SECTION("it may have run for days") {
    CHECK(bench.stop() ==
          "flink job " + job +
              " has ended, and whether it left any state is not known (where it never ran, or to give its state up, "
              "begin anew: runtimes: {flink: {stop-with: nothing}} in the environment; else write the path of its last "
              "checkpoint and 32 new hex digits into configmap \"in-savepoint\": data: {savepoint: PATH, job-id: "
              "DIGITS})");
    CHECK(bench.writes().empty());
  }
  SECTION("given up") {
    CHECK(bench.stop(FlinkStop::nothing) == "");
    CHECK(bench.writes().size() == 1);
  }
  SECTION("it is still listed, so that it ended at its start") {
    bench.jobs_are({{.body = jobs("FAILED")}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes().size() == 1);
  }
  SECTION("no JobManager ever came up") {
    bench.jobs_are({{.status = 503, .body = status_body(503, "ServiceUnavailable", "no endpoints available")}});
    CHECK(bench.stop() == "");
    CHECK(bench.writes().empty());
  }
  SECTION("nothing starts again") {
    CHECK(bench.stop(FlinkStop::savepoint, true) == "");
    CHECK(bench.writes().empty());
  }
}

TEST_CASE("a job that never started holds nobody up", "[kubernetes][flink]") {
  const auto answer = GENERATE(values<FaultAnswer>({
      {.status = 404, .body = status_body(404, "NotFound", "services \"in-jobmanager\" not found")},
      {.status = 503, .body = status_body(503, "ServiceUnavailable", "no endpoints available for service")},
      {.status = 502, .body = "bad gateway"},
      {.status = 403, .body = "a proxy on the way does not know the pod"},
      {.fault = Fault::close_at_once},
      {.body = R"({"jobs": []})"},
  }));
  Bench bench;
  bench.jobs_are({answer});
  CHECK(bench.stop() == "");
  CHECK(bench.writes().empty());
}

TEST_CASE("a record that is gone when the listing begins anew holds nobody up", "[kubernetes][flink]") {
  Bench bench;
  bench.jobs_are({{.status = 503, .body = status_body(503, "ServiceUnavailable", "no endpoints available")}});
  const std::string listing = maps + "?limit=2000&labelSelector=app%3Din";
  std::vector<FaultAnswer> answers;
  for (int i = 0; i < 200; ++i) {  // as often as it is asked
    answers.push_back({.body = R"({"metadata": {"continue": "x"}, )" + recorded.substr(1)});
    answers.push_back({.body = R"({"items": []})"});
  }
  bench.server.on("GET", listing, answers);
  bench.server.on("GET", listing + "&continue=x", {{.status = 410, .body = status_body(410, "Expired", "too old")}});
  CHECK(bench.stop() == "");
  CHECK(bench.writes().empty());
  CHECK(bench.server.count("GET", listing + "&continue=x") > 0);
}

TEST_CASE("a job with state that cannot be stopped says why, and the way out", "[kubernetes][flink]") {
  Bench bench;
  SECTION("no JobManager answers, but one has recorded a job") {
    bench.jobs_are({{.status = 503, .body = status_body(503, "ServiceUnavailable", "no endpoints available")}});
    bench.server.on("GET", maps + "?*", {{.body = recorded}});
    CHECK(bench.stop() ==
          "its flink job cannot be stopped with a savepoint: ask for the jobs of flink at service "
          "\"in-jobmanager:8081\" in "
          "namespace \"shop\": no endpoints available (" +
              way_out + ")");
    CHECK(bench.writes().empty());
  }
  SECTION("a JobManager answers, and never takes up the job that it has recorded") {
    bench.jobs_are({{.body = R"({"jobs": []})"}});
    bench.server.on("GET", maps + "?*", {{.body = recorded}});
    CHECK(bench.stop() ==
          "its flink job cannot be stopped with a savepoint: its JobManager lists no job, and has recorded "
          "one (" +
              way_out + ")");
    CHECK(bench.writes().empty());
  }
  SECTION("it does not come to run") {
    bench.jobs_are({{.body = jobs("RESTARTING")}});
    CHECK(bench.stop() ==
          "flink job " + job + " is RESTARTING, and only a running one can write a savepoint (" + way_out + ")");
    CHECK(bench.writes().empty());
  }
  SECTION("its savepoint fails") {
    bench.jobs_are({{.body = jobs("RUNNING")}});
    bench.server.on("GET", proxy + "/jobs/" + job + "/savepoints/r1",
                    {{.body = R"({"status": {"id": "COMPLETED"}, "operation":
      {"failure-cause": {"class": "C", "stack-trace": "java.io.IOException: disk full\n\tat x"}}})"}});
    CHECK(bench.stop() ==
          "flink job " + job + " did not stop with a savepoint: java.io.IOException: disk full (" + way_out + ")");
    CHECK(bench.writes() == Writes{intent, post});
  }
  SECTION("its savepoint fails for a reason behind others") {
    bench.jobs_are({{.body = jobs("RUNNING")}});
    bench.server.on("GET", proxy + "/jobs/" + job + "/savepoints/r1",
                    {{.body = R"({"status": {"id": "COMPLETED"}, "operation":
      {"failure-cause": {"class": "C", "stack-trace": "java.util.concurrent.CompletionException: task failed\n\tat x\nCaused by: CheckpointException: The job has failed.\n\tat y\n\t... 3 more\nCaused by: java.io.IOException: Mkdirs failed to create file:/full\n\tat z\n"}}})"}});
    CHECK(bench.stop() == "flink job " + job +
                              " did not stop with a savepoint: java.io.IOException: Mkdirs failed to create "
                              "file:/full (" +
                              way_out + ")");
  }
  SECTION("its savepoint takes for ever") {
    bench.jobs_are({{.body = jobs("RUNNING")}});
    bench.server.on("GET", proxy + "/jobs/" + job + "/savepoints/r1", {{.body = in_progress}});
    CHECK(bench.stop() == "flink job " + job + " has not written its savepoint after 30 minutes (" + way_out + ")");
  }
  SECTION("it failed") {
    bench.jobs_are({{.body = jobs("FAILED")}});
    CHECK(bench.stop() ==
          "flink job " + job + " is FAILED and has left neither savepoint nor checkpoint (" + way_out + ")");
  }
  SECTION("we may not ask") {
    bench.jobs_are({{.status = 403, .body = status_body(403, "Forbidden", "you may not")}});
    CHECK(bench.stop() ==
          "ask for the jobs of flink at service \"in-jobmanager:8081\" in namespace \"shop\": you may not (stopping a "
          "job needs "
          "get, create and patch on services/proxy)");
  }
  SECTION("it was stopped, and nobody knows where its savepoint is") {
    bench.journal_is(R"({"stopping": ")" + job + R"("})");
    bench.jobs_are({{.body = R"({"jobs": []})"}});
    CHECK(bench.stop() == "flink job " + job +
                              " was being stopped and is gone, and where its savepoint is is not known (look for it in "
                              "file:///mnt/flink/storage/savepoints/in, and write it into configmap \"in-savepoint\": "
                              "data: {savepoint: PATH, "
                              "job-id: 32 new hex digits}, without stopping)");
  }
}

TEST_CASE("going on without a savepoint", "[kubernetes][flink]") {
  Bench bench;
  const std::string checkpoint = "file:///mnt/flink/storage/externalized-checkpoints/in/1/chk-9";
  const std::string cancel = "PATCH /jobs/" + job + "?mode=cancel";
  const std::string forgotten = R"(in-cluster-config-map {"jobGraph-0001":null})";
  SECTION("a failing job is cancelled, and its last checkpoint is used") {
    bench.jobs_are({{.body = jobs("RESTARTING")}, {.body = jobs("CANCELLING")}, {.body = jobs("CANCELED")}});
    bench.server.on("GET", proxy + "/jobs/" + job + "/checkpoints",
                    {{.body = R"({"latest": {"completed": {"id": 9, "external_path": ")" + checkpoint +
                              R"("}, "savepoint": {"id": 3, "external_path": "old"}}})"}});
    CHECK(bench.stop(FlinkStop::checkpoint) == "");
    CHECK(bench.writes() == Writes{cancel, remembered(checkpoint)});
  }
  SECTION("a job without checkpoints since its start goes on from what it was started from") {
    bench.jobs_are({{.body = jobs("RUNNING")}, {.body = jobs("CANCELED")}});
    bench.server.on(
        "GET", proxy + "/jobs/" + job + "/checkpoints",
        {{.body = R"({"latest": {"completed": {"id": 1, "external_path": "<checkpoint-not-externally-addressable>"},
                                  "restored": {"external_path": "older"}}})"}});
    CHECK(bench.stop(FlinkStop::checkpoint) == "");
    CHECK(bench.writes() == Writes{cancel, remembered("older")});
  }
  SECTION("where no JobManager answers, Flink's own record of the last checkpoint is used, with the new program") {
    bench.jobs_are({{.status = 503, .body = "{}"}});
    bench.server.on("GET", maps + "?*", {{.body = recorded}});
    CHECK(bench.stop(FlinkStop::checkpoint) == "");
    CHECK(bench.writes() == Writes{forgotten});
  }
  SECTION("or nothing at all") {
    bench.jobs_are({{.status = 503, .body = "{}"}});
    bench.journal_is(R"({"savepoint": "old", "job-id": "j1"})");
    bench.server.on("GET", maps + "?*", {{.body = recorded}});
    CHECK(bench.stop(FlinkStop::nothing) == "");
    const std::string anew = R"(in-savepoint {"job-id":")" + flink_job_id("j1j1 anew") + R"(","stopped":"j1"})";
    CHECK(bench.writes() == Writes{forgotten, anew});
  }
  SECTION("a running one is cancelled first") {
    bench.jobs_are({{.body = jobs("RUNNING")}, {.body = jobs("CANCELED")}});
    CHECK(bench.stop(FlinkStop::nothing) == "");
    const std::string anew =
        R"(in-savepoint {"job-id":")" + flink_job_id(job + " anew") + R"(","stopped":")" + job + R"("})";
    CHECK(bench.writes() == Writes{cancel, anew});
  }
}

TEST_CASE("what Flink 2 records counts like what Flink 1 records", "[kubernetes][flink]") {
  // As Flink 2.3 writes it: one label less, and an execution plan in place of a graph.
  const std::string of_flink_2 =
      R"({"items": [{"metadata": {"name": "in-cluster-config-map", "labels": {"app": "in", "type": "flink-native-kubernetes"}},
          "data": {"executionPlan-0001": "x", "org.apache.flink.k8s.leader.dispatcher": "y"}}]})";
  Bench bench;
  bench.server.on("GET", maps + "?*", {{.body = of_flink_2}});
  bench.jobs_are({{.status = 503, .body = status_body(503, "ServiceUnavailable", "no endpoints available")}});
  SECTION("a job that nobody can ask is not given up") {
    CHECK_THAT(bench.stop(), Catch::Matchers::StartsWith("its flink job cannot be stopped with a savepoint"));
    CHECK(bench.writes().empty());
  }
  SECTION("the recorded program does not run again where the new one goes on from its checkpoint") {
    CHECK(bench.stop(FlinkStop::checkpoint) == "");
    CHECK(bench.writes() == Writes{R"(in-cluster-config-map {"executionPlan-0001":null})"});
  }
}

TEST_CASE("a ConfigMap that only looks like Flink's holds nobody up", "[kubernetes][flink]") {
  Bench bench;
  bench.server.on(
      "GET", maps + "?*",
      {{.body =
            R"({"items": [{"metadata": {"name": "mine", "labels": {"app": "in"}}, "data": {"jobGraph-0001": "x"}}]})"}});
  bench.jobs_are({{.status = 503, .body = status_body(503, "ServiceUnavailable", "no endpoints available")}});
  CHECK(bench.stop() == "");
  CHECK(bench.writes().empty());
}

TEST_CASE("a job that came to its end by itself starts anew when it is changed", "[kubernetes][flink]") {
  Bench bench;
  bench.jobs_are({{.body = jobs("FINISHED")}});
  CHECK(bench.stop() == "");
  CHECK(bench.writes() ==
        Writes{R"(in-savepoint {"job-id":")" + flink_job_id(job + " anew") + R"(","stopped":")" + job + R"("})"});
}

TEST_CASE("a first start gets a job id of its own, and a kept journal is used", "[kubernetes][flink]") {
  Bench bench;
  REQUIRE(prepare_flink_job(bench.client, bench.place, "first", {}));
  CHECK(bench.writes() == Writes{R"(in-savepoint {"job-id":")" + flink_job_id("first") + R"("})"});
  bench.journal_is(R"({"savepoint": "kept", "job-id": "y"})");
  REQUIRE(prepare_flink_job(bench.client, bench.place, "second", {}));
  CHECK(bench.writes().size() == 1);
}
