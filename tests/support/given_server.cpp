// Reads the variables that ctest and people set.
#include "tests/support/given_server.h"

#include <cstdlib>
#include <stdexcept>

namespace cloudflow::testing {

std::string given_server(const char* variable) {
  const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  return value == nullptr ? "" : value;
}

std::string shared_servers() {
  std::string folder = given_server("CLOUDFLOW_TEST_SERVERS");
  if (folder == "none") throw std::logic_error("a test that needs a server has the tag [servers]");
  return folder;
}

}  // namespace cloudflow::testing
