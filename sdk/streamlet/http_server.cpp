// Metrics and probes over HTTP, by civetweb.
#include "sdk/streamlet/http_server.h"

#include <civetweb.h>
#include <fmt/format.h>

#include <mutex>

namespace cloudflow::streamlet {
namespace {

struct StopServer {
  void operator()(mg_context* server) const { mg_stop(server); }
};

int answer(mg_connection* connection, int code, std::string_view type, const std::string& body) {
  const std::string head =
      fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                  code == 200 ? "200 OK" : "503 Service Unavailable", type, body.size());
  mg_write(connection, head.data(), head.size());
  mg_write(connection, body.data(), body.size());
  return code;
}

int probe(mg_connection* connection, const std::function<bool()>& holds) {
  const bool good = holds();
  return answer(connection, good ? 200 : 503, "text/plain; charset=utf-8", good ? "yes\n" : "no\n");
}

int on_metrics(mg_connection* connection, void* answers) {
  return answer(connection, 200, "text/plain; version=0.0.4; charset=utf-8",
                static_cast<HttpAnswers*>(answers)->metrics());
}
int on_live(mg_connection* connection, void* answers) {
  return probe(connection, static_cast<HttpAnswers*>(answers)->is_live);
}
int on_ready(mg_connection* connection, void* answers) {
  return probe(connection, static_cast<HttpAnswers*>(answers)->is_ready);
}

/// What the library complains of; any of its threads may.
struct Complaint {
  std::mutex mutex{};
  std::string text{};
};

int keep_words(const mg_connection* connection, const char* words) {
  Complaint& last = *static_cast<Complaint*>(mg_get_user_data(mg_get_context(connection)));
  const std::scoped_lock lock(last.mutex);
  last.text = words;
  return 1;  // it is written nowhere else
}

}  // namespace

struct HttpServer::State {
  HttpAnswers answers{};
  Complaint last{};
  std::unique_ptr<mg_context, StopServer> server{};
};

Result<std::unique_ptr<HttpServer>> HttpServer::open(const std::string& address, HttpAnswers answers) {
  std::unique_ptr<HttpServer> out(new HttpServer());
  out->state_ = std::make_unique<State>();
  State& state = *out->state_;
  state.answers = std::move(answers);
  const char* options[] = {"listening_ports",    address.c_str(), "num_threads", "2",
                           "request_timeout_ms", "5000",          nullptr};
  mg_callbacks callbacks{};
  callbacks.log_message = keep_words;
  state.server.reset(mg_start(&callbacks, &state.last, options));
  if (!state.server) {
    return failure(ErrorKind::unavailable,
                   fmt::format("cannot serve metrics on port {}{}{}", address, state.last.text.empty() ? "" : ": ",
                               state.last.text),
                   "--http [ADDRESS:]PORT or CLOUDFLOW_HTTP names another one, 0 serves none");
  }
  mg_set_request_handler(state.server.get(), "/metrics$", on_metrics, &state.answers);
  mg_set_request_handler(state.server.get(), "/live$", on_live, &state.answers);
  mg_set_request_handler(state.server.get(), "/ready$", on_ready, &state.answers);
  return out;
}

HttpServer::~HttpServer() = default;

int HttpServer::port() const {
  mg_server_port port{};
  return mg_get_server_ports(state_->server.get(), 1, &port) == 1 ? port.port : 0;
}

}  // namespace cloudflow::streamlet
