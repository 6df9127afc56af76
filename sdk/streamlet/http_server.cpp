// Metrics and probes over HTTP, by civetweb.
#include "sdk/streamlet/http_server.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>

namespace cloudflow::streamlet {
namespace {

/// Connects to the server and hangs up.
void knock(int port) {
  const int caller = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (caller < 0) return;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  static_cast<void>(::connect(caller, reinterpret_cast<const sockaddr*>(&address), sizeof address));  // NOLINT
  ::close(caller);
}

struct StopServer {
  void operator()(mg_context* server) const {
    mg_server_port port{};
    const bool listens = mg_get_server_ports(server, 1, &port) == 1;
    // The library looks whether it is to stop when somebody connects, else every two seconds.
    const std::jthread knocking([&](const std::stop_token& enough) {
      while (listens && !enough.stop_requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        knock(port.port);
      }
    });
    mg_stop(server);
  }
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
