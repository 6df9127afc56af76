// One attempt at one request: the thread that drives libcurl, and the wait for it.
#pragma once

#include <memory>

#include "sdk/support/http_client.h"

namespace cloudflow {

/// How one attempt ended.
struct HttpAttempt {
  Result<HttpResponse> response{};
  bool passing = false;    ///< an error that may not come back (refused, reset, cut off), unlike a wrong certificate
  bool not_sent = false;   ///< no connection came about
  bool answered = false;   ///< the head of an answer has come, whatever went wrong then
  bool delivered = false;  ///< the sink has been given something
};

/// Owns the connections. Calls come from any thread; one thread of its own does all the I/O.
class HttpTransport {
 public:
  /// `options` must outlive it.
  explicit HttpTransport(const HttpOptions& options);
  ~HttpTransport();
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  /// As HttpClient::expect() says.
  void open_ahead(int connections, const HttpRequest& opening);

  HttpAttempt exchange(const HttpRequest& request, std::chrono::milliseconds time, const std::stop_token& stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow
