// As scripts/bootstrap finds it.
#include "tests/support/cache.h"

#include <cstdlib>

namespace cloudflow::testing {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  return value == nullptr ? "" : value;
}

}  // namespace

std::string cache_folder() {
  if (std::string own = environment("CLOUDFLOW_CACHE"); !own.empty()) return own;
  if (const std::string xdg = environment("XDG_CACHE_HOME"); !xdg.empty()) return xdg + "/cloudflow";
  return environment("HOME") + "/.cache/cloudflow";
}

}  // namespace cloudflow::testing
