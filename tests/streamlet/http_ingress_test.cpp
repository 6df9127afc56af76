// Values over HTTP, by a client of the outside: curl.
#include "cloudflow/streamlet/http_ingress.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cloudflow/streamlet/testing.h"
#include "sdk/support/process.h"
#include "tests/streamlet/readings.h"

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

template <class T, template <class> class Codec>
class Taking : public Streamlet {
 public:
  Outlet<T, Codec> out{*this, "out"};
  HttpIngress http{*this, out, {.largest_body = std::same_as<T, Reading> ? 1000 : 1'000'000}};
};

/// A streamlet whose generator is called until it goes.
template <class T, template <class> class Codec = DefaultCodec>
class Served {
 public:
  Served() {
    run_.streamlet().server()->set(0, "127.0.0.1");
    run_.generate(1);  // begins to listen
    port_ = run_.streamlet().server()->number();
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) run_.generate(1);
    });
  }
  ~Served() { end(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  void end() { thread_ = {}; }
  TestRun<Taking<T, Codec>>& run() { return run_; }
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
  TestRun<Taking<T, Codec>> run_{};
  std::jthread thread_{};
  int port_ = 0;
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

TEST_CASE("a streamlet takes values over HTTP at one place", "[streamlet]") {
  class Twice : public Streamlet {
    Outlet<Bytes> out{*this, "out"};
    HttpIngress one{*this, out};
    HttpIngress two{*this, out};
  };
  CHECK_THROWS_WITH(Twice(), "a streamlet with an HttpIngress has no other one, and no generate");
}

}  // namespace cloudflow::testing
