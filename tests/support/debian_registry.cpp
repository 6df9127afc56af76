// Debian's docker-registry on loopback, with storage of its own.
#include "tests/support/debian_registry.h"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <vector>

#include "sdk/support/process.h"
#include "tests/support/eventually.h"
#include "tests/support/free_port.h"

namespace cloudflow::testing {
namespace {

constexpr const char* program = "/usr/bin/docker-registry";

}  // namespace

bool DebianRegistry::is_installed() { return std::filesystem::exists(program); }

DebianRegistry::DebianRegistry(const DebianRegistryOptions& options) : host_(fmt::format("127.0.0.1:{}", free_port())) {
  std::string auth = options.auth.empty() ? "" : fmt::format("auth: {}\n", options.auth);
  if (!options.login.empty())
    auth =
        fmt::format("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", folder_.write("htpasswd", options.login + "\n"));
  const std::string config = folder_.write(
      "config.yml", fmt::format("version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n"
                                "http: {{addr: \"{}\"}}\n{}",
                                folder_.path("storage"), host_, auth));
  std::vector<std::string> there;
  if (options.network_of > 0) there = {"nsenter", "--target", std::to_string(options.network_of), "--net"};
  std::vector<std::string> command = there;
  command.insert(command.end(), {program, "serve", config});
  Result<Child> child = start_child({.command = std::move(command)});
  if (!child) throw std::runtime_error(child.error().message);
  child_ = *std::move(child);
  there.insert(there.end(), {"curl", "--silent", "--output", "/dev/null", "http://" + host_ + "/v2/"});
  const bool answers = eventually([&] {
    const Result<ProcessOutput> asked = run_process({.command = there}, {});
    return asked && asked->status == 0;
  });
  if (answers) return;
  end_child(child_);
  throw std::runtime_error("docker-registry does not answer");
}

DebianRegistry::~DebianRegistry() { end_child(child_); }

}  // namespace cloudflow::testing
