// The Kubernetes API as blocking calls, over one HTTP client and one identity.
#include "providers/kubernetes/api/api_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <mutex>

#include "providers/kubernetes/api/credentials.h"
#include "sdk/support/log.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::unexpected<ApiError> failed_in(std::string_view doing, Error error) {
  error.message = std::string(doing) + ": " + error.message;
  return std::unexpected(ApiError(std::move(error)));
}

std::string with_query(std::string_view query, std::string_view more) {
  if (more.empty()) return std::string(query);
  return query.empty() ? std::string(more) : fmt::format("{}&{}", query, more);
}

std::string write_query(const std::string& manager, bool dry_run) {
  return with_query("fieldManager=" + url_escaped(manager), dry_run ? "dryRun=All" : "");
}

/// The texts in `299 - "first", 299 - "second"`.
std::vector<std::string> warnings_in(std::string_view header) {
  std::vector<std::string> out;
  std::string text;
  bool quoted = false;
  for (std::size_t at = 0; at < header.size(); ++at) {
    const char c = header[at];
    if (c == '"') {
      if (quoted) out.push_back(std::exchange(text, {}));
      quoted = !quoted;
    } else if (quoted) {
      if (c == '\\' && at + 1 < header.size()) ++at;
      text += header[at];
    }
  }
  return out;
}

/// Packing a megabyte takes the server 15 ms: longer than a local connection needs for it, less than most others.
bool is_loopback(const std::string& url) {
  const std::string_view host = std::string_view(url).substr(std::min(url.find("://") + 3, url.size()));
  return host.starts_with("127.") || host.starts_with("[::1]") || host.starts_with("localhost:");
}

/// "kubernetes: GET /api/v1/pods: 200 in 12 ms, 1024 bytes, HTTP/1.1"
std::string log_line(const ApiRequest& request, const Result<HttpResponse>& response,
                     std::chrono::steady_clock::duration took) {
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  const std::string what = fmt::format("kubernetes: {} {}", request.method, request.target.path);
  if (!response) return fmt::format("{}: {} after {} ms", what, response.error().message, time);
  return fmt::format("{}: {} in {} ms, {} bytes, HTTP/{}", what, response->status, time, response->body.size(),
                     response->version);
}

std::multimap<std::string, std::string> fixed_headers(const ClusterAccess& access) {
  std::multimap<std::string, std::string> headers;
  if (access.as.empty()) return headers;
  headers.emplace("Impersonate-User", access.as);
  if (!access.as_uid.empty()) headers.emplace("Impersonate-Uid", access.as_uid);
  for (const std::string& group : access.as_groups) headers.emplace("Impersonate-Group", group);
  for (const auto& [key, values] : access.as_extra) {
    for (const std::string& value : values) headers.emplace("Impersonate-Extra-" + url_escaped(key), value);
  }
  return headers;
}

/// A write by a field manager; only a dry run of it may be repeated without knowing how the first one went.
ApiRequest write_request(std::string method, const ApiPath& target, const Json& body, const std::string& manager,
                         bool dry_run) {
  ApiRequest request;
  request.method = std::move(method);
  request.target = target;
  request.query = write_query(manager, dry_run);
  request.body = dump(body);
  request.idempotent = dry_run;
  request.needs_lock = !dry_run;
  return request;
}

ApiRequest write_request(std::string method, const ApiPath& target, const Json& body, const WriteOptions& options) {
  ApiRequest request = write_request(std::move(method), target, body, options.manager, options.dry_run);
  request.needs_lock = request.needs_lock && options.needs_lock;
  request.deadline = options.deadline;
  return request;
}

}  // namespace

struct ApiClient::State {
  State(ClusterAccess cluster_access, Clock& its_clock, HttpOptions limits)
      : access(std::move(cluster_access)),
        clock(its_clock),
        options(std::move(limits)),
        headers(fixed_headers(access)),
        credentials(access, its_clock) {
    options.tls = access.tls;
    options.proxy = access.proxy;
    options.outage_name = "kubernetes";
    options.compressed = !access.disable_compression && !is_loopback(access.server);
  }

  const ClusterAccess access;
  Clock& clock;
  HttpOptions options;
  const std::multimap<std::string, std::string> headers;
  Credentials credentials;

  std::mutex mutex{};
  std::shared_ptr<HttpClient> http{};
  std::string certificate{};  // that `http` was made with
  Fence fence{};
  int expected = 0;  // calls; 0: nothing new

  std::shared_ptr<HttpClient> client_for(const Identity& identity);
  HttpRequest http_request(const ApiRequest& request, const Identity& identity) const;
  void pass_on_expected(HttpClient& http_client, const Identity& identity);
  Result<HttpResponse> attempt(const ApiRequest& request, const Identity& identity, const std::stop_token& stop);
};

/// Connections belong to a client certificate, so another certificate needs another client.
std::shared_ptr<HttpClient> ApiClient::State::client_for(const Identity& identity) {
  const std::scoped_lock lock(mutex);
  if (!http || certificate != identity.certificate) {
    HttpOptions mine = options;
    if (!identity.certificate.empty()) {
      mine.tls.certificate_data = identity.certificate;
      mine.tls.key_data = identity.key;
    }
    http = std::make_shared<HttpClient>(std::move(mine), clock);
    certificate = identity.certificate;
  }
  return http;
}

HttpRequest ApiClient::State::http_request(const ApiRequest& request, const Identity& identity) const {
  HttpRequest out;
  out.method = request.method;
  out.url = access.server + request.target.path + (request.query.empty() ? "" : "?" + request.query);
  out.headers = headers;
  out.headers.emplace("Accept", request.accept);
  if (!request.body.empty()) out.headers.emplace("Content-Type", request.content_type);
  out.authorization = identity.authorization;
  out.body = request.body;
  out.deadline = request.deadline;
  out.idempotent = request.idempotent;
  return out;
}

/// Whoever may talk to the server at all may ask for its version, which costs it nothing.
void ApiClient::State::pass_on_expected(HttpClient& http_client, const Identity& identity) {
  const int calls = [&] {
    const std::scoped_lock lock(mutex);
    return std::exchange(expected, 0);
  }();
  if (calls > 0)
    http_client.expect(calls, http_request({.target = {"/version", "the version of the server"}}, identity));
}

Result<HttpResponse> ApiClient::State::attempt(const ApiRequest& request, const Identity& identity,
                                               const std::stop_token& stop) {
  HttpRequest out = http_request(request, identity);
  if (request.needs_lock && request.method != "GET") {
    const std::scoped_lock lock(mutex);
    out.fence = fence;
  }
  const std::shared_ptr<HttpClient> client = client_for(identity);
  pass_on_expected(*client, identity);
  return client->send(out, stop);
}

ApiClient::ApiClient(ClusterAccess access, Clock& clock, HttpOptions http)
    : state_(std::make_unique<State>(std::move(access), clock, std::move(http))) {}
ApiClient::~ApiClient() = default;

const ClusterAccess& ApiClient::access() const { return state_->access; }

void ApiClient::guard_writes(Fence fence) {
  const std::scoped_lock lock(state_->mutex);
  state_->fence = std::move(fence);
}

void ApiClient::expect(int calls) {
  const std::scoped_lock lock(state_->mutex);
  state_->expected = std::max(state_->expected, calls);
}

ApiResult<ApiReply> ApiClient::send(const ApiRequest& request, const std::stop_token& stop) {
  const std::string doing = (request.verb.empty() ? lower(request.method) : request.verb) + " " + request.target.thing;
  for (bool again = true;; again = false) {
    const Result<Identity> identity = state_->credentials.identity(stop);
    if (!identity) return failed_in(doing, identity.error());
    const auto begun = state_->clock.now();
    Result<HttpResponse> response = state_->attempt(request, *identity, stop);
    if (log::enabled(log::Level::debug)) log::debug(log_line(request, response, state_->clock.now() - begun));
    if (!response) {
      Error error = std::move(response).error();
      const std::string& context = state_->access.context;
      if (error.kind == ErrorKind::unavailable && error.hint.empty() && !context.empty())
        error.hint = fmt::format(
            "context {} of the kubeconfig names this server: is it running, and reachable from here?", quote(context));
      return failed_in(doing, std::move(error));
    }
    if (response->status == 401 && again && state_->credentials.forget(*identity)) continue;
    if (response->status >= 300) {
      ApiError error = api_error(response->status, response->body, doing);
      if (error.status == 401) error.hint = state_->credentials.refused_hint(*identity);
      // It was there, and failed at this twice (an admission webhook that is broken): no outage that passes by waiting.
      if (error.status == 500 && request.method != "GET") error.kind = ErrorKind::unsupported;
      return std::unexpected(std::move(error));
    }
    ApiReply reply{response->status, std::move(response->headers), std::move(response->body), {}};
    const auto warning = reply.headers.find("warning");
    if (warning != reply.headers.end()) reply.warnings = warnings_in(warning->second);
    return reply;
  }
}

ApiResult<std::string> ApiClient::get_text(const ApiPath& object, const std::stop_token& stop) {
  ApiRequest request;
  request.target = object;
  request.idempotent = true;
  CF_TRY(ApiReply reply, send(request, stop));
  return std::move(reply.body);
}

ApiResult<Json> ApiClient::send_json(const ApiRequest& request, const std::stop_token& stop,
                                     std::vector<std::string>* warnings) {
  CF_TRY(ApiReply reply, send(request, stop));
  if (warnings != nullptr) std::ranges::move(reply.warnings, std::back_inserter(*warnings));
  CF_TRY(Json answer, parse_json(reply.body, "the answer for " + request.target.thing));
  return answer;
}

ApiResult<Json> ApiClient::get(const ApiPath& object, const std::stop_token& stop) {
  ApiRequest request;
  request.target = object;
  request.idempotent = true;
  return send_json(request, stop);
}

ApiResult<Json> ApiClient::apply(const ApiPath& object, const Json& body, const ApplyOptions& options,
                                 const std::stop_token& stop) {
  ApiRequest request = write_request("PATCH", object, body, options.manager, options.dry_run);
  request.verb = "apply";
  if (options.force) request.query = with_query(request.query, "force=true");
  request.content_type = "application/apply-patch+yaml";  // of which JSON is a part
  request.idempotent = true;
  return send_json(request, stop, options.warnings);
}

ApiResult<Json> ApiClient::merge_patch(const ApiPath& object, const Json& patch, const WriteOptions& options,
                                       const std::stop_token& stop) {
  ApiRequest request = write_request("PATCH", object, patch, options);
  request.content_type = "application/merge-patch+json";
  request.idempotent = true;
  return send_json(request, stop);
}

ApiResult<Json> ApiClient::create(const ApiPath& collection, const Json& body, const WriteOptions& options,
                                  const std::stop_token& stop) {
  ApiRequest request = write_request("POST", collection, body, options);
  request.verb = "create";
  return send_json(request, stop);
}

ApiResult<Json> ApiClient::replace(const ApiPath& object, const Json& body, const WriteOptions& options,
                                   const std::stop_token& stop) {
  // Not idempotent: with its precondition, a second one would be a conflict with the first.
  ApiRequest request = write_request("PUT", object, body, options);
  request.verb = "replace";
  return send_json(request, stop);
}

ApiResult<Json> ApiClient::remove(const ApiPath& object, const DeleteOptions& options, const std::stop_token& stop) {
  Json body = {{"kind", "DeleteOptions"}, {"apiVersion", "v1"}};
  if (!options.uid.empty()) body["preconditions"]["uid"] = options.uid;
  if (!options.resource_version.empty()) body["preconditions"]["resourceVersion"] = options.resource_version;
  if (!options.propagation.empty()) body["propagationPolicy"] = options.propagation;
  if (options.grace_seconds) body["gracePeriodSeconds"] = *options.grace_seconds;
  if (options.dry_run) body["dryRun"] = Json::array({"All"});
  ApiRequest request;
  request.method = "DELETE";
  request.target = object;
  request.body = dump(body);
  request.idempotent = options.dry_run || !options.uid.empty();
  request.needs_lock = options.needs_lock && !options.dry_run;
  return send_json(request, stop);
}

}  // namespace cloudflow
