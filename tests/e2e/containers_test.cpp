// A program in another language that lives by the documents in its container (docs/container-contract.md), with what a
// real apply put into its Secret, on the real broker.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sdk/support/child.h"
#include "sdk/support/text.h"
#include "tests/cli/program/binary.h"
#include "tests/e2e/world.h"
#include "tests/support/cache.h"
#include "tests/support/eventually.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string example = std::string(CLOUDFLOW_SOURCE_DIR) + "/examples/python-greetings";

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream out;
  out << file.rdbuf();
  REQUIRE(file);
  return out.str();
}

/// The program with the documents of one streamlet's Secret, as its pod would have them.
class Streamlet {
 public:
  Streamlet(World& world, const std::string& name) {
    const Json secret = world.get("api/v1", "secrets", name);
    REQUIRE_FALSE(secret.is_null());
    std::string folder;
    for (const auto& [file, encoded] : secret.at("data").items()) {
      std::string text;
      REQUIRE(from_base64(encoded.get_ref<const std::string&>(), text));
      folder = std::filesystem::path(world.write_beside(name + "/" + file, text)).parent_path();
    }
    auto child = start_child({.command = {cache_folder() + "/oracles/bin/python", example + "/streamlet.py"},
                              .environment = {{"CLOUDFLOW_RUNNER_SECRET", folder}}});
    REQUIRE(child.has_value());
    child_ = *std::move(child);
  }
  ~Streamlet() {
    if (!status_) end_child(child_);
  }
  Streamlet(const Streamlet&) = delete;
  Streamlet& operator=(const Streamlet&) = delete;

  const std::string& printed() {
    drain(child_.output, printed_);
    drain(child_.errors, errors_);
    return printed_;
  }
  const std::string& errors() const { return errors_; }

  /// Its exit status after SIGTERM.
  int stop() {
    ::kill(child_.process, SIGTERM);
    REQUIRE(eventually([&] {
      printed();
      if (!status_) status_ = exit_status(child_);
      return status_.has_value();
    }));
    return *status_;
  }

 private:
  Child child_{};
  std::string printed_{};
  std::string errors_{};
  std::optional<int> status_{};
};

/// The lag that status shows for the only inlet; negative where it shows none.
long long lag_of_inlet(const World& world) {
  const Json status = Json::parse(world.expect(0, {"status", "--format", "json"}).output);
  const Json& inlets = status.at("inlets");
  REQUIRE(inlets.size() == 1);
  return int_at(inlets.at(0), {"lag"}, -1);
}

}  // namespace

TEST_CASE("a container in Python runs by the documents of its Secret, and status sees it read", "[e2e][servers]") {
  World world("python");
  world.set("KAFKA_BOOTSTRAP", World::brokers());
  world.write("blueprint.yaml", text_of(example + "/blueprint.yaml"));
  world.write("cloudflow.yaml", text_of(example + "/cloudflow.yaml"));
  world.replace("cloudflow.yaml", "application: python-greetings", "application: " + world.application());
  world.replace("blueprint.yaml", "topic: {retention.ms",
                fmt::format("topic: {{name: {}-greetings, retention.ms", world.application()));
  world.replace("blueprint.yaml", "default: 1 s", "default: 100 ms");
  world.commit("Greetings in Python");
  world.expect(0, {"apply", "--yes"});

  Streamlet greeter(world, "greeter");
  Streamlet printer(world, "printer");
  const bool is_printed = eventually([&] { return printer.printed().find("Hello 5\n") != std::string::npos; });
  greeter.printed();
  INFO(greeter.errors() << printer.printed() << printer.errors());
  REQUIRE(is_printed);
  CHECK(printer.printed().starts_with("Hello 1\nHello 2\n"));
  CHECK(greeter.stop() == 0);
  CHECK(eventually([&] {
    printer.printed();
    return lag_of_inlet(world) == 0;
  }));
  CHECK(printer.stop() == 0);
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  world.expect(0, {"destroy", "--yes", "--delete-topics"});
}

TEST_CASE("the same program runs in the sandbox, on the embedded broker and on a real one", "[e2e][servers]") {
  const std::string python = cache_folder() + "/oracles/bin";
  const char* path = std::getenv("PATH");
  ProcessRequest request{.command = {cloudflow_binary(), "sandbox", "--for", "60s"},
                         .environment = {{"PATH", python + ":" + (path != nullptr ? path : "")}},
                         .directory = example};
  SECTION("embedded") {}
  SECTION("real") { request.command.insert(request.command.end(), {"--kafka", World::brokers()}); }
  auto child = start_child(request);
  REQUIRE(child);
  std::string printed;
  std::string errors;
  const bool flows = eventually([&] {
    drain(child->output, printed);
    drain(child->errors, errors);
    return printed.find("printer | Hello 5\n") != std::string::npos;
  });
  INFO(printed << errors);
  CHECK(flows);
  ::kill(child->process, SIGTERM);
  std::optional<int> status;
  REQUIRE(eventually([&] {
    drain(child->output, printed);
    drain(child->errors, errors);
    if (!status) status = exit_status(*child);
    return status.has_value();
  }));
  CHECK(*status == 0);
}
