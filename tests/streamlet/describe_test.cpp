// Descriptors, and what the real cloudflow says of them.
#include "sdk/streamlet/describe.h"

#include <catch2/catch_all.hpp>

#include "sdk/support/digest.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/streamlet/readings.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;
using namespace std::chrono_literals;

/// As examples/call-records/descriptors has it, which a build for Cloudflow 2 wrote.
struct CallRecord {
  std::string user{};
  std::string other{};
  std::string direction{};
  std::int64_t duration = 0;
  std::int64_t timestamp = 0;
};

/// Everything that a descriptor can say.
class Whole : public Streamlet {
  Inlet<CallRecord> in{*this, "in"};
  Outlet<Everything> out{*this, "out"};
  Outlet<Json, AsJson> log{*this, "log"};
  Outlet<Bytes> raw{*this, "raw"};
  Parameter<bool> flag{*this, "flag", "A flag", true};
  Parameter<std::int32_t> count{*this, "count", "A number"};
  Parameter<double> factor{*this, "factor", "A factor", 0.5};
  Parameter<std::string> level{*this, "level", "A level", "warn", "^(info|warn)$"};
  Parameter<std::chrono::nanoseconds> every{*this, "every", "A time", std::chrono::nanoseconds(90s)};
  Parameter<MemorySize> buffer{*this, "buffer", "A size", MemorySize{64 << 10}};
  VolumeMount state{*this, "state", "/var/state"};
  VolumeMount model{*this, "model", "/var/model", AccessMode::read_only_many};
  ServerPort port{*this};
};

Json described() {
  return Json::parse(descriptor_of({"test.Whole", "Does everything", [] { return std::make_unique<Whole>(); }}).dump());
}

ProcessOutput cloudflow_says(const TempFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), CLOUDFLOW_BINARY);
  auto done = run_process({.command = arguments, .directory = folder.path("")}, {});
  REQUIRE(done);
  return *done;
}

}  // namespace
}  // namespace cloudflow::testing

namespace cloudflow::streamlet {

template <>
struct Schema<testing::CallRecord> : Record<testing::CallRecord> {
  using T = testing::CallRecord;
  static constexpr auto name = "callrecords.data.CallRecord";
  static constexpr auto fields =
      std::tuple{field("user", &T::user), field("other", &T::other), field("direction", &T::direction),
                 field("duration", &T::duration), field("timestamp", &T::timestamp)};
};

}  // namespace cloudflow::streamlet

namespace cloudflow::testing {

TEST_CASE("a descriptor has what the class declares") {
  const Json all = described();
  CHECK(all.at("class_name") == "test.Whole");
  CHECK(all.at("runtime") == "native");
  CHECK(all.at("description") == "Does everything");
  CHECK(all.at("config_parameters") == Json::parse(R"([
          {"key": "flag", "description": "A flag", "validation_type": "bool", "default_value": "true"},
          {"key": "count", "description": "A number", "validation_type": "int32"},
          {"key": "factor", "description": "A factor", "validation_type": "double", "default_value": "0.5"},
          {"key": "level", "description": "A level", "validation_type": "string",
           "validation_pattern": "^(info|warn)$", "default_value": "warn"},
          {"key": "every", "description": "A time", "validation_type": "duration", "default_value": "90 s"},
          {"key": "buffer", "description": "A size", "validation_type": "memorysize", "default_value": "64 KiB"}])"));
  CHECK(all.at("volume_mounts") == Json::parse(R"([
          {"name": "state", "path": "/var/state", "access_mode": "ReadWriteMany"},
          {"name": "model", "path": "/var/model", "access_mode": "ReadOnlyMany"}])"));
  CHECK(all.at("attributes") ==
        Json::parse(R"([{"attribute_name": "server", "config_path": "cloudflow.internal.server.container-port"}])"));
  CHECK(all.at("outlets").at(1).at("schema").at("format") == "json");
  CHECK(all.at("outlets").at(2).at("schema").at("format") == "bytearray");
}

TEST_CASE("a type declared in C++ has the fingerprint that a build for Cloudflow 2 wrote") {
  const Json schema = described().at("inlets").at(0).at("schema");
  std::ifstream file(std::string(CLOUDFLOW_SOURCE_DIR) + "/examples/call-records/descriptors/call-records-akka.json");
  const Json built = Json::parse(file).at(0).at("outlets").at(0).at("schema");
  CHECK(schema == built);
}

TEST_CASE("cloudflow computes the same fingerprint of a schema with everything in it") {
  const Json schema = described().at("outlets").at(0).at("schema");
  const TempFolder folder;
  folder.write("everything.avsc", schema.at("schema").get<std::string>());
  const ProcessOutput said = cloudflow_says(folder, {"schema", "fingerprint", "everything.avsc"});
  CHECK(said.errors.empty());
  std::string digest;
  REQUIRE(from_base64(schema.at("fingerprint").get_ref<const std::string&>(), digest));
  CHECK(said.output == hex(digest) + "\n");
}

TEST_CASE("cloudflow verifies a blueprint against what a program describes") {
  const TempFolder folder;
  const auto described_by_program = run_process({.command = {CLOUDFLOW_STREAMLET_PROGRAM, "--describe"}}, {});
  REQUIRE(described_by_program);
  CHECK(described_by_program->status == 0);
  folder.write("descriptors.json", described_by_program->output);
  folder.write("whole.json", Json::array({described()}).dump());
  folder.write("good.conf", R"(blueprint {
    streamlets { check = test.Validate, careful = test.Careful, numbers = test.Numbers, whole = test.Whole }
    topics {
      readings { producers = [check.valid, careful.valid], consumers = [careful.in] }
      invalid { producers = [check.invalid], consumers = [check.in] }
      dead { producers = [careful.dead] }
      numbers { producers = [numbers.out] }
      calls { consumers = [whole.in] }
      everything { producers = [whole.out] }
      log { producers = [whole.log] }
      raw { producers = [whole.raw] }
    }
  })");
  const auto validate = [&](const std::string& blueprint) {
    return cloudflow_says(folder, {"validate", "--blueprint", blueprint, "--descriptors", "descriptors.json",
                                   "--descriptors", "whole.json"});
  };
  const ProcessOutput good = validate("good.conf");
  CHECK(good.errors == "");
  CHECK(good.status == 0);
  folder.write("bad.conf", R"(blueprint {
    streamlets { check = test.Validate, whole = test.Whole }
    topics {
      mixed { producers = [check.valid, whole.raw], consumers = [check.in] }
      invalid { producers = [check.invalid] }
      calls { consumers = [whole.in] }
      everything { producers = [whole.out] }
      log { producers = [whole.log] }
    }
  })");
  const ProcessOutput bad = validate("bad.conf");
  CHECK(bad.status == 1);
  CHECK_THAT(bad.errors, Catch::Matchers::ContainsSubstring("mixed"));
}

}  // namespace cloudflow::testing
