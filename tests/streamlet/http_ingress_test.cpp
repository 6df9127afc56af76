// Values over HTTP, by a client of the outside: curl.
#include "cloudflow/streamlet/http_ingress.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch_all.hpp>
#include <cerrno>
#include <deque>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cloudflow/streamlet/testing.h"
#include "sdk/support/process.h"
#include "tests/streamlet/readings.h"
#include "tests/support/eventually.h"

namespace cloudflow::testing {

/// One that holds others of itself.
struct Node {
  std::vector<Node> in{};
};

}  // namespace cloudflow::testing

template <>
struct cloudflow::streamlet::Schema<cloudflow::testing::Node> : Record<cloudflow::testing::Node> {
  static constexpr auto name = "test.Node";
  static constexpr auto fields = std::tuple{field("in", &cloudflow::testing::Node::in)};
};

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;
using namespace std::chrono_literals;

template <class T, template <class> class Codec>
class Taking : public Streamlet {
 public:
  Outlet<T, Codec> out{*this, "out"};
  HttpIngress http{*this, out, {.largest_body = std::same_as<T, Reading> ? 1000 : 1'000'000}};
};

/// One that waits for bodies for a second.
class Hasty : public Streamlet {
 public:
  Outlet<Reading> out{*this, "out"};
  HttpIngress http{*this, out, {.largest_body = 100'000, .body_within = 1s}};
};

/// A streamlet whose generator is called until it goes.
template <class S>
class Serving {
 public:
  Serving() {
    run_.streamlet().server()->set(0, "127.0.0.1");
    run_.generate(1);  // begins to listen
    port_ = run_.streamlet().server()->number();
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) run_.generate(1);
    });
  }
  ~Serving() { end(); }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  void end() { thread_ = {}; }
  TestRun<S>& run() { return run_; }
  int port() const { return port_; }
  /// "202 BODY", with further words for curl.
  std::string answer(std::vector<std::string> words, const std::string& body = "") const {
    words.insert(words.begin(), {"curl", "-s", "-w", "%{http_code} ", "--max-time", "60", "-o", "-"});
    words.push_back(fmt::format("http://127.0.0.1:{}/any/path", port_));
    const auto ran = run_process({.command = std::move(words), .input = body}, {});
    if (!ran) return ran.error().message;  // no check of Catch2's: clients are threads
    const std::size_t code = ran->output.size() < 4 ? 0 : ran->output.size() - 4;
    return ran->output.substr(code) + ran->output.substr(0, code);
  }
  std::string post(const std::string& body, std::vector<std::string> words = {}) const {
    words.insert(words.end(), {"--data-binary", "@-"});
    return answer(std::move(words), body);
  }

 private:
  TestRun<S> run_{};
  std::jthread thread_{};
  int port_ = 0;
};

template <class T, template <class> class Codec = DefaultCodec>
using Served = Serving<Taking<T, Codec>>;

/// A client that writes by hand, and does not wait.
class SlowClient {
 public:
  explicit SlowClient(int port, const std::string& begin) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(write(begin));
  }
  ~SlowClient() { ::close(socket_); }
  SlowClient(const SlowClient&) = delete;
  SlowClient& operator=(const SlowClient&) = delete;

  /// False when the server takes no more.
  bool write(const std::string& text) const {
    return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
  }
  /// All that came so far; sets `is_over` at its end.
  const std::string& heard() {
    std::array<char, 4096> part{};
    while (!is_over) {
      const ssize_t size = ::recv(socket_, part.data(), part.size(), MSG_DONTWAIT);
      if (size > 0) heard_.append(part.data(), static_cast<std::size_t>(size));
      if (size == 0 || (size < 0 && errno != EAGAIN)) is_over = true;
      if (size < 0) break;
    }
    return heard_;
  }
  bool is_over = false;

 private:
  int socket_;
  std::string heard_{};
};

constexpr const char* reading = R"({"device": "a", "at": 1, "celsius": 2.5})";

}  // namespace

TEST_CASE("a value that is posted comes to the outlet, and what is none is refused with its reason",
          "[streamlet][slow]") {
  Served<Reading> served;
  CHECK(served.post(reading) == "202 ");
  CHECK(served.post(reading, {"-X", "PUT"}) == "202 ");
  CHECK(served.post(reading, {"-H", "Transfer-Encoding: chunked"}) == "202 ");
  CHECK(served.post(reading, {"-H", "Expect: 100-continue"}) == "202 ");
  CHECK(served.post("") == "400 {\"error\":\"there is no body\"}\n");
  CHECK(served.post("{\"device\": \"") == "400 {\"error\":\"the body is no JSON: it goes wrong at byte 13\"}\n");
  CHECK(served.post(R"({"device": "a", "at": 1})") == "400 {\"error\":\"celsius: it is missing\"}\n");
  CHECK(served.post(R"({"device": "a", "at": 1, "celsius": 1, "\u001b[2J": 1})") ==
        "400 {\"error\":\"\\u001b[2J: there is no such field\"}\n");
  CHECK_THAT(served.answer({"-I"}), Catch::Matchers::StartsWith("405 HTTP/1.1 405 Method Not Allowed"));
  CHECK(served.answer({}) == "405 {\"error\":\"values come by POST or PUT\"}\n");
  const std::string too_large = "413 {\"error\":\"the body has more than 1000 bytes\"}\n";
  CHECK(served.post(reading + std::string(1000, ' ')) == too_large);
  CHECK(served.post(reading + std::string(1000, ' '), {"-H", "Transfer-Encoding: chunked"}) == too_large);
  CHECK(served.post(std::string(100'000, ' '), {"-H", "Expect: 100-continue"}) == too_large);
  served.end();
  CHECK(served.run().received<Reading>("out") == std::vector(4, Reading{"a", 1, 2.5}));
}

TEST_CASE("no JSON of a client is too deep or too large for the program", "[streamlet][slow]") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  Served<Json, AsJson> served;
  CHECK(served.post(nested(400)) == "202 ");
  CHECK(served.post("\"" + std::string(600, '[') + "\\\"[\"") == "202 ");
  const std::string too_deep = "400 {\"error\":\"values are too deep inside of each other\"}\n";
  CHECK(served.post(nested(501)) == too_deep);
  CHECK(served.post(nested(400'000)) == too_deep);
  CHECK(served.post(std::string(400'000, '[')) == too_deep);
  CHECK(served.post("[1e999]") == "400 {\"error\":\"a number of the body is too large\"}\n");
  CHECK(served.post("[nan]") == "400 {\"error\":\"the body is no JSON: it goes wrong at byte 3\"}\n");
  served.end();
  CHECK(served.run().received<Json, AsJson>("out").size() == 2);
}

TEST_CASE("a value that holds itself is taken as deep as it may be", "[streamlet][slow]") {
  Served<Node> served;
  const auto nested = [](int depth) {
    std::string out = R"({"in": []})";
    for (int i = 1; i < depth; ++i) out = R"({"in": [)" + out + "]}";
    return out;
  };
  CHECK(served.post(nested(50)) == "202 ");
  CHECK_THAT(served.post(nested(51)), Catch::Matchers::EndsWith(": values are too deep inside of each other\"}\n"));
}

TEST_CASE("JSON of another type is refused in plain words", "[streamlet][slow]") {
  Served<std::map<std::string, int>, AsJson> served;
  CHECK(served.post(R"({"a": 1})") == "202 ");
  CHECK(served.post(R"({"a": "x"})") == "400 {\"error\":\"type must be number, but is string\"}\n");
  CHECK(served.post("{\"a\": \"x") == "400 {\"error\":\"the body is no JSON: it goes wrong at byte 9\"}\n");
}

TEST_CASE("an outlet of bytes takes a body as it is", "[streamlet][slow]") {
  Served<Bytes> served;
  const std::string body("\0{not JSON\n\xFF", 12);
  CHECK(served.post(body) == "202 ");
  CHECK(served.post("") == "202 ");
  served.end();
  CHECK(served.run().received<Bytes>("out") == std::vector{Bytes{body}, Bytes{}});
}

TEST_CASE("many clients at once are all answered", "[streamlet][slow]") {
  Served<Reading> served;
  std::vector<std::jthread> clients;
  std::vector<std::string> answers(100);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    clients.emplace_back(
        [&, i] { answers[i] = served.post(fmt::format(R"({{"device": "d{}", "at": {}, "celsius": 1}})", i, i)); });
  }
  clients.clear();
  CHECK(std::ranges::count(answers, "202 ") == 100);
  served.end();
  std::set<std::int64_t> seen;
  for (const Reading& one : served.run().received<Reading>("out")) seen.insert(one.at);
  CHECK(seen.size() == 100);
}

TEST_CASE("clients that send byte after byte hold a connection for as long as a body may take", "[streamlet][slow]") {
  Serving<Hasty> served;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n{";
  std::deque<SlowClient> clients;
  for (int i = 0; i < 40; ++i) clients.emplace_back(served.port(), head);  // there are 32 connections
  std::atomic<bool> is_answered = false;
  std::string answer;
  const std::jthread good([&] {
    answer = served.post(reading);
    is_answered = true;
  });
  CHECK(eventually([&] {
    for (SlowClient& client : clients) client.write(" ");  // more often than each 5 s
    return is_answered.load();
  }));
  CHECK(answer == "202 ");
  CHECK(eventually([&] {
    for (SlowClient& client : clients) client.write(" ");
    return std::ranges::all_of(clients, [](SlowClient& client) { return client.heard(), client.is_over; });
  }));
  for (SlowClient& client : clients) {
    CHECK_THAT(client.heard(), Catch::Matchers::StartsWith("HTTP/1.1 408 Request Timeout"));
    CHECK_THAT(client.heard(), Catch::Matchers::EndsWith("{\"error\":\"the body has not come within 1 s\"}\n"));
  }
}

TEST_CASE("clients that send the head byte after byte hold a connection for some seconds", "[streamlet][slow]") {
  Serving<Hasty> served;
  std::deque<SlowClient> clients;
  for (int i = 0; i < 40; ++i) clients.emplace_back(served.port(), "POST / HTTP/1.1\r\nX: ");
  std::atomic<bool> is_answered = false;
  std::string answer;
  const std::jthread good([&] {
    answer = served.post(reading);
    is_answered = true;
  });
  CHECK(eventually([&] {
    for (SlowClient& client : clients) client.write("x");
    return is_answered.load();
  }));
  CHECK(answer == "202 ");
  CHECK(eventually([&] {
    for (SlowClient& client : clients) client.write("x");
    return std::ranges::all_of(clients, [](SlowClient& client) { return client.heard(), client.is_over; });
  }));
}

TEST_CASE("who goes on sending after its answer is cut off", "[streamlet][slow]") {
  Serving<Hasty> served;
  SlowClient client(served.port(),
                    "GET /metrics HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 900000000\r\n\r\n");
  CHECK(eventually([&] { return !client.heard().empty(); }));
  CHECK_THAT(client.heard(), Catch::Matchers::StartsWith("HTTP/1.1 405 Method Not Allowed"));
  CHECK(eventually([&] { return !client.write(" "); }));
}

TEST_CASE("a streamlet takes values over HTTP at one place", "[streamlet]") {
  class Twice : public Streamlet {
    Outlet<Bytes> out{*this, "out"};
    HttpIngress one{*this, out};
    HttpIngress two{*this, out};
  };
  CHECK_THROWS_WITH(Twice(), "a streamlet has one ServerPort; an HttpIngress brings its own");
}

}  // namespace cloudflow::testing
