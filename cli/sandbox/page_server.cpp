// A page of this machine's browser.
#include "cli/sandbox/page_server.h"

#include <fmt/format.h>

namespace cloudflow {
namespace {

/// Browsers open connections in advance, each of which holds a thread until it asks for something.
constexpr int threads = 8;

/// Nothing from elsewhere is loaded, and nobody else's page may show it.
constexpr const char* safely =
    "Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; script-src "
    "'unsafe-inline'; connect-src 'self'; img-src data:; frame-ancestors 'none'\r\nX-Content-Type-Options: nosniff\r\n";

HttpReply reply(int status, const std::string& type, std::string body) {
  return {.status = status, .type = type + "; charset=utf-8", .body = std::move(body), .headers = safely};
}

}  // namespace

Result<std::unique_ptr<PageServer>> PageServer::open(LocalPort port, PageAnswers answers) {
  const int number = port.number();
  const std::string address = fmt::format("127.0.0.1:{}", number);
  const auto answer = [answers = std::move(answers), number, address](const HttpQuestion& question) {
    if (question.host != address && question.host != fmt::format("localhost:{}", number))
      return std::optional(reply(403, "text/plain", "ask for 127.0.0.1\n"));
    if (question.path == "/") return std::optional(reply(200, "text/html", answers.page()));
    if (question.path == "/flow.json") return std::optional(reply(200, "application/json", answers.data()));
    return std::optional(reply(404, "text/plain", "there is / and /flow.json\n"));
  };
  Result<std::unique_ptr<HttpServer>> server =
      HttpServer::open({.address = address, .threads = threads, .answer = answer});
  if (!server) return failure_in("no page can be served", std::move(server.error()));
  return std::unique_ptr<PageServer>(new PageServer(std::move(port), *std::move(server)));
}

std::string PageServer::address() const { return fmt::format("http://127.0.0.1:{}/", port_.number()); }

}  // namespace cloudflow
