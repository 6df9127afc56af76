// A proxy in front of a real API server.
#include "tests/support/kube_proxy.h"

#include <fmt/format.h>

namespace cloudflow::testing {
namespace {

bool is_write(const SeenRequest& request) {
  return request.method != "GET" && request.target.find("dryRun=All") == std::string::npos &&
         request.body.find("\"dryRun\"") == std::string::npos;
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
  if (fate == Fate::lose_request) return {.fault = Fault::close_at_once};
  HttpRequest out{.method = request.method, .url = server_ + request.target, .body = request.body};
  for (const char* header : {"accept", "content-type"}) {
    if (const std::string value = request.header(header); !value.empty()) out.headers.emplace(header, value);
  }
  const Result<HttpResponse> answer = back_.send(out, {});
  if (!answer) return {.status = 502, .body = answer.error().message};
  if (is_write(request)) {
    const std::scoped_lock lock(mutex_);
    writes_.push_back({request.method, request.target.substr(0, request.target.find('?')), request.body, answer->status,
                       std::chrono::steady_clock::now()});
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
