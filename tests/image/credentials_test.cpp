// Logins as docker, podman and skopeo keep them, and what registries ask for.
#include "sdk/image/credentials.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <catch2/catch_all.hpp>

#include "sdk/image/registry_auth.h"
#include "sdk/support/text.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

std::string user_for(const std::string& config, const std::string& repository) {
  const TempFolder folder;
  const LoginFiles files({folder.path("none"), folder.write("config.json", config)});
  const auto login = files.find(repository, {});
  if (!login) return "error: " + login.error().message;
  return *login ? (*login)->username + ":" + (*login)->password.reveal() + (*login)->identity_token.reveal() : "nobody";
}

std::string entry(const std::string& key, const std::string& login) {
  return fmt::format(R"("{}":{{"auth":"{}"}})", key, to_base64(login));
}

}  // namespace

TEST_CASE("the login of the longest part of a repository's name counts", "[image]") {
  const std::string config =
      fmt::format(R"({{"auths":{{{},{},{}}}}})", entry("r.example.com", "a:1"), entry("r.example.com/shop", "b:2"),
                  entry("https://s.example.com/v2/", "c:3:4"));
  CHECK(user_for(config, "r.example.com/x/y") == "a:1");
  CHECK(user_for(config, "r.example.com/shop/y") == "b:2");
  CHECK(user_for(config, "r.example.com/shopping/y") == "a:1");
  CHECK(user_for(config, "s.example.com/y") == "c:3:4");
  CHECK(user_for(config, "t.example.com/y") == "nobody");
  CHECK(user_for("", "t.example.com/y") == "nobody");
  CHECK(user_for(R"({"auths":{"r.example.com":{}}})", "r.example.com/y") == "nobody");
  CHECK(user_for(R"({"auths":{"r.example.com":{"identitytoken":"t"}}})", "r.example.com/y") == ":t");
}

TEST_CASE("a file that cannot be understood is an error without a word of it", "[image]") {
  CHECK(user_for("{secret", "r.example.com/y").ends_with("config.json\" is no JSON"));
  CHECK(user_for(R"({"auths":{"r.example.com":{"auth":"c2VjcmV0"}}})", "r.example.com/y")
            .ends_with("has an \"auth\" that is not base64 of USER:PASSWORD"));
}

TEST_CASE("a program that keeps logins is asked", "[image]") {
  const TempFolder folder;
  folder.write_program("docker-credential-safe",
                       "#!/bin/sh\nread registry\ncase $registry in\n"
                       "r.example.com) echo '{\"Username\":\"u\",\"Secret\":\"p\"}';;\n"
                       "t.example.com) echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}';;\n"
                       "n.example.com) echo 'credentials not found in native keychain'; exit 1;;\n"
                       "*) echo 'hush p' >&2; exit 3;;\nesac\n");
  const std::string before = ::getenv("PATH");
  ::setenv("PATH", (folder.path("") + ":" + before).c_str(), 1);
  CHECK(user_for(R"({"credsStore":"safe"})", "r.example.com/y") == "u:p");
  CHECK(user_for(R"({"auths":{"r.example.com":{}},"credsStore":"safe"})", "r.example.com/y") == "u:p");
  CHECK(user_for(R"({"credHelpers":{"t.example.com":"safe"}})", "t.example.com/y") == ":t");
  CHECK(user_for(R"({"credsStore":"safe"})", "n.example.com/y") == "nobody");
  CHECK(user_for(R"({"credsStore":"safe"})", "x.example.com/y") ==
        "error: docker-credential-safe ended with status 3 when asked for the login for x.example.com");
  CHECK(user_for(R"({"credsStore":"none-such"})", "r.example.com/y")
            .starts_with("error: cannot get the login for r.example.com: "));
  ::setenv("PATH", before.c_str(), 1);
}

TEST_CASE("challenges are read with quotes, commas and several in one header", "[image]") {
  const std::vector<AuthChallenge> all =
      parse_challenges(R"(Bearer realm="https://t.example.com/a?b=c",service="x, \"y\"",Scope=z, Basic realm="r")");
  REQUIRE(all.size() == 2);
  CHECK(all[0].scheme == "bearer");
  CHECK(all[0].parameters == std::map<std::string, std::string>{
                                 {"realm", "https://t.example.com/a?b=c"}, {"service", "x, \"y\""}, {"scope", "z"}});
  CHECK(all[1].scheme == "basic");
  CHECK(parse_challenges("").empty());
  CHECK(parse_challenges("\"").empty());
  CHECK(parse_challenges("Negotiate").size() == 1);
  CHECK(parse_challenges("=x,,, \"").empty());
}
