// The Kubernetes API as blocking calls: get, list, server-side apply, patch, create, replace, delete.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"
#include "providers/kubernetes/api/api_path.h"
#include "providers/kubernetes/api/kubeconfig.h"
#include "sdk/support/clock.h"
#include "sdk/support/http_client.h"

namespace cloudflow {

/// One cause in the details of a refusal. Which fields are set depends on the refusal:
/// 409 of an apply: reason "FieldManagerConflict", field ".spec.replicas", manager "kubectl";
/// 422: reason "FieldValueInvalid", field "spec.selector", message "Invalid value: …: field is immutable".
struct ApiCause {
  std::string reason{};
  std::string field{};
  std::string message{};
  std::string manager{};
};

/// An Error with what a caller may want to know beyond the text. Where a Result<T> is wanted it turns into its Error.
struct ApiError : Error {
  ApiError() = default;
  ApiError(Error error) : Error(std::move(error)) {}  // NOLINT: implicit on purpose, for CF_TRY
  int status = 0;                                     ///< HTTP status; 0 when there was no answer
  std::string reason{};                               ///< metav1.Status: "AlreadyExists", "Conflict", "Invalid" …
  std::string server_message{};                       ///< the server's own words, without what we put in front
  std::vector<ApiCause> causes{};
};

template <class T>
using ApiResult = std::expected<T, ApiError>;

/// An answer with a status below 300.
struct ApiReply {
  int status = 200;
  std::map<std::string, std::string> headers{};  ///< keys in lower case
  std::string body{};
  /// Of the headers "warning": what the server wants the user to know (deprecated versions, unknown fields).
  std::vector<std::string> warnings{};
};

struct ApplyOptions {
  bool force = false;    ///< takes over fields of other managers instead of a 409 that names them
  bool dry_run = false;  ///< answers as if, and changes nothing
  std::string manager = "cloudflow";
  std::vector<std::string>* warnings = nullptr;  ///< where what the server warns of is added
};

struct WriteOptions {
  bool dry_run = false;
  std::string manager = "cloudflow";
  bool needs_lock = true;  ///< asks the fence first
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
};

struct DeleteOptions {
  std::string uid{};               ///< precondition; empty: none
  std::string resource_version{};  ///< precondition; empty: none
  std::string propagation{};       ///< "Background", "Foreground", "Orphan"; empty: the kind's default
  std::optional<int> grace_seconds{};
  bool dry_run = false;
  bool needs_lock = true;  ///< asks the fence first
};

struct ListOptions {
  std::string labels{};        ///< label selector
  std::string fields{};        ///< field selector
  int page = 2000;             ///< objects per answer; 0: all in one
  bool metadata_only = false;  ///< PartialObjectMetadata instead of whole objects
};

/// One answer of a listing.
struct ListPage {
  std::string_view text{};  ///< JSON of a List; its items carry no apiVersion and kind
  /// The listing begins here. May come again, when the server has forgotten the place we were at (410): what was given
  /// before is then void.
  bool first = false;
};

/// What send() takes; the other calls are made of it.
struct ApiRequest {
  std::string method = "GET";
  ApiPath target{};
  std::string query{};  ///< without "?"; values escaped
  std::string body{};
  std::string content_type = "application/json";
  std::string accept = "application/json";
  std::string verb{};  ///< in messages; empty: the method in lower case
  bool idempotent = false;
  bool needs_lock = true;  ///< asks the fence first; what only reads never does
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
};

/// Talks to one API server as one user. Every call blocks and is safe from any thread. Errors say what was done to
/// what, and then the server's own words: `apply deployment "web" in namespace "shop": deployments.apps "web" is
/// forbidden: …`. Kinds: 400, 415 and 422 invalid_input, 401 unauthenticated, 403 denied, 404 not_found, 409 conflict,
/// 410 not_found, 429 and 5xx unavailable; without an answer unavailable, timeout or interrupted.
class ApiClient {
 public:
  /// Does no I/O. `http` gives limits; its tls, proxy and compression come from `access`.
  ApiClient(ClusterAccess access, Clock& clock, HttpOptions http = {});
  ~ApiClient();
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  const ClusterAccess& access() const;
  /// Every write that is sent from here on asks `fence` first, as does each further attempt of it; dry runs do not.
  void guard_writes(Fence fence);

  /// So many calls will soon be made at once: with the next call, connections are opened for them where the server is
  /// far away (HttpClient::expect()).
  void expect(int calls);

  /// Any request; a 401 is answered once with fresh credentials.
  ApiResult<ApiReply> send(const ApiRequest& request, const std::stop_token& stop);

  ApiResult<Json> get(const ApiPath& object, const std::stop_token& stop);
  /// The document as the server wrote it.
  ApiResult<std::string> get_text(const ApiPath& object, const std::stop_token& stop);

  /// Gives every page to `on_page`, in order, on the calling thread, while the next one is on its way.
  /// An error of on_page ends the listing and is returned.
  ApiResult<void> list(const ApiPath& collection, const ListOptions& options,
                       const std::function<Result<void>(const ListPage&)>& on_page, const std::stop_token& stop);

  /// Server-side apply; the object (or what it would be) as it is afterwards. Creates what does not exist.
  /// A metadata.uid or resourceVersion in `body` is a precondition: 409 when it is another.
  ApiResult<Json> apply(const ApiPath& object, const Json& body, const ApplyOptions& options,
                        const std::stop_token& stop);
  /// JSON merge patch (null removes).
  ApiResult<Json> merge_patch(const ApiPath& object, const Json& patch, const WriteOptions& options,
                              const std::stop_token& stop);
  ApiResult<Json> create(const ApiPath& collection, const Json& body, const WriteOptions& options,
                         const std::stop_token& stop);
  /// PUT; its metadata.resourceVersion is the precondition.
  ApiResult<Json> replace(const ApiPath& object, const Json& body, const WriteOptions& options,
                          const std::stop_token& stop);
  /// The object on its way out, or a Status. not_found when it is not there.
  ApiResult<Json> remove(const ApiPath& object, const DeleteOptions& options, const std::stop_token& stop);

 private:
  struct State;
  ApiResult<Json> send_json(const ApiRequest& request, const std::stop_token& stop,
                            std::vector<std::string>* warnings = nullptr);
  std::unique_ptr<State> state_;
};

/// What to do about a 403 with these words of the server; "" where they say it all. Only "cannot VERB resource", or
/// granting what one does not have, is about rights.
std::string_view hint_of_refusal(std::string_view message);

/// The error that an answer is: `doing` in front of the server's words.
ApiError api_error(int status, std::string_view body, std::string_view doing);

}  // namespace cloudflow
