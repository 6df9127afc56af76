// How a registry is told who we are: by a password, or by a token that it sends us for.
#include "sdk/image/registry_auth.h"

#include <fmt/format.h>

#include <algorithm>

#include "cloudflow/json.h"
#include "sdk/image/reference.h"
#include "sdk/image/registry_words.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Reads words, '=' and quoted texts of a header one after the other.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : text_(text) {}

  void skip(std::string_view these) {
    while (!text_.empty() && these.find(text_.front()) != std::string_view::npos) text_.remove_prefix(1);
  }
  bool at_end() const { return text_.empty(); }
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::string word() {
    const std::size_t end = std::min(text_.find_first_of("=, \t\""), text_.size());
    std::string out(text_.substr(0, end));
    text_.remove_prefix(end);
    return out;
  }
  std::string value() {
    if (!take('"')) return word();
    std::string out;
    while (!text_.empty() && !take('"')) {
      if (text_.front() == '\\' && text_.size() > 1) text_.remove_prefix(1);
      out += text_.front();
      text_.remove_prefix(1);
    }
    return out;
  }

 private:
  std::string_view text_;
};

std::string in_url(std::string_view text) {
  static constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/,";
  std::string out;
  for (const char c : text)
    out += plain.find(c) != std::string_view::npos ? std::string(1, c)
                                                   : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

Secret basic(const RegistryLogin& login) {
  return Secret("Basic " + to_base64(login.username + ":" + login.password.reveal()));
}

/// A password goes over TLS, or stays on this machine.
bool may_have_secrets(std::string_view url) {
  if (url.starts_with("https://")) return true;
  constexpr std::string_view plain = "http://";
  return url.starts_with(plain) && is_loopback(url.substr(plain.size(), url.find('/', plain.size()) - plain.size()));
}

}  // namespace

std::vector<AuthChallenge> parse_challenges(std::string_view header) {
  std::vector<AuthChallenge> out;
  HeaderReader reader(header);
  for (reader.skip(", \t"); !reader.at_end(); reader.skip(", \t")) {
    const std::string word = reader.word();
    if (word.empty()) break;
    reader.skip(" \t");
    if (!reader.take('=')) {
      out.push_back({lower(word), {}});
    } else {
      reader.skip(" \t");
      std::string value = reader.value();
      if (!out.empty()) out.back().parameters[lower(word)] = std::move(value);
    }
  }
  return out;
}

void RegistryAuth::also(std::string scope) {
  if (std::ranges::find(scopes_, scope) == scopes_.end()) scopes_.push_back(std::move(scope));
}

Result<bool> RegistryAuth::satisfy(const HttpResponse& refusal, const std::stop_token& stop) {
  const auto header = refusal.headers.find("www-authenticate");
  const std::vector<AuthChallenge> challenges =
      header == refusal.headers.end() ? std::vector<AuthChallenge>{} : parse_challenges(header->second);
  if (!login_) {
    CF_TRY(login_, logins_.find(repository_, stop));
  }
  for (const AuthChallenge& challenge : challenges) {
    if (challenge.scheme != "bearer") continue;
    if (const auto scope = challenge.parameters.find("scope"); scope != challenge.parameters.end()) also(scope->second);
    CF_CHECK(fetch_token(challenge, stop));
    return true;
  }
  for (const AuthChallenge& challenge : challenges) {
    if (challenge.scheme != "basic" || !login_ || !header_.empty()) continue;
    header_ = basic(*login_);
    return true;
  }
  return false;
}

Result<void> RegistryAuth::fetch_token(const AuthChallenge& challenge, const std::stop_token& stop) {
  const auto parameter = [&](const std::string& name) {
    const auto found = challenge.parameters.find(name);
    return found == challenge.parameters.end() ? std::string() : found->second;
  };
  const std::string realm = parameter("realm");
  if (!may_have_secrets(realm))
    return failure(
        ErrorKind::unauthenticated,
        fmt::format("the registry of {} sends for a token to {}, which is not https", repository_, quote(realm)));
  std::string query = "service=" + in_url(parameter("service"));
  for (const std::string& scope : scopes_) query += "&scope=" + in_url(scope);
  HttpRequest request{.idempotent = true, .largest_body = 1U << 20U};
  if (login_ && !login_->identity_token.empty()) {
    request.method = "POST";
    request.url = realm;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = query + "&grant_type=refresh_token&client_id=cloudflow&refresh_token=" +
                   in_url(login_->identity_token.reveal());
  } else {
    request.url = realm + (realm.find('?') == std::string::npos ? "?" : "&") + query;
    if (login_) request.authorization = basic(*login_);
  }
  const Result<HttpResponse> answer = http_.send(request, stop);
  const std::string doing = fmt::format("cannot get a token for {}", repository_);
  if (!answer) return failure_in(doing, answer.error());
  if (answer->status != 200) {
    Error error = refusal_of(*answer, doing);
    if (answer->status == 401 || answer->status == 403) error.hint = hint();
    return std::unexpected(std::move(error));
  }
  // The parser's words could show a part of the token: they are not passed on.
  const Result<Json> body = parse_json(answer->body, "token");
  std::string token = body ? string_at(*body, {"token"}) : "";
  if (token.empty() && body) token = string_at(*body, {"access_token"});
  if (token.empty()) return failure(ErrorKind::unavailable, doing + ": the answer of its token service has none");
  header_ = Secret("Bearer " + token);
  return {};
}

std::string RegistryAuth::hint() const {
  const std::string registry = repository_.substr(0, repository_.find('/'));
  if (!login_)
    return fmt::format("there is no login for {} in {}: skopeo login {} (or docker, podman) writes one", registry,
                       logins_.places(), registry);
  if (login_->username.empty())
    return fmt::format("the identity token for {} is not valid any more: log in again", registry);
  return fmt::format("the login of {} for {} was not taken, or may not do this: look at its rights, or log in again",
                     quote(login_->username), registry);
}

}  // namespace cloudflow
