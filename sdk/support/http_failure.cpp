// Why there was no answer, in words.
#include "sdk/support/http_failure.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <optional>
#include <system_error>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// libcurl's text without the frame that says nothing new.
std::string_view bare(std::string_view detail) {
  for (const std::string_view frame : {"SSL certificate problem: ", "SSL: ", "OpenSSL SSL_connect: "}) {
    if (detail.starts_with(frame)) return detail.substr(frame.size());
  }
  return detail;
}

/// "connection refused"
std::string words_of(long system_error) {
  return lower(std::generic_category().message(static_cast<int>(system_error)));
}

HttpFailure passing(std::string message) { return {{ErrorKind::unavailable, std::move(message)}, true}; }

HttpFailure lasting(ErrorKind kind, std::string message, std::string hint = {}) {
  return {{kind, std::move(message), std::nullopt, std::move(hint)}, false};
}

/// What the proxy keeps from happening; nothing where it is not its fault for certain.
std::optional<HttpFailure> failure_of_proxy(int code, long system_error, const std::string& said,
                                            const std::string& proxy, const std::string& to) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
      return passing(fmt::format("the name of the proxy {} on the way to {} cannot be resolved", proxy, to));
    case CURLE_COULDNT_CONNECT:
      return passing(fmt::format("cannot connect to the proxy {} on the way to {}: {}", proxy, to,
                                 system_error == 0 ? said : words_of(system_error)));
    case CURLE_OPERATION_TIMEDOUT:
      return passing(fmt::format("cannot connect to {} through the proxy {} in time", to, proxy));
    case CURLE_RECV_ERROR:
    case CURLE_PROXY:
      if (said.find("CONNECT") == std::string::npos && code != CURLE_PROXY) return std::nullopt;
      return lasting(ErrorKind::unavailable, fmt::format("the proxy {} does not let us to {}: {}", proxy, to, said));
    default:
      return std::nullopt;
  }
}

}  // namespace

HttpFailure explain_failure(int code, long system_error, std::string_view detail, std::string_view host,
                            const HttpProxy& proxy) {
  const std::string said(bare(detail.empty() ? curl_easy_strerror(static_cast<CURLcode>(code)) : detail));
  const std::string to = quote(host);
  if (!proxy.url.empty()) {
    const std::string name = quote(proxy_host(proxy.url));
    auto failed = failure_of_proxy(code, system_error, said, name, to);
    if (!failed) {
      failed = explain_failure(code, system_error, detail, host);
      failed->error.message += fmt::format(" (through the proxy {})", name);
    }
    if (failed->error.hint.empty() && failed->error.kind != ErrorKind::interrupted)
      failed->error.hint = fmt::format("{} names the proxy", proxy.from);
    return *failed;
  }
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return passing(fmt::format("the name of {} cannot be resolved", to));
    case CURLE_COULDNT_RESOLVE_PROXY:
      return passing(fmt::format("the name of the proxy on the way to {} cannot be resolved", to));
    case CURLE_COULDNT_CONNECT:
      return passing(fmt::format("cannot connect to {}: {}", to, system_error == 0 ? said : words_of(system_error)));
    case CURLE_OPERATION_TIMEDOUT:
      return passing(fmt::format("cannot connect to {} in time", to));
    case CURLE_PEER_FAILED_VERIFICATION:
      return lasting(ErrorKind::unavailable, fmt::format("the certificate of {} is not trusted: {}", to, said),
                     "is the CA the one that signed it, and the name the one it is for?");
    case CURLE_SSL_CACERT_BADFILE:
      return lasting(ErrorKind::invalid_input, fmt::format("the CA for {} cannot be read: {}", to, said));
    case CURLE_SSL_CERTPROBLEM:
      return lasting(ErrorKind::invalid_input,
                     fmt::format("the client certificate or key for {} cannot be used: {}", to, said));
    case CURLE_SSL_CONNECT_ERROR:
      return passing(fmt::format("no TLS connection to {}: {}", to, said));
    case CURLE_UNSUPPORTED_PROTOCOL:
      if (said.find("HTTP/0.9") != std::string::npos)
        return lasting(ErrorKind::unavailable, to + " does not speak HTTP");
      [[fallthrough]];
    case CURLE_URL_MALFORMAT:
      return lasting(ErrorKind::invalid_input, fmt::format("the address {} is not an http or https URL", to));
    case CURLE_GOT_NOTHING:
      return passing(fmt::format("{} closed the connection before it answered", to));
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP2:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return passing(fmt::format("the connection to {} was cut off: {}", to, said));
    case CURLE_WEIRD_SERVER_REPLY:
      return lasting(ErrorKind::unavailable, fmt::format("{} does not speak HTTP: {}", to, said));
    case CURLE_ABORTED_BY_CALLBACK:
      return lasting(ErrorKind::interrupted, "interrupted");
    default:
      return passing(fmt::format("no answer from {}: {}", to, said));
  }
}

}  // namespace cloudflow
