// Metrics and probes over HTTP.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudflow/result.h"
#include "sdk/http/http_server.h"

namespace cloudflow::streamlet {

/// What is answered. Called by threads of the server.
struct ProbeAnswers {
  std::function<std::string()> metrics{};  ///< GET /metrics
  std::function<bool()> is_live{};         ///< GET /live: 200 or 503
  std::function<bool()> is_ready{};        ///< GET /ready: 200 or 503
};

/// `address` is "[ADDRESS:]PORT"; without ADDRESS it listens on all.
Result<std::unique_ptr<HttpServer>> serve_probes(const std::string& address, ProbeAnswers answers);

}  // namespace cloudflow::streamlet
