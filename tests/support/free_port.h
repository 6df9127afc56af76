// Ports for servers that take their address as an argument.
#pragma once

namespace cloudflow::testing {

/// A port of 127.0.0.1 that nobody listens on now, nor on the next one. It is below those that the system gives to
/// outgoing connections: one of these could take it before the server does. Throws std::runtime_error if there is none.
int free_port();

}  // namespace cloudflow::testing
