// Why there was no answer, in words.
#pragma once

#include <string>
#include <string_view>

#include "cloudflow/result.h"
#include "sdk/support/http_proxy.h"

namespace cloudflow {

/// An error of the transport, and whether trying again may help.
struct HttpFailure {
  Error error{};
  bool passing = false;
};

/// `code` is libcurl's, `system_error` the errno behind it or 0, `detail` its own text (which carries what OpenSSL
/// said), `host` is "name:port", `proxy` what was asked instead of it, or nothing.
HttpFailure explain_failure(int code, long system_error, std::string_view detail, std::string_view host,
                            const HttpProxy& proxy = {});

}  // namespace cloudflow
