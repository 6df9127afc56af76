// A scripted HTTP/1.1 server on loopback that can misbehave.
//
//   FaultServer server;
//   server.on("GET", "/api/v1/pods*", {{.status = 503}, {.body = "{}"}});   // in turn; the last one stays
//   server.on("PATCH", "*", {{.body = "{…", .fault = Fault::cut_body}});
//   … client talks to server.url() …
//   CHECK(server.count("GET", "/api/v1/pods*") == 2);
//
// Patterns are a whole target (path and query), or end in "*". Later on() calls win. What nothing matches gets a 404.
// Connections are kept alive unless the fault ends them. Safe from any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/test_certificate.h"

namespace cloudflow::testing {

enum class Fault {
  none,
  close_at_once,  ///< reads the request and closes without a byte
  reset,          ///< the same, but with a TCP reset
  cut_headers,    ///< closes in the middle of the headers
  cut_body,       ///< promises the whole body and closes after half of it
  garbage,        ///< answers something that is not HTTP
  hang,           ///< never answers; keeps the connection open until the client closes it or the server ends
};

struct FaultAnswer {
  int status = 200;
  std::string body{};
  std::vector<std::pair<std::string, std::string>>
      headers{};  ///< beside Content-Length, and Content-Type where it is not among them
  Fault fault = Fault::none;
  std::chrono::milliseconds delay{0};  ///< before the answer
};

/// What a client has sent.
struct SeenRequest {
  std::string method{};
  std::string target{};                                        ///< path and query
  std::vector<std::pair<std::string, std::string>> headers{};  ///< keys in lower case, in order
  std::string body{};
  std::string client{};  ///< common name of the client's certificate
  int connection = 0;    ///< counts from 1

  std::string header(const std::string& key) const;  ///< the first one; empty when missing
};

struct FaultTls {
  TestCertificate server{};
  std::string client_ca{};  ///< PEM; asks for a client certificate, and refuses others
};

class FaultServer {
 public:
  FaultServer();  ///< plain
  explicit FaultServer(const FaultTls& tls);
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  /// `method` may be "*".
  void on(const std::string& method, const std::string& pattern, std::vector<FaultAnswer> answers);

  /// Answers what nothing matches; may block, which holds that request alone.
  void otherwise(std::function<FaultAnswer(const SeenRequest&)> answer);

  std::string url() const;  ///< "http://127.0.0.1:PORT"
  int port() const;
  std::vector<SeenRequest> seen() const;
  int count(const std::string& method = "*", const std::string& pattern = "*") const;
  int connections() const;  ///< accepted so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The body of a refusal as an API server writes it.
std::string status_body(int code, const std::string& reason, const std::string& message);

}  // namespace cloudflow::testing
