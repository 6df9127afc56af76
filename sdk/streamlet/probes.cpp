// Metrics and probes over HTTP.
#include "sdk/streamlet/probes.h"

#include <fmt/format.h>

namespace cloudflow::streamlet {
namespace {

HttpReply probe(bool good) {
  return {.status = good ? 200 : 503, .type = "text/plain; charset=utf-8", .body = good ? "yes\n" : "no\n"};
}

}  // namespace

Result<std::unique_ptr<HttpServer>> serve_probes(const std::string& address, ProbeAnswers answers) {
  const auto answer = [answers = std::move(answers)](const HttpQuestion& question) -> std::optional<HttpReply> {
    if (question.path == "/metrics")
      return HttpReply{.type = "text/plain; version=0.0.4; charset=utf-8", .body = answers.metrics()};
    if (question.path == "/live") return probe(answers.is_live());
    if (question.path == "/ready") return probe(answers.is_ready());
    return std::nullopt;
  };
  Result<std::unique_ptr<HttpServer>> out = HttpServer::open({.address = address, .answer = answer});
  if (out) return out;
  return failure(out.error().kind, "cannot serve metrics on " + out.error().message,
                 "--http [ADDRESS:]PORT or CLOUDFLOW_HTTP names another one, 0 serves none");
}

}  // namespace cloudflow::streamlet
