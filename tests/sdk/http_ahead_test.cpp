// Connections that are opened before they are needed.
#include <atomic>
#include <catch2/catch_all.hpp>
#include <condition_variable>
#include <future>
#include <mutex>

#include "sdk/support/http_client.h"
#include "tests/support/eventually.h"
#include "tests/support/fault_server.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using namespace std::chrono_literals;

namespace {

HttpRequest get(const FaultServer& server, const std::string& path) {
  HttpRequest request;
  request.url = server.url() + path;
  request.idempotent = true;
  return request;
}

/// Every server counts as far away, or none does.
HttpOptions far(bool always = true) {
  HttpOptions options;
  options.far_away = always ? 0ms : std::chrono::duration_cast<std::chrono::milliseconds>(1h);
  return options;
}

/// A server that answers only what was let go.
class Gate {
 public:
  explicit Gate(FaultServer& server) {
    server.otherwise([shared = shared_](const SeenRequest& seen) {
      const bool opens = seen.target == "/open";
      std::unique_lock lock(shared->mutex);
      shared->changed.wait(lock, [&] { return shared->ended || (opens ? shared->openings : shared->requests); });
      return FaultAnswer{.body = "ok", .fault = opens ? shared->fault.load() : Fault::none};
    });
  }
  ~Gate() { let(shared_->ended); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void let_openings(Fault fault = Fault::none) {
    shared_->fault = fault;
    let(shared_->openings);
  }
  void let_requests() { let(shared_->requests); }

 private:
  struct Shared {
    std::mutex mutex{};
    std::condition_variable changed{};
    std::atomic<Fault> fault = Fault::none;
    bool openings = false;
    bool requests = false;
    bool ended = false;
  };
  void let(bool& which) {
    {
      const std::scoped_lock lock(shared_->mutex);
      which = true;
    }
    shared_->changed.notify_all();
  }
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

int connection_of(const FaultServer& server, const std::string& target) {
  for (const SeenRequest& one : server.seen()) {
    if (one.target == target) return one.connection;
  }
  return 0;
}

}  // namespace

TEST_CASE("connections to a server that is far away are opened before they are needed", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "*", {{.body = "ok"}});
  HttpClient client(far(), real_clock());
  client.expect(4, get(server, "/open"));
  REQUIRE(client.send(get(server, "/first"), {}));
  REQUIRE(eventually([&] { return server.count("GET", "/open") == 3; }));
  CHECK(server.connections() == 4);
  client.expect(4, get(server, "/open"));  // they are there
  REQUIRE(client.send(get(server, "/last"), {}));
  CHECK(server.connections() == 4);
  CHECK(server.count("GET", "/open") == 3);
}

TEST_CASE("a server that is near gets no connection before it is needed", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "*", {{.body = "ok"}});
  HttpClient client(far(false), real_clock());
  client.expect(8, get(server, "/open"));
  for (int i = 0; i < 20; ++i) REQUIRE(client.send(get(server, "/x"), {}));
  client.expect(8, get(server, "/open"));
  for (int i = 0; i < 20; ++i) REQUIRE(client.send(get(server, "/x"), {}));
  CHECK(server.connections() == 1);
  CHECK(server.count() == 40);
}

TEST_CASE("no more connections are opened ahead than a client may have", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "*", {{.body = "ok"}});
  HttpOptions options = far();
  options.connections = 3;
  HttpClient client(options, real_clock());
  client.expect(100, get(server, "/open"));
  REQUIRE(client.send(get(server, "/first"), {}));
  REQUIRE(eventually([&] { return server.count("GET", "/open") == 2; }));
  for (int i = 0; i < 20; ++i) REQUIRE(client.send(get(server, "/x"), {}));
  CHECK(server.connections() == 3);
}

TEST_CASE("a request takes the connection that is being opened for it", "[sdk][http]") {
  FaultServer server;
  Gate gate(server);
  HttpClient client(far(), real_clock());
  client.expect(2, get(server, "/open"));
  std::future<bool> first = std::async([&] { return client.send(get(server, "/first"), {}).has_value(); });
  REQUIRE(eventually([&] { return server.count("GET", "/open") == 1; }));
  std::future<bool> second = std::async([&] { return client.send(get(server, "/second"), {}).has_value(); });
  const auto is_sent = [&] { return server.count("GET", "/second") == 1; };
  SECTION("once it is there") {
    gate.let_openings();
    CHECK(eventually(is_sent));
    CHECK(connection_of(server, "/second") == connection_of(server, "/open"));
  }
  SECTION("or another one, where it does not come about") {
    gate.let_openings(Fault::reset);
    CHECK(eventually(is_sent));
  }
  SECTION("or another one, where it takes longer than the first one did") {
    gate.let_requests();
    CHECK(eventually(is_sent));
    CHECK(connection_of(server, "/second") != connection_of(server, "/open"));
  }
  gate.let_requests();
  CHECK(second.get());
  CHECK(first.get());
}

TEST_CASE("a client ends while connections are being opened", "[sdk][http]") {
  FaultServer server;
  server.on("GET", "/open", {{.fault = Fault::hang}});
  server.on("GET", "/first", {{.body = "ok"}});
  HttpClient client(far(), real_clock());
  client.expect(8, get(server, "/open"));
  CHECK(client.send(get(server, "/first"), {}));
  CHECK(eventually([&] { return server.count("GET", "/open") == 7; }));
}

TEST_CASE("a request that waits for a connection ends with its deadline", "[sdk][http]") {
  FaultServer server;
  Gate gate(server);
  HttpClient client(far(), real_clock());
  client.expect(2, get(server, "/open"));
  std::future<bool> first = std::async([&] { return client.send(get(server, "/first"), {}).has_value(); });
  REQUIRE(eventually([&] { return server.count("GET", "/open") == 1; }));
  HttpRequest hurried = get(server, "/hurried");
  hurried.deadline = 100ms;
  const Result<HttpResponse> answer = client.send(hurried, {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::timeout);
  CHECK(server.count("GET", "/hurried") == 0);
  gate.let_requests();
  gate.let_openings();
  CHECK(first.get());
}
