// Killed at any moment, the next apply converges and leaves nothing behind.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <random>
#include <thread>

#include "tests/e2e/world.h"

using namespace cloudflow;
using cloudflow::testing::binary;
using cloudflow::testing::World;

namespace {

/// Starts `cloudflow apply --yes` and kills it (SIGKILL) after `delay`; true when it was still running.
bool apply_and_kill(const World& world, std::chrono::milliseconds delay) {
  const std::string kubeconfig = "KUBECONFIG=" + world.kubeconfig();
  const std::string home = "HOME=" + std::string(::getenv("HOME") == nullptr ? "/tmp" : ::getenv("HOME"));
  const std::string folder = world.folder();
  const pid_t child = ::fork();
  if (child == 0) {
    std::string program = binary();
    std::string apply = "apply";
    std::string yes = "--yes";
    std::string kube = kubeconfig;
    std::string where = home;
    char* arguments[] = {program.data(), apply.data(), yes.data(), nullptr};
    char* environment[] = {kube.data(), where.data(), nullptr};
    if (::chdir(folder.c_str()) == 0 && ::freopen("/dev/null", "w", stdout) != nullptr &&
        ::freopen("/dev/null", "w", stderr) != nullptr)
      ::execve(program.c_str(), arguments, environment);
    ::_exit(127);
  }
  const auto until = std::chrono::steady_clock::now() + delay;
  int status = 0;
  while (std::chrono::steady_clock::now() < until) {
    if (::waitpid(child, &status, WNOHANG) == child) return false;
    std::this_thread::yield();
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return true;
}

}  // namespace

TEST_CASE("apply killed at random moments always converges", "[e2e][servers][kill]") {
  World world("kill");
  std::mt19937 random(20261121);
  int killed = 0;
  int round = 0;
  // Every round asks for something else, so that each killed run leaves work of every kind behind.
  while (killed < 20 && round < 60) {
    ++round;
    world.write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = " +
                                         std::to_string(100 + round) + "\n");
    world.write("kubernetes/extra.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra-" +
                                             std::to_string(round % 3) + "}\ndata: {round: \"" + std::to_string(round) +
                                             "\"}\n");
    world.commit("Round " + std::to_string(round));
    if (apply_and_kill(world, std::chrono::milliseconds(20 + random() % 500))) ++killed;
    // The lock of a killed run expires by itself after 30 s; a person who knows that it is dead removes it.
    world.run({"unlock"});
  }
  CHECK(killed == 20);
  world.run({"unlock"});
  world.expect(0, {"apply", "--yes"});
  world.expect(0, {"plan", "--detailed-exitcode"});
  std::vector<std::string> extras;
  for (const Json& map : world.list("api/v1", "configmaps")) {
    const std::string name = string_at(map, {"metadata", "name"});
    if (name.starts_with("extra-")) extras.push_back(name);
  }
  CHECK(extras == std::vector<std::string>{"extra-" + std::to_string(round % 3)});
  CHECK(world.list("apis/apps/v1", "deployments").size() == 6);
}
