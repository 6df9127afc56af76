// Names that two streamlets would share.
#include "planner/application/name_collisions.h"

#include <catch2/catch_all.hpp>

namespace cloudflow {
namespace {

TEST_CASE("secrets that would share a name are found", "[application][names]") {
  Application application{.id = "demo"};
  application.streamlets.push_back({.name = "a", .secret_name = "same"});
  application.streamlets.push_back({.name = "b", .secret_name = "same", .where = {"app.json", 9, 3}});
  Diagnostics problems;
  check_name_collisions(application, problems);
  REQUIRE(problems.all().size() == 1);
  CHECK(problems.all()[0].message == "streamlets \"a\" and \"b\" would both make the Secret \"same\"");
  CHECK(problems.all()[0].where.text() == "app.json:9:3");
}

}  // namespace
}  // namespace cloudflow
