#include "cli/pipeline/desired.h"

#include <catch2/catch_all.hpp>

#include "tests/support/memory_tree.h"

using namespace cloudflow;
using cloudflow::testing::MemoryTree;

namespace {

const std::string kafka = "kafka: {default: {bootstrap-servers: \"k:9092\"}}";

/// A project of one streamlet and one environment; with `streamlet` beside its image.
Source source_of(const std::string& environment, const std::string& config = "", const std::string& streamlet = "") {
  std::map<std::string, std::string> files = {
      {"cloudflow.yaml",
       "application: shop\nversion: 1.0.0\nblueprint: blueprint.conf\nconfig: [shared.conf]\nenvironments:\n  prod: {" +
           environment + "}\n"},
      {"shared.conf", config},
      {"blueprint.conf", "blueprint { streamlets { s { image = \"registry.example.com/s:1\", " + streamlet +
                             " } }, topics { t { producers = [s.out] } } }"}};
  Step<Source> read = read_application({}, std::make_shared<const MemoryTree>(std::move(files)));
  for (const Diagnostic& one : read.problems.all()) UNSCOPED_INFO(one.message);
  REQUIRE(read.value);
  Step<Source> chosen = in_environment(*std::move(read.value));
  REQUIRE(chosen.value);
  return *std::move(chosen.value);
}

const std::string out = "outlets { out { schema = {format = bytearray} } }";

Access no_way() { return failure(ErrorKind::not_found, "there is no kubeconfig"); }

std::vector<std::string> messages(const Diagnostics& problems) {
  std::vector<std::string> found;
  for (const Diagnostic& one : problems.all()) found.push_back(one.message);
  return found;
}

}  // namespace

TEST_CASE("what needs nothing of the cluster is desired without a way to it", "[desired]") {
  const Source source = source_of(kafka, "", out);
  const auto proven = prove_offline(source, no_way(), {});
  CHECK(messages(proven.problems).empty());
  REQUIRE(proven.value);
  REQUIRE(proven.value->has_value());
  const Desired& desired = **proven.value;
  CHECK(desired.from.facts.online);
  CHECK_FALSE(desired.resources.empty());
  CHECK(desired.config.clusters.contains("default"));
}

TEST_CASE("a source is proven before the cluster is needed", "[desired]") {
  SECTION("what is right but incomplete has no value yet") {
    const Source source = source_of("policy: {}", "", out);  // a Secret of the cluster says where Kafka is
    const auto proven = prove_offline(source, no_way(), {});
    CHECK_FALSE(proven.error);
    REQUIRE(proven.value);
    CHECK_FALSE(proven.value->has_value());
    const auto gathered = gather(source, no_way(), {});
    CHECK_FALSE(gathered.value);
    REQUIRE(gathered.error);
    CHECK(gathered.error->message == "there is no kubeconfig");
  }
  SECTION("what is wrong is told, and not that there is no way to the cluster") {
    const Source source = source_of("policy: {}", "cloudflow.streamlets.other.config.x = 1", out);
    for (const Diagnostics& told :
         {prove_offline(source, no_way(), {}).problems, gather(source, no_way(), {}).problems}) {
      REQUIRE(messages(told).size() == 1);
      CHECK(told.all().front().where.text() == "shared.conf:1:1");
    }
    CHECK_FALSE(gather(source, no_way(), {}).error);
  }
}

TEST_CASE("a missing way to the cluster is told where it is needed", "[desired]") {
  Access access = no_way();
  const Source source = source_of(kafka, "", out);
  const auto read = read_desired(source, access, std::nullopt, {});
  CHECK_FALSE(read.value);
  REQUIRE(read.error);
  CHECK(read.error->message == "there is no kubeconfig");
}

TEST_CASE("without asking anybody all is rendered with stand-ins", "[desired]") {
  const Source source = source_of("policy: {}", "", out);
  auto gathered = gather_offline(source);
  REQUIRE(gathered.value);
  CHECK_FALSE(gathered.value->facts.online);
  int configured = 0;
  const auto desired = desired_of(source, *std::move(gathered.value), [&](const Desired& so_far) {
    ++configured;
    CHECK(so_far.resources.empty());
  });
  REQUIRE(desired.value);
  CHECK(configured == 1);
  CHECK_FALSE(desired.value->resources.empty());
}
