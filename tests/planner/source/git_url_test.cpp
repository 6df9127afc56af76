// The parts of addresses of repositories.
#include "planner/source/git_url.h"

#include <catch2/catch_all.hpp>

namespace cloudflow {
namespace {

TEST_CASE("an address is taken apart", "[source]") {
  struct Row {
    const char* url;
    const char* scheme;
    const char* user;
    const char* password;
    const char* host;
    const char* port;
    const char* path;
  };
  const auto row = GENERATE(values<Row>({
      {"https://git.example.com/team/app.git", "https", "", "", "git.example.com", "", "/team/app.git"},
      {"HTTPS://ada:p%40ss%2@git.example.com:8443/a?b", "https", "ada", "p@ss%2", "git.example.com", "8443", "/a?b"},
      {"https://Git.Example.com:443/App", "https", "", "", "git.example.com", "", "/App"},
      {"https://a@b:c@host/x", "https", "a@b", "c", "host", "", "/x"},
      {"ssh://git@[::1]:2222/srv/a%20b.git", "ssh", "git", "", "[::1]", "2222", "/srv/a b.git"},
      {"git+ssh://host/~ada/app.git", "ssh", "", "", "host", "", "~ada/app.git"},
      {"git@git.example.com:team/app.git", "ssh", "git", "", "git.example.com", "", "team/app.git"},
      {"host:/srv/app.git", "ssh", "", "", "host", "", "/srv/app.git"},
      {"git@[::1]:app.git", "ssh", "git", "", "[::1]", "", "app.git"},
  }));
  CAPTURE(row.url);
  const auto url = parse_git_url(row.url);
  REQUIRE(url);
  CHECK(url->scheme == row.scheme);
  CHECK(url->user == row.user);
  CHECK(url->password.reveal() == row.password);
  CHECK(url->host == row.host);
  CHECK(url->port == row.port);
  CHECK(url->path == row.path);
}

TEST_CASE("what a program could take for an option is no address", "[source]") {
  const auto* const url = GENERATE("ssh://-oProxyCommand=x/y", "-oProxyCommand=x:y", "ssh://-x@host/y", "host:-x",
                                   "https:///x", "file:///srv/app.git", "ssh://ho\nst/x", "https://host",
                                   "host:", "ssh://host:2$(x)/y", "ssh://$(x)@host/y", "ssh://host/a\nb");
  CAPTURE(url);
  CHECK_FALSE(parse_git_url(url));
}

}  // namespace
}  // namespace cloudflow
