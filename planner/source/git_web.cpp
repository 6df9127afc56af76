// Git over https: references by a GET that may be redirected and may want a login, packs by POSTs.
#include <fmt/format.h>

#include <thread>
#include <utility>

#include "planner/source/git_login.h"
#include "planner/source/git_transport.h"
#include "sdk/support/channel.h"
#include "sdk/support/clock.h"
#include "sdk/support/http_client.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view list_path = "/info/refs?service=git-upload-pack";
constexpr std::string_view pack_path = "/git-upload-pack";
constexpr int most_redirects = 5;
constexpr auto list_deadline = 60s;
/// A server that counts objects says every few seconds that it still does; a proxy in between may keep that to itself.
constexpr auto longest_silence = 300s;

std::string header(const HttpResponse& response, const std::string& key) {
  const auto found = response.headers.find(key);
  return found == response.headers.end() ? "" : found->second;
}

/// Errors of the HTTP client, with what to do about a certificate.
Error explained(Error error) {
  const auto has = [&](std::string_view text) { return error.message.find(text) != std::string::npos; };
  if (has("subject name")) {
    error.hint = "the certificate is for other names: write one of them in the URL";
  } else if (has("certificate of ")) {
    error.hint = "a private CA is named by CLOUDFLOW_GIT_CA or GIT_SSL_CAINFO: the path of a PEM file";
  }
  return error;
}

/// What an answer other than success means; 401 only after a login.
Error refusal(const HttpResponse& response, const GitUrl& url, const std::optional<GitLogin>& login) {
  const std::string host = quote(url.host);
  switch (response.status) {
    case 401:
      return {ErrorKind::unauthenticated, fmt::format("{} refused the credentials of {}", host, login->from),
              std::nullopt, "has the token expired, and may it read this repository?"};
    case 403:
      return {ErrorKind::denied, fmt::format("{} forbids reading the repository", host), std::nullopt,
              login ? fmt::format("the credentials of {} need the right to read it", login->from)
                    : "set CLOUDFLOW_GIT_TOKEN to a token that may read it"};
    case 404:
      return {ErrorKind::not_found, fmt::format("{} has no such repository, or hides it from us", host), std::nullopt,
              login ? fmt::format("is the URL right, and may the credentials of {} read it?", login->from)
                    : "is the URL right? a private one needs CLOUDFLOW_GIT_TOKEN"};
    default:
      return {ErrorKind::unavailable, fmt::format("{} answered with status {}", host, response.status)};
  }
}

/// Where a redirect leads; nothing when that is no place for a repository.
std::optional<GitUrl> follow(const GitUrl& from, std::string location) {
  if (location.starts_with('/')) location = from.origin() + location;
  const auto end = location.find("/info/refs");
  if (end == std::string::npos) return std::nullopt;
  return parse_git_url(location.substr(0, end));
}

class Web {
 public:
  explicit Web(GitCall& call)
      : call_(call),
        at_(call.url),
        client_({.tls = {.ca_file = call.credentials.ca_file}, .proxies_this_machine = true}, real_clock()) {
    while (at_.path.ends_with('/')) at_.path.pop_back();
  }

  Result<std::string> references() {
    for (int hops = 0;;) {
      CF_TRY(HttpResponse response,
             ask({.url = url(list_path), .deadline = list_deadline, .idempotent = true}, call_.stop));
      if (response.status >= 300 && response.status < 400) {
        if (++hops > most_redirects)
          return failure(ErrorKind::unavailable, fmt::format("{} redirects without end", quote(at_.host)));
        CF_CHECK(go(follow(at_, header(response, "location"))));
      } else if (!login_ && (response.status == 401 || may_be_hidden(response))) {
        CF_CHECK(log_in());
      } else if (response.status != 200) {
        return std::unexpected(refusal(response, at_, login_));
      } else if (header(response, "content-type") != "application/x-git-upload-pack-advertisement") {
        return failure(ErrorKind::invalid_input, "what answers is no git repository",
                       "is it the URL for cloning, and not that of a page?");
      } else {
        return std::move(response.body);
      }
    }
  }

  Result<HttpResponse> pack(std::string body, std::function<void(std::string_view)> sink, const std::stop_token& stop) {
    HttpRequest request{.method = "POST", .url = url(pack_path), .body = std::move(body), .deadline = 24h};
    request.headers = {{"Content-Type", "application/x-git-upload-pack-request"},
                       {"Accept", "application/x-git-upload-pack-result"}};
    request.sink = std::move(sink);
    for (;;) {
      CF_TRY(HttpResponse response, ask(request, stop));
      // A server may show its references to everybody and want a login for the rest.
      if (response.status == 401 && !login_) {
        CF_CHECK(log_in());
        continue;
      }
      if (response.status != 200) return std::unexpected(refusal(response, at_, login_));
      return response;
    }
  }

  const std::string& host() const { return at_.host; }
  GitCall& call() { return call_; }

 private:
  std::string url(std::string_view path) const { return at_.origin() + at_.path + std::string(path); }

  /// Some servers do not ask for a login but deny that there is anything.
  bool may_be_hidden(const HttpResponse& response) const {
    const bool known = !call_.url.password.empty() || !call_.credentials.token.empty();
    return (response.status == 403 || response.status == 404) && known && at_.scheme == "https" &&
           at_.origin() == call_.url.origin();
  }

  Result<HttpResponse> ask(HttpRequest request, const std::stop_token& stop) {
    if (login_) request.authorization = login_->header();
    Result<HttpResponse> response = client_.send(request, stop);
    if (!response) return std::unexpected(explained(response.error()));
    return response;
  }

  Result<void> go(const std::optional<GitUrl>& next) {
    if (!next || (next->scheme != "https" && next->scheme != "http")) {
      return failure(ErrorKind::invalid_input, fmt::format("{} redirects to what is no repository", quote(at_.host)),
                     "is it the URL for cloning? a server that wants a login may send us to a page");
    }
    if (at_.scheme == "https" && next->scheme != "https")
      return failure(ErrorKind::denied,
                     fmt::format("{} redirects to {}, which is not encrypted", quote(at_.host), next->origin()));
    // What was given for one server is not for another.
    if (next->origin() != at_.origin()) login_.reset();
    at_ = *next;
    return {};
  }

  Result<void> log_in() {
    if (at_.origin() != call_.url.origin()) {
      return failure(ErrorKind::unauthenticated,
                     fmt::format("{} redirects to {}, which wants credentials", quote(call_.url.host), at_.origin()),
                     "credentials are only sent to the server that --repository names: name the other one");
    }
    if (at_.scheme != "https") {
      return failure(ErrorKind::unauthenticated, fmt::format("{} wants credentials", quote(at_.host)),
                     "they are only sent over https");
    }
    GitUrl named = at_;
    named.user = call_.url.user;
    named.password = call_.url.password;
    login_ = find_login(named, call_.credentials, call_.stop);
    if (login_) return {};
    return failure(ErrorKind::unauthenticated, fmt::format("{} wants credentials", quote(at_.host)),
                   "set CLOUDFLOW_GIT_TOKEN; git's credential helper and GIT_ASKPASS know none");
  }

  GitCall& call_;
  GitUrl at_;  ///< after redirects
  std::optional<GitLogin> login_{};
  HttpClient client_;
};

class References final : public GitStream {
 public:
  explicit References(Web& web) : web_(web) {}
  Result<void> write(std::string_view) override { return failure(ErrorKind::unsupported, "nothing to be asked here"); }
  Result<std::size_t> read(char* buffer, std::size_t room) override {
    if (!asked_) {
      CF_TRY(text_, web_.references());
      asked_ = true;
    }
    const std::size_t size = text_.copy(buffer, room, at_);
    at_ += size;
    return size;
  }

 private:
  Web& web_;
  bool asked_ = false;
  std::string text_{};
  std::size_t at_ = 0;
};

/// Sends what was written when the first byte is read. The answer comes in on a thread of its own.
class Pack final : public GitStream {
 public:
  explicit Pack(Web& web) : web_(web) {}
  ~Pack() override { thread_ = {}; }  // asks it to stop and waits, while what it uses still lives

  Result<void> write(std::string_view bytes) override {
    body_ += bytes;
    return {};
  }

  Result<std::size_t> read(char* buffer, std::size_t room) override {
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { receive(stop); });
    auto silent = 0ms;
    while (at_ == text_.size()) {
      constexpr auto pause = 200ms;
      if (auto next = pieces_.receive_for(pause)) {
        if (next->done) {
          if (!next->result) return std::unexpected(next->result.error());
          pieces_.send(std::move(*next));  // whoever reads on is told again
          return 0U;
        }
        text_ = std::move(next->bytes);
        at_ = 0;
        continue;
      }
      if (web_.call().stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
      silent += pause;
      if (silent >= longest_silence)
        return failure(ErrorKind::timeout,
                       fmt::format("nothing came from {} for {} s", quote(web_.host()), longest_silence.count()));
    }
    const std::size_t size = text_.copy(buffer, room, at_);
    at_ += size;
    return size;
  }

 private:
  struct Piece {
    std::string bytes{};
    bool done = false;
    Result<void> result{};
  };

  void receive(const std::stop_token& stop) {
    const auto sink = [this](std::string_view bytes) { pieces_.send({.bytes = std::string(bytes)}); };
    const Result<HttpResponse> response = web_.pack(std::move(body_), sink, stop);
    Piece last{.done = true};
    if (!response) last.result = std::unexpected(response.error());
    pieces_.send(std::move(last));
  }

  Web& web_;
  std::string body_{};
  std::string text_{};
  std::size_t at_ = 0;
  Channel<Piece> pieces_{};
  std::jthread thread_{};
};

class WebTransport final : public GitTransport {
 public:
  explicit WebTransport(GitCall& call) : web_(call) {}
  Result<std::unique_ptr<GitStream>> open(bool references) override {
    if (references) return std::make_unique<References>(web_);
    return std::make_unique<Pack>(web_);
  }

 private:
  Web web_;
};

}  // namespace

std::unique_ptr<GitTransport> make_web_transport(GitCall& call) { return std::make_unique<WebTransport>(call); }

}  // namespace cloudflow
