// A proxy in front of a real API server.
#include "tests/support/kube_proxy.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>

namespace cloudflow::testing {
namespace {

bool is_write(const SeenRequest& request) {
  return request.method != "GET" && request.target.find("dryRun=All") == std::string::npos &&
         request.body.find("\"dryRun\"") == std::string::npos;
}

/// What is said instead of asking the server.
std::optional<FaultAnswer> own_answer(KubeProxy::Fate fate) {
  const auto refusal = [](int status, const char* reason, const char* words) {
    return FaultAnswer{.status = status, .body = status_body(status, reason, words)};
  };
  switch (fate) {
    case KubeProxy::Fate::lose_request:
      return FaultAnswer{.fault = Fault::close_at_once};
    case KubeProxy::Fate::say_conflict:
      return refusal(409, "Conflict", "the object has been modified; please apply your changes to the latest version");
    case KubeProxy::Fate::say_too_many: {
      FaultAnswer later = refusal(429, "TooManyRequests", "too many requests, please try again later");
      later.headers.emplace_back("Retry-After", "1");
      return later;
    }
    case KubeProxy::Fate::say_too_many_now:
      return refusal(429, "TooManyRequests", "too many requests, please try again later");
    case KubeProxy::Fate::say_internal_error:
      return refusal(500, "InternalError", "etcdserver: request timed out");
    case KubeProxy::Fate::say_unavailable:
      return refusal(503, "ServiceUnavailable", "the server is currently unable to handle the request");
    case KubeProxy::Fate::pass:
    case KubeProxy::Fate::lose_answer:
      break;
  }
  return std::nullopt;
}

/// The text with another machine's id in the place of ours.
std::string moved_elsewhere(std::string text) {
  static const std::string here = [] {
    std::string id;
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::getline(file, id);
    return id;
  }();
  const std::string other(here.size(), '0');
  for (std::size_t at = text.find(here); !here.empty() && at != std::string::npos; at = text.find(here, at))
    text.replace(at, here.size(), other);
  return text;
}

}  // namespace

KubeProxy::KubeProxy(std::string server, TlsOptions tls)
    : server_(std::move(server)), back_({.tls = std::move(tls), .attempts = 1}, real_clock()) {
  front_.otherwise([this](const SeenRequest& request) { return pass_on(request); });
}

void KubeProxy::on_request(std::function<Fate(const SeenRequest&)> hook) {
  const std::scoped_lock lock(mutex_);
  hook_ = std::move(hook);
}

FaultAnswer KubeProxy::pass_on(const SeenRequest& request) {
  std::function<Fate(const SeenRequest&)> hook;
  {
    const std::scoped_lock lock(mutex_);
    hook = hook_;
  }
  const Fate fate = hook ? hook(request) : Fate::pass;
  if (std::optional<FaultAnswer> said = own_answer(fate)) return *std::move(said);
  HttpRequest out{.method = request.method,
                  .url = server_ + request.target,
                  .body = elsewhere_ ? moved_elsewhere(request.body) : request.body};
  for (const char* header : {"accept", "content-type"}) {
    if (const std::string value = request.header(header); !value.empty()) out.headers.emplace(header, value);
  }
  const auto sent = std::chrono::steady_clock::now();
  const Result<HttpResponse> answer = back_.send(out, {});
  if (!answer) return {.status = 502, .body = answer.error().message};
  ++answered_;
  if (is_write(request)) {
    const std::scoped_lock lock(mutex_);
    writes_.push_back({request.method, request.target.substr(0, request.target.find('?')), request.body, answer->status,
                       sent, std::chrono::steady_clock::now()});
  }
  if (fate == Fate::lose_answer) return {.fault = Fault::close_at_once};
  FaultAnswer back{.status = answer->status, .body = answer->body};
  for (const auto& [key, value] : answer->headers) {
    if (key == "warning" || key == "date" || key == "retry-after") back.headers.emplace_back(key, value);
  }
  return back;
}

std::string KubeProxy::kubeconfig() const {
  return fmt::format(R"(apiVersion: v1
kind: Config
current-context: proxy
clusters: [{{name: c, cluster: {{server: "{}"}}}}]
users: [{{name: u, user: {{token: none}}}}]
contexts: [{{name: proxy, context: {{cluster: c, user: u}}}}]
)",
                     url());
}

std::vector<ProxiedWrite> KubeProxy::writes() const {
  const std::scoped_lock lock(mutex_);
  return writes_;
}

}  // namespace cloudflow::testing
