// One writer at a time, seen from the servers: what two runs of the real binary write, request by request.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch_all.hpp>
#include <thread>

#include "providers/kubernetes/api/api_client.h"
#include "providers/kubernetes/api/api_discovery.h"
#include "providers/kubernetes/api/kubeconfig.h"
#include "sdk/support/child.h"
#include "sdk/support/clock.h"
#include "sdk/support/text.h"
#include "tests/e2e/world.h"
#include "tests/support/eventually.h"
#include "tests/support/kube_proxy.h"
#include "tests/support/kubebed.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Time = std::chrono::steady_clock::time_point;

namespace {

/// A run of `cloudflow` that goes to the API server through a proxy of its own.
class Run {
 public:
  explicit Run(World& world, const std::string& name)
      : world_(world), proxy_(access().server, access().tls), name_(name) {}
  ~Run() {
    if (child_.process > 0 && !status_) end_child(child_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  KubeProxy& proxy() { return proxy_; }

  void start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), binary());
    auto child =
        start_child({.command = std::move(arguments),
                     .environment = {{"KUBECONFIG", world_.write_beside(name_ + ".kubeconfig", proxy_.kubeconfig())}},
                     .directory = world_.folder()});
    REQUIRE(child.has_value());
    child_ = std::move(*child);
    process_ = child_.process;
  }

  /// From any thread, once it was started.
  void signal(int number) const { ::kill(process_, number); }

  /// What it has printed so far, on both.
  const std::string& printed() {
    drain(child_.output, text_);
    drain(child_.errors, text_);
    return text_;
  }

  /// Its exit status, once it has ended.
  int end() {
    REQUIRE(eventually([&] {
      printed();
      if (!status_) status_ = exit_status(child_);
      return status_.has_value();
    }));
    return *status_;
  }

  /// What it has changed beside the lock, in the order of the server.
  std::vector<ProxiedWrite> changes() const {
    std::vector<ProxiedWrite> out;
    for (const ProxiedWrite& write : proxy_.writes()) {
      if (write.path.find("/leases") == std::string::npos && write.status < 300) out.push_back(write);
    }
    return out;
  }

 private:
  static ClusterAccess access() {
    auto access = read_kubeconfig(kubebed(), "");
    REQUIRE(access.has_value());
    return *access;
  }

  World& world_;
  KubeProxy proxy_;
  std::string name_;
  Child child_{};
  std::atomic<int> process_ = 0;
  std::optional<int> status_{};
  std::string text_{};
};

/// Every change of `first` came before every change of `second`.
void check_one_after_the_other(const Run& first, const Run& second) {
  REQUIRE_FALSE(second.changes().empty());
  const Time begun = second.changes().front().at;
  for (const ProxiedWrite& write : first.changes()) {
    CAPTURE(write.method, write.path);
    CHECK(write.at < begun);
  }
}

bool is_record(const SeenRequest& request) {
  return request.method == "PATCH" && request.target.find("/configmaps/cloudflow-") != std::string::npos &&
         request.target.find("dryRun") == std::string::npos && request.target.find("-contracts") == std::string::npos;
}

bool is_workload(const SeenRequest& request) {
  return request.method == "PATCH" && request.target.find("/deployments/") != std::string::npos &&
         request.target.find("dryRun") == std::string::npos;
}

Json lease_of(const World& world) {
  return world.get("apis/coordination.k8s.io/v1", "leases", "cloudflow-" + world.application());
}

}  // namespace

TEST_CASE("a run that was stopped and continued writes nothing beside the next holder", "[e2e][servers][lock]") {
  World world("stopped");
  world.expect(0, {"apply", "--yes"});
  world.write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = 7\n");
  world.commit("Another rate");
  Run first(world, "first");
  Run second(world, "second");
  struct Moment {
    const char* name;
    bool (*begins)(const SeenRequest&);
    int nth;
    bool unlocks;
    bool is_done;  ///< all that it writes was written before it was stopped
  };
  const Moment moment = GENERATE(values<Moment>({{"the record before the changes", is_record, 1, false, false},
                                                 {"a workload", is_workload, 1, true, false},
                                                 {"the record after the changes", is_record, 2, true, true}}));
  CAPTURE(moment.name);
  std::atomic<int> seen = 0;
  std::atomic<bool> stopped = false;
  first.proxy().on_request([&](const SeenRequest& request) {
    if (moment.begins(request) && ++seen == moment.nth) {
      first.signal(SIGSTOP);
      stopped = true;
    }
    return KubeProxy::Fate::pass;
  });
  first.start({"apply", "--yes"});
  REQUIRE(eventually([&] { return stopped.load(); }));
  if (moment.unlocks) world.expect(0, {"unlock", "--yes"});
  world.write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = 9\n");
  world.commit("Yet another rate");
  second.start({"apply", "--yes", "--lock-timeout", "3m"});
  const int second_status = second.end();
  INFO(second.printed());
  CHECK(second_status == 0);
  CHECK_THAT(second.printed(),
             ContainsSubstring(moment.unlocks ? "The lock was taken away from \"" : "The lock was taken over from \""));
  const std::size_t before = first.changes().size();
  first.signal(SIGCONT);
  const int first_status = first.end();
  INFO(first.printed());
  if (moment.is_done) {
    CHECK(first_status == 0);
  } else {
    CHECK((first_status == 1 || first_status == 4));
    CHECK_THAT(first.printed(), ContainsSubstring("the lock of this run was taken away"));
  }
  CHECK(first.changes().size() == before);
  check_one_after_the_other(first, second);
  CHECK(lease_of(world).is_null());
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
}

TEST_CASE("a run whose lock is taken away ends before the next one begins to write", "[e2e][servers][lock]") {
  World world("broken");
  Run first(world, "first");
  Run second(world, "second");
  std::atomic<int> writes = 0;
  // Slow enough that the first run has much left to write when its lock goes.
  first.proxy().on_request([&](const SeenRequest& request) {
    if (request.method == "PATCH" && request.target.find("dryRun") == std::string::npos) {
      ++writes;
      real_clock().sleep(700ms, {});
    }
    return KubeProxy::Fate::pass;
  });
  first.start({"apply", "--yes", "--concurrency", "1"});
  REQUIRE(eventually([&] { return writes > 3; }));
  const ProcessOutput asked = world.run({"unlock"});
  CHECK(asked.status == 1);
  CHECK_THAT(asked.errors, ContainsSubstring("is at work: it has just renewed the lock"));
  world.expect(0, {"unlock", "--yes"});
  second.start({"apply", "--yes"});
  const int first_status = first.end();
  INFO(first.printed());
  CHECK(first_status == 4);
  const int second_status = second.end();
  INFO(second.printed());
  CHECK(second_status == 0);
  check_one_after_the_other(first, second);
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
}

TEST_CASE("a second run waits for the first and sees what it made", "[e2e][servers][lock]") {
  World world("waits");
  Run first(world, "first");
  Run second(world, "second");
  std::atomic<bool> is_held = false;
  std::atomic<bool> may_go = false;
  first.proxy().on_request([&](const SeenRequest& request) {
    if (!is_workload(request)) return KubeProxy::Fate::pass;
    is_held = true;
    static_cast<void>(eventually([&] { return may_go.load(); }, 60s));
    return KubeProxy::Fate::pass;
  });
  first.start({"apply", "--yes"});
  REQUIRE(eventually([&] { return is_held.load(); }));
  second.start({"apply", "--yes"});
  const bool says =
      eventually([&] { return second.printed().find("; waiting for up to 45 seconds") != std::string::npos; });
  CHECK(says);
  CHECK_THAT(second.printed(), ContainsSubstring("locked by \""));
  may_go = true;
  const int first_status = first.end();
  INFO(first.printed());
  CHECK(first_status == 0);
  const int second_status = second.end();
  INFO(second.printed());
  CHECK(second_status == 0);
  CHECK_THAT(second.printed(), ContainsSubstring("No changes."));
  CHECK(second.changes().empty());
  CHECK(lease_of(world).is_null());
}

TEST_CASE("a run whose lock is granted after another run has ended plans what that one made", "[e2e][servers][lock]") {
  World world("late");
  world.expect(0, {"apply", "--yes"});
  world.write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = 7\n");
  world.commit("Another rate");
  world.write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = 9\n");
  world.commit("Yet another rate");
  Run second(world, "second");
  std::atomic<bool> asks_for_record = false;
  std::atomic<bool> is_held = false;
  std::atomic<bool> may_go = false;
  std::atomic<int> seen = 0;
  // It has read what there is, and its lock comes to the server only when the first run has given back its own.
  second.proxy().on_request([&](const SeenRequest& request) {
    ++seen;
    if (request.method == "POST" && request.target.find("/leases") != std::string::npos) {
      is_held = true;
      static_cast<void>(eventually([&] { return may_go.load(); }, 60s));
    } else if (request.target.ends_with("/configmaps/cloudflow-" + world.application())) {
      asks_for_record = true;
    }
    return KubeProxy::Fate::pass;
  });
  second.start({"apply", "--yes"});
  REQUIRE(eventually([&] { return is_held && asks_for_record && second.proxy().answered() == seen - 1; }));
  world.expect(0, {"apply", "--yes", "--repository", world.folder(), "--revision", "HEAD~1"});
  may_go = true;
  const int status = second.end();
  INFO(second.printed());
  CHECK(status == 0);
  CHECK_THAT(second.printed(), ContainsSubstring("records-per-second  7 → 9"));
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  CHECK(lease_of(world).is_null());
}

TEST_CASE("of two first applies at once the second plans again what the first has made", "[e2e][servers][lock]") {
  World world("first-two");
  Run second(world, "second");
  std::atomic<bool> is_held = false;
  std::atomic<bool> may_go = false;
  const auto makes_namespace = [&](const SeenRequest& request) {
    return request.method == "PATCH" && request.target.find("/api/v1/namespaces/" + world.ns() + "?") == 0 &&
           request.target.find("dryRun") == std::string::npos;
  };
  second.proxy().on_request([&](const SeenRequest& request) {
    if (makes_namespace(request)) {
      is_held = true;
      static_cast<void>(eventually([&] { return may_go.load(); }, 90s));
    }
    return KubeProxy::Fate::pass;
  });
  second.start({"apply", "--yes"});
  REQUIRE(eventually([&] { return is_held.load(); }));
  world.expect(0, {"apply", "--yes"});
  may_go = true;
  const int status = second.end();
  INFO(second.printed());
  CHECK(status == 0);
  CHECK_THAT(second.printed(), ContainsSubstring("Another run has deployed the application since this was planned") &&
                                   ContainsSubstring("No changes.") && !ContainsSubstring("error"));
  CHECK(lease_of(world).is_null());
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
}

TEST_CASE("status and plan say who is at work, and how far", "[e2e][servers][lock]") {
  World world("at-work");
  Run run(world, "run");
  std::atomic<bool> is_held = false;
  std::atomic<bool> may_go = false;
  run.proxy().on_request([&](const SeenRequest& request) {
    if (!is_workload(request)) return KubeProxy::Fate::pass;
    is_held = true;
    static_cast<void>(eventually([&] { return may_go.load(); }, 60s));
    return KubeProxy::Fate::pass;
  });
  run.start({"apply", "--yes"});
  REQUIRE(eventually([&] { return is_held.load(); }));
  const bool says = eventually([&] {
    const std::string text = world.expect(0, {"status"}).output;
    return text.find(" is at work since 20") != std::string::npos && text.find("changes done)") != std::string::npos;
  });
  CHECK(says);
  CHECK_THAT(world.expect(0, {"status"}).output, ContainsSubstring("\nnot completely applied yet\n"));
  const Json lock = Json::parse(world.expect(0, {"status", "--format", "json"}).output).at("lock");
  CHECK(lock.at("ended") == false);
  CHECK(lock.at("since").get<std::string>().starts_with("20"));
  const auto planned = world.expect(0, {"plan"});
  CHECK_THAT(planned.errors, ContainsSubstring("changes done): this plan is of what is there now.\n"));
  CHECK(std::ranges::count(planned.errors, '\n') == 1);
  may_go = true;
  const int status = run.end();
  INFO(run.printed());
  CHECK(status == 0);
  CHECK(Json::parse(world.expect(0, {"status", "--format", "json"}).output).at("lock").is_null());
  CHECK(world.expect(0, {"plan"}).errors.empty());
}

TEST_CASE("the lock of a run that was killed here holds nobody up", "[e2e][servers][lock]") {
  World world("killed");
  Run first(world, "first");
  std::atomic<bool> is_held = false;
  std::atomic<bool> may_go = false;
  first.proxy().on_request([&](const SeenRequest& request) {
    if (!is_workload(request)) return KubeProxy::Fate::pass;
    is_held = true;
    static_cast<void>(eventually([&] { return may_go.load(); }, 60s));
    return KubeProxy::Fate::lose_request;
  });
  first.start({"apply", "--yes"});
  REQUIRE(eventually([&] { return is_held.load(); }));
  first.signal(SIGKILL);
  CHECK(first.end() == 128 + SIGKILL);
  may_go = true;
  const ProcessOutput next = world.expect(0, {"apply", "--yes", "--lock-timeout", "1s"});
  CHECK_THAT(next.output + next.errors, ContainsSubstring("a process of this machine that has ended."));
}

TEST_CASE("what is refused is not called done by a run that only waits for what a killed one made",
          "[e2e][servers][lock]") {
  World world("waits-refused");
  world.expect(0, {"apply", "--yes"});
  world.replace("blueprint.conf", "partitions = 3", "partitions = 1");
  world.replace("config/common.conf", "group-by-window = 5 minutes", "group-by-window = 11 minutes");
  world.commit("Fewer partitions, another window");
  Run killed(world, "killed");
  std::atomic<int> records = 0;
  killed.proxy().on_request([&](const SeenRequest& request) {
    if (!is_record(request) || ++records < 2) return KubeProxy::Fate::pass;
    killed.signal(SIGKILL);
    return KubeProxy::Fate::lose_request;
  });
  killed.start({"apply", "--yes"});
  CHECK(killed.end() == 128 + SIGKILL);
  const ProcessOutput waited = world.expect(3, {"apply", "--yes"});
  CHECK_THAT(waited.output + waited.errors,
             ContainsSubstring("The last apply was not completed") &&
                 ContainsSubstring("Refused: 0 added, 0 changed, 0 removed, 4 refused") &&
                 ContainsSubstring("What is refused, and what waits for it, was not done"));
  CHECK_THAT(world.expect(0, {"status"}).output, ContainsSubstring("but for 4 changes that were refused"));
  world.expect(3, {"apply", "--yes"});
}

TEST_CASE("a lock whose renewals get no answers is given back all the same", "[e2e][servers][lock]") {
  World world("unanswered");
  // One streamlet does not come up, so that the run is there long enough to renew its lock.
  world.break_store();
  world.commit("A bad image");
  Run run(world, "run");
  std::atomic<int> renewals = 0;
  run.proxy().on_request([&](const SeenRequest& request) {
    if (request.method != "PUT") return KubeProxy::Fate::pass;
    return ++renewals % 2 == 1 ? KubeProxy::Fate::lose_answer : KubeProxy::Fate::lose_request;
  });
  run.start({"apply", "--yes", "--deadline", "12s"});
  const int status = run.end();
  INFO(run.printed());
  CHECK(status == 4);
  CHECK(renewals > 0);
  CHECK(lease_of(world).is_null());
}

TEST_CASE("destroy has its lock until its record is gone", "[e2e][servers][lock]") {
  World world("forgets");
  world.expect(0, {"apply", "--yes"});
  Run run(world, "run");
  run.start({"destroy", "--yes", "--delete-topics"});
  const int status = run.end();
  INFO(run.printed());
  CHECK(status == 0);
  std::vector<std::string> ends;
  for (const ProxiedWrite& write : run.proxy().writes()) {
    if (write.method == "DELETE" && write.path.ends_with("/cloudflow-" + world.application()))
      ends.push_back(write.path.substr(write.path.find(world.ns() + "/") + world.ns().size() + 1));
  }
  CHECK(ends == std::vector<std::string>{"configmaps/cloudflow-" + world.application(),
                                         "leases/cloudflow-" + world.application()});
}

TEST_CASE("a destroy that began without a namespace leaves what another run makes in it", "[e2e][servers][lock]") {
  World world("no-place");
  world.make_lonely();
  // At which of its reads after the lock could not be had the other run comes: at the latest when it is tried again.
  const int at = GENERATE(1, 2, 3, 4);
  CAPTURE(at);
  Run destroy(world, "destroy");
  std::atomic<int> asked = 0;
  std::atomic<bool> is_begun = false;
  std::optional<ProcessOutput> applied;
  destroy.proxy().on_request([&](const SeenRequest& request) {
    const bool has_no_lock = std::ranges::any_of(destroy.proxy().writes(), [](const ProxiedWrite& one) {
      return one.path.ends_with("/leases") && one.status == 404;
    });
    const bool is_lock = request.method == "POST" && request.target.find("/leases?") != std::string::npos;
    const bool is_read = request.method == "GET" && request.target.find("/leases") == std::string::npos;
    const bool now = has_no_lock && (is_lock || (is_read && ++asked == at));
    if (now && !is_begun.exchange(true)) applied = world.run({"apply", "--yes"});
    return KubeProxy::Fate::pass;
  });
  destroy.start({"destroy", "--yes"});
  const int status = destroy.end();
  INFO(destroy.printed());
  UNSCOPED_INFO(asked.load());
  REQUIRE(applied);
  CHECK(applied->status == 0);
  CHECK(status == 1);
  CHECK_THAT(destroy.printed(), ContainsSubstring("was not there when this run began, so it had no lock"));
  CHECK(destroy.changes().empty());
  CHECK_FALSE(world.get("api/v1", "configmaps", "cloudflow-" + world.application()).is_null());
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  world.expect(0, {"destroy", "--yes"});
}

TEST_CASE("a destroy without its namespace says what is left elsewhere, and how to remove it", "[e2e][servers][lock]") {
  World world("deleted");
  world.make_lonely();
  world.write("kubernetes/role.yaml",
              fmt::format("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {}}}\n"
                          "rules: [{{apiGroups: [''], resources: [pods], verbs: [get]}}]\n",
                          world.application()));
  world.commit("A role outside the namespace");
  world.expect(0, {"apply", "--yes"});
  ApiClient admin(*read_kubeconfig(kubebed(), ""), real_clock());
  const ApiPath ns = well_known_resource("Namespace")->object("", world.ns());
  REQUIRE(admin.remove(ns, {}, {}).has_value());
  REQUIRE(eventually([&] {
    const auto live = admin.get(ns, {});
    return !live && live.error().kind == ErrorKind::not_found;
  }));
  const ProcessOutput refused = world.expect(1, {"destroy", "--yes"});
  CHECK_THAT(refused.output, ContainsSubstring("- clusterrole/" + world.application()) &&
                                 !ContainsSubstring("namespace/" + world.ns() + " stays") &&
                                 !ContainsSubstring("apply writes it again"));
  CHECK_THAT(refused.errors,
             ContainsSubstring("does not exist, and the lock of this run would be in it: nothing was changed") &&
                 ContainsSubstring("kubectl create namespace " + world.ns()));
  world.create("api/v1", "namespaces", {{"metadata", {{"name", world.ns()}}}}, "");
  world.expect(0, {"destroy", "--yes"});
  CHECK_THAT(world.expect(0, {"destroy", "--yes"}).output, ContainsSubstring("There is nothing to remove."));
}

TEST_CASE("what an earlier run removed is waited for until its pods have ended", "[e2e][servers][lock]") {
  World world("lasting");
  world.make_lonely();
  // Its pods end only when somebody takes their finalizer away.
  world.write("kubernetes/extra.yaml", R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: extra}
spec:
  selector: {matchLabels: {app: extra}}
  template:
    metadata: {labels: {app: extra}, finalizers: [example.com/wait]}
    spec: {containers: [{name: main, image: registry.example.com/extra:1}]}
)");
  world.commit("A workload of its own");
  world.expect(0, {"apply", "--yes"});
  const auto pods = [&] {
    std::vector<std::string> out;
    for (const Json& pod : world.list("api/v1", "pods")) {
      if (string_at(pod, {"metadata", "labels", "app"}) == "extra") out.push_back(string_at(pod, {"metadata", "name"}));
    }
    return out;
  };
  REQUIRE(pods().size() == 1);
  const std::string pod = pods().front();
  const auto let_go = [&] {
    world.merge_patch("api/v1", "pods/" + pod, {{"metadata", {{"finalizers", nullptr}}}}, "kubectl");
  };
  const std::string waits = "1 pod still to end: " + pod;
  SECTION("by a destroy") {
    CHECK_THAT(world.expect(4, {"destroy", "--yes", "--deadline", "3s"}).output, ContainsSubstring("deployment/extra"));
    CHECK(world.get("apis/apps/v1", "deployments", "extra").is_null());
    const ProcessOutput again = world.expect(4, {"destroy", "--yes", "--deadline", "3s"});
    CHECK_THAT(again.output + again.errors, ContainsSubstring(waits));
    let_go();
    world.expect(0, {"destroy", "--yes"});
    CHECK(world.get("api/v1", "configmaps", "cloudflow-" + world.application()).is_null());
  }
  SECTION("by an apply") {
    world.write("kubernetes/extra.yaml", "# nothing\n");
    world.commit("No workload of its own");
    world.expect(4, {"apply", "--yes", "--deadline", "3s"});
    const ProcessOutput again = world.expect(1, {"apply", "--yes", "--deadline", "3s"});  // which changes nothing
    CHECK_THAT(again.output + again.errors, ContainsSubstring(waits));
    let_go();
    world.expect(0, {"apply", "--yes"});
    CHECK_THAT(world.get("api/v1", "configmaps", "cloudflow-" + world.application()).dump(),
               !ContainsSubstring("ending"));
    world.expect(0, {"destroy", "--yes"});
  }
}

TEST_CASE("a destroy that waits for pods ends when its lock is taken away", "[e2e][servers][lock]") {
  World world("waits");
  world.make_lonely();
  world.expect(0, {"apply", "--yes"});
  // As somebody copies a pod to look into it: nothing ends it.
  world.create("api/v1", "pods",
               {{"metadata", {{"name", "copy"}, {"labels", {{"com.lightbend.cloudflow/app-id", world.application()}}}}},
                {"spec", {{"containers", {{{"name", "main"}, {"image", "registry.example.com/copy:1"}}}}}}},
               world.ns());
  Run run(world, "run");
  run.start({"destroy", "--yes", "--deadline", "1h"});
  REQUIRE(eventually([&] { return run.printed().find("1 pod still to end: copy") != std::string::npos; }));
  world.expect(0, {"unlock", "--yes"});
  const int status = run.end();
  INFO(run.printed());
  CHECK(status != 0);
  CHECK_THAT(run.printed(), ContainsSubstring("the lock of this run was taken away"));
  CHECK_FALSE(world.get("api/v1", "configmaps", "cloudflow-" + world.application()).is_null());
  world.remove("api/v1", "pods", "copy");
  world.expect(0, {"destroy", "--yes"});
  CHECK(world.get("api/v1", "configmaps", "cloudflow-" + world.application()).is_null());
}
