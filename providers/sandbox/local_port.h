// Ports of this machine's loopback.
#pragma once

namespace cloudflow {

/// Whether somebody could listen on this port of 127.0.0.1 now.
bool is_port_free(int port);

}  // namespace cloudflow
