// What cloudflow keeps in the cluster for itself, in plans.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "tests/e2e/world.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

namespace {

void remove_logger_and_store(World& world) {
  world.replace("blueprint.conf", "    logger     = callrecords.InvalidRecordLogger\n", "");
  world.replace("blueprint.conf", R"(    store {
      image = "registry.example.com/call-stats-store:2.1"
      inlets { in { schema = schemas/call-stats.avsc } }
      config-parameters { batch-size { type = int32, default = 100 } }
    }
)",
                "");
  world.replace("blueprint.conf", "      consumers = [logger.in]\n", "");
  world.replace("blueprint.conf", "      consumers = [store.in]\n", "");
  world.write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = 5\n");
  world.commit("Two streamlets less");
}

}  // namespace

TEST_CASE("the plan of two streamlets less shows what changes for the application", "[e2e][servers]") {
  World world("less");
  world.expect(0, {"apply", "--yes"});
  remove_logger_and_store(world);
  const std::string plan = world.expect(0, {"plan"}).output;
  const std::string shown = fmt::format(R"(Symbols: ~ update   - remove

   - deployment/{0}-logger   may lose data  no longer asked for
       ! may lose what validation.invalid still writes to topic {0}-invalid-records before logger.in leaves it
       ! to have topic {0}-invalid-records read to its end by logger.in first: --drain
   - deployment/{0}-store    may lose data  no longer asked for
       ! may lose what aggregator.out still writes to topic {0}-call-stats before store.in leaves it
       ! to have topic {0}-call-stats read to its end by store.in first: --drain
   - secret/logger{1:{2}}   no longer asked for
   - secret/store{1:{2}}    no longer asked for
   ~ records: configuration, contracts

Plan: 0 to add, 2 to change, 4 to remove. Restarts nothing, may lose data.
)",
                                        world.application(), "", world.application().size() + 5);
  CHECK_THAT(plan, EndsWith("\n\n" + shown));

  const std::string full = world.expect(0, {"plan", "--full"}).output;
  CHECK_THAT(full, ContainsSubstring("~ configmap/cloudflow-" + world.application() + "-contracts\n") &&
                       ContainsSubstring("       - data.workloads-logger ") &&
                       ContainsSubstring("           -   \"name\": \"CallStats\",\n") &&
                       ContainsSubstring("~ secret/config-" + world.application() + "\n") &&
                       !ContainsSubstring("records: "));

  // Once in an apply, and no more than that.
  const std::string applied = world.expect(0, {"apply", "--yes"}).output;
  const auto first = applied.find(shown);
  REQUIRE(first != std::string::npos);
  CHECK_THAT(applied.substr(first + shown.size()),
             Catch::Matchers::StartsWith("\nApplied: 0 added, 2 changed, 4 removed in "));
  CHECK_THAT(world.expect(0, {"destroy", "--yes", "--delete-topics"}).output,
             ContainsSubstring("   - records: configuration, contracts\n") && !ContainsSubstring("-contracts"));
}
