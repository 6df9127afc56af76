// Descriptors: what a class declares, as builds for Cloudflow 2 write it.
#include "sdk/streamlet/describe.h"

#include <catch2/catch_all.hpp>
#include <fstream>

#include "tests/streamlet/whole.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;

Json described() {
  return Json::parse(descriptor_of({"test.Whole", "Does everything", [] { return std::make_unique<Whole>(); }}).dump());
}

}  // namespace

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
  std::ifstream file(std::string(CLOUDFLOW_SOURCE_DIR) +
                     "/examples/call-records-akka/descriptors/call-records-akka.json");
  const Json built = Json::parse(file).at(0).at("outlets").at(0).at("schema");
  CHECK(schema == built);
}

}  // namespace cloudflow::testing
