#include "providers/kubernetes/api/api_client.h"

#include <atomic>
#include <catch2/catch_all.hpp>
#include <thread>

#include "providers/kubernetes/api/api_discovery.h"
#include "sdk/support/log.h"
#include "sdk/support/text.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fault_server.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;

namespace {

/// A client for a scripted server.
struct Bench {
  FaultServer server{};
  FakeClock clock{};
  ApiClient client{access_to(server), clock};
  ApiResource deployments = *well_known_resource("Deployment.apps");
  ApiPath web = deployments.object("shop", "web");
  std::string path = "/apis/apps/v1/namespaces/shop/deployments/web";

  static ClusterAccess access_to(const FaultServer& server) {
    ClusterAccess access;
    access.server = server.url();
    access.token = Secret("t");
    return access;
  }
};

template <class T>
ApiError error_of(const ApiResult<T>& result) {
  REQUIRE_FALSE(result);
  return result.error();
}

}  // namespace

TEST_CASE("an apply is a PATCH with its manager, and gives the object", "[kubernetes][api]") {
  Bench bench;
  bench.server.on("PATCH", bench.path + "*", {{.body = R"({"kind":"Deployment"})"}});
  const Json body = {{"kind", "Deployment"}};
  const ApiResult<Json> applied = bench.client.apply(bench.web, body, {}, {});
  REQUIRE(applied);
  CHECK(dump(*applied) == R"({"kind":"Deployment"})");
  SeenRequest seen = bench.server.seen().at(0);
  CHECK(seen.target == bench.path + "?fieldManager=cloudflow");
  CHECK(seen.header("content-type") == "application/apply-patch+yaml");
  CHECK(seen.header("accept") == "application/json");
  CHECK(seen.header("authorization") == "Bearer t");
  CHECK(seen.body == R"({"kind":"Deployment"})");

  REQUIRE(bench.client.apply(bench.web, body, {.force = true, .dry_run = true, .manager = "a b"}, {}));
  CHECK(bench.server.seen().at(1).target == bench.path + "?fieldManager=a%20b&dryRun=All&force=true");
}

TEST_CASE("the other calls send what the API asks for", "[kubernetes][api]") {
  Bench bench;
  bench.server.on("*", "*", {{.body = "{}"}});
  const Json body = {{"a", 1}};
  REQUIRE(bench.client.merge_patch(bench.web, body, {.dry_run = true}, {}));
  REQUIRE(bench.client.create(bench.deployments.collection("shop"), body, {}, {}));
  REQUIRE(bench.client.replace(bench.web, body, {}, {}));
  REQUIRE(bench.client.remove(
      bench.web,
      {.uid = "u", .resource_version = "5", .propagation = "Foreground", .grace_seconds = 0, .dry_run = true}, {}));
  REQUIRE(bench.client.remove(bench.web, {}, {}));
  REQUIRE(bench.client.get(bench.web, {}));
  const std::vector<SeenRequest> seen = bench.server.seen();
  const auto line = [&](std::size_t at) {
    return seen.at(at).method + " " + seen.at(at).target + " " + seen.at(at).header("content-type") + " " +
           seen.at(at).body;
  };
  CHECK(line(0) == "PATCH " + bench.path + "?fieldManager=cloudflow&dryRun=All application/merge-patch+json {\"a\":1}");
  CHECK(line(1) == "POST /apis/apps/v1/namespaces/shop/deployments?fieldManager=cloudflow application/json {\"a\":1}");
  CHECK(line(2) == "PUT " + bench.path + "?fieldManager=cloudflow application/json {\"a\":1}");
  CHECK(line(3) ==
        "DELETE " + bench.path +
            R"( application/json {"apiVersion":"v1","dryRun":["All"],"gracePeriodSeconds":0,"kind":"DeleteOptions",)"
            R"("preconditions":{"resourceVersion":"5","uid":"u"},"propagationPolicy":"Foreground"})");
  CHECK(line(4) == "DELETE " + bench.path + R"( application/json {"apiVersion":"v1","kind":"DeleteOptions"})");
  CHECK(line(5) == "GET " + bench.path + "  ");
}

TEST_CASE("a refusal is the operation, the thing and the server's own words", "[kubernetes][api]") {
  struct Row {
    int status;
    std::string reason;
    ErrorKind kind;
  };
  const Row row = GENERATE(values<Row>({
      {400, "BadRequest", ErrorKind::invalid_input},
      {401, "Unauthorized", ErrorKind::unauthenticated},
      {403, "Forbidden", ErrorKind::denied},
      {404, "NotFound", ErrorKind::not_found},
      {405, "MethodNotAllowed", ErrorKind::unsupported},
      {409, "Conflict", ErrorKind::conflict},
      {410, "Expired", ErrorKind::not_found},
      {422, "Invalid", ErrorKind::invalid_input},
      {429, "TooManyRequests", ErrorKind::unavailable},
      {500, "InternalError", ErrorKind::unsupported},  // of a write that was tried twice: waiting does not help
      {503, "ServiceUnavailable", ErrorKind::unavailable},
      {504, "Timeout", ErrorKind::timeout},
  }));
  Bench bench;
  bench.server.on("PATCH", "*", {{.status = row.status, .body = status_body(row.status, row.reason, "the\nwords")}});
  const ApiError error = error_of(bench.client.apply(bench.web, Json::object(), {}, {}));
  CHECK(error.kind == row.kind);
  CHECK(error.status == row.status);
  CHECK(error.reason == row.reason);
  if (row.status != 401) CHECK(error.hint.empty());
  CHECK(error.server_message == "the words");
  CHECK(error.message == "apply deployment \"web\" in namespace \"shop\": the words");
}

TEST_CASE("only a refusal about rights is answered with the Role", "[kubernetes][api]") {
  const auto hint = [](const std::string& words) {
    return api_error(403, status_body(403, "Forbidden", words), "get x").hint;
  };
  const std::string role = "docs/rights.md has the Role that this needs";
  CHECK(hint(R"(pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "n")") ==
        role);
  CHECK(hint(R"(forbidden: User "system:anonymous" cannot get path "/version")") == role);
  CHECK(
      hint(
          R"(roles "r" is forbidden: user "u" (groups=["g"]) is attempting to grant RBAC permissions not currently held: {})") ==
      role);
  CHECK(hint(R"(pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1)") ==
        "the namespace's ResourceQuota leaves no room: raise it, or ask for less");
  CHECK(
      hint(R"(secrets "s" is forbidden: unable to create new content in namespace n because it is being terminated)") ==
      "the namespace is being deleted: apply again when it is gone");
  CHECK(hint(R"(pods "p" is forbidden: error looking up service account n/a: serviceaccount "a" not found)") ==
        "make the service account first, or add it to kubernetes/*.yaml");
  CHECK(
      hint(
          R"(persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize)") ==
      "the storage class needs allowVolumeExpansion");
  CHECK(hint(R"(pods "p" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true)") ==
        "the namespace's label pod-security.kubernetes.io/enforce asks for this");
  CHECK(hint(R"(configmaps "c" is forbidden: ValidatingAdmissionPolicy 'p' denied request: not today)").empty());
}

TEST_CASE("what is no Status is quoted shortly", "[kubernetes][api]") {
  CHECK(api_error(502, "<html><h1>Bad Gateway", "get x").message == "get x: HTTP status 502");
  CHECK(api_error(500, "  it\n broke ", "get x").message == "get x: HTTP status 500: it broke");
  CHECK(api_error(403, "", "get x").message == "get x: HTTP status 403");
  CHECK(api_error(418, R"({"kind":"Status"})", "get x").kind == ErrorKind::invalid_input);
  CHECK(api_error(500, std::string(5000, 'x'), "get x").message.size() == 224);
}

TEST_CASE("conflicts name managers and fields", "[kubernetes][api]") {
  const ApiError error = api_error(
      409,
      R"({"kind":"Status","reason":"Conflict","message":"Apply failed with 2 conflicts: conflicts with \"kubectl\" using apps/v1:\n- .spec.replicas\n- .spec.paused\nconflicts with \"hpa\" using apps/v1:\n- .spec.x",
          "details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"kubectl\" using apps/v1","field":".spec.replicas"},
                               {"reason":"FieldValueInvalid","message":"Invalid value","field":"spec.selector"},7]}})",
      "apply d");
  CHECK(
      error.message ==
      "apply d: Apply failed with 2 conflicts: conflicts with \"kubectl\" using apps/v1: .spec.replicas, .spec.paused "
      "conflicts with \"hpa\" using apps/v1: .spec.x");
  REQUIRE(error.causes.size() == 3);
  CHECK(error.causes[0].manager == "kubectl");
  CHECK(error.causes[0].field == ".spec.replicas");
  CHECK(error.causes[0].reason == "FieldManagerConflict");
  CHECK(error.causes[1].manager.empty());
  CHECK(error.causes[1].message == "Invalid value");
}

TEST_CASE("an ApiError is an Error where that is wanted", "[kubernetes][api]") {
  const auto fails = []() -> Result<int> {
    CF_TRY(const int value, ApiResult<int>(std::unexpected(api_error(404, "", "get x"))));
    return value;
  };
  CHECK(fails().error().message == "get x: HTTP status 404");
}

TEST_CASE("no answer is an error with the operation", "[kubernetes][api]") {
  Bench bench;
  bench.server.on("GET", "*", {{.fault = Fault::close_at_once}});
  const ApiError error = error_of(bench.client.get(bench.web, {}));
  CHECK(error.kind == ErrorKind::unavailable);
  CHECK(error.status == 0);
  CHECK(error.message ==
        "get deployment \"web\" in namespace \"shop\": " + quote("127.0.0.1:" + std::to_string(bench.server.port())) +
            " closed the connection before it answered");
  CHECK(bench.server.count() == 6);
}

TEST_CASE("an answer that is no JSON is said", "[kubernetes][api]") {
  Bench bench;
  bench.server.on("GET", "*", {{.body = "{\"kind\":"}});
  CHECK(error_of(bench.client.get(bench.web, {})).message ==
        "the answer for deployment \"web\" in namespace \"shop\" is not valid JSON (8 bytes)");
}

TEST_CASE("a refused token is read again, once", "[kubernetes][api]") {
  const TempFolder folder;
  FaultServer server;
  server.on("GET", "/a", {{.status = 401}, {.body = "{}"}});
  server.on("GET", "/b", {{.status = 401, .body = status_body(401, "Unauthorized", "Unauthorized")}});
  ClusterAccess access;
  access.server = server.url();
  access.token_file = folder.write("token", "old");
  FakeClock clock;
  ApiClient client(access, clock);
  CHECK(error_of(client.get({"/b", "b"}, {})).message == "get b: Unauthorized");
  CHECK(server.count() == 2);
  folder.write("token", "new");
  CHECK(client.get({"/a", "a"}, {}));
  CHECK(server.seen().at(2).header("authorization") == "Bearer old");
  CHECK(server.seen().at(3).header("authorization") == "Bearer new");
}

TEST_CASE("a plugin's certificate is shown, and a new one after a refusal", "[kubernetes][api][tls]") {
  const TempFolder folder;
  const TestCertificate certificate = make_certificate("server", {"IP:127.0.0.1"});
  const TestCertificate me = make_certificate("deployer");
  FaultServer server({.server = certificate, .client_ca = me.certificate});
  server.on("GET", "*", {{.status = 401}, {.body = "{}"}});
  folder.write("credential",
               dump(Json{{"kind", "ExecCredential"},
                         {"apiVersion", "client.authentication.k8s.io/v1"},
                         {"status", {{"clientCertificateData", me.certificate}, {"clientKeyData", me.key}}}}));
  ClusterAccess access;
  access.server = server.url();
  access.tls.ca_data = certificate.certificate;
  access.exec = ExecPlugin{
      .api_version = "client.authentication.k8s.io/v1", .command = "cat", .arguments = {folder.path("credential")}};
  FakeClock clock;
  ApiClient client(access, clock);
  REQUIRE(client.get({"/a", "a"}, {}));
  CHECK(server.seen().at(1).client == "deployer");
}

TEST_CASE("the log names requests and no secrets", "[kubernetes][api]") {
  Bench bench;
  bench.server.on("GET", "*", {{.body = "{}"}, {.fault = Fault::garbage}});
  std::vector<std::string> lines;
  log::configure(log::Level::debug, [&](log::Level, std::string_view line) { lines.emplace_back(line); });
  static_cast<void>(bench.client.get(bench.web, {}));
  static_cast<void>(bench.client.get(bench.web, {}));
  log::configure(log::Level::warn, {});
  CHECK(lines == std::vector<std::string>{"kubernetes: GET " + bench.path + ": 200 in 0 ms, 2 bytes, HTTP/1.1",
                                          "kubernetes: GET " + bench.path +
                                              ": \"127.0.0.1:" + std::to_string(bench.server.port()) +
                                              "\" does not speak HTTP after 0 ms"});
}

TEST_CASE("impersonation is in every request", "[kubernetes][api]") {
  FaultServer server;
  server.on("*", "*", {{.body = "{}"}});
  ClusterAccess access = Bench::access_to(server);
  access.as = "boss";
  access.as_uid = "7";
  access.as_groups = {"a", "b"};
  access.as_extra = {{"example.com/Scope", {"x"}}};
  FakeClock clock;
  ApiClient client(access, clock);
  REQUIRE(client.get({"/a", "a"}, {}));
  std::string said;
  const SeenRequest seen = server.seen().at(0);
  for (const auto& [key, value] : seen.headers) {
    if (key.starts_with("impersonate")) said += key + "=" + value + " ";
  }
  CHECK(said ==
        "impersonate-extra-example.com%2fscope=x impersonate-group=a impersonate-group=b impersonate-uid=7 "
        "impersonate-user=boss ");
}

TEST_CASE("warnings come with the answer", "[kubernetes][api]") {
  Bench bench;
  bench.server.on(
      "GET", "*",
      {{.body = "{}", .headers = {{"Warning", R"(299 - "old \"v1\", use v2")"}, {"Warning", "299 - \"second\""}}}});
  const ApiResult<ApiReply> reply = bench.client.send({.target = bench.web}, {});
  REQUIRE(reply);
  CHECK(reply->warnings == std::vector<std::string>{"old \"v1\", use v2", "second"});
}

TEST_CASE("a list comes page by page", "[kubernetes][api][list]") {
  Bench bench;
  const std::string base = "/api/v1/namespaces/shop/secrets?limit=2&labelSelector=a%3Db%2Cc%20in%20%28d%29";
  bench.server.on(
      "GET", base,
      {{.body = R"({"kind":"SecretList","metadata":{"resourceVersion":"1","continue":"n=x"},"items":[1,2]})"}});
  bench.server.on("GET", base + "&continue=n%3Dx",
                  {{.body = R"({"items":[{"metadata":{"continue":"no"}}],"metadata":{"continue":""}})"}});
  std::string got;
  const ApiResult<void> listed =
      bench.client.list(well_known_resource("Secret")->collection("shop"), {.labels = "a=b,c in (d)", .page = 2},
                        [&](const ListPage& page) -> Result<void> {
                          got += (page.first ? "first " : "next ") + std::string(page.text.substr(0, 8)) + "\n";
                          return {};
                        },
                        {});
  REQUIRE(listed);
  CHECK(got == "first {\"kind\":\nnext {\"items\"\n");
  CHECK(bench.server.count() == 2);
}

TEST_CASE("a list that the server forgets is begun again", "[kubernetes][api][list]") {
  Bench bench;
  const std::string base = "/api/v1/secrets?limit=1";
  bench.server.on("GET", base, {{.body = R"({"metadata":{"continue":"x"},"items":[1]})"}});
  bench.server.on(
      "GET", base + "&continue=x",
      {{.status = 410, .body = status_body(410, "Expired", "too old")}, {.body = R"({"metadata":{},"items":[2]})"}});
  int firsts = 0;
  int pages = 0;
  const auto count = [&](const ListPage& page) -> Result<void> {
    firsts += page.first ? 1 : 0;
    ++pages;
    return {};
  };
  REQUIRE(bench.client.list(well_known_resource("Secret")->collection(""), {.page = 1}, count, {}));
  CHECK(firsts == 2);
  CHECK(pages == 3);

  bench.server.on("GET", base + "&continue=x", {{.status = 410, .body = status_body(410, "Expired", "too old")}});
  CHECK(error_of(bench.client.list(well_known_resource("Secret")->collection(""), {.page = 1}, count, {})).message ==
        "list secrets: too old");
}

TEST_CASE("an error of the reader ends a list at once", "[kubernetes][api][list]") {
  Bench bench;
  bench.server.on("GET", "/api/v1/secrets?limit=2000", {{.body = R"({"metadata":{"continue":"x"},"items":[1]})"}});
  bench.server.on("GET", "/api/v1/secrets?limit=2000&continue=x", {{.fault = Fault::hang}});
  const ApiResult<void> listed = bench.client.list(
      well_known_resource("Secret")->collection(""), {},
      [](const ListPage&) -> Result<void> { return failure(ErrorKind::invalid_input, "bad item"); }, {});
  CHECK(error_of(listed).message == "bad item");
}

TEST_CASE("a stop ends a list that waits for its next page", "[kubernetes][api][list]") {
  Bench bench;
  bench.server.on("GET", "/api/v1/secrets?limit=2000", {{.body = R"({"metadata":{"continue":"x"},"items":[1]})"}});
  bench.server.on("GET", "/api/v1/secrets?limit=2000&continue=x", {{.fault = Fault::hang}});
  std::stop_source stop;
  const std::jthread stopper([&] {
    while (bench.server.count() < 2) std::this_thread::yield();
    stop.request_stop();
  });
  const ApiResult<void> listed = bench.client.list(
      well_known_resource("Secret")->collection(""), {}, [](const ListPage&) -> Result<void> { return {}; },
      stop.get_token());
  CHECK(error_of(listed).kind == ErrorKind::interrupted);
  CHECK(listed.error().message == "list secrets: interrupted");
}

TEST_CASE("many threads write through one client", "[kubernetes][api]") {
  Bench bench;
  bench.server.on("PATCH", "*", {{.body = "{}"}});
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int n = 0; n < 20; ++n) good += bench.client.apply(bench.web, Json::object(), {}, {}) ? 1 : 0;
      });
    }
  }
  CHECK(good == 160);
}
