// What answers at a port.
#include "sdk/support/port_probe.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

namespace cloudflow {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses addresses_of(const PortQuestion& question) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(question.host.c_str(), std::to_string(question.port).c_str(), &wanted, &found) != 0) found = nullptr;
  return {found, &freeaddrinfo};
}

/// A connection that is closed with its owner.
class Connection {
 public:
  explicit Connection(int file) : file_(file) {}
  ~Connection() {
    if (file_ >= 0) close(file_);
  }
  Connection(Connection&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  Connection& operator=(Connection&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }

  int file() const { return file_; }

 private:
  int file_;
};

bool becomes(short event, int file, std::chrono::milliseconds patience) {
  pollfd waiting{file, event, 0};
  return poll(&waiting, 1, static_cast<int>(patience.count())) == 1;
}

/// A connection, or why there is none: an errno, ETIMEDOUT included.
struct Attempt {
  std::optional<Connection> connection{};
  int error = 0;
};

Attempt connect_to(const addrinfo& address, std::chrono::milliseconds patience) {
  Connection made(socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol));
  if (made.file() < 0) return {std::nullopt, errno};
  if (connect(made.file(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return {std::nullopt, errno};
    if (!becomes(POLLOUT, made.file(), patience)) return {std::nullopt, ETIMEDOUT};
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(made.file(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return {std::nullopt, error};
  }
  return {std::move(made), 0};
}

/// Any of the name's addresses.
Attempt connect_to_any(const addrinfo* addresses, std::chrono::milliseconds patience) {
  Attempt last{std::nullopt, EHOSTUNREACH};
  for (const addrinfo* address = addresses; address != nullptr; address = address->ai_next) {
    last = connect_to(*address, patience);
    if (last.connection) break;
  }
  return last;
}

/// The first bytes of what is said to `request`: "" when the connection ends, nothing when nobody says anything.
std::optional<std::string> answer_to(const Connection& connection, std::string_view request,
                                     std::chrono::milliseconds patience) {
  std::string out;
  if (send(connection.file(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return out;
  constexpr std::size_t enough = 8;
  while (out.size() < enough) {
    if (!becomes(POLLIN, connection.file(), patience)) return out.empty() ? std::nullopt : std::optional(out);
    std::array<char, 512> part{};
    const ssize_t got = recv(connection.file(), part.data(), part.size(), 0);
    if (got <= 0) return out;
    out.append(part.data(), static_cast<std::size_t>(got));
  }
  return out;
}

bool is_tls(std::string_view answer) {
  // A record of a handshake, or the alert that there can be none.
  return answer.size() >= 2 && (answer[0] == '\x16' || answer[0] == '\x15') && answer[1] == '\x03';
}

/// A ClientHello of TLS 1.2 with two usual ciphers: a server greets back, or says with an alert that it would not.
std::string tls_greeting() {
  std::string hello("\x03\x03", 2);
  hello.append(32, 'c');                        // random
  hello.append("\0", 1);                        // no session
  hello.append("\0\x04\xC0\x2F\x00\x9C", 6);    // ciphers
  hello.append("\x01\0", 2);                    // no compression
  hello.append("\0\x20", 2);                    // extensions: groups, point formats, signatures
  hello.append("\0\x0A\0\x04\0\x02\0\x17", 8);  // secp256r1
  hello.append("\0\x0B\0\x02\x01\0", 6);        // uncompressed
  hello.append("\0\x0D\0\x0E\0\x0C\x04\x01\x05\x01\x06\x01\x04\x03\x05\x03\x06\x03", 18);
  std::string handshake("\x01\0\0", 3);
  handshake += static_cast<char>(hello.size());
  handshake += hello;
  std::string record("\x16\x03\x01\0", 4);
  record += static_cast<char>(handshake.size());
  return record + handshake;
}

std::optional<PortAnswer> known(std::string_view answer, const PortQuestion& question) {
  if (question.is_expected && question.is_expected(answer)) return PortAnswer::expected;
  if (is_tls(answer)) return PortAnswer::tls;
  if (answer.starts_with("HTTP/")) return PortAnswer::http;
  return answer.empty() ? std::nullopt : std::optional(PortAnswer::other);
}

}  // namespace

PortAnswer probe_port(const PortQuestion& question) {
  const Addresses addresses = addresses_of(question);
  if (addresses == nullptr) return PortAnswer::unresolved;
  PortAnswer out = PortAnswer::silent;
  for (const std::string& request : {question.request, std::string("GET / HTTP/1.0\r\n\r\n"), tls_greeting()}) {
    const Attempt attempt = connect_to_any(addresses.get(), question.patience);
    if (!attempt.connection) return attempt.error == ECONNREFUSED ? PortAnswer::refused : PortAnswer::unreachable;
    const std::optional<std::string> answer = answer_to(*attempt.connection, request, question.patience);
    if (answer && answer->empty()) out = PortAnswer::closed;
    if (const auto kind = answer ? known(*answer, question) : std::nullopt) return *kind;
  }
  return out;
}

}  // namespace cloudflow
