#include "sdk/support/http_client.h"

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch_all.hpp>
#include <thread>

#include "sdk/support/log.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fault_server.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;

namespace {

HttpRequest get(const FaultServer& server, const std::string& path = "/x") {
  HttpRequest request;
  request.url = server.url() + path;
  request.idempotent = true;
  return request;
}

std::string address(const FaultServer& server) { return fmt::format("\"127.0.0.1:{}\"", server.port()); }

}  // namespace

TEST_CASE("an answer has its status, headers in lower case, body and version", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "/x",
            {{.status = 418, .body = "tea", .headers = {{"X-Kind", "pot"}, {"Warning", "a"}, {"Warning", "b"}}}});
  HttpClient client({}, real_clock());
  const Result<HttpResponse> response = client.send(get(server), {});
  REQUIRE(response);
  CHECK(response->status == 418);
  CHECK(response->body == "tea");
  CHECK(response->headers.at("x-kind") == "pot");
  CHECK(response->headers.at("warning") == "a, b");
  CHECK(response->version == "1.1");
}

TEST_CASE("method, headers and body arrive as they were given", "[sdk][http]") {
  FaultServer server;
  server.on("*", "*", {{}});
  HttpClient client({}, real_clock());
  HttpRequest request = get(server, "/things?limit=5");
  request.method = GENERATE("POST", "PATCH", "PUT", "DELETE");
  request.headers = {{"Impersonate-Group", "a"}, {"Impersonate-Group", "b"}, {"Content-Type", "application/json"}};
  request.authorization = Secret("Bearer t");
  request.body = std::string(3 << 20, 'x');
  REQUIRE(client.send(request, {}));
  const SeenRequest seen = server.seen().at(0);
  CHECK(seen.method == request.method);
  CHECK(seen.target == "/things?limit=5");
  CHECK(seen.header("authorization") == "Bearer t");
  CHECK(seen.header("content-type") == "application/json");
  CHECK(seen.header("user-agent") == "cloudflow");
  CHECK(seen.header("accept-encoding").empty());
  CHECK(std::count(seen.headers.begin(), seen.headers.end(),
                   std::pair<std::string, std::string>("impersonate-group", "b")) == 1);
  CHECK(seen.body == request.body);
}

TEST_CASE("many threads share a few kept-alive connections", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "*", {{.body = "ok", .delay = 1ms}});
  HttpOptions options;
  options.connections = 4;
  HttpClient client(options, real_clock());
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 10; ++n) {
          const Result<HttpResponse> response = client.send(get(server), {});
          if (response && response->body == "ok") ++good;
        }
      });
    }
  }
  CHECK(good == 160);
  CHECK(server.count() == 160);
  CHECK(server.connections() <= 4);
}

TEST_CASE("a failed connection says what failed, and is tried again only where that is safe", "[sdk][http]") {
  struct Row {
    Fault fault;
    std::string message;
  };
  const Row row = GENERATE(values<Row>({
      {Fault::close_at_once, "{} closed the connection before it answered"},
      {Fault::cut_headers, "{} closed the connection before it answered"},
      {Fault::reset, "the connection to {} was cut off: Recv failure: Connection reset by peer"},
      {Fault::cut_body, "the connection to {} was cut off: transfer closed with 5 bytes remaining to read"},
  }));
  FaultServer server;
  server.on("GET", "/x", {{.body = "0123456789", .fault = row.fault}, {.body = "fine"}});
  FakeClock clock;
  HttpClient client({}, clock);
  HttpRequest request = get(server);
  CHECK(client.send(request, {})->body == "fine");
  CHECK(server.count() == 2);

  FaultServer again;
  again.on("GET", "/x", {{.body = "0123456789", .fault = row.fault}, {.body = "fine"}});
  request.url = again.url() + "/x";
  request.idempotent = false;
  const Result<HttpResponse> response = client.send(request, {});
  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::unavailable);
  CHECK(response.error().message == fmt::format(fmt::runtime(row.message), address(again)));
  CHECK(again.count() == 1);
}

TEST_CASE("garbage is not tried again", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "/x", {{.fault = Fault::garbage}});
  HttpClient client({}, real_clock());
  const Result<HttpResponse> response = client.send(get(server), {});
  REQUIRE_FALSE(response);
  CHECK(response.error().message == address(server) + " does not speak HTTP");
  CHECK(server.count() == 1);
}

TEST_CASE("a refused connection is tried to the end and then said", "[sdk][http]") {
  std::string url;
  std::string to;
  {
    const FaultServer gone;
    url = gone.url();
    to = address(gone);
  }
  FakeClock clock;
  HttpClient client({}, clock);
  HttpRequest request;
  request.url = url;
  request.idempotent = true;
  const Result<HttpResponse> response = client.send(request, {});
  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::unavailable);
  CHECK(response.error().message == fmt::format("cannot connect to {}: connection refused", to));
}

TEST_CASE("an unknown name and a bad address are said", "[sdk][http]") {
  HttpOptions options;
  options.attempts = 1;
  HttpClient client(options, real_clock());
  HttpRequest request;
  request.url = "http://nowhere.invalid/x";
  CHECK(client.send(request, {}).error().message == "the name of \"nowhere.invalid:80\" cannot be resolved");
  request.url = "ftp://127.0.0.1/x";
  CHECK(client.send(request, {}).error().message == "the address \"127.0.0.1:21\" is not an http or https URL");
}

TEST_CASE("busy answers are tried again after what the server asks for", "[sdk][http]") {
  FaultServer server;
  server.on("POST", "/x",
            {{.status = 429, .headers = {{"Retry-After", "7"}}},
             {.status = 429, .headers = {{"Retry-After", "2"}}},
             {.body = "done"}});
  FakeClock clock;
  HttpClient client({}, clock);
  HttpRequest request = get(server);
  request.method = "POST";
  request.idempotent = false;  // a 429 says that it was not done
  const auto before = clock.now();
  const Result<HttpResponse> response = client.send(request, {});
  REQUIRE(response);
  CHECK(response->body == "done");
  CHECK(server.count() == 3);
  CHECK(clock.now() - before == 9s);
}

TEST_CASE("unavailable answers are tried again only for idempotent requests", "[sdk][http]") {
  const int status = GENERATE(502, 503, 504);
  FaultServer server;
  server.on("GET", "/x", {{.status = status}, {.body = "fine"}});
  FakeClock clock;
  HttpClient client({}, clock);
  HttpRequest request = get(server);
  request.idempotent = GENERATE(true, false);
  const Result<HttpResponse> response = client.send(request, {});
  REQUIRE(response);
  CHECK(response->status == (request.idempotent ? 200 : status));
  CHECK(server.count() == (request.idempotent ? 2 : 1));
}

TEST_CASE("other refusals are answers at once", "[sdk][http]") {
  const int status = GENERATE(400, 401, 403, 404, 409, 410, 422);
  FaultServer server;
  server.on("GET", "/x", {{.status = status}});
  FakeClock clock;
  HttpClient client({}, clock);
  CHECK(client.send(get(server), {})->status == status);
  CHECK(server.count() == 1);
}

TEST_CASE("a server that fails inside is asked once more", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "/x", {{.status = 500}, {.body = "fine"}, {.status = 500}, {.status = 500}, {.body = "too late"}});
  FakeClock clock;
  HttpClient client({}, clock);
  CHECK(client.send(get(server), {})->body == "fine");
  CHECK(client.send(get(server), {})->status == 500);
  CHECK(server.count() == 4);
  HttpRequest once = get(server);
  once.idempotent = false;
  server.on("GET", "/x", {{.status = 500}, {.body = "too late"}});
  CHECK(client.send(once, {})->status == 500);
}

TEST_CASE("a server that has answered before is waited for, and that is said once", "[sdk][http]") {
  std::vector<std::string> said;
  log::configure(log::Level::warn, [&](log::Level, std::string_view line) { said.emplace_back(line); });
  FaultServer server;
  FakeClock clock;
  HttpOptions options;
  options.outage_name = "a server that restarts";
  HttpClient client(options, clock);
  std::vector<FaultAnswer> answers(30, {.fault = Fault::reset});
  answers.push_back({.body = "back"});
  server.on("GET", "/x", answers);
  // Nobody knows yet that it is a server.
  CHECK_FALSE(client.send(get(server), {}));
  CHECK(server.count() == options.attempts);
  server.on("GET", "/y", {{.body = "here"}});
  CHECK(client.send(get(server, "/y"), {})->body == "here");
  CHECK(client.send(get(server), {})->body == "back");
  REQUIRE(said.size() == 1);
  CHECK_THAT(said[0],
             Catch::Matchers::Matches(
                 "a server that restarts does not answer \\(the connection to \"127.0.0.1:[0-9]+\" was cut off: "
                 ".*\\); trying again until [0-9:]{8}"));
  // Not for longer than the request has time.
  server.on("GET", "/x", {{.fault = Fault::reset}});
  const auto before = clock.now();
  CHECK_FALSE(client.send(get(server), {}));
  CHECK(clock.now() - before <= 60s);
  CHECK(clock.now() - before > 50s);
  CHECK(said.size() == 1);
  log::reset();
}

TEST_CASE("a server whose gateway answers for it is waited for as well", "[sdk][http]") {
  std::vector<std::string> said;
  log::configure(log::Level::warn, [&](log::Level, std::string_view line) { said.emplace_back(line); });
  FaultServer server;
  FakeClock clock;
  HttpOptions options;
  options.outage_name = "a server behind a gateway";
  HttpClient client(options, clock);
  std::vector<FaultAnswer> answers(30, {.status = 502});
  answers.push_back({.body = "back"});
  server.on("GET", "/x", answers);
  // Nobody has seen it behind the gateway yet.
  CHECK(client.send(get(server), {})->status == 502);
  CHECK(server.count() == options.attempts);
  server.on("GET", "/y", {{.body = "here"}});
  CHECK(client.send(get(server, "/y"), {})->body == "here");
  CHECK(client.send(get(server), {})->body == "back");
  REQUIRE(said.size() == 1);
  CHECK_THAT(said[0],
             Catch::Matchers::StartsWith(
                 "a server behind a gateway does not answer (its gateway answers with HTTP status 502); trying "
                 "again until "));
  log::reset();
}

TEST_CASE("an answer that is too large is refused while it comes", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "/x", {{.status = GENERATE(200, 500), .body = std::string((2 << 20) + 1, ' ')}});
  FakeClock clock;
  HttpClient client({}, clock);
  HttpRequest request = get(server);
  request.largest_body = 2 << 20;
  const Result<HttpResponse> response = client.send(request, {});
  REQUIRE_FALSE(response);
  CHECK(response.error().message ==
        fmt::format("the answer from {} is larger than 2 MiB, the most that is read of one", address(server)));
  CHECK(server.count() == 1);
  server.on("GET", "/x", {{.body = std::string(2 << 20, ' ')}});
  CHECK(client.send(request, {})->body.size() == 2 << 20);
}

TEST_CASE("attempts end at their number, and pauses grow but stay under their bound", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "/x", {{.status = 503}});
  FakeClock clock;
  HttpOptions options;
  options.attempts = 10;
  options.backoff = 100ms;
  options.longest_backoff = 400ms;
  HttpClient client(options, clock);
  const auto before = clock.now();
  CHECK(client.send(get(server), {})->status == 503);
  CHECK(server.count() == 10);
  CHECK(clock.now() - before <= 100ms + 200ms + 7 * 400ms);
}

TEST_CASE("a pause that would pass the deadline is not begun", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "/x", {{.status = 429, .headers = {{"Retry-After", "61"}}}});
  FakeClock clock;
  HttpClient client({}, clock);
  CHECK(client.send(get(server), {})->status == 429);
  CHECK(server.count() == 1);
}

TEST_CASE("overload halves the concurrency, success raises it again", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "/x", {{.status = 429}, {.status = 429}, {.body = "fine"}});
  FakeClock clock;
  HttpOptions options;
  options.concurrency = 16;
  HttpClient client(options, clock);
  CHECK(client.concurrency() == 16);
  REQUIRE(client.send(get(server), {}));
  CHECK(client.concurrency() == 4);
  for (int i = 0; i < 5; ++i) REQUIRE(client.send(get(server), {}));
  CHECK(client.concurrency() == 5);
}

TEST_CASE("the deadline and a stop end a wait", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "/x", {{.fault = Fault::hang}});
  HttpClient client({}, real_clock());
  HttpRequest request = get(server);

  request.deadline = 50ms;
  Result<HttpResponse> response = client.send(request, {});
  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::timeout);
  CHECK(response.error().message == "no answer from " + address(server) + " in time");

  request.deadline = 1h;
  std::stop_source stop;
  const std::jthread stopper([&] {
    while (server.count() < 2) std::this_thread::yield();
    stop.request_stop();
  });
  response = client.send(request, stop.get_token());
  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::interrupted);
}

TEST_CASE("a client that goes away while a request nobody waits for is in flight", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "/x", {{.fault = Fault::hang}});
  for (int i = 0; i < 20; ++i) {
    HttpClient client({}, real_clock());
    HttpRequest request = get(server);
    request.deadline = 1ms;
    CHECK(client.send(request, {}).error().kind == ErrorKind::timeout);
  }
}

TEST_CASE("a sink gets a good body in pieces, and a refusal stays whole", "[sdk][http]") {
  const std::string body(1 << 20, 'b');
  FaultServer server;
  server.on("GET", "/x", {{.body = body}, {.status = 404, .body = "none"}, {.body = body, .fault = Fault::cut_body}});
  HttpClient client({}, real_clock());
  std::string got;
  HttpRequest request = get(server);
  request.sink = [&](std::string_view piece) { got += piece; };
  Result<HttpResponse> response = client.send(request, {});
  REQUIRE(response);
  CHECK(got == body);
  CHECK(response->body.empty());
  response = client.send(request, {});
  CHECK(response->body == "none");
  CHECK(got == body);
  response = client.send(request, {});
  REQUIRE_FALSE(response);
  CHECK(server.count() == 3);
}

TEST_CASE("a proxy is asked instead of the server", "[sdk][http]") {
  FaultServer proxy;
  proxy.on("GET", "http://cluster.invalid/x", {{.body = "by proxy"}});
  HttpOptions options;
  options.proxy = proxy.url();
  HttpClient client(options, real_clock());
  HttpRequest request;
  request.url = "http://cluster.invalid/x";
  CHECK(client.send(request, {})->body == "by proxy");
}

TEST_CASE("a certificate file that is not there is the user's mistake", "[sdk][http][tls]") {
  FaultServer server({.server = make_certificate("server", {"IP:127.0.0.1"})});
  HttpOptions options;
  options.tls.ca_file = "/nowhere/ca.pem";
  HttpClient client(options, real_clock());
  const Result<HttpResponse> response = client.send(get(server), {});
  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::invalid_input);
  CHECK(response.error().message.starts_with("the CA for " + address(server) + " cannot be read: "));
}

TEST_CASE("only the right CA and name are trusted", "[sdk][http][tls]") {
  const TestCertificate certificate = make_certificate("server", {"DNS:kubernetes", "IP:127.0.0.1"});
  FaultServer server({.server = certificate});
  server.on("GET", "*", {{.body = "ok"}});
  HttpOptions options;
  SECTION("the right CA") {
    options.tls.ca_data = certificate.certificate;
    HttpClient client(options, real_clock());
    CHECK(client.send(get(server), {})->body == "ok");
  }
  SECTION("another CA") {
    options.tls.ca_data = make_certificate("other", {"IP:127.0.0.1"}).certificate;
    HttpClient client(options, real_clock());
    const Result<HttpResponse> response = client.send(get(server), {});
    REQUIRE_FALSE(response);
    CHECK(response.error().kind == ErrorKind::unavailable);
    CHECK(response.error().message ==
          "the certificate of " + address(server) + " is not trusted: self-signed certificate");
    CHECK(response.error().hint == "is the CA the one that signed it, and the name the one it is for?");
    CHECK(server.connections() == 1);
  }
  SECTION("no check at all") {
    options.tls.insecure = true;
    HttpClient client(options, real_clock());
    CHECK(client.send(get(server), {})->body == "ok");
  }
  SECTION("the name in the certificate instead of the host") {
    options.tls.ca_data = certificate.certificate;
    options.tls.server_name = "kubernetes";
    HttpClient client(options, real_clock());
    CHECK(client.send(get(server, "/y?a=b"), {})->body == "ok");
    CHECK(server.seen().at(0).target == "/y?a=b");
    CHECK(server.seen().at(0).header("host") == fmt::format("127.0.0.1:{}", server.port()));
  }
  SECTION("another name") {
    options.tls.ca_data = certificate.certificate;
    options.tls.server_name = "elsewhere";
    HttpClient client(options, real_clock());
    const Result<HttpResponse> response = client.send(get(server), {});
    REQUIRE_FALSE(response);
    CHECK(response.error().message ==
          "the certificate of " + address(server) +
              " is not trusted: no alternative certificate subject name matches target host name 'elsewhere'");
  }
}

TEST_CASE("a client certificate is shown from memory", "[sdk][http][tls]") {
  const TestCertificate certificate = make_certificate("server", {"IP:127.0.0.1"});
  const TestCertificate me = make_certificate("deployer");
  FaultServer server({.server = certificate, .client_ca = me.certificate});
  server.on("GET", "*", {{.body = "ok"}});
  HttpOptions options;
  options.attempts = 1;
  options.tls.ca_data = certificate.certificate;
  SECTION("given") {
    options.tls.certificate_data = me.certificate;
    options.tls.key_data = Secret(me.key);
    HttpClient client(options, real_clock());
    CHECK(client.send(get(server), {})->body == "ok");
    CHECK(server.seen().at(0).client == "deployer");
  }
  SECTION("missing") {
    HttpClient client(options, real_clock());
    const Result<HttpResponse> response = client.send(get(server), {});
    REQUIRE_FALSE(response);
    CHECK(response.error().kind == ErrorKind::unavailable);
  }
  SECTION("not a certificate") {
    options.tls.certificate_data = "nonsense";
    options.tls.key_data = Secret(me.key);
    HttpClient client(options, real_clock());
    const Result<HttpResponse> response = client.send(get(server), {});
    REQUIRE_FALSE(response);
    CHECK(response.error().kind == ErrorKind::invalid_input);
  }
}
