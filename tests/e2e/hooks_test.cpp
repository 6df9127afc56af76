// The hooks that `sync install-hook` writes, with real pushes to a bare repository and the real servers behind it.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <random>

#include "sdk/support/child.h"
#include "sdk/support/clock.h"
#include "sdk/support/text.h"
#include "tests/e2e/world.h"
#include "tests/support/eventually.h"
#include "tests/support/gitbed.h"
#include "tests/support/random_search.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A bare repository with both hooks, beside the working repository of a World.
class Server {
 public:
  Server(World& world, const std::string& check) : world_(world) {
    folder_ = beside("bare.git");
    run_git("/", {"init", "-q", "--bare", "-b", "main", folder_});
    world.expect(0, {"sync", "install-hook", "--repository", folder_, "-e", "test", "--kubeconfig", world.kubeconfig(),
                     "--check", check});
  }

  const std::string& folder() const { return folder_; }
  std::string beside(const std::string& name) const {
    return (std::filesystem::path(world_.folder()).parent_path() / name).string();
  }

  /// A push of what is checked out in `clone`. From any thread.
  ProcessRequest push_request(const std::string& clone, const std::string& branch = "main") const {
    return request(clone, {"push", "-q", folder_, "HEAD:refs/heads/" + branch});
  }

  Result<ProcessOutput> git(const std::string& clone, std::vector<std::string> arguments) const {
    return run_process(request(clone, std::move(arguments)), {});
  }

  ProcessOutput push(const std::string& branch = "main") const {
    const auto output = run_process(push_request(world_.folder(), branch), {});
    REQUIRE(output.has_value());
    return *output;
  }

  /// The commit of a branch, "" where there is none.
  std::string tip(const std::string& branch = "main") const {
    const auto output = git(folder_, {"rev-parse", "--verify", "--quiet", "refs/heads/" + branch});
    REQUIRE(output.has_value());
    return std::string(trimmed(output->output));
  }

  bool has_commit(const std::string& commit) const {
    const auto output = git(folder_, {"cat-file", "-e", commit});
    REQUIRE(output.has_value());
    return output->status == 0;
  }

 private:
  static ProcessRequest request(const std::string& clone, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com"});
    return {.command = std::move(arguments),
            .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"},
                            {"GIT_CONFIG_NOSYSTEM", "1"},
                            {"LC_ALL", "C"},
                            {"NO_COLOR", "1"}},
            .directory = clone,
            .deadline = std::chrono::minutes(10)};
  }

  World& world_;
  std::string folder_{};
};

/// Somebody with a clone, who commits one value and pushes until the server takes it.
struct Pusher {
  const Server& server;
  std::string clone;
  std::string file;

  /// What the hooks said to the push that was taken; a failure with everything that git said otherwise. Asserts
  /// nothing, so that it can run beside another.
  Result<std::string> change_to(const std::string& text, const std::string& message) const {
    std::ofstream(clone + "/" + file, std::ios::trunc) << text;
    CF_CHECK(must({"commit", "-q", "-a", "-m", message}));
    std::string said;
    for (int tries = 0; tries < 20; ++tries) {
      CF_TRY(const ProcessOutput pushed, run_process(server.push_request(clone), {}));
      if (pushed.status == 0) return pushed.errors;
      said += pushed.errors;
      // The other one was first: what everybody does then. Nothing else may refuse a good push.
      if (pushed.errors.find("is refused: exit code") != std::string::npos) break;
      CF_CHECK(must({"pull", "-q", "--rebase", server.folder(), "main"}));
    }
    return failure(ErrorKind::conflict, "the push of " + message + " was not taken:\n" + said);
  }

 private:
  Result<void> must(std::vector<std::string> arguments) const {
    CF_TRY(const ProcessOutput output, server.git(clone, std::move(arguments)));
    if (output.status != 0) return failure(ErrorKind::conflict, output.errors);
    return {};
  }
};

std::string image_of(const World& world, const std::string& streamlet) {
  const Json deployment = world.get("apis/apps/v1", "deployments", world.application() + "-" + streamlet);
  REQUIRE_FALSE(deployment.is_null());
  return deployment.at("spec").at("template").at("spec").at("containers").at(0).at("image");
}

/// The tip of main is what the record names, and what runs.
void check_tip_is_deployed(const World& world, const Server& server) {
  const ProcessOutput same =
      world.expect(0, {"plan", "--repository", server.folder(), "--revision", "main", "--detailed-exitcode"});
  CHECK_THAT(same.output, ContainsSubstring("No changes."));
  CHECK_THAT(world.expect(0, {"status"}).output, ContainsSubstring("from " + server.tip().substr(0, 7)));
}

}  // namespace

TEST_CASE("two pushes at once are both deployed, and the newest commit ends applied", "[e2e][servers][sync]") {
  World world("pushes");
  const Server server(world, "plan");
  const ProcessOutput first = server.push();
  INFO(first.errors);
  REQUIRE(first.status == 0);
  check_tip_is_deployed(world, server);

  run_git("/", {"clone", "-q", server.folder(), server.beside("ada")});
  run_git("/", {"clone", "-q", server.folder(), server.beside("bob")});
  const Pusher ada{server, server.beside("ada"), "config/common.conf"};
  const Pusher bob{server, server.beside("bob"), "config/local.conf"};
  const RandomSearch search = random_search(3, 60);
  CAPTURE(search.seed);
  // From a push that finds the other one in its check to one that finds it deploying.
  std::mt19937 random(search.seed == 1 ? Catch::getSeed() : search.seed);
  std::uniform_int_distribution<int> offset(0, 4000);
  for (int round = 1; round <= search.rounds; ++round) {
    const auto later = std::chrono::milliseconds(offset(random));
    CAPTURE(round, later.count());
    const auto push = [&](const Pusher& who, const std::string& text, std::chrono::milliseconds after) {
      return std::async(std::launch::async, [&who, text, after, round] {
        real_clock().sleep(after, {});
        return who.change_to(text, fmt::format("{} {}", who.file, round));
      });
    };
    auto slower = push(
        ada,
        fmt::format("cloudflow.streamlets.aggregator.config-parameters.group-by-window = {} minutes\n", 10 + round),
        0ms);
    auto rate =
        push(bob, fmt::format("cloudflow.streamlets.generator.config-parameters.records-per-second = {}\n", 20 + round),
             later);
    for (const Result<std::string>& said : {slower.get(), rate.get()}) {
      INFO((said ? *said : said.error().message));
      REQUIRE(said.has_value());
      CHECK_THAT(*said, !ContainsSubstring("not wholly deployed") && !ContainsSubstring("error: "));
      CHECK_THAT(*said, ContainsSubstring("Applied: ") || ContainsSubstring("No changes."));
    }
    check_tip_is_deployed(world, server);
    for (const std::string& text : {fmt::format("{} minutes", 10 + round), fmt::format("second = {}", 20 + round)}) {
      const auto found = server.git(server.folder(), {"grep", "-q", "-F", text, "main", "--", "config"});
      CAPTURE(text);
      CHECK((found && found->status == 0));
    }
    CHECK(world.get("apis/coordination.k8s.io/v1", "leases", "cloudflow-" + world.application()).is_null());
  }
}

TEST_CASE("a push whose connection is lost is deployed all the same", "[e2e][servers][sync]") {
  World world("lost-push");
  const Server server(world, "validate");
  auto started = start_child(server.push_request(world.folder()));
  REQUIRE(started.has_value());
  Child push = *std::move(started);
  push.input.close();
  std::string said;
  const bool deploys = eventually([&] {
    drain(push.output, said);
    drain(push.errors, said);
    return said.find("remote: Plan: ") != std::string::npos;
  });
  // As when the network goes: nobody reads what the hook prints from here on.
  ::kill(push.process, SIGKILL);
  push.output.close();
  push.errors.close();
  CHECK(eventually([&] { return exit_status(push).has_value(); }));
  INFO(said);
  REQUIRE(deploys);
  const bool ended = eventually([&] {
    return world.run({"plan", "--repository", server.folder(), "--detailed-exitcode"}).status == 0 &&
           world.get("apis/coordination.k8s.io/v1", "leases", "cloudflow-" + world.application()).is_null();
  });
  CHECK(ended);
  check_tip_is_deployed(world, server);
}

TEST_CASE("a push that the plan refuses is refused in the plan's words", "[e2e][servers][sync]") {
  World world("checked-push");
  const std::string check = GENERATE("plan", "strict");
  CAPTURE(check);
  const Server server(world, check);
  const ProcessOutput first = server.push();
  INFO(first.errors);
  REQUIRE(first.status == 0);
  check_tip_is_deployed(world, server);
  const std::string good = server.tip();

  /// Commits what was edited and pushes it. What the pusher reads where it is refused.
  const auto refused_push = [&](const std::string& message) {
    world.commit(message);
    const auto commit = server.git(world.folder(), {"rev-parse", "HEAD"});
    REQUIRE(commit.has_value());
    const ProcessOutput pushed = server.push();
    INFO(pushed.errors);
    CHECK(pushed.status != 0);
    CHECK_THAT(pushed.errors, ContainsSubstring("[remote rejected]") && ContainsSubstring("pre-receive hook declined"));
    CHECK(server.tip() == good);
    CHECK_FALSE(server.has_commit(std::string(trimmed(commit->output))));
    return pushed.errors;
  };
  const auto back = [&] { run_git(world.folder(), {"reset", "-q", "--hard", good}); };

  // What only the API server knows.
  world.replace("config/common.conf", "resources.requests { cpu = 250m, memory = 512M }",
                "resources { requests { cpu = 2 }, limits { cpu = 1 } }");
  CHECK_THAT(refused_push("Requests above limits"),
             ContainsSubstring("remote: error: the plan holds changes that a server rejects: nothing was changed") &&
                 ContainsSubstring("remote: config/common.conf:") &&
                 ContainsSubstring("must be less than or equal to cpu limit") &&
                 ContainsSubstring("remote: cloudflow: the push to main is refused: exit code 1 of plan"));
  back();

  // What the environment's own policy forbids.
  world.replace("cloudflow.yaml", "    values:\n", "    policy: {max-restarts: 1}\n    values:\n");
  world.replace("cloudflow.yaml", "call-records-akka:1.4.0", "call-records-akka:1.4.1");
  CHECK_THAT(refused_push("Too many restarts"),
             ContainsSubstring("5 pods to restart, the environment's policy allows 1") &&
                 ContainsSubstring("remote: error: the plan is refused, for the reasons above: nothing was changed") &&
                 ContainsSubstring("remote: cloudflow: the push to main is refused: exit code 3 of plan"));
  back();

  // What would wait for a person.
  world.replace("blueprint.conf", "retention.ms = 86400000", "retention.ms = 3600000");
  if (check == "strict") {
    CHECK_THAT(refused_push("Keep less"),
               ContainsSubstring("topic/" + world.topic("valid-records")) &&
                   ContainsSubstring("it loses data, which waits for a person: run apply") &&
                   ContainsSubstring("remote: cloudflow: the push to main is refused: exit code 3 of plan "
                                     "--unattended --detailed-exitcode"));
    back();
  } else {
    world.commit("Keep less");
    const ProcessOutput waits = server.push();
    INFO(waits.errors);
    CHECK(waits.status == 0);
    CHECK_THAT(waits.errors, ContainsSubstring("is pushed, but not wholly deployed: exit code 3. Nothing tries again "
                                               "by itself:"));
    CHECK(server.tip() != good);
  }

  // Another branch is nobody's business, and a good push goes in.
  world.replace("blueprint.conf", "callrecords.CallRecordIngress", "callrecords.CallRecordIngres");
  world.commit("Broken, elsewhere");
  CHECK(server.push("elsewhere").status == 0);
  run_git(world.folder(), {"reset", "-q", "--hard", "HEAD~1"});
  if (check == "plan") world.replace("blueprint.conf", "retention.ms = 3600000", "retention.ms = 86400000");
  world.replace("cloudflow.yaml", "call-records-akka:1.4.0", "call-records-akka:1.4.2");
  world.commit("A good one");
  const ProcessOutput taken = server.push();
  INFO(taken.errors);
  CHECK(taken.status == 0);
  CHECK_THAT(taken.errors, ContainsSubstring("remote: Applied: ") && !ContainsSubstring("refused"));
  CHECK(image_of(world, "generator") == "registry.example.com/call-records-akka:1.4.2");
  check_tip_is_deployed(world, server);
}
