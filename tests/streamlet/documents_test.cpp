// What is read from the documents of a container, and what is said of those that do not fit.
#include "sdk/streamlet/documents.h"

#include <catch2/catch_all.hpp>

#include "sdk/streamlet/binding.h"
#include "tests/streamlet/readings.h"
#include "tests/streamlet/running.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;
using namespace std::chrono_literals;

/// Those of docs/container-contract.md, with something in every place.
constexpr auto application = R"({"cloudflow": {"runner": {"streamlet": {
  "class_name": "com.example.Validate", "streamlet_ref": "check", "context": {
    "app_id": "sensors", "app_version": "1.0.0",
    "config": {"cloudflow": {"internal": {"server": {"container-port": 3000}}}},
    "port_mappings": {"in": {"id": "readings", "cluster": null, "config": {}}},
    "volume_mounts": [{"name": "state", "path": "/mnt/state", "access_mode": "ReadWriteMany"}]}}}}})";
constexpr auto secret = R"({"cloudflow": {
  "kafka": {"bootstrap-servers": "default:9092"},
  "runner": {"streamlet": {"context": {"port_mappings": {
    "in": {"id": "readings", "config": {
      "bootstrap": {"servers": "a:1,b:2"},
      "topic": {"name": "sensors.readings"},
      "connection-config": {"security": {"protocol": "SASL_SSL"}, "bootstrap": {"servers": "elsewhere:1"}, "client.id": "x"},
      "consumer-config": {"security": {"protocol": "SSL"}, "fetch.min.bytes": 1},
      "producer-config": {"acks": "all"}}},
    "out": {"id": "valid", "config": {}}}}}},
  "streamlet": {"on-error": "skip", "workers": 4, "stop-within": "5 s", "http": "127.0.0.1:0"},
  "streamlets": {"check": {"max-celsius": 50.5}}}})";

std::string problem_with(const TempFolder& folder) {
  const auto read = read_documents(folder.path(""));
  return read ? "" : read.error().message;
}

class Small : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
  Parameter<std::int32_t> count{*this, "count", "A number"};
  VolumeMount state{*this, "state", "/var/state"};
  ServerPort port{*this};

 public:
  Small() {
    on(in, [](const Bytes&) {});
  }
};

class WithoutHandler : public Streamlet {
  Inlet<Bytes> in{*this, "in"};
};

class Nothing : public Streamlet {};

class Both : public Streamlet {
  Inlet<Bytes> in{*this, "in"};

 public:
  Both() {
    on(in, [](const Bytes&) {});
    generate([] {});
  }
};

template <class S>
std::string bind_problem(const Documents& documents) {
  const auto bound = bind({"test.Class", "", [] { return std::make_unique<S>(); }}, documents);
  return bound ? "" : bound.error().message;
}

}  // namespace

TEST_CASE("documents become plain values") {
  const TempFolder folder;
  folder.write("application.conf", application);
  folder.write("secret.conf", secret);
  const auto read = read_documents(folder.path(""));
  INFO((read ? "" : read.error().message));
  REQUIRE(read);
  CHECK(read->class_name == "com.example.Validate");
  CHECK(read->group_of("in") == "sensors.check.in");
  CHECK(read->parameters == Json{{"max-celsius", 50.5}});
  CHECK(read->server_port == 3000);
  CHECK(read->mounts == std::map<std::string, std::string>{{"state", "/mnt/state"}});
  const PortSettings& in = read->ports.at("in");
  CHECK(in.topic == "sensors.readings");
  CHECK(in.brokers == "a:1,b:2");
  CHECK(in.consumer ==
        std::map<std::string, std::string>{{"client.id", "x"}, {"fetch.min.bytes", "1"}, {"security.protocol", "SSL"}});
  CHECK(in.producer ==
        std::map<std::string, std::string>{{"acks", "all"}, {"client.id", "x"}, {"security.protocol", "SASL_SSL"}});
  CHECK(read->ports.at("out").topic == "valid");
  CHECK(read->ports.at("out").brokers == "default:9092");
  CHECK(read->run.on_error == OnError::skip);
  CHECK(read->run.workers == 4);
  CHECK(read->run.stop_within == 5s);
  CHECK(read->run.http == "127.0.0.1:0");
}

TEST_CASE("documents that do not fit are told") {
  const TempFolder folder;
  CHECK(problem_with(folder) == "cannot read " + folder.path("") + "/application.conf");
  folder.write("application.conf", "{");
  CHECK(problem_with(folder).starts_with(folder.path("") + "/application.conf"));
  folder.write("application.conf", "{}");
  CHECK(problem_with(folder) == "cannot read " + folder.path("") + "/secret.conf");
  folder.write("secret.conf", "{}");
  CHECK(problem_with(folder) == folder.path("") + "/application.conf does not say which streamlet this is");
  folder.write("application.conf", application);
  CHECK(problem_with(folder) == "port in of secret.conf has no brokers");
  const auto with = [&](const std::string& setting) {
    folder.write("secret.conf",
                 R"({"cloudflow": {"kafka": {"bootstrap-servers": "a:1"}, "streamlet": {)" + setting + "}}}");
    return problem_with(folder);
  };
  CHECK(with("").empty());
  CHECK(with(R"("on-error": "ignore")") ==
        "cloudflow.streamlet.on-error is \"ignore\", wanted stop, skip or dead-letter");
  CHECK(with(R"("workers": 0)") == "cloudflow.streamlet.workers is 0, wanted 1 to 256");
  CHECK(with(R"("commit-every": "soon")") == "cloudflow.streamlet.commit-every is \"soon\", wanted 10 ms to 1 h");
}

TEST_CASE("a class is bound to its documents, or what does not fit is told") {
  Documents documents{
      .streamlet = "s", .ports = {{"in", {"t", "b"}}}, .parameters = {{"count", 3}}, .server_port = 3000};
  documents.mounts = {{"state", "/mnt/state"}};
  const auto bound = bind({"test.Small", "", [] { return std::make_unique<Small>(); }}, documents);
  REQUIRE(bound);
  CHECK((*bound)->server()->number() == 3000);
  CHECK((*bound)->volume_mounts().at(0)->path() == "/mnt/state");
  Documents changed = documents;
  changed.parameters = {{"count", "many"}};
  CHECK(bind_problem<Small>(changed) ==
        "config parameter count of streamlet s: \"many\" is not what is wanted, a whole number of 32 bits");
  changed.parameters = Json::object();
  CHECK(bind_problem<Small>(changed) == "config parameter count of streamlet s: it has no value and no default");
  changed = documents;
  changed.ports.clear();
  CHECK(bind_problem<Small>(changed) == "inlet in of streamlet s has no topic");
  changed = documents;
  changed.server_port = 0;
  CHECK(bind_problem<Small>(changed) == "application.conf gives streamlet s no port to listen on");
  CHECK(bind_problem<WithoutHandler>(documents) == "inlet in of test.Class has no handler");
  CHECK(bind_problem<Nothing>(documents) == "test.Class has neither an inlet nor generate");
  CHECK(bind_problem<Both>(documents) == "test.Class has both inlets and generate");
}

TEST_CASE("dead letters need an outlet") {
  const Small small;
  Documents documents{.streamlet = "s"};
  CHECK(error_policy(small, documents) == OnError::stop);
  documents.run.on_error = OnError::skip;
  CHECK(error_policy(small, documents) == OnError::skip);
  documents.run.on_error = OnError::dead_letter;
  const auto policy = error_policy(small, documents);
  REQUIRE_FALSE(policy);
  CHECK(policy.error().message ==
        "cloudflow.streamlet.on-error is dead-letter, and streamlet s has no outlet for them");
}

}  // namespace cloudflow::testing
