// Ports of this machine's loopback.
#pragma once

namespace cloudflow {

/// Whether somebody could listen on this port of 127.0.0.1 now.
bool is_port_free(int port);
/// One that is free now and is not `other`, below those that the system gives to outgoing connections; 0 where there is
/// none.
int free_port(int other);

}  // namespace cloudflow
