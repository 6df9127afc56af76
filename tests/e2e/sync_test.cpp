// `sync --once` as a post-receive hook of a bare repository.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <future>

#include "tests/e2e/world.h"
#include "tests/support/eventually.h"
#include "tests/support/gitbed.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::binary;
using cloudflow::testing::eventually;
using cloudflow::testing::Gitbed;
using cloudflow::testing::run_git;
using cloudflow::testing::World;

namespace {

/// A bare repository whose hook is the one of docs/ci.md, beside the working repository of a World.
struct Bare {
  explicit Bare(World& source) : world(source) {
    folder = std::filesystem::path(world.folder()).parent_path() / "bare";
    git({"git", "init", "-q", "--bare", "-b", "main", folder});
    const std::string hook = world.write_beside("bare/hooks/post-receive", fmt::format(R"(#!/bin/sh
export KUBECONFIG={}
while read -r old new ref; do
  [ "$ref" = refs/heads/main ] || continue
  {} sync -e test --repository "$PWD" --branch main --once
  echo "exit code $?"
done
)",
                                                                                       world.kubeconfig(), binary()));
    std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
  }

  /// What the pusher sees.
  std::string push() const { return git({"git", "push", "-q", folder, "refs/heads/main"}).errors; }

  std::string git_output(const std::vector<std::string>& command) const { return git(command).output; }

  World& world;
  std::string folder{};

 private:
  ProcessOutput git(const std::vector<std::string>& command) const {
    const auto output = run_process({.command = command, .directory = world.folder()}, {});
    REQUIRE(output);
    INFO(output->errors);
    REQUIRE(output->status == 0);
    return *output;
  }
};

std::string image_of(const World& world, const std::string& streamlet) {
  const Json deployment = world.get("apis/apps/v1", "deployments", world.application() + "-" + streamlet);
  REQUIRE_FALSE(deployment.is_null());
  return deployment.at("spec").at("template").at("spec").at("containers").at(0).at("image");
}

}  // namespace

TEST_CASE("git push deploys, and what may not be done waits for a person", "[e2e][servers][sync]") {
  World world("sync");
  const Bare bare(world);
  const std::string first = bare.push();
  INFO(first);
  CHECK_THAT(first, ContainsSubstring("remote: " + world.application() + " 1.4.0 @ ") &&
                        ContainsSubstring("remote:    + deployment/" + world.application() + "-generator") &&
                        ContainsSubstring("remote: Applied: ") && ContainsSubstring("remote: exit code 0"));
  CHECK(world.list("apis/apps/v1", "deployments").size() == 6);

  SECTION("a broken commit is shown to the pusher and changes nothing") {
    world.replace("cloudflow.yaml", "call-records-akka:1.4.0", "call-records-akka:1.4.1");
    world.replace("blueprint.conf", "callrecords.CallRecordIngress", "callrecords.CallRecordIngres");
    world.commit("Broken");
    const std::string refused = bare.push();
    INFO(refused);
    CHECK_THAT(refused, ContainsSubstring("remote: blueprint.conf:3:18: error: ") &&
                            ContainsSubstring("did you mean \"callrecords.CallRecordIngress\"?") &&
                            ContainsSubstring("remote: exit code 1") && !ContainsSubstring("Plan:"));
    CHECK(image_of(world, "generator") == "registry.example.com/call-records-akka:1.4.0");

    world.replace("blueprint.conf", "callrecords.CallRecordIngres", "callrecords.CallRecordIngress");
    world.commit("Mended");
    CHECK_THAT(bare.push(), ContainsSubstring("remote: exit code 0"));
    CHECK(image_of(world, "generator") == "registry.example.com/call-records-akka:1.4.1");
  }

  SECTION("a shorter retention is not done by sync, and is done by apply") {
    world.replace("blueprint.conf", "retention.ms = 86400000", "retention.ms = 3600000");
    world.commit("Keep less");
    const std::string refused = bare.push();
    INFO(refused);
    CHECK_THAT(refused, ContainsSubstring("topic/" + world.topic("valid-records")) &&
                            ContainsSubstring("remote: exit code 3") && ContainsSubstring("Refused: ") &&
                            !ContainsSubstring("again to go on from here"));
    const Json plan = world.plan();
    REQUIRE(plan.at("changes").size() >= 1);
    world.expect(0, {"apply", "--yes"});
    CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
    CHECK_THAT(bare.push(), !ContainsSubstring("exit code 3"));
  }

  SECTION("a tag with the branch's name is not deployed") {
    bare.git_output({"git", "-C", bare.folder, "tag", "main", "refs/heads/main"});
    world.replace("cloudflow.yaml", "call-records-akka:1.4.0", "call-records-akka:1.4.1");
    world.commit("A new image");
    CHECK_THAT(bare.push(), ContainsSubstring("remote: exit code 0"));
    CHECK(image_of(world, "generator") == "registry.example.com/call-records-akka:1.4.1");
  }

  SECTION("a plan of any revision and folder of a repository") {
    const std::string old = bare.git_output({"git", "rev-parse", "HEAD"}).substr(0, 40);
    bare.git_output({"git", "checkout", "-q", "-b", "moved"});
    bare.git_output({"sh", "-c", "mkdir deploy && git mv $(git ls-tree --name-only HEAD) deploy/"});
    world.replace("deploy/cloudflow.yaml", "call-records-akka:1.4.0", "call-records-akka:1.5.0");
    world.commit("In a folder");
    bare.git_output({"git", "push", "-q", bare.folder, "moved"});
    const ProcessOutput moved = world.expect(
        2, {"plan", "--repository", bare.folder, "--revision", "moved", "--path", "deploy", "--detailed-exitcode"});
    CHECK_THAT(moved.output, ContainsSubstring("call-records-akka:1.5.0") && ContainsSubstring("(moved"));
    const ProcessOutput same =
        world.expect(0, {"plan", "--repository", bare.folder, "--revision", old, "--detailed-exitcode"});
    CHECK_THAT(same.output, ContainsSubstring("No changes."));
    const ProcessOutput missing =
        world.expect(1, {"plan", "--repository", bare.folder, "--revision", "no-such-branch"});
    CHECK(missing.output.empty());
    CHECK_THAT(missing.errors, ContainsSubstring("error: ") && ContainsSubstring("no-such-branch"));
  }
}

TEST_CASE("sync follows a branch of a server, over https and over ssh", "[e2e][servers][sync]") {
  World world("served");
  const Gitbed& bed = Gitbed::shared();
  const std::string& name = world.application();
  bed.create(name);
  run_git(world.folder(), {"push", "-q", bed.repository(name), "main"});
  world.set("CLOUDFLOW_CACHE", std::filesystem::path(world.folder()).parent_path() / "cache");
  world.set("CLOUDFLOW_GIT_CA", bed.file("ca.pem"));
  world.set("CLOUDFLOW_GIT_TOKEN", bed.token());
  world.set("GIT_SSH_COMMAND", "ssh -F none");
  world.set("CLOUDFLOW_GIT_SSH_KEY", bed.file("ed25519"));
  world.set("CLOUDFLOW_GIT_KNOWN_HOSTS", bed.file("known_hosts"));
  const ProcessOutput first =
      world.expect(0, {"sync", "-e", "test", "--once", "--repository", bed.https("moved", name)});
  CHECK_THAT(first.output + first.errors, ContainsSubstring("Applied: ") && !ContainsSubstring(bed.token()));
  CHECK(image_of(world, "generator") == "registry.example.com/call-records-akka:1.4.0");

  world.replace("cloudflow.yaml", "call-records-akka:1.4.0", "call-records-akka:1.4.1");
  world.commit("Newer");
  run_git(world.folder(), {"push", "-q", bed.repository(name), "main"});
  const ProcessOutput second = world.expect(0, {"sync", "-e", "test", "--once", "--repository", bed.ssh(name)});
  CHECK_THAT(second.output, ContainsSubstring("call-records-akka:1.4.1"));
  CHECK(image_of(world, "generator") == "registry.example.com/call-records-akka:1.4.1");

  world.set("CLOUDFLOW_GIT_TOKEN", "expired");
  const ProcessOutput refused =
      world.expect(1, {"sync", "-e", "test", "--once", "--repository", bed.https("private", name)});
  CHECK(refused.output.empty());
  CHECK_THAT(refused.errors, ContainsSubstring("refused the credentials of CLOUDFLOW_GIT_TOKEN"));
}

namespace {

/// A bare repository with the hooks that `sync install-hook` writes.
class Hooked {
 public:
  Hooked(World& world, std::vector<std::string> options)
      : world_(world), folder_(std::filesystem::path(world.folder()).parent_path() / "hooked.git") {
    run_git(world.folder(), {"init", "-q", "--bare", "-b", "main", folder_});
    options.insert(options.begin(),
                   {"sync", "install-hook", "--repository", folder_, "-e", "test", "--kubeconfig", world.kubeconfig()});
    world.expect(0, std::move(options));
  }

  /// A commit with this image, and its name.
  std::string commit_image(const std::string& from, const std::string& to) const {
    world_.replace("cloudflow.yaml", "call-records-akka:" + from, "call-records-akka:" + to);
    world_.commit("Image " + to);
    return head_of(world_.folder());
  }

  static std::string head_of(const std::string& repository) {
    const auto said = run_process({.command = {"git", "rev-parse", "refs/heads/main"}, .directory = repository}, {});
    return said && said->status == 0 ? said->output.substr(0, said->output.find('\n')) : "";
  }

  /// `git push` of a commit to main; may be called from any thread.
  Result<ProcessOutput> push(const std::string& commit) const {
    return run_process({.command = {"git", "push", "-q", folder_, commit + ":refs/heads/main"},
                        .environment = {{"LC_ALL", "C"}},
                        .directory = world_.folder(),
                        .deadline = std::chrono::minutes(5)},
                       {});
  }

  std::string tip() const { return head_of(folder_); }

 private:
  World& world_;
  std::string folder_;
};

}  // namespace

TEST_CASE("two pushes at once are both taken, and the newer commit is deployed", "[e2e][servers][sync][lock]") {
  World world("pushes");
  const Hooked hooked(world, {"--check", "off"});
  // The first pair meets an empty cluster, in which there is not even a place for the lock.
  std::string image = "1.4.0";
  for (const auto& [older, newer] : {std::pair("1.4.1", "1.4.2"), std::pair("1.4.3", "1.4.4")}) {
    CAPTURE(older, newer);
    const std::string first = hooked.commit_image(image, older);
    const std::string second = hooked.commit_image(older, newer);
    image = newer;
    auto pushing = std::async(std::launch::async, [&] { return hooked.push(first); });
    const bool arrived = eventually([&] { return hooked.tip() == first; });
    CHECK(arrived);
    const Result<ProcessOutput> later = hooked.push(second);
    const Result<ProcessOutput> earlier = pushing.get();
    REQUIRE(earlier);
    REQUIRE(later);
    INFO(earlier->errors << "\n---\n" << later->errors);
    CHECK(earlier->status == 0);
    CHECK(later->status == 0);
    CHECK_THAT(earlier->errors + later->errors,
               !ContainsSubstring("not wholly deployed") && ContainsSubstring("remote: Applied: "));
    CHECK(hooked.tip() == second);
    CHECK(image_of(world, "generator") == "registry.example.com/call-records-akka:" + image);
    CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  }
}
