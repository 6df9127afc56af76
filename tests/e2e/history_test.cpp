// What the cluster remembers of each run, and the way back.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch_all.hpp>

#include "sdk/support/text.h"
#include "tests/e2e/running.h"
#include "tests/e2e/world.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::Running;
using cloudflow::testing::World;

namespace {

Json history(const World& world) { return Json::parse(world.expect(0, {"history", "--json"}).output).at("revisions"); }

std::string head(const World& world, const std::string& revision = "HEAD") {
  const auto output = run_process({.command = {"git", "rev-parse", revision}, .directory = world.folder()}, {});
  REQUIRE(output);
  return output->output.substr(0, 40);
}

void set_rate(World& world, int rate) {
  world.write("config/local.conf",
              fmt::format("cloudflow.streamlets.generator.config-parameters.records-per-second = {}\n", rate));
  world.commit(fmt::format("Make {} records", rate));
}

std::string rate_of(const World& world) {
  const Json secret = world.get("api/v1", "secrets", "generator");
  std::string text;
  REQUIRE(from_base64(secret.at("data").at("secret.conf").get<std::string>(), text));
  return text;
}

}  // namespace

TEST_CASE("each run is in the history, and rollback goes back to what was applied before", "[e2e][servers][history]") {
  World world("history");
  CHECK_THAT(world.expect(0, {"history"}).output, ContainsSubstring("has no history in "));
  CHECK_THAT(world.expect(1, {"rollback", "--yes"}).errors, ContainsSubstring("no history to go back in"));
  set_rate(world, 11);
  world.expect(0, {"apply", "--yes"});
  const std::string first = head(world);
  world.expect(0, {"apply", "--yes"});  // changes nothing, so nothing is remembered
  set_rate(world, 22);
  world.expect(0, {"sync", "--repository", world.folder(), "--once", "-e", "test"});

  const Json entries = history(world);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].at("command") == "apply");
  CHECK(entries[0].at("commit") == first);
  CHECK(entries[0].at("subject") == "Make 11 records");
  CHECK(entries[0].at("result") == "applied");
  CHECK(entries[0].at("counts").at("added") > 20);
  CHECK(entries[0].at("took_ms") > 0);
  CHECK(entries[1].at("command") == "sync");
  CHECK(entries[1].at("revision") == 2);
  CHECK_THAT(world.expect(0, {"history"}).output, ContainsSubstring("Make 22 records"));
  CHECK_THAT(world.expect(0, {"history", "show", "2"}).output, ContainsSubstring("commit       " + head(world)));
  CHECK_THAT(world.expect(1, {"history", "show", "7"}).errors, ContainsSubstring("the history has no revision 7"));

  const ProcessOutput back = world.expect(0, {"rollback", "--yes"});
  CHECK_THAT(back.errors, ContainsSubstring("Going back to revision 1: commit " + first.substr(0, 7)));
  CHECK_THAT(back.output, ContainsSubstring("22 → 11"));
  CHECK_THAT(rate_of(world), ContainsSubstring("\"records-per-second\":11"));
  CHECK(history(world).back().at("command") == "rollback");
  CHECK(history(world).back().at("commit") == first);
  world.expect(0, {"rollback", "2", "--yes"});
  CHECK_THAT(rate_of(world), ContainsSubstring("\"records-per-second\":22"));

  const Json listed = Json::parse(world.expect(0, {"list", "-n", world.ns(), "--json"}).output).at("applications");
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].at("application") == world.application());
  CHECK(listed[0].at("state") == "applied");
  CHECK(listed[0].at("commit") == head(world));

  world.expect(0, {"destroy", "--yes", "--delete-topics"});
  CHECK(world.list("api/v1", "configmaps").size() == 1);  // the cluster's own
  CHECK_THAT(world.expect(0, {"list", "-n", world.ns()}).output, ContainsSubstring("No applications in namespace"));
}

TEST_CASE("a rollback to a commit that is gone, or that was none, changes nothing", "[e2e][servers][history]") {
  World world("gone");
  set_rate(world, 11);
  world.expect(0, {"apply", "--yes"});
  const std::string first = head(world);
  world.write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = 12\n");
  world.expect(0, {"apply", "--yes"});
  CHECK_THAT(world.expect(1, {"rollback", "2", "--yes"}).errors,
             ContainsSubstring("its folder had changes that no commit has"));
  // History is rewritten, and the old commit goes.
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"git", "checkout", "-q", "--orphan", "anew"},
           {"git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qam", "All"},
           {"git", "branch", "-D", "main"},
           {"git", "reflog", "expire", "--expire=now", "--all"},
           {"git", "gc", "-q", "--prune=now"}}) {
    const auto output = run_process({.command = command, .directory = world.folder()}, {});
    REQUIRE(output);
    INFO(output->errors);
    REQUIRE(output->status == 0);
  }
  const ProcessOutput back = world.expect(1, {"rollback", "1", "--yes"});
  CHECK_THAT(back.errors, ContainsSubstring("revision 1 is of commit " + first.substr(0, 12) +
                                            " \"Make 11 records\", which cannot be read here") &&
                              ContainsSubstring("git fetch origin " + first));
  CHECK_THAT(rate_of(world), ContainsSubstring("\"records-per-second\":12"));
}

TEST_CASE("a run that was killed is in the history once another has ended", "[e2e][servers][history]") {
  World world("cut");
  world.expect(0, {"apply", "--yes"});
  set_rate(world, 33);
  world.break_store();
  world.commit("A streamlet that never starts");
  {
    Running run(world, {"apply", "--yes"});
    REQUIRE(run.prints("updated"));
    run.signal(SIGKILL);
    run.end();
  }
  CHECK(history(world).size() == 1);
  world.mend_store();
  world.commit("Mended");
  world.expect(0, {"apply", "--yes"});
  const Json entries = history(world);
  REQUIRE(entries.size() == 3);
  CHECK(entries[1].at("result") == "cut short");
  CHECK(entries[1].at("took_ms").is_null());
  CHECK(entries[2].at("result") == "applied");
}

TEST_CASE("a rollback stays where its history is", "[e2e][servers][history]") {
  World world("place");
  const std::string elsewhere = world.ns() + "-old";
  world.replace("cloudflow.yaml", "{namespace: " + world.ns() + "}", "{namespace: " + elsewhere + "}");
  set_rate(world, 11);
  world.expect(0, {"apply", "--yes", "-n", world.ns()});
  world.replace("cloudflow.yaml", "{namespace: " + elsewhere + "}", "{namespace: " + world.ns() + "}");
  set_rate(world, 22);
  world.expect(0, {"apply", "--yes"});
  CHECK_THAT(world.expect(0, {"drift"}).output, ContainsSubstring("No changes."));
  world.expect(0, {"rollback", "--yes"});
  CHECK_THAT(rate_of(world), ContainsSubstring("\"records-per-second\":11"));
  CHECK_THAT(world.expect(0, {"list", "-n", elsewhere}).output, ContainsSubstring("No applications"));
  CHECK_THAT(world.expect(1, {"rollback", "abc"}).errors, ContainsSubstring("is no number of a revision"));
}
