// Which broker a sandbox uses.
#include "cli/sandbox/broker_choice.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;
using Kind = BrokerChoice::Kind;

namespace {

Application two() {
  Application out;
  out.streamlets.push_back({.name = "a"});
  out.streamlets.push_back({.name = "b"});
  return out;
}

SandboxProcess running(std::vector<PlacedText> command) { return {.command = std::move(command)}; }

}  // namespace

TEST_CASE("the broker is the one that is asked for, else one that all streamlets can use", "[sandbox]") {
  SandboxSettings settings{.processes = {{"a", running({{"./a", {}}})}, {"b", running({{"java", {}}, {"-jar", {}}})}}};
  Diagnostics problems;
  const auto kind = [&](const std::string& asked) { return choose_broker(asked, two(), settings, problems).kind; };
  CHECK(kind("") == Kind::apache);
  CHECK(kind("embedded") == Kind::embedded);
  CHECK(choose_broker("127.0.0.1:9092", two(), settings, problems).address == "127.0.0.1:9092");
  settings.kafka = {"127.0.0.1:1", {}};
  CHECK(kind("") == Kind::given);
  CHECK(kind("apache") == Kind::apache);  // the command line counts
  settings.kafka = {};
  settings.processes.at("b") = running({{"./b", {}}});
  CHECK(kind("") == Kind::embedded);
  settings.processes.at("b") = {.class_path = {{"lib/*", {}}}};
  CHECK(kind("") == Kind::apache);
  CHECK(problems.all().empty());
  CHECK(kind("rabbit") == Kind::given);
  REQUIRE(problems.all().size() == 1);
  CHECK(problems.all().front().message == "\"rabbit\" is no Kafka broker");
}

TEST_CASE("a streamlet on Java is a mistake only for the embedded broker", "[sandbox]") {
  const SandboxSettings settings{.processes = {{"a", running({{"./a", {}}})}, {"b", {.class_path = {{"lib/*", {}}}}}}};
  for (const bool is_embedded : {false, true}) {
    Diagnostics problems;
    check_broker(is_embedded, two(), settings, problems);
    CHECK(problems.all().size() == (is_embedded ? 1U : 0U));
  }
}
