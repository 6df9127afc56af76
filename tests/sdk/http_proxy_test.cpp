// Which proxy is asked for a server.
#include "sdk/support/http_proxy.h"

#include <catch2/catch_all.hpp>
#include <map>

#include "sdk/support/http_client.h"
#include "sdk/support/http_failure.h"
#include "tests/support/fault_server.h"

using namespace cloudflow;

namespace {

using Variables = std::map<std::string, std::string>;

HttpProxy proxy_for(const std::string& scheme, const std::string& host, const Variables& set,
                    const std::string& port = "443") {
  return proxy_of_environment(scheme, host, port, [&](const std::string& name) {
    const auto found = set.find(name);
    return found == set.end() ? "" : found->second;
  });
}

/// Whether no_proxy keeps a server from the proxy.
bool goes_without(const std::string& host, const std::string& rules, const std::string& port = "443") {
  return proxy_for("https", host, {{"https_proxy", "http://p:1"}, {"no_proxy", rules}}, port).url.empty();
}

}  // namespace

TEST_CASE("the environment names a proxy by the scheme", "[sdk][http]") {
  const Variables both = {{"https_proxy", "http://s:1"}, {"HTTPS_PROXY", "http://S:1"}, {"http_proxy", "http://h:1"}};
  CHECK(proxy_for("https", "a.com", both).url == "http://s:1");
  CHECK(proxy_for("http", "a.com", both).url == "http://h:1");
  CHECK(proxy_for("https", "a.com", {{"HTTPS_PROXY", "http://S:1"}}).from == "HTTPS_PROXY");
  CHECK(proxy_for("https", "a.com", {{"ALL_PROXY", "http://A:1"}}).from == "ALL_PROXY");
  CHECK(proxy_for("http", "a.com", {{"HTTP_PROXY", "http://H:1"}}).url.empty());
  CHECK(proxy_for("https", "a.com", {}).url.empty());
}

TEST_CASE("this machine is never asked for through a proxy", "[sdk][http]") {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "x.localhost", "::1", "[::1]"}) {
    CAPTURE(host);
    CHECK(goes_without(host, ""));
  }
  CHECK_FALSE(goes_without("128.0.0.1", ""));
  // git asks it for every server that no_proxy does not name.
  const auto variable = [](const std::string& name) { return std::string(name == "https_proxy" ? "http://p:1" : ""); };
  CHECK(proxy_of_environment("https", "localhost", "443", variable, true).url == "http://p:1");
  CHECK_FALSE(goes_without("localhost.example.com", ""));
}

TEST_CASE("no_proxy names servers, what ends in them, addresses and networks", "[sdk][http]") {
  CHECK(goes_without("a.com", "*"));
  CHECK(goes_without("a.com", "b.com, a.com"));
  CHECK(goes_without("x.a.com", "a.com"));
  CHECK(goes_without("X.A.COM", "a.com"));
  CHECK_FALSE(goes_without("xa.com", "a.com"));
  CHECK(goes_without("x.a.com", ".a.com"));
  CHECK(goes_without("x.a.com", "*.a.com"));
  CHECK_FALSE(goes_without("a.com", ".a.com"));
  CHECK(goes_without("a.com", "a.com:443"));
  CHECK_FALSE(goes_without("a.com", "a.com:443", "6443"));
  CHECK(goes_without("10.1.2.3", "10.0.0.0/8"));
  CHECK_FALSE(goes_without("11.1.2.3", "10.0.0.0/8"));
  CHECK(goes_without("10.1.2.3", "10.1.2.0/23"));
  CHECK_FALSE(goes_without("10.1.4.3", "10.1.2.0/23"));
  CHECK(goes_without("10.1.2.3", "10.1.2.3"));
  CHECK(goes_without("[fd00::1]", "fd00::/8"));
  CHECK(goes_without("fd00::1", "[fd00::1]:443"));
  CHECK(goes_without("fd00::1", "fd00::1"));
  CHECK_FALSE(goes_without("fd00::1", "10.0.0.0/8,nonsense/x,:,,10.0.0.0/99"));
}

TEST_CASE("a proxy that does not answer is named, without its password", "[sdk][http]") {
  HttpOptions options;
  {
    const testing::FaultServer short_lived;
    options.proxy = "http://user:t0psecret@127.0.0.1:" + std::to_string(short_lived.port());
  }
  options.attempts = 1;
  HttpClient client(options, real_clock());
  HttpRequest request;
  request.url = "http://cluster.invalid/x";
  const auto answer = client.send(request, {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message == "cannot connect to the proxy \"" + proxy_host(options.proxy) +
                                      "\" on the way to \"cluster.invalid:80\": connection refused");
  CHECK(answer.error().hint == "proxy-url names the proxy");
  CHECK(proxy_host(options.proxy).starts_with("127.0.0.1:"));
}
