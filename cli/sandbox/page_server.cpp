// A page of this machine's browser, by civetweb.
#include "cli/sandbox/page_server.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string_view>
#include <thread>

namespace cloudflow {
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

int answer(mg_connection* connection, std::string_view status, std::string_view type, const std::string& body) {
  // Nothing from elsewhere is loaded, and nobody else's page may show it.
  const std::string head = fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: {}; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
      "connect-src 'self'; img-src data:; frame-ancestors 'none'\r\nX-Content-Type-Options: nosniff\r\nConnection: "
      "close\r\n\r\n",
      status, type, body.size());
  mg_write(connection, head.data(), head.size());
  mg_write(connection, body.data(), body.size());
  return 200;
}

int no_words(const mg_connection* /*connection*/, const char* /*words*/) { return 1; }

}  // namespace

struct PageServer::State {
  LocalPort port;
  PageAnswers answers;
  std::unique_ptr<mg_context, StopServer> server{};

  bool is_asked_by_name(mg_connection* connection) const {
    const char* host = mg_get_header(connection, "Host");
    return host != nullptr &&
           (host == fmt::format("127.0.0.1:{}", port.number()) || host == fmt::format("localhost:{}", port.number()));
  }

  static int on_request(mg_connection* connection, void* state) {
    const State& self = *static_cast<State*>(state);
    const std::string_view path = mg_get_request_info(connection)->local_uri;
    if (!self.is_asked_by_name(connection))
      return answer(connection, "403 Forbidden", "text/plain", "ask for 127.0.0.1\n");
    if (path == "/") return answer(connection, "200 OK", "text/html", self.answers.page());
    if (path == "/flow.json") return answer(connection, "200 OK", "application/json", self.answers.data());
    return answer(connection, "404 Not Found", "text/plain", "there is / and /flow.json\n");
  }
};

PageServer::PageServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
PageServer::~PageServer() = default;

Result<std::unique_ptr<PageServer>> PageServer::open(LocalPort port, PageAnswers answers) {
  const std::string address = fmt::format("127.0.0.1:{}", port.number());
  std::unique_ptr<PageServer> out(
      new PageServer(std::make_unique<State>(State{.port = std::move(port), .answers = std::move(answers)})));
  State& state = *out->state_;
  // Browsers open connections in advance, each of which holds a thread until it asks for something.
  const char* options[] = {"listening_ports",    address.c_str(), "num_threads", "8",
                           "request_timeout_ms", "5000",          nullptr};
  mg_callbacks callbacks{};
  callbacks.log_message = no_words;
  state.server.reset(mg_start(&callbacks, nullptr, options));
  if (!state.server) return failure(ErrorKind::unavailable, fmt::format("no page can be served on {}", address));
  mg_set_request_handler(state.server.get(), "/", State::on_request, &state);
  return out;
}

std::string PageServer::address() const { return fmt::format("http://127.0.0.1:{}/", state_->port.number()); }

}  // namespace cloudflow
