#include "providers/kubernetes/api/credentials.h"

#include <catch2/catch_all.hpp>

#include "providers/kubernetes/api/exec_plugin.h"
#include "sdk/support/text.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* v1 = "client.authentication.k8s.io/v1";

/// A plugin that counts its runs in the file "runs" and then does what `script` says.
ClusterAccess plugin(const TempFolder& folder, const std::string& script) {
  ClusterAccess access;
  access.server = "https://api.example.com";
  access.exec = ExecPlugin{.api_version = v1};
  access.exec->command = folder.write_program("plugin", "#!/bin/sh\necho x >> " + folder.path("runs") +
                                                            "\nRUN=$(wc -l < " + folder.path("runs") + ")\n" + script);
  return access;
}

std::string printing(const std::string& status) {
  return std::string("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"") + v1 + "\",\"status\":" + status + "}'\n";
}

std::string authorization(Credentials& credentials) {
  const Result<Identity> identity = credentials.identity({});
  REQUIRE(identity);
  return identity->authorization.reveal();
}

}  // namespace

TEST_CASE("a token, a password and nothing are what they are", "[kubernetes][credentials]") {
  FakeClock clock;
  ClusterAccess access;
  {
    Credentials credentials(access, clock);
    CHECK(authorization(credentials).empty());
    CHECK_FALSE(credentials.forget(*credentials.identity({})));
  }
  access.username = "u";
  access.password = Secret("p");
  {
    Credentials credentials(access, clock);
    CHECK(authorization(credentials) == "Basic " + to_base64("u:p"));
  }
  access.token = Secret("t");
  {
    Credentials credentials(access, clock);
    CHECK(authorization(credentials) == "Bearer t");
    CHECK_FALSE(credentials.forget(*credentials.identity({})));
  }
}

TEST_CASE("a token file is read again after a minute, and when it was refused", "[kubernetes][credentials]") {
  const TempFolder folder;
  FakeClock clock;
  ClusterAccess access;
  access.token = Secret("other");
  access.token_file = folder.write("token", "one\n");
  Credentials credentials(access, clock);
  CHECK(authorization(credentials) == "Bearer one");
  folder.write("token", "two\n");
  CHECK(authorization(credentials) == "Bearer one");
  clock.advance(61s);
  CHECK(authorization(credentials) == "Bearer two");
  folder.write("token", "three\n");
  CHECK(credentials.forget(*credentials.identity({})));
  CHECK(authorization(credentials) == "Bearer three");
  folder.write("token", "\n");
  CHECK(credentials.forget(*credentials.identity({})));
  CHECK(credentials.identity({}).error().message == "token file " + quote(access.token_file) + " is empty");
  std::filesystem::remove(access.token_file);
  CHECK(credentials.identity({}).error().message == "token file " + quote(access.token_file) + " cannot be read");
}

TEST_CASE("a plugin runs once until its credential expires or is refused", "[kubernetes][credentials]") {
  const TempFolder folder;
  FakeClock clock;
  const std::string expires = rfc3339(clock.wall() + 10min);
  const ClusterAccess access =
      plugin(folder, "printf '%s' \"{\\\"kind\\\":\\\"ExecCredential\\\",\\\"apiVersion\\\":\\\"" + std::string(v1) +
                         "\\\",\\\"status\\\":{\\\"token\\\":\\\"t$RUN\\\",\\\"expirationTimestamp\\\":\\\"" + expires +
                         "\\\"}}\"\n");
  Credentials credentials(access, clock);
  CHECK(authorization(credentials) == "Bearer t1");
  CHECK(authorization(credentials) == "Bearer t1");
  clock.advance(11min);
  CHECK(authorization(credentials) == "Bearer t2");
}

TEST_CASE("a refusal that others have answered already runs the plugin no second time", "[kubernetes][credentials]") {
  const TempFolder folder;
  FakeClock clock;
  const ClusterAccess access = plugin(folder, printing(R"({"token":"t"})"));
  Credentials credentials(access, clock);
  const Identity refused = *credentials.identity({});
  CHECK(credentials.forget(refused));
  CHECK(authorization(credentials) == "Bearer t");
  CHECK(credentials.forget(refused));
  CHECK(authorization(credentials) == "Bearer t");
  CHECK(folder.read("runs") == "x\nx\n");
}

TEST_CASE("a plugin may give a client certificate", "[kubernetes][credentials]") {
  const TempFolder folder;
  FakeClock clock;
  const ClusterAccess access = plugin(folder, printing(R"({"clientCertificateData":"cert","clientKeyData":"key"})"));
  Credentials credentials(access, clock);
  const Result<Identity> identity = credentials.identity({});
  REQUIRE(identity);
  CHECK(identity->certificate == "cert");
  CHECK(identity->key.reveal() == "key");
  CHECK(identity->authorization.empty());
}

TEST_CASE("a plugin is told about the cluster when it asks", "[kubernetes][credentials]") {
  const TempFolder folder;
  ClusterAccess access = plugin(folder, "printf '%s' \"$KUBERNETES_EXEC_INFO $EXTRA $*\" > " + folder.path("told") +
                                            "\n" + printing(R"({"token":"t"})"));
  access.exec->environment = {{"EXTRA", "more"}};
  access.exec->arguments = {"get", "token"};
  REQUIRE(run_exec_plugin(access, {}));
  CHECK(
      folder.read("told") ==
      R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}} more get token)");
  access.exec->wants_cluster = true;
  access.exec->cluster_config = Json{{"audience", "x"}};
  access.tls.ca_file = folder.write("ca.pem", "CA");
  access.tls.server_name = "kubernetes";
  access.proxy = "http://proxy:1";
  REQUIRE(run_exec_plugin(access, {}));
  CHECK(folder.read("told").starts_with(
      R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"cluster":{"certificate-authority-data":"Q0E=",)"
      R"("config":{"audience":"x"},"proxy-url":"http://proxy:1","server":"https://api.example.com","tls-server-name":"kubernetes"},"interactive":false}})"));
}

TEST_CASE("a plugin that fails says why", "[kubernetes][credentials]") {
  const TempFolder folder;
  ClusterAccess access;
  const auto error = [&](const std::string& script) {
    access = plugin(folder, script);
    const Result<ExecCredential> ran = run_exec_plugin(access, {});
    REQUIRE_FALSE(ran);
    CHECK(ran.error().kind == ErrorKind::unauthenticated);
    const std::string name = "credential plugin " + quote(access.exec->command);
    REQUIRE(ran.error().message.starts_with(name));
    return ran.error().message.substr(name.size());
  };
  CHECK(error("echo trace >&2; echo 'please log in' >&2; exit 2") == " failed with status 2: please log in");
  CHECK(error("exit 2") == " failed with status 2");
  CHECK(error("echo hello") == " did not print an ExecCredential");
  CHECK(error("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}'") ==
        " printed apiVersion \"client.authentication.k8s.io/v1beta1\", but the kubeconfig says "
        "\"client.authentication.k8s.io/v1\"");
  CHECK(error(printing("{}")) == " printed neither a token nor a client certificate");
  CHECK(error(printing(R"({"clientKeyData":"key"})")) ==
        " printed only one of clientCertificateData and clientKeyData");
}

TEST_CASE("a plugin that is not installed comes with its hint", "[kubernetes][credentials]") {
  ClusterAccess access;
  access.exec = ExecPlugin{.api_version = v1, .command = "no-such-plugin", .install_hint = "get it from your cloud"};
  const Result<ExecCredential> ran = run_exec_plugin(access, {});
  REQUIRE_FALSE(ran);
  CHECK(ran.error().kind == ErrorKind::not_found);
  CHECK(ran.error().message == "credential plugin \"no-such-plugin\" is not installed");
  CHECK(ran.error().hint == "get it from your cloud");
}

TEST_CASE("a server that does not know us is explained without telling the secret", "[kubernetes][credentials]") {
  FakeClock clock;
  const std::string ended = to_base64(R"({"exp":1,"sub":"me"})");
  struct Row {
    ClusterAccess access;
    std::string hint;
  };
  ClusterAccess named;
  named.user = "ada";
  named.context = "prod";
  ClusterAccess token = named;
  token.token = Secret("e30." + ended + ".c2lnbmF0dXJl");
  ClusterAccess opaque = named;
  opaque.token = Secret("a.b.c");
  ClusterAccess password = named;
  password.username = "ada";
  ClusterAccess certificate = named;
  certificate.tls.certificate_file = "ada.pem";
  const std::string who = "the server does not know user \"ada\" of context \"prod\", who came with ";
  const std::vector<Row> rows = {
      {named, who + "no credentials at all: the kubeconfig gives none for this user"},
      {token,
       who +
           "the token in the kubeconfig, which ended at 1970-01-01T00:00:01Z: log in again, or choose another context"},
      {opaque, who + "the token in the kubeconfig: log in again, or choose another context"},
      {password, who + "a password: is it right, and does this server still take passwords?"},
      {certificate, who + "a client certificate: is it of this cluster, and still valid?"},
      {ClusterAccess(),
       "the server does not know the service account of this pod, who came with no credentials at all: "
       "the kubeconfig gives none for this user"},
  };
  for (const Row& row : rows) {
    Credentials credentials(row.access, clock);
    CHECK(credentials.refused_hint(*credentials.identity({})) == row.hint);
  }
  const TempFolder folder;
  const ClusterAccess access = plugin(folder, printing(R"({"token":"t"})"));
  Credentials credentials(access, clock);
  CHECK(credentials.refused_hint(*credentials.identity({})) ==
        "the server does not know the service account of this pod, who came with what \"" + folder.path("plugin") +
            "\" printed: log in again with the tool that it belongs to");
}
