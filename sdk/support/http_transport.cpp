// One attempt at one request: the thread that drives libcurl, and the wait for it.
#include "sdk/support/http_transport.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "sdk/support/handle.h"
#include "sdk/support/http_failure.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Curl = Handle<CURL, curl_easy_cleanup>;
using CurlMulti = Handle<CURLM, curl_multi_cleanup>;
using CurlUrl = Handle<CURLU, curl_url_cleanup>;
using HeaderList = Handle<curl_slist, curl_slist_free_all>;

using Time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

/// Initialises libcurl for as long as it lives; libcurl counts.
struct CurlLibrary {
  CurlLibrary() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~CurlLibrary() { curl_global_cleanup(); }
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
};

/// Sets options with the one type that each takes: the varargs of libcurl would read an int or a bool as garbage.
class CurlOptions {
 public:
  explicit CurlOptions(CURL* curl) : curl_(curl) {}
  void set(CURLoption option, long value) { curl_easy_setopt(curl_, option, value); }
  void set(CURLoption option, const std::string& value) { curl_easy_setopt(curl_, option, value.c_str()); }
  void set(CURLoption option, std::chrono::milliseconds value) {
    curl_easy_setopt(curl_, option, static_cast<long>(value.count()));
  }
  template <class T>
  void set(CURLoption option, T* value) {
    curl_easy_setopt(curl_, option, value);
  }
  void set(CURLoption option, double value) = delete;
  void set_size(CURLoption option, std::size_t bytes) {
    curl_easy_setopt(curl_, option, static_cast<curl_off_t>(bytes));
  }
  /// PEM in memory; `text` must outlive the handle.
  void set_blob(CURLoption option, const std::string& text) {
    curl_blob blob{};
    blob.data = const_cast<char*>(text.data());  // libcurl only reads it
    blob.len = text.size();
    blob.flags = CURL_BLOB_NOCOPY;
    curl_easy_setopt(curl_, option, &blob);
  }

 private:
  CURL* curl_;
};

/// One request on its way. The caller keeps it until done or tired of waiting; the I/O thread until it is off the wire.
struct Transfer {
  // Written before it is queued.
  std::string method{};
  std::string url{};
  std::string body{};
  bool streams = false;
  std::size_t largest_body = 0;
  HeaderList headers{};
  HeaderList connect_to{};
  HttpProxy proxy{};
  bool opens = false;  ///< only opens a connection ahead: nobody waits for the answer

  // Of the I/O thread, and of the caller once done.
  Time begun{};  ///< put on the wire, or held back
  Curl curl{};
  std::array<char, CURL_ERROR_SIZE> trouble{};
  HttpResponse response{};
  CURLcode code = CURLE_OK;
  long system_error = 0;
  bool whole_head = false;
  bool too_large = false;

  // Shared.
  std::mutex mutex{};
  std::condition_variable_any changed{};
  std::string arrived{};
  bool done = false;

  /// What the parts of an answer mean, as libcurl hands them over.
  void take_header(std::string_view line);
  /// False when that is more than may come.
  bool take_body(std::string_view bytes);
};

void Transfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // also ends what a 100 or 103 said before
    response = HttpResponse{};
    whole_head = false;
    const std::size_t ns = line.find(' ');
    response.version = std::string(line.substr(5, ns - 5));
    response.status = ns == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(ns + 1)).c_str());
    return;
  }
  if (trimmed(line).empty()) whole_head = true;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string& value = response.headers[lower(line.substr(0, colon))];
  if (!value.empty()) value += ", ";
  value += trimmed(line.substr(colon + 1));
}

bool Transfer::take_body(std::string_view bytes) {
  if (streams && response.status < 300) {
    {
      const std::scoped_lock lock(mutex);
      arrived.append(bytes);
    }
    changed.notify_all();
    return true;
  }
  too_large = bytes.size() > largest_body - response.body.size();
  if (too_large) return false;
  if (response.body.empty()) {
    curl_off_t length = 0;
    constexpr curl_off_t believable = 64 << 20;
    if (curl_easy_getinfo(curl.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK && length > 0) {
      response.body.reserve(static_cast<std::size_t>(std::min(length, believable)));
    }
  }
  response.body.append(bytes);
  return true;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* transfer) {
  static_cast<Transfer*>(transfer)->take_header({data, size * count});
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* transfer) {
  return static_cast<Transfer*>(transfer)->take_body({data, size * count}) ? size * count : 0;
}

void append(HeaderList& list, const std::string& line) {
  curl_slist* const before = list.release();
  curl_slist* const longer = curl_slist_append(before, line.c_str());
  list.reset(longer != nullptr ? longer : before);
}

/// Ends a connection whose other side has vanished (a laptop that slept, a lost route) after a while instead of after
/// the system's quarter of an hour: all streams share it.
int on_socket(void*, curl_socket_t descriptor, curlsocktype) {
#ifdef TCP_USER_TIMEOUT
  const unsigned patience_in_ms = 20'000;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_in_ms, sizeof patience_in_ms);
#endif
  return CURL_SOCKOPT_OK;
}

/// libcurl opens and closes sockets through these two, so that their number is known.
curl_socket_t open_socket(void* count, curlsocktype, curl_sockaddr* address) {
  const curl_socket_t out = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (out != CURL_SOCKET_BAD) ++*static_cast<int*>(count);
  return out;
}
int close_socket(void* count, curl_socket_t descriptor) {
  --*static_cast<int*>(count);
  return ::close(descriptor);
}

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

/// Host and port of a URL, "" when it is none.
std::string host_of(const std::string& url) {
  const CurlUrl parts(curl_url());
  if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
  return part_of(parts.get(), CURLUPART_HOST) + ":" + part_of(parts.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

/// Makes the TLS layer ask for and check another name: libcurl takes it from the URL, so the URL gets that name, and
/// the connection and the Host header keep the real one.
void rename_server(Transfer& transfer, const std::string& server_name) {
  const CurlUrl parts(curl_url());
  if (curl_url_set(parts.get(), CURLUPART_URL, transfer.url.c_str(), 0) != CURLUE_OK) return;
  const std::string host = part_of(parts.get(), CURLUPART_HOST);
  const std::string port = part_of(parts.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  append(transfer.headers, fmt::format("Host: {}:{}", host, port));
  append(transfer.connect_to, fmt::format("{}:{}:{}:{}", server_name, port, host, port));
  curl_url_set(parts.get(), CURLUPART_HOST, server_name.c_str(), 0);
  transfer.url = part_of(parts.get(), CURLUPART_URL);
}

std::string variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  return value == nullptr ? "" : value;
}

HttpProxy proxy_for(const std::string& url, const HttpOptions& options) {
  if (!options.proxy.empty()) return {options.proxy, "proxy-url"};
  const CurlUrl parts(curl_url());
  if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
  return proxy_of_environment(part_of(parts.get(), CURLUPART_SCHEME), part_of(parts.get(), CURLUPART_HOST),
                              part_of(parts.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT), variable,
                              options.proxies_this_machine);
}

std::shared_ptr<Transfer> make_transfer(const HttpRequest& request, const HttpOptions& options) {
  const TlsOptions& tls = options.tls;
  auto transfer = std::make_shared<Transfer>();
  transfer->method = request.method;
  transfer->url = request.url;
  transfer->body = request.body;
  transfer->streams = static_cast<bool>(request.sink);
  transfer->largest_body = request.largest_body;
  transfer->proxy = proxy_for(request.url, options);
  if (!tls.server_name.empty() && request.url.starts_with("https:")) rename_server(*transfer, tls.server_name);
  for (const auto& [key, value] : request.headers) append(transfer->headers, fmt::format("{}: {}", key, value));
  if (!request.authorization.empty()) {
    append(transfer->headers, fmt::format("Authorization: {}", request.authorization.reveal()));
  }
  append(transfer->headers, "Expect:");  // otherwise a large body waits a second for a 100 that never comes
  return transfer;
}

void configure_tls(CurlOptions& curl, const TlsOptions& tls) {
  curl.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (tls.insecure) {
    curl.set(CURLOPT_SSL_VERIFYPEER, 0L);
    curl.set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!tls.ca_data.empty()) {
    curl.set_blob(CURLOPT_CAINFO_BLOB, tls.ca_data);
  } else if (!tls.ca_file.empty()) {
    curl.set(CURLOPT_CAINFO, tls.ca_file);
  }
  if (!tls.certificate_data.empty()) {
    curl.set_blob(CURLOPT_SSLCERT_BLOB, tls.certificate_data);
  } else if (!tls.certificate_file.empty()) {
    curl.set(CURLOPT_SSLCERT, tls.certificate_file);
  }
  if (!tls.key_data.empty()) {
    curl.set_blob(CURLOPT_SSLKEY_BLOB, tls.key_data.reveal());
  } else if (!tls.key_file.empty()) {
    curl.set(CURLOPT_SSLKEY, tls.key_file);
  }
}

void configure(Transfer& transfer, const HttpOptions& options, int& sockets) {
  CurlOptions curl(transfer.curl.get());
  curl.set(CURLOPT_URL, transfer.url);
  curl.set(CURLOPT_PROTOCOLS_STR, std::string("http,https"));
  // Not HTTP/2: with libcurl 7.88 (Debian 12) answers that share a connection may stop where all of their bytes have
  // come, until their deadlines.
  curl.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl.set(CURLOPT_TCP_NODELAY, 1L);
  curl.set(CURLOPT_TCP_KEEPALIVE, 1L);
  curl.set(CURLOPT_SOCKOPTFUNCTION, &on_socket);
  curl.set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  curl.set(CURLOPT_OPENSOCKETDATA, &sockets);
  curl.set(CURLOPT_CLOSESOCKETFUNCTION, &close_socket);
  curl.set(CURLOPT_CLOSESOCKETDATA, &sockets);
  curl.set(CURLOPT_NOSIGNAL, 1L);
  curl.set(CURLOPT_QUICK_EXIT, 1L);  // do not wait for a name lookup that nobody wants any more
  curl.set(CURLOPT_BUFFERSIZE, 256L << 10);
  curl.set(CURLOPT_CONNECTTIMEOUT_MS, options.connect_deadline);
  curl.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl.set(CURLOPT_USERAGENT, options.user_agent);
  if (options.compressed) curl.set(CURLOPT_ACCEPT_ENCODING, std::string("gzip"));
  curl.set(CURLOPT_PROXY, transfer.proxy.url);  // empty: none, whatever the environment says
  curl.set(CURLOPT_NOPROXY, std::string());
  configure_tls(curl, options.tls);
  if (!transfer.body.empty()) {
    curl.set_size(CURLOPT_POSTFIELDSIZE_LARGE, transfer.body.size());
    curl.set(CURLOPT_POSTFIELDS, transfer.body.data());
  }
  if (transfer.method == "HEAD") {
    curl.set(CURLOPT_NOBODY, 1L);
  } else {
    curl.set(CURLOPT_CUSTOMREQUEST, transfer.method);
  }
  curl.set(CURLOPT_HTTPHEADER, transfer.headers.get());
  if (transfer.connect_to) curl.set(CURLOPT_CONNECT_TO, transfer.connect_to.get());
  curl.set(CURLOPT_ERRORBUFFER, transfer.trouble.data());
  curl.set(CURLOPT_HEADERFUNCTION, &on_header);
  curl.set(CURLOPT_HEADERDATA, &transfer);
  curl.set(CURLOPT_WRITEFUNCTION, &on_body);
  curl.set(CURLOPT_WRITEDATA, &transfer);
  curl.set(CURLOPT_PRIVATE, &transfer);
  if (!transfer.opens) return;
  curl.set(CURLOPT_FRESH_CONNECT, 1L);
  curl.set(CURLOPT_TIMEOUT_MS, options.connect_deadline);
}

}  // namespace

/// The I/O thread and what it shares with the callers.
struct HttpTransport::State {
  explicit State(const HttpOptions& http_options) : options(http_options) {
    curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options.connections));
    curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections));
  }

  const HttpOptions& options;
  CurlLibrary library{};
  int sockets = 0;  // open ones; of the I/O thread, and of what ends after it
  CurlMulti multi{curl_multi_init()};
  // Of the I/O thread:
  std::vector<Curl> spare{};
  std::vector<std::shared_ptr<Transfer>> on_the_wire{};
  std::vector<std::shared_ptr<Transfer>> held{};  ///< wait for connections that are being opened
  int opening = 0;                                ///< of those on the wire, how many only open a connection
  int to_open = 0;                                ///< so many connections are wanted in all
  std::optional<HttpRequest> opened_with{};
  std::optional<milliseconds> first_took{};  ///< from the beginning of the first request to its answer

  std::mutex mutex{};
  std::vector<std::shared_ptr<Transfer>> queued{};
  std::vector<std::shared_ptr<Transfer>> unwanted{};
  int expected = 0;  ///< connections, since the I/O thread last looked; 0: nothing new
  std::optional<HttpRequest> opening_request{};
  std::jthread thread{};  // last: it uses all of the above

  void run(const std::stop_token& stop);
  void take_orders();
  void begin(const std::shared_ptr<Transfer>& transfer);
  void begin_or_hold(const std::shared_ptr<Transfer>& transfer);
  void begin_held();
  void open_connections();
  int idle() const;
  void see_distance(const Transfer& transfer);
  milliseconds until_next(Time now) const;
  void settle(const Transfer* which, CURLcode code);
  void collect();
  void add_to(std::vector<std::shared_ptr<Transfer>>& orders, const std::shared_ptr<Transfer>& transfer);
};

void HttpTransport::State::add_to(std::vector<std::shared_ptr<Transfer>>& orders,
                                  const std::shared_ptr<Transfer>& transfer) {
  {
    const std::scoped_lock lock(mutex);
    orders.push_back(transfer);
  }
  curl_multi_wakeup(multi.get());
}

void HttpTransport::State::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi.get()); });
  while (!stop.stop_requested()) {
    take_orders();
    int running = 0;
    curl_multi_perform(multi.get(), &running);
    collect();
    open_connections();
    begin_held();
    curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(until_next(std::chrono::steady_clock::now()).count()),
                    nullptr);
  }
  on_the_wire.insert(on_the_wire.end(), held.begin(), held.end());
  while (!on_the_wire.empty()) settle(on_the_wire.back().get(), CURLE_ABORTED_BY_CALLBACK);
  spare.clear();  // handles go before the multi handle that they were in
}

void HttpTransport::State::take_orders() {
  std::vector<std::shared_ptr<Transfer>> to_begin;
  std::vector<std::shared_ptr<Transfer>> to_end;
  {
    const std::scoped_lock lock(mutex);
    to_begin.swap(queued);
    to_end.swap(unwanted);
    if (expected > 0) {
      to_open = std::max(to_open, std::exchange(expected, 0));
      opened_with = std::exchange(opening_request, std::nullopt);
    }
  }
  for (const std::shared_ptr<Transfer>& transfer : to_begin) begin_or_hold(transfer);
  for (const std::shared_ptr<Transfer>& transfer : to_end) {
    std::erase(held, transfer);
    settle(transfer.get(), CURLE_ABORTED_BY_CALLBACK);
  }
}

/// Connections that nothing is sent over. An address that is tried beside another may count for a moment, too.
int HttpTransport::State::idle() const { return sockets - static_cast<int>(on_the_wire.size()); }

void HttpTransport::State::begin_or_hold(const std::shared_ptr<Transfer>& transfer) {
  if (idle() <= 0 && static_cast<int>(held.size()) < opening) {
    transfer->begun = std::chrono::steady_clock::now();
    held.push_back(transfer);
  } else {
    begin(transfer);
  }
}

void HttpTransport::State::begin_held() {
  const Time now = std::chrono::steady_clock::now();
  while (!held.empty() && (idle() > 0 || static_cast<int>(held.size()) > opening ||
                           (first_took && now - held.front()->begun >= *first_took))) {
    const std::shared_ptr<Transfer> transfer = std::move(held.front());
    held.erase(held.begin());
    begin(transfer);
  }
}

/// Opens what is wanted once it is known that the server is far away.
void HttpTransport::State::open_connections() {
  if (to_open == 0 || (!first_took && on_the_wire.empty())) return;
  const auto waited =
      first_took
          ? *first_took
          : std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - on_the_wire.front()->begun);
  const bool is_far = waited >= options.far_away;
  if (!is_far && !first_took) return;
  const int there = std::max(sockets, static_cast<int>(on_the_wire.size()));
  const int more = std::min(std::exchange(to_open, 0), options.connections) - there;
  for (int i = 0; is_far && i < more; ++i) {
    const std::shared_ptr<Transfer> transfer = make_transfer(*opened_with, options);
    transfer->opens = true;
    ++opening;
    begin(transfer);
  }
}

/// For how long there is nothing to do unless something happens.
milliseconds HttpTransport::State::until_next(Time now) const {
  constexpr milliseconds longest{1000};
  const auto until = [&](Time due) {
    return std::clamp(std::chrono::ceil<milliseconds>(due - now), milliseconds(0), longest);
  };
  if (to_open > 0 && !first_took && !on_the_wire.empty()) return until(on_the_wire.front()->begun + options.far_away);
  if (first_took && !held.empty()) return until(held.front()->begun + *first_took);
  return longest;
}

void HttpTransport::State::begin(const std::shared_ptr<Transfer>& transfer) {
  if (spare.empty()) {
    transfer->curl.reset(curl_easy_init());
  } else {
    transfer->curl = std::move(spare.back());
    spare.pop_back();
    curl_easy_reset(transfer->curl.get());
  }
  configure(*transfer, options, sockets);
  transfer->begun = std::chrono::steady_clock::now();
  on_the_wire.push_back(transfer);
  if (curl_multi_add_handle(multi.get(), transfer->curl.get()) != CURLM_OK) {
    settle(transfer.get(), CURLE_FAILED_INIT);
  }
}

/// What the first answer tells: it waited for name, connection and TLS, too.
void HttpTransport::State::see_distance(const Transfer& transfer) {
  if (first_took || !transfer.whole_head || !transfer.curl) return;
  curl_off_t microseconds = 0;
  if (curl_easy_getinfo(transfer.curl.get(), CURLINFO_STARTTRANSFER_TIME_T, &microseconds) != CURLE_OK) return;
  first_took = std::chrono::duration_cast<milliseconds>(std::chrono::microseconds(microseconds));
}

/// Takes it off the wire, keeps its handle for the next one and wakes the caller.
void HttpTransport::State::settle(const Transfer* which, CURLcode code) {
  const auto found =
      std::find_if(on_the_wire.begin(), on_the_wire.end(), [which](const auto& each) { return each.get() == which; });
  if (found == on_the_wire.end()) return;
  const std::shared_ptr<Transfer> transfer = std::move(*found);
  on_the_wire.erase(found);
  if (transfer->opens) --opening;
  see_distance(*transfer);
  curl_multi_remove_handle(multi.get(), transfer->curl.get());
  curl_easy_getinfo(transfer->curl.get(), CURLINFO_OS_ERRNO, &transfer->system_error);
  // libcurl takes a connection that ends in the middle of the headers for an answer without a body.
  transfer->code = code == CURLE_OK && !transfer->whole_head ? CURLE_GOT_NOTHING : code;
  if (transfer->curl) spare.push_back(std::move(transfer->curl));
  {
    const std::scoped_lock lock(transfer->mutex);
    transfer->done = true;
  }
  transfer->changed.notify_all();
}

void HttpTransport::State::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message is gone once its handle is removed
    const Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    settle(transfer, code);
  }
}

HttpTransport::HttpTransport(const HttpOptions& options) : state_(std::make_unique<State>(options)) {
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

HttpTransport::~HttpTransport() = default;

void HttpTransport::open_ahead(int connections, const HttpRequest& opening) {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->expected = std::max(state_->expected, connections);
    state_->opening_request = opening;
  }
  curl_multi_wakeup(state_->multi.get());
}

HttpAttempt HttpTransport::exchange(const HttpRequest& request, std::chrono::milliseconds time,
                                    const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  const std::shared_ptr<Transfer> transfer = make_transfer(request, state_->options);
  HttpAttempt attempt{.response = failure(ErrorKind::interrupted, "interrupted")};
  state_->add_to(state_->queued, transfer);
  bool done = false;
  while (!done) {
    std::string bytes;
    {
      std::unique_lock lock(transfer->mutex);
      const bool woken = transfer->changed.wait_until(lock, stop, deadline,
                                                      [&] { return transfer->done || !transfer->arrived.empty(); });
      if (!woken) break;
      bytes.swap(transfer->arrived);
      done = transfer->done;
    }
    if (!bytes.empty()) {
      attempt.delivered = true;
      request.sink(bytes);
    }
  }
  if (!done) {
    state_->add_to(state_->unwanted, transfer);
    if (!stop.stop_requested()) {
      attempt.response =
          failure(ErrorKind::timeout, fmt::format("no answer from {} in time", quote(host_of(request.url))));
    }
    return attempt;
  }
  attempt.answered = transfer->whole_head;
  attempt.not_sent = transfer->code == CURLE_COULDNT_CONNECT || transfer->code == CURLE_COULDNT_RESOLVE_HOST;
  if (transfer->code == CURLE_OK) {
    attempt.response = std::move(transfer->response);
    return attempt;
  }
  if (transfer->too_large) {
    attempt.response = failure(ErrorKind::invalid_input,
                               fmt::format("the answer from {} is larger than {} MiB, the most that is read of one",
                                           quote(host_of(request.url)), request.largest_body >> 20U));
    return attempt;
  }
  HttpFailure failed = explain_failure(transfer->code, transfer->system_error, transfer->trouble.data(),
                                       host_of(request.url), transfer->proxy);
  attempt.passing = failed.passing;
  attempt.response = std::unexpected(std::move(failed.error));
  return attempt;
}

}  // namespace cloudflow
