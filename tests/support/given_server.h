// Servers that are there already, so that tests need not start their own.
#pragma once

#include <string>

namespace cloudflow::testing {

/// What the environment variable says; "" where it is not set.
std::string given_server(const char* variable);

/// The folder of the servers that all tests of one ctest run share (tests/support/servers): $CLOUDFLOW_TEST_SERVERS;
/// "" where each executable starts its own. "none" is for tests without the tag [servers]: std::logic_error, as they
/// must not need any.
std::string shared_servers();

}  // namespace cloudflow::testing
