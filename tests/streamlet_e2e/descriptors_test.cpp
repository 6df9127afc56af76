// What the real cloudflow says of the descriptors that a program prints.
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <fstream>

#include "cloudflow/json.h"
#include "sdk/support/digest.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {
namespace {

ProcessOutput cloudflow_says(const TempFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), CLOUDFLOW_BINARY);
  auto done = run_process({.command = arguments, .directory = folder.path("")}, {});
  REQUIRE(done);
  return *done;
}

std::string program_describes() {
  const auto done = run_process({.command = {CLOUDFLOW_STREAMLET_PROGRAM, "--describe"}}, {});
  REQUIRE(done);
  CHECK(done->status == 0);
  return done->output;
}

}  // namespace

TEST_CASE("cloudflow computes the same fingerprint of a schema with everything in it") {
  const TempFolder folder;
  const Json all = Json::parse(program_describes());
  const Json schema = all.back().at("outlets").at(0).at("schema");
  folder.write("everything.avsc", schema.at("schema").get<std::string>());
  const ProcessOutput said = cloudflow_says(folder, {"schema", "fingerprint", "everything.avsc"});
  CHECK(said.errors.empty());
  std::string digest;
  REQUIRE(from_base64(schema.at("fingerprint").get_ref<const std::string&>(), digest));
  CHECK(said.output == hex(digest) + "\n");
}

TEST_CASE("cloudflow reads the message that a program describes as the one of its .proto file") {
  const TempFolder folder;
  const Json all = Json::parse(program_describes());
  const auto orders = std::ranges::find_if(all, [](const Json& one) { return one.at("class_name") == "test.Orders"; });
  REQUIRE(orders != all.end());
  const Json& schema = orders->at("inlets").at(0).at("schema");
  CHECK(schema.at("format") == "proto");
  CHECK(schema.at("name") == "shop.Order");
  folder.write("described.proto", schema.at("schema").get<std::string>());
  std::ifstream file(CLOUDFLOW_SOURCE_DIR "/tests/streamlet/order.proto");
  std::string source{std::istreambuf_iterator<char>(file), {}};
  folder.write("order.proto", source);
  const auto check = [&](const std::string& reader, const std::string& writer) {
    return cloudflow_says(folder, {"schema", "check", "--reader", reader, "--writer", writer});
  };
  for (const auto& [reader, writer] :
       {std::pair("described.proto", "order.proto"), {"order.proto", "described.proto"}}) {
    const ProcessOutput said = check(reader, writer);
    INFO(said.output << said.errors);
    CHECK(said.status == 0);
  }
  const std::string field = "string id = 1;";
  source.replace(source.find(field), field.size(), "fixed32 id = 1;");
  folder.write("other.proto", source);
  CHECK(check("other.proto", "described.proto").status == 1);
}

TEST_CASE("cloudflow verifies a blueprint against what a program describes") {
  const TempFolder folder;
  folder.write("descriptors.json", program_describes());
  folder.write("good.conf", R"(blueprint {
    streamlets { check = test.Validate, careful = test.Careful, numbers = test.Numbers, whole = test.Whole, orders = test.Orders }
    topics {
      readings { producers = [check.valid, careful.valid], consumers = [careful.in] }
      invalid { producers = [check.invalid], consumers = [check.in] }
      dead { producers = [careful.dead] }
      numbers { producers = [numbers.out] }
      orders { producers = [orders.out], consumers = [orders.in] }
      calls { consumers = [whole.in] }
      everything { producers = [whole.out] }
      log { producers = [whole.log] }
      raw { producers = [whole.raw] }
    }
  })");
  const auto validate = [&](const std::string& blueprint) {
    return cloudflow_says(folder, {"validate", "--blueprint", blueprint, "--descriptors", "descriptors.json"});
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
