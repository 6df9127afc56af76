// Which proxy the environment names for a server.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace cloudflow {

/// A proxy, and what names it.
struct HttpProxy {
  std::string url{};   ///< "" for none
  std::string from{};  ///< "https_proxy"
};

/// As Go's programs, kubectl among them, read it: https_proxy and http_proxy by the scheme (small letters first, as
/// curl does, with all_proxy after them), unless no_proxy has the server: `*`, names and what ends in them (`.a.com`,
/// `a.com`), addresses, networks (`10.0.0.0/8`), any of them with a port. Not for this machine itself, unless asked to:
/// `proxies_this_machine`, as curl and git do it. `variable` gives the environment; "" for what is not set.
HttpProxy proxy_of_environment(std::string_view scheme, std::string_view host, std::string_view port,
                               const std::function<std::string(const std::string&)>& variable,
                               bool proxies_this_machine = false);

/// "proxy.example.com:3128" of a proxy's URL: without what may be secret in it.
std::string proxy_host(std::string_view url);

}  // namespace cloudflow
