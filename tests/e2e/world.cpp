// One application of its own on the real servers.
#include "tests/e2e/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/support/eventually.h"
#include "tests/support/kafkabed.h"
#include "tests/support/kubebed.h"

namespace cloudflow::testing {
namespace {

void must_run(const std::string& folder, std::vector<std::string> command) {
  const auto output = run_process({.command = std::move(command), .directory = folder}, {});
  REQUIRE(output);
  INFO(output->errors);
  REQUIRE(output->status == 0);
}

}  // namespace

std::string binary() {
  const char* given = std::getenv("CLOUDFLOW_TEST_BINARY");  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  return given == nullptr ? CLOUDFLOW_BINARY : given;
}

World::World(std::string_view hint) : application_(fresh_space(hint)), ns_(application_), kubeconfig_(kubebed()) {
  make_repository();
}

World::World(std::string_view hint, const World& other)
    : application_(fresh_space(hint)), ns_(other.ns()), kubeconfig_(kubebed()) {
  make_repository();
}

void World::make_repository() {
  std::filesystem::copy(std::string(CLOUDFLOW_SOURCE_DIR) + "/examples/call-records-akka", folder(),
                        std::filesystem::copy_options::recursive);
  write("cloudflow.yaml", fmt::format(R"(application: {0}
version: 1.4.0
blueprint: blueprint.conf
descriptors: [descriptors/]
images:
  call-records-akka: registry.example.com/call-records-akka:1.4.0
config: [config/common.conf, config/local.conf]
environments:
  test:
    kubernetes: {{namespace: {1}}}
    kafka:
      default: {{bootstrap-servers: "{2}", partitions: 2, replicas: 1}}
    values:
      cloudflow:
        topics:
          call-records: {{topic: {{name: {0}-call-records}}}}
          valid-records: {{topic: {{name: {0}-valid-records}}}}
          invalid-records: {{topic: {{name: {0}-invalid-records}}}}
          call-stats: {{topic: {{name: {0}-call-stats}}}}
)",
                                      application_, ns_, brokers()));
  must_run(folder(), {"git", "init", "-q", "-b", "main", "."});
  commit("The application");
}

ProcessRequest World::request(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), binary());
  std::map<std::string, std::string> variables = variables_;
  variables.insert_or_assign("KUBECONFIG", kubeconfig_);
  return {.command = std::move(arguments), .environment = std::move(variables), .directory = folder()};
}

ProcessOutput World::run(std::vector<std::string> arguments, std::chrono::milliseconds deadline) const {
  ProcessRequest request = this->request(std::move(arguments));
  request.deadline = deadline;
  const auto output = run_process(request, {});
  REQUIRE(output);
  return *output;
}

ProcessOutput World::expect(int status, std::vector<std::string> arguments) const {
  const std::string command = fmt::format("cloudflow {}", fmt::join(arguments, " "));
  ProcessOutput output = run(std::move(arguments));
  INFO(command << "\n" << output.output << output.errors);
  REQUIRE(output.status == status);
  return output;
}

std::string World::brokers() {
  static const Result<std::string> shared = shared_brokers(CLOUDFLOW_SOURCE_DIR);
  if (!shared) FAIL(shared.error().message);
  return *shared;
}

Json World::plan() const {
  const ProcessOutput output = expect(0, {"plan", "--format", "json"});
  return Json::parse(output.output);
}

std::vector<std::string> World::planned() const {
  std::vector<std::string> out;
  const Json made = plan();
  for (const Json& change : made.at("changes"))
    out.push_back(change.at("action").get<std::string>() + " " + change.at("address").get<std::string>());
  std::ranges::sort(out);
  return out;
}

void World::write(const std::string& file, const std::string& text) { folder_->write("repo/" + file, text); }

void World::replace(const std::string& file, const std::string& from, const std::string& to) {
  std::string text = folder_->read("repo/" + file);
  const auto at = text.find(from);
  INFO(file << ": " << from);
  REQUIRE(at != std::string::npos);
  write(file, text.replace(at, from.size(), to));
}

void World::break_store() {
  write("config/local.conf", R"(cloudflow.streamlets {
  generator.config-parameters.records-per-second = 5
  store.kubernetes.pods.pod.annotations { "kubebed/fail" = image-pull }
})");
}

void World::mend_store() {
  write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = 5\n");
}

void World::make_lonely() {
  write("cloudflow.yaml", fmt::format(R"(application: {}
version: 1.0.0
blueprint: lonely.conf
environments:
  test:
    kubernetes: {{namespace: {}}}
)",
                                      application(), ns()));
  write("lonely.conf", R"(blueprint {
  streamlets {
    lonely { image = "registry.example.com/lonely:1" }
  }
}
)");
  commit("One container");
}

void World::commit(const std::string& message) {
  must_run(folder(), {"git", "add", "-A"});
  must_run(folder(), {"git", "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q",
                      "--allow-empty", "-m", message});
}

ApiClient& World::admin() const {
  static const std::unique_ptr<ApiClient> client = [] {
    const Result<ClusterAccess> access = read_kubeconfig(kubebed(), "");
    REQUIRE(access);
    return std::make_unique<ApiClient>(*access, real_clock());
  }();
  return *client;
}

Json World::get(const std::string& api, const std::string& plural, const std::string& name) const {
  const auto found = admin().get({fmt::format("/{}/namespaces/{}/{}/{}", api, ns_, plural, name), name}, {});
  return found ? *found : Json();
}

Json World::list(const std::string& api, const std::string& plural) const {
  const auto found = admin().get({fmt::format("/{}/namespaces/{}/{}", api, ns_, plural), plural}, {});
  REQUIRE(found);
  return found->at("items");
}

void World::merge_patch(const std::string& api, const std::string& path, const Json& patch,
                        const std::string& manager) const {
  const auto done =
      admin().merge_patch({fmt::format("/{}/namespaces/{}/{}", api, ns_, path), path}, patch, {.manager = manager}, {});
  INFO(path);
  REQUIRE(done);
}

void World::remove(const std::string& api, const std::string& plural, const std::string& name) const {
  REQUIRE(admin().remove({fmt::format("/{}/namespaces/{}/{}/{}", api, ns_, plural, name), name}, {}, {}));
}

void World::create(const std::string& api, const std::string& plural, const Json& body, const std::string& ns) const {
  const std::string path =
      ns.empty() ? fmt::format("/{}/{}", api, plural) : fmt::format("/{}/namespaces/{}/{}", api, ns, plural);
  const auto done = admin().create({path, plural}, body, {}, {});
  if (!done) FAIL(done.error().message);
}

void World::create_if_absent(const std::string& api, const std::string& plural, const Json& body) const {
  const auto done = admin().create({fmt::format("/{}/{}", api, plural), plural}, body, {}, {});
  if (!done && done.error().reason != "AlreadyExists") FAIL(done.error().message);
  const std::string path = fmt::format("/{}/{}/{}", api, plural, string_at(body, {"metadata", "name"}));
  CAPTURE(path);
  REQUIRE(eventually([&] {
    const auto object = admin().get({path, plural}, {});
    const Json* conditions = object ? find(*object, {"status", "conditions"}) : nullptr;
    return conditions != nullptr && std::ranges::any_of(*conditions, [](const Json& one) {
             return string_at(one, {"type"}) == "Established" && string_at(one, {"status"}) == "True";
           });
  }));
}

}  // namespace cloudflow::testing
