// A scripted HTTP/1.1 server on loopback that can misbehave.
#include "tests/support/fault_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "cloudflow/json.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow::testing {
namespace {

using Bio = Handle<BIO, BIO_free_all>;
using Context = Handle<SSL_CTX, SSL_CTX_free>;
using Session = Handle<SSL, SSL_free>;
using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Handle<X509, X509_free>;

bool matches(const std::string& pattern, const std::string& text) {
  return pattern.ends_with('*') ? text.starts_with(pattern.substr(0, pattern.size() - 1)) : text == pattern;
}

/// One client, plain or TLS. The descriptor is closed by who accepted it.
class Connection {
 public:
  Connection(int descriptor, SSL_CTX* context) : descriptor_(descriptor) {
    if (context == nullptr) return;
    session_.reset(SSL_new(context));
    SSL_set_fd(session_.get(), descriptor);
    ready_ = SSL_accept(session_.get()) == 1;
    ERR_clear_error();
  }
  bool ready() const { return ready_; }

  /// Up to and without `end`; empty when the client has gone.
  std::string read_until(const std::string& end) {
    std::size_t at = 0;
    while ((at = buffer_.find(end)) == std::string::npos) {
      if (!more()) return {};
    }
    std::string out = buffer_.substr(0, at);
    buffer_.erase(0, at + end.size());
    return out;
  }

  std::string read_bytes(std::size_t count) {
    while (buffer_.size() < count && more()) {
    }
    std::string out = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return out;
  }

  bool more() {
    std::array<char, 16384> block{};
    const long got = session_ ? SSL_read(session_.get(), block.data(), static_cast<int>(block.size()))
                              : ::recv(descriptor_, block.data(), block.size(), 0);
    if (got <= 0) return false;
    buffer_.append(block.data(), static_cast<std::size_t>(got));
    return true;
  }

  void write(const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
      const std::size_t left = text.size() - sent;
      const long put = session_ ? SSL_write(session_.get(), text.data() + sent, static_cast<int>(left))
                                : ::send(descriptor_, text.data() + sent, left, MSG_NOSIGNAL);
      if (put <= 0) return;
      sent += static_cast<std::size_t>(put);
    }
  }

  void reset_on_close() const {
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

  std::string client_name() const {
    if (!session_) return {};
    const Certificate certificate(SSL_get1_peer_certificate(session_.get()));
    if (!certificate) return {};
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
  }

 private:
  int descriptor_;
  Session session_{};
  bool ready_ = true;
  std::string buffer_{};
};

Context make_context(const FaultTls& tls) {
  Context context(SSL_CTX_new(TLS_server_method()));
  const auto pem = [](const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  };
  const Certificate certificate(PEM_read_bio_X509(pem(tls.server.certificate).get(), nullptr, nullptr, nullptr));
  const Key key(PEM_read_bio_PrivateKey(pem(tls.server.key).get(), nullptr, nullptr, nullptr));
  SSL_CTX_use_certificate(context.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  if (!tls.client_ca.empty()) {
    const Certificate client(PEM_read_bio_X509(pem(tls.client_ca).get(), nullptr, nullptr, nullptr));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), client.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

std::string head_of(const FaultAnswer& answer) {
  std::string head = fmt::format("HTTP/1.1 {} Scripted\r\n", answer.status);
  const bool typed = std::ranges::any_of(answer.headers, [](const auto& each) { return each.first == "Content-Type"; });
  if (!typed) head += "Content-Type: application/json\r\n";
  if (answer.status != 204 && answer.status != 304) head += fmt::format("Content-Length: {}\r\n", answer.body.size());
  for (const auto& [key, value] : answer.headers) head += fmt::format("{}: {}\r\n", key, value);
  return head + "\r\n";
}

}  // namespace

std::string SeenRequest::header(const std::string& key) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& each) { return each.first == key; });
  return found == headers.end() ? "" : found->second;
}

struct FaultServer::State {
  struct Rule {
    std::string method{};
    std::string pattern{};
    std::vector<FaultAnswer> answers{};
    std::size_t next = 0;
  };

  Context context{};
  int listener = -1;
  int port = 0;

  mutable std::mutex mutex{};
  std::condition_variable_any changed{};
  std::vector<Rule> rules{};
  std::function<FaultAnswer(const SeenRequest&)> otherwise{};
  std::vector<SeenRequest> seen{};
  std::vector<int> open{};
  int accepted = 0;
  std::list<std::jthread> threads{};
  std::jthread acceptor{};

  void listen();
  void accept_all();
  void serve(int descriptor, int number, const std::stop_token& stop);
  bool serve_one(Connection& connection, int number, const std::stop_token& stop);
  FaultAnswer answer_for(const SeenRequest& request);
  void close(int descriptor);
};

void FaultServer::State::listen() {
  listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, generic, size) != 0 || ::listen(listener, 128) != 0 ||
      ::getsockname(listener, generic, &size) != 0) {
    throw std::runtime_error("the fault server cannot listen");
  }
  port = ntohs(address.sin_port);
  acceptor = std::jthread([this] { accept_all(); });
}

void FaultServer::State::accept_all() {
  for (;;) {
    const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    const std::scoped_lock lock(mutex);
    open.push_back(descriptor);
    const int number = ++accepted;
    threads.emplace_back([this, descriptor, number](const std::stop_token& stop) { serve(descriptor, number, stop); });
  }
}

void FaultServer::State::serve(int descriptor, int number, const std::stop_token& stop) {
  sigset_t pipe_signal{};
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);  // SSL_write has no MSG_NOSIGNAL
  pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
  {
    Connection connection(descriptor, context.get());
    while (connection.ready() && !stop.stop_requested() && serve_one(connection, number, stop)) {
    }
  }
  close(descriptor);
}

/// False when the connection ends here.
bool FaultServer::State::serve_one(Connection& connection, int number, const std::stop_token& stop) {
  std::vector<std::string> lines = split(connection.read_until("\r\n\r\n"), '\n');
  const std::vector<std::string> first = split(lines.front(), ' ');
  if (first.size() < 2) return false;
  SeenRequest request{first[0], first[1], {}, {}, connection.client_name(), number};
  lines.erase(lines.begin());
  for (const std::string& line : lines) {
    const std::size_t colon = std::min(line.find(':'), line.size() - 1);
    request.headers.emplace_back(lower(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1))));
  }
  if (const std::string length = request.header("content-length"); !length.empty()) {
    request.body = connection.read_bytes(std::stoul(length));
  }
  const FaultAnswer answer = answer_for(request);
  const std::string head = head_of(answer);
  if (answer.delay.count() > 0) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop, answer.delay, [] { return false; });
  }
  switch (answer.fault) {
    case Fault::none:
      connection.write(request.method == "HEAD" ? head : head + answer.body);
      return request.header("connection") != "close";
    case Fault::close_at_once:
      return false;
    case Fault::reset:
      connection.reset_on_close();
      return false;
    case Fault::cut_headers:
      connection.write(head.substr(0, head.size() / 2));
      return false;
    case Fault::cut_body:
      connection.write(head + answer.body.substr(0, answer.body.size() / 2));
      return false;
    case Fault::garbage:
      connection.write("\x01\x02 this is not HTTP \xff\r\n\r\n");
      return false;
    case Fault::hang:
      while (connection.more()) {
      }
      return false;
  }
  return false;
}

FaultAnswer FaultServer::State::answer_for(const SeenRequest& request) {
  std::unique_lock lock(mutex);
  seen.push_back(request);
  const auto rule = std::find_if(rules.rbegin(), rules.rend(), [&](const Rule& each) {
    return (each.method == "*" || each.method == request.method) && matches(each.pattern, request.target);
  });
  if (rule == rules.rend() && otherwise) {
    const auto answer = otherwise;
    lock.unlock();
    return answer(request);
  }
  if (rule == rules.rend()) return {.status = 404, .body = status_body(404, "NotFound", "nothing is scripted here")};
  const std::size_t at = std::min(rule->next++, rule->answers.size() - 1);
  return rule->answers[at];
}

void FaultServer::State::close(int descriptor) {
  const std::scoped_lock lock(mutex);
  std::erase(open, descriptor);
  ::close(descriptor);
}

FaultServer::FaultServer() : state_(std::make_unique<State>()) { state_->listen(); }

FaultServer::FaultServer(const FaultTls& tls) : state_(std::make_unique<State>()) {
  state_->context = make_context(tls);
  state_->listen();
}

FaultServer::~FaultServer() {
  ::shutdown(state_->listener, SHUT_RDWR);  // wakes accept
  state_->acceptor.join();
  ::close(state_->listener);
  {
    const std::scoped_lock lock(state_->mutex);
    for (std::jthread& thread : state_->threads) thread.request_stop();
    for (const int descriptor : state_->open) ::shutdown(descriptor, SHUT_RDWR);
  }
  state_->threads.clear();
}

void FaultServer::on(const std::string& method, const std::string& pattern, std::vector<FaultAnswer> answers) {
  const std::scoped_lock lock(state_->mutex);
  state_->rules.push_back({method, pattern, std::move(answers)});
}

void FaultServer::otherwise(std::function<FaultAnswer(const SeenRequest&)> answer) {
  const std::scoped_lock lock(state_->mutex);
  state_->otherwise = std::move(answer);
}

std::string FaultServer::url() const {
  return fmt::format("{}://127.0.0.1:{}", state_->context ? "https" : "http", state_->port);
}

int FaultServer::port() const { return state_->port; }

std::vector<SeenRequest> FaultServer::seen() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->seen;
}

int FaultServer::count(const std::string& method, const std::string& pattern) const {
  const std::scoped_lock lock(state_->mutex);
  return static_cast<int>(std::count_if(state_->seen.begin(), state_->seen.end(), [&](const SeenRequest& each) {
    return (method == "*" || method == each.method) && matches(pattern, each.target);
  }));
}

int FaultServer::connections() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->accepted;
}

std::string status_body(int code, const std::string& reason, const std::string& message) {
  return dump(Json{{"kind", "Status"},
                   {"apiVersion", "v1"},
                   {"status", "Failure"},
                   {"code", code},
                   {"reason", reason},
                   {"message", message}});
}

}  // namespace cloudflow::testing
