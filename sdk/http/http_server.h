// A small HTTP server.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow {

/// How much of a body has come.
enum class HttpBodyEnd {
  whole,
  too_large,  ///< more than HttpServerSettings::largest_body
  cut,        ///< the client has gone, or says nothing any more
  late,       ///< it has not come within HttpServerSettings::body_within
};

/// What somebody asks for.
struct HttpQuestion {
  std::string method{};
  std::string path{};  ///< "/metrics"; without what is behind "?"
  std::string host{};  ///< as the client calls this server: "127.0.0.1:2050"
  std::string body{};
  HttpBodyEnd body_end = HttpBodyEnd::whole;
};

struct HttpReply {
  int status = 200;    ///< 200, 202, 400, 403, 404, 405, 408, 413, 422, 500 or 503
  std::string type{};  ///< with its charset
  std::string body{};
  std::string headers{};  ///< further ones, each with "\r\n" at its end
};

struct HttpServerSettings {
  std::string address{};         ///< "[ADDRESS:]PORT"; without ADDRESS it listens on all
  int threads = 2;               ///< each serves one connection
  std::size_t largest_body = 0;  ///< 0: bodies are not read
  std::chrono::nanoseconds body_within{std::chrono::seconds(10)};  ///< all of it, after the head
  /// Called by all of them. Nothing: there is nothing under that path.
  std::function<std::optional<HttpReply>(const HttpQuestion& question)> answer{};
};

/// Serves until it goes. A head has 5 s to arrive, and 5 s may be between bytes of a body. Who still sends 5 s after
/// its answer is cut off. Each request has a connection of its own.
class HttpServer {
 public:
  /// unavailable: it cannot listen there; says why, as far as that is known.
  static Result<std::unique_ptr<HttpServer>> open(HttpServerSettings settings);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;

 private:
  HttpServer() = default;
  struct State;
  std::unique_ptr<State> state_{};
};

}  // namespace cloudflow
