// A small HTTP server, by civetweb.
#include "sdk/http/http_server.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include "sdk/http/read_deadlines.h"

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

std::string_view status_line(int status) {
  switch (status) {
    case 200:
      return "200 OK";
    case 202:
      return "202 Accepted";
    case 400:
      return "400 Bad Request";
    case 403:
      return "403 Forbidden";
    case 404:
      return "404 Not Found";
    case 405:
      return "405 Method Not Allowed";
    case 408:
      return "408 Request Timeout";
    case 413:
      return "413 Payload Too Large";
    case 422:
      return "422 Unprocessable Content";
    case 500:
      return "500 Internal Server Error";
    default:
      return "503 Service Unavailable";
  }
}

void write(mg_connection* connection, const HttpReply& reply) {
  const std::string head =
      fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n",
                  status_line(reply.status), reply.type, reply.body.size(), reply.headers);
  mg_write(connection, head.data(), head.size());
  // Who asks for the head alone takes a body for the next answer.
  const std::string_view method = mg_get_request_info(connection)->request_method;
  if (method != "HEAD") mg_write(connection, reply.body.data(), reply.body.size());
}

/// Reads what comes after the head.
void read_body(mg_connection* connection, std::size_t largest, HttpQuestion& question) {
  const long long told = mg_get_request_info(connection)->content_length;  // -1 where the head does not say
  const bool is_told_too_large = told > 0 && static_cast<unsigned long long>(told) > largest;
  if (mg_get_header(connection, "Expect") != nullptr) {  // the client waits until it is told to go on
    if (is_told_too_large) {
      question.body_end = HttpBodyEnd::too_large;
      return;
    }
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    mg_write(connection, go_on.data(), go_on.size());
  }
  std::array<char, 16384> part{};
  std::size_t all = 0;
  int length = 0;
  // What is too large is read on for a while: a client that is still writing would not see why it is refused.
  while (all <= 8 * largest && (length = mg_read(connection, part.data(), part.size())) > 0) {
    all += static_cast<std::size_t>(length);
    if (all <= largest) question.body.append(part.data(), static_cast<std::size_t>(length));
  }
  if (is_told_too_large || all > largest) {
    question.body.clear();
    question.body_end = HttpBodyEnd::too_large;
  } else if (length < 0 || (told > 0 && static_cast<unsigned long long>(told) != all)) {
    question.body_end = HttpBodyEnd::cut;
  }
}

/// What the library complains of; any of its threads may.
struct Complaint {
  std::mutex mutex{};
  std::string text{};
};

constexpr auto closing_within = std::chrono::seconds(5);

ConnectionEnds ends_of(const mg_request_info& info) {
  return {.client = info.remote_addr, .client_port = info.remote_port, .server_port = info.server_port};
}

/// What the library is given; it hands it out wherever it calls.
struct Shared {
  Complaint last{};
  ReadDeadlines deadlines{};
};

int keep_words(const mg_connection* connection, const char* words) {
  Complaint& last = static_cast<Shared*>(mg_get_user_data(mg_get_context(connection)))->last;
  const std::scoped_lock lock(last.mutex);
  last.text = words;
  return 1;  // it is written nowhere else
}

void forget(const mg_connection* connection) {
  static_cast<Shared*>(mg_get_user_data(mg_get_context(connection)))->deadlines.forget(connection);
}

}  // namespace

struct HttpServer::State {
  HttpServerSettings settings{};
  Shared shared{};
  std::unique_ptr<mg_context, StopServer> server{};

  static int on_request(mg_connection* connection, void* self) {
    State& state = *static_cast<State*>(self);
    const HttpServerSettings& settings = state.settings;
    ReadDeadlines& deadlines = state.shared.deadlines;
    const char* host = mg_get_header(connection, "Host");
    const mg_request_info& info = *mg_get_request_info(connection);
    HttpQuestion question{.method = info.request_method, .path = info.local_uri, .host = host == nullptr ? "" : host};
    if (settings.largest_body > 0) {
      deadlines.set(connection, ends_of(info), ReadDeadlines::Clock::now() + settings.body_within,
                    ReadDeadlines::Shut::reading);
      read_body(connection, settings.largest_body, question);
      const bool is_late = deadlines.forget(connection);
      if (is_late && question.body_end == HttpBodyEnd::cut) question.body_end = HttpBodyEnd::late;
    }
    const std::optional<HttpReply> reply = settings.answer(question);
    // The library reads what is left of the request before it closes.
    deadlines.set(connection, ends_of(info), ReadDeadlines::Clock::now() + closing_within,
                  ReadDeadlines::Shut::everything);
    if (!reply) return 0;  // the library says that there is nothing
    write(connection, *reply);
    return reply->status;
  }
};

Result<std::unique_ptr<HttpServer>> HttpServer::open(HttpServerSettings settings) {
  std::unique_ptr<HttpServer> out(new HttpServer());
  out->state_ = std::make_unique<State>();
  State& state = *out->state_;
  state.settings = std::move(settings);
  const std::string threads = std::to_string(state.settings.threads);
  const char* options[] = {"listening_ports",
                           state.settings.address.c_str(),
                           "num_threads",
                           threads.c_str(),
                           "request_timeout_ms",
                           "5000",
                           nullptr};
  mg_callbacks callbacks{};
  callbacks.log_message = keep_words;
  callbacks.connection_close = forget;
  state.server.reset(mg_start(&callbacks, &state.shared, options));
  if (!state.server)
    return failure(ErrorKind::unavailable,
                   fmt::format("port {}{}{}", state.settings.address, state.shared.last.text.empty() ? "" : ": ",
                               state.shared.last.text));
  mg_set_request_handler(state.server.get(), "/", State::on_request, &state);
  return out;
}

HttpServer::~HttpServer() = default;

int HttpServer::port() const {
  mg_server_port port{};
  return mg_get_server_ports(state_->server.get(), 1, &port) == 1 ? port.port : 0;
}

}  // namespace cloudflow
