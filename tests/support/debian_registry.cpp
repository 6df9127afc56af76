// Debian's docker-registry on loopback, with storage of its own.
#include "tests/support/debian_registry.h"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "sdk/support/clock.h"
#include "sdk/support/http_client.h"
#include "tests/support/eventually.h"
#include "tests/support/free_port.h"

namespace cloudflow::testing {
namespace {

constexpr const char* program = "/usr/bin/docker-registry";

}  // namespace

bool DebianRegistry::is_installed() { return std::filesystem::exists(program); }

DebianRegistry::DebianRegistry(const std::string& login) : host_(fmt::format("127.0.0.1:{}", free_port())) {
  const std::string auth = login.empty() ? ""
                                         : fmt::format("auth: {{htpasswd: {{realm: test, path: {}}}}}\n",
                                                       folder_.write("htpasswd", login + "\n"));
  const std::string config = folder_.write(
      "config.yml", fmt::format("version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n"
                                "http: {{addr: \"{}\"}}\n{}",
                                folder_.path("storage"), host_, auth));
  Result<Child> child = start_child({.command = {program, "serve", config}});
  if (!child) throw std::runtime_error(child.error().message);
  child_ = *std::move(child);
  HttpClient http({.attempts = 1}, real_clock());
  const bool answers = eventually([&] { return http.send({.url = "http://" + host_ + "/v2/"}, {}).has_value(); });
  if (answers) return;
  end_child(child_);
  throw std::runtime_error("docker-registry does not answer");
}

DebianRegistry::~DebianRegistry() { end_child(child_); }

}  // namespace cloudflow::testing
