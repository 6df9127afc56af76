#include "providers/kubernetes/api/kubeconfig.h"

#include <catch2/catch_all.hpp>
#include <cstdlib>

#include "sdk/support/text.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using cloudflow::testing::TempFolder;

namespace {

/// A kubeconfig with one context "prod", the given user and more lines for the cluster.
std::string config_of(const std::string& user, const std::string& cluster = "") {
  return "apiVersion: v1\nkind: Config\ncurrent-context: prod\n"
         "contexts:\n- name: prod\n  context: {cluster: big, user: me, namespace: shop}\n"
         "clusters:\n- name: big\n  cluster:\n    server: https://api.example.com:6443/\n" +
         cluster + "users:\n- name: me\n  user:\n" + user;
}

Error error_of(const Result<ClusterAccess>& access) {
  REQUIRE_FALSE(access);
  return access.error();
}

}  // namespace

TEST_CASE("the current context names server, namespace and user", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  const Result<ClusterAccess> access = read_kubeconfig(folder.write("config", config_of("    token: t\n")), "");
  REQUIRE(access);
  CHECK(access->context == "prod");
  CHECK(access->cluster == "big");
  CHECK(access->user == "me");
  CHECK(access->ns == "shop");
  CHECK(access->server == "https://api.example.com:6443");
  CHECK(access->token.reveal() == "t");
}

TEST_CASE("every setting of a cluster and a user is read", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  const std::string file = folder.write(
      "sub/config",
      config_of(
          "    username: u\n    password: p\n    client-certificate: me.pem\n    client-key: /abs/me.key\n"
          "    tokenFile: ../token\n    as: boss\n    as-uid: '7'\n    as-groups: [a, b]\n"
          "    as-user-extra: {scopes: [x, y]}\n",
          "    certificate-authority: ca.pem\n    proxy-url: socks5://proxy:1080\n"
          "    tls-server-name: kubernetes\n    insecure-skip-tls-verify: true\n    disable-compression: true\n"));
  const Result<ClusterAccess> access = read_kubeconfig(file, "prod");
  REQUIRE(access);
  CHECK(access->username == "u");
  CHECK(access->password.reveal() == "p");
  CHECK(access->tls.certificate_file == folder.path("sub/me.pem"));
  CHECK(access->tls.key_file == "/abs/me.key");
  CHECK(access->token_file == folder.path("token"));
  CHECK(access->as == "boss");
  CHECK(access->as_uid == "7");
  CHECK(access->as_groups == std::vector<std::string>{"a", "b"});
  CHECK(access->as_extra == std::map<std::string, std::vector<std::string>>{{"scopes", {"x", "y"}}});
  CHECK(access->tls.ca_file == folder.path("sub/ca.pem"));
  CHECK(access->proxy == "socks5://proxy:1080");
  CHECK(access->tls.server_name == "kubernetes");
  CHECK(access->tls.insecure);
  CHECK(access->disable_compression);
}

TEST_CASE("embedded certificates are decoded, and a broken one is placed", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  const std::string good = config_of(
      "    client-certificate-data: " + to_base64("cert") + "\n    client-key-data: " + to_base64("key") + "\n",
      "    certificate-authority-data: " + to_base64("ca") + "\n");
  const Result<ClusterAccess> access = read_kubeconfig(folder.write("good", good), "");
  REQUIRE(access);
  CHECK(access->tls.ca_data == "ca");
  CHECK(access->tls.certificate_data == "cert");
  CHECK(access->tls.key_data.reveal() == "key");

  const std::string file = folder.write("bad", config_of("    client-key-data: '%%%'\n"));
  const Error error = error_of(read_kubeconfig(file, ""));
  CHECK(error.kind == ErrorKind::invalid_input);
  CHECK(error.message == "\"client-key-data\" is not valid base64");
  CHECK(error.where == SourcePos{file, 14, 22});
}

TEST_CASE("several files are one: the first definition wins", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  const std::string first = folder.write("first",
                                         "clusters: [{name: big, cluster: {server: https://first}}]\ncontexts: [{name: "
                                         "a, context: {cluster: big, user: me}}]\n");
  const std::string second = folder.write("second", config_of("    token: second\n"));
  const std::string paths = folder.path("missing") + ":" + first + "::" + second;
  CHECK(read_kubeconfig(paths, "")->server == "https://first");
  CHECK(read_kubeconfig(paths, "")->context == "prod");
  CHECK(read_kubeconfig(paths, "a")->token.reveal() == "second");
}

TEST_CASE("JSON is a kubeconfig too", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  const std::string file =
      folder.write("config", R"({"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k"}}],)"
                             R"("clusters":[{"name":"k","cluster":{"server":"http://127.0.0.1:1"}}]})");
  const Result<ClusterAccess> access = read_kubeconfig(file, "");
  REQUIRE(access);
  CHECK(access->server == "http://127.0.0.1:1");
  CHECK(access->user.empty());
}

TEST_CASE("a wrong name is answered with the known ones", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  const std::string file = folder.write("config", config_of("    token: t\n"));
  Error error = error_of(read_kubeconfig(file, "prd"));
  CHECK(error.kind == ErrorKind::not_found);
  CHECK(error.message == "no context \"prd\" in the kubeconfig");
  CHECK(error.hint == "did you mean \"prod\"?");
  CHECK(error_of(read_kubeconfig(file, "staging")).hint == "known contexts: prod");

  const std::string loose = folder.write(
      "loose",
      "contexts: [{name: a, context: {cluster: none, user: nobody}}, {name: b, context: {cluster: k, user: nobody}}]\n"
      "clusters: [{name: k, cluster: {server: https://k}}]\n");
  error = error_of(read_kubeconfig(loose, "a"));
  CHECK(error.message == "no cluster \"none\" in the kubeconfig (wanted by context \"a\")");
  CHECK(error.hint == "known clusters: k");
  error = error_of(read_kubeconfig(loose, "b"));
  CHECK(error.message == "no user \"nobody\" in the kubeconfig (wanted by context \"b\")");
  CHECK(error.hint == "there are no users at all");
  error = error_of(read_kubeconfig(loose, ""));
  CHECK(error.message == "the kubeconfig has no current context");
  CHECK(error.hint == "choose one of: a, b");
}

TEST_CASE("a file that cannot be used says why and where", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  Error error = error_of(read_kubeconfig(folder.path("a") + ":" + folder.path("b"), ""));
  CHECK(error.kind == ErrorKind::not_found);
  CHECK(error.message == "no kubeconfig: cannot read " + quote(folder.path("a")) + ", " + quote(folder.path("b")));

  const std::string broken = folder.write("broken", "clusters:\n- name: [\n");
  error = error_of(read_kubeconfig(broken, ""));
  CHECK(error.kind == ErrorKind::invalid_input);
  CHECK(error.message.starts_with("not valid YAML: "));
  CHECK(error.where->file == broken);

  error = error_of(read_kubeconfig(folder.write("list", "- a\n"), ""));
  CHECK(error.message == "a kubeconfig is a map of clusters, contexts and users");

  error = error_of(read_kubeconfig(
      folder.write("no-server", "contexts: [{name: a, context: {cluster: k}}]\nclusters: [{name: k, cluster: {}}]\n"),
      "a"));
  CHECK(error.message == "cluster \"k\" has no server");
  for (const char* odd : {"contexts: 7\n", "contexts: [7]\n", "contexts: [{name: a, context: 7}]\n",
                          "contexts: [{name: {}, context: []}]\n", "? {a: b}\n: c\n", "\n"}) {
    CAPTURE(odd);
    CHECK_FALSE(read_kubeconfig(folder.write("odd", odd), "a"));
  }
}

TEST_CASE("an auth provider is answered with what to do", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  const std::string file = folder.write("config", config_of("    auth-provider: {name: gcp}\n"));
  const Error error = error_of(read_kubeconfig(file, ""));
  CHECK(error.message == "user \"me\" needs the auth provider \"gcp\", which Kubernetes has removed");
  CHECK(error.hint == "let your cloud's tool write the kubeconfig again: it will use a credential plugin (exec)");
}

TEST_CASE("a credential plugin is read", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  const std::string file =
      folder.write("config", config_of("    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: "
                                       "./bin/login\n      args: [get, token]\n"
                                       "      env: [{name: A, value: '1'}]\n      installHint: get it\n      "
                                       "interactiveMode: IfAvailable\n      provideClusterInfo: true\n",
                                       "    extensions:\n    - name: client.authentication.k8s.io/exec\n      "
                                       "extension: {audience: x, days: 3, on: true, text: '3'}\n"));
  const Result<ClusterAccess> access = read_kubeconfig(file, "");
  REQUIRE(access);
  REQUIRE(access->exec);
  CHECK(access->exec->command == folder.path("bin/login"));
  CHECK(access->exec->arguments == std::vector<std::string>{"get", "token"});
  CHECK(access->exec->environment == std::map<std::string, std::string>{{"A", "1"}});
  CHECK(access->exec->install_hint == "get it");
  CHECK(access->exec->wants_cluster);
  CHECK(dump(access->exec->cluster_config) == R"({"audience":"x","days":3,"on":true,"text":"3"})");
}

TEST_CASE("a credential plugin that cannot be used is said", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  const auto error = [&](const std::string& exec) {
    return error_of(read_kubeconfig(folder.write("config", config_of("    exec: {" + exec + "}\n")), "")).message;
  };
  CHECK(error("apiVersion: client.authentication.k8s.io/v1alpha1, command: x") ==
        "apiVersion \"client.authentication.k8s.io/v1alpha1\" of the credential plugin is unknown");
  CHECK(error("apiVersion: client.authentication.k8s.io/v1") == "the credential plugin has no command");
  CHECK(error("apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always") ==
        "credential plugin \"x\" can only be used interactively");
}

TEST_CASE("a pod uses its service account", "[kubernetes][kubeconfig]") {
  const TempFolder folder;
  folder.write("token", "t\n");
  folder.write("namespace", "shop\n");
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  CHECK(error_of(in_cluster_access(folder.path(""))).message ==
        "no kubeconfig is given, and this is not a pod with a service account");
  ::setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  ::setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  const Result<ClusterAccess> access = in_cluster_access(folder.path("."));
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  REQUIRE(access);
  CHECK(access->server == "https://[fd00::1]:443");
  CHECK(access->token_file == folder.path("./token"));
  CHECK(access->tls.ca_file == folder.path("./ca.crt"));
  CHECK(access->ns == "shop");
}
