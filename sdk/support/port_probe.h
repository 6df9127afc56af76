// What answers at a port, for those who were refused there and want to know why.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace cloudflow {

enum class PortAnswer {
  unresolved,   ///< the name has no address
  refused,      ///< nothing listens there
  unreachable,  ///< no connection came about: dropped, no route
  silent,       ///< takes the connection and says nothing
  closed,       ///< takes the connection and ends it
  tls,
  http,
  other,     ///< says something else
  expected,  ///< what was asked for
};

/// What to say to a port, and how to know the answer that is wanted.
struct PortQuestion {
  std::string host{};
  int port = 0;
  std::string request{};  ///< as the wanted protocol begins, without TLS
  std::function<bool(std::string_view answer)> is_expected{};
  std::chrono::milliseconds patience{1500};  ///< for each of: the connection, an answer
};

/// Connects and asks, at most three times: in the wanted protocol, as HTTP, as TLS. Takes up to six times `patience`.
/// Looking up the name takes as long as the system wants.
PortAnswer probe_port(const PortQuestion& question);

}  // namespace cloudflow
