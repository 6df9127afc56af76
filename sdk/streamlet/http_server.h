// Metrics and probes over HTTP.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow::streamlet {

/// What it answers. Called by its threads.
struct HttpAnswers {
  std::function<std::string()> metrics{};  ///< GET /metrics
  std::function<bool()> is_live{};         ///< GET /live: 200 or 503
  std::function<bool()> is_ready{};        ///< GET /ready: 200 or 503
};

/// Serves until it goes.
class HttpServer {
 public:
  /// `address` is "[ADDRESS:]PORT"; without ADDRESS it listens on all.
  static Result<std::unique_ptr<HttpServer>> open(const std::string& address, HttpAnswers answers);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;

 private:
  HttpServer() = default;
  struct State;
  std::unique_ptr<State> state_{};
};

}  // namespace cloudflow::streamlet
