// HTTP for many threads at once: connections that are used again, deadlines, retries, and a concurrency that adapts to
// what the server can bear.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "cloudflow/result.h"
#include "sdk/support/clock.h"
#include "sdk/support/fence.h"
#include "sdk/support/secret.h"

namespace cloudflow {

/// Whom we trust and who we are. Data (PEM) wins over files; data is handed over in memory and never touches the disk.
struct TlsOptions {
  std::string ca_file{};  ///< empty, without ca_data: what the system trusts
  std::string ca_data{};
  std::string certificate_file{};
  std::string certificate_data{};
  std::string key_file{};
  Secret key_data{};
  std::string server_name{};  ///< expected in the certificate instead of the URL's host
  bool insecure = false;      ///< accepts any certificate
};

struct HttpOptions {
  TlsOptions tls{};
  std::string proxy{};  ///< URL; empty: as http_proxy, https_proxy and no_proxy say (sdk/support/http_proxy.h)
  bool proxies_this_machine = false;  ///< asks a proxy of the environment for this machine, too, as git does
  std::string user_agent = "cloudflow";
  bool compressed = false;  ///< asks for gzip; slower than plain over loopback and fast networks
  int connections = 32;     ///< at most so many
  /// A server whose first answer takes longer is far away: only there connections are opened ahead (expect()).
  std::chrono::milliseconds far_away = std::chrono::milliseconds(30);
  int concurrency = 64;  ///< requests in flight; halved on 429, grows again with every success
  int attempts = 6;      ///< at most so many for one request
  std::chrono::milliseconds backoff = std::chrono::milliseconds(100);  ///< upper bound of the first wait; doubles
  std::chrono::milliseconds longest_backoff = std::chrono::seconds(10);
  std::chrono::milliseconds connect_deadline = std::chrono::seconds(15);
  /// Set: a server that has answered before, and then cannot be reached, is waited for until the deadline of a request
  /// whatever `attempts` says, because it is being restarted; said under this name (sdk/support/outage.h).
  std::string outage_name{};
};

struct HttpRequest {
  std::string method = "GET";
  std::string url{};
  std::multimap<std::string, std::string> headers{};
  Secret authorization{};  ///< value of that header
  std::string body{};
  /// For the whole of it: waiting for a free slot, every attempt, and the pauses between them.
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
  /// Doing it twice is the same as doing it once: may be tried again when nobody knows whether it was done.
  /// Any request is tried again on 429, where the server says that it was not, and where no connection came about.
  /// libcurl itself sends any request again when a connection that was used before ends without a byte of an answer: a
  /// server may then see it twice, so whoever changes something names what it has seen (a precondition).
  bool idempotent = false;
  /// An answer with a larger body (unpacked) is an error; for bodies that are kept, not for a sink. A page of a list of
  /// 10,000 objects has 60 to 100 MB where the server ignores that fewer are asked for.
  std::size_t largest_body = 128U << 20;
  /// Given a successful body (status below 300) piece by piece while it arrives, on the calling thread; `body` of the
  /// response then stays empty. Once it has been called, the request is not tried again.
  std::function<void(std::string_view)> sink{};
  /// Asked before every attempt; its error is the answer.
  Fence fence{};
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers{};  ///< keys in lower case; repeated ones joined by ", "
  std::string body{};
  std::string version{};  ///< "1.1" or "2"
};

/// Sends requests from any thread. Every status is a response; an Error means that there was none:
/// unavailable (name, connection, TLS, cut off), timeout (the deadline passed: the outcome is unknown), interrupted.
class HttpClient {
 public:
  HttpClient(HttpOptions options, Clock& clock);
  /// Ends what is still in flight. No thread may be inside send().
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Blocks until answered, the deadline, or `stop`.
  Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop);

  /// So many requests will soon be on their way at once. Where the server is far away and has fewer connections, the
  /// others are opened now, each with a request like `opening`, whose answer nobody reads; a request that finds all
  /// connections taken waits for one of these, but no longer than it would take to open another. Does not block.
  void expect(int requests, const HttpRequest& opening);

  /// Requests allowed in flight right now; falls on 429.
  int concurrency() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow
