// What is rendered for a small application.
#include "planner/render/render.h"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include "tests/planner/render/sensors.h"

namespace cloudflow {
namespace {

using testing::MemoryTree;
using testing::small_application;
using testing::texts;

TEST_CASE("a small application is rendered", "[render]") {
  Diagnostics problems;
  const Application application = small_application();
  Environment environment{.name = "prod"};
  const EffectiveConfig config = effective_config(application, environment, ConfigValue(), {}, problems);
  const std::vector<Resource> resources = render(application, environment, config, MemoryTree({}), problems);
  CHECK(texts(problems) == "");
  for (const Resource& r : resources) {
    fmt::print("{} {} {}\n", r.id.text(), r.id.scope, r.spec.dump(1));
    for (const auto& a : r.after) fmt::print("   after {}\n", a.text());
    for (const auto& [p, w] : r.origins) fmt::print("   {} {}\n", p, w.text());
  }
}

}  // namespace
}  // namespace cloudflow
