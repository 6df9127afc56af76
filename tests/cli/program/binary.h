// The program under test.
#pragma once

#include <cstdlib>
#include <string>

namespace cloudflow::testing {

/// The built program; $CLOUDFLOW_TEST_BINARY names another one.
inline std::string cloudflow_binary() {
  const char* other = std::getenv("CLOUDFLOW_TEST_BINARY");
  return other != nullptr ? other : CLOUDFLOW_BINARY;
}

}  // namespace cloudflow::testing
