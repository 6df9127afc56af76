// What the user is told of a Kafka that is none, or has only just begun.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>

#include "tests/e2e/world.h"
#include "tests/support/fault_server.h"
#include "tests/support/kafkabed.h"
#include "tests/support/test_certificate.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

/// Takes connections on a port of loopback and says nothing.
class SilentPort {
 public:
  SilentPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
    REQUIRE(bind(file_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(listen(file_, 64) == 0);
    REQUIRE(getsockname(file_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    port_ = ntohs(address.sin_port);
  }
  ~SilentPort() { close(file_); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  int port() const { return port_; }

 private:
  int file_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
};

/// `status` and `plan` name the line with the address and say this; what runs is shown all the same.
void check_words(World& world, const std::string& address, const std::string& hint) {
  CAPTURE(address);
  world.replace("cloudflow.yaml", World::brokers(), address);
  const ProcessOutput status = world.expect(1, {"status"});
  const auto check_errors = [&](const std::string& errors) {
    CHECK_THAT(errors, StartsWith("cloudflow.yaml:") &&
                           ContainsSubstring(fmt::format(": error: kafka cluster \"default\" at {}: ", address)) &&
                           ContainsSubstring(fmt::format("bootstrap-servers: \"{}\"", address)) &&
                           EndsWith(fmt::format("  hint: {}\n", hint)));
  };
  check_errors(status.errors);
  CHECK_THAT(status.output,
             ContainsSubstring("\nSTREAMLET ") && EndsWith("\nKafka did not answer: topics and lag are not known.\n"));
  const ProcessOutput plan = world.expect(1, {"plan"});
  check_errors(plan.errors);
  CHECK(plan.output == "");
  world.replace("cloudflow.yaml", address, World::brokers());
}

}  // namespace

TEST_CASE("status and plan say what answers in the place of Kafka", "[e2e][servers][faults]") {
  World world("none");
  const FaultServer web;
  const std::string http = fmt::format("127.0.0.1:{}", web.port());
  check_words(world, http, fmt::format("HTTP is spoken at {}, so that is no broker: correct the port", http));
  const FaultServer safe({.server = make_certificate("broker", {"IP:127.0.0.1"})});
  const std::string tls = fmt::format("127.0.0.1:{}", safe.port());
  check_words(world, tls,
              fmt::format("TLS is spoken at {}: give security.protocol (SSL, or SASL_SSL with a login) in "
                          "connection-config",
                          tls));
  const SilentPort silent;
  const std::string nothing = fmt::format("127.0.0.1:{}", silent.port());
  check_words(world, nothing, fmt::format("something takes connections at {} and says nothing", nothing));
  check_words(world, "kafka.no-such-machine.invalid:9092",
              "the name in kafka.no-such-machine.invalid:9092 has no address here: correct it; names of Services are "
              "known only inside their cluster");
  check_words(world, "127.0.0.1:1", "nothing listens at 127.0.0.1:1: correct the port, or start the broker");
}

TEST_CASE("the first status after the first apply on a fresh broker shows topics and lag", "[e2e][servers][faults]") {
  const Result<std::unique_ptr<Kafkabed>> bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {});
  REQUIRE(bed);
  World world("fresh");
  world.replace("cloudflow.yaml", World::brokers(), (*bed)->bootstrap());
  world.commit("A broker that nobody has used");
  world.expect(0, {"apply", "--yes"});
  const ProcessOutput status = world.expect(0, {"status"});
  // A broker that is slow to begin is waited for, and that is said.
  CHECK_THAT(status.errors, Catch::Matchers::Equals("") ||
                                (StartsWith("Kafka does not answer (") && ContainsSubstring("; trying again until ")));
  CHECK_THAT(status.output, ContainsSubstring("\nTOPIC ") && ContainsSubstring("\n" + world.topic("call-records")) &&
                                ContainsSubstring("\nINLET ") && ContainsSubstring("never read"));
  world.expect(0, {"destroy", "--yes", "--delete-topics"});
}
