// What a request carries to say who we are, kept fresh.
#include "providers/kubernetes/api/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>

#include "providers/kubernetes/api/exec_plugin.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Kubernetes renews the files of service accounts long before they expire; client-go looks as often.
constexpr std::chrono::minutes token_file_lifetime(1);

Secret bearer(const std::string& token) { return Secret("Bearer " + token); }

Result<std::string> read_token(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(ErrorKind::unauthenticated, fmt::format("token file {} cannot be read", quote(path)));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::string token(trimmed(text));
  if (token.empty()) return failure(ErrorKind::unauthenticated, fmt::format("token file {} is empty", quote(path)));
  return token;
}

/// When a token that is a JWT ends; nothing for others. Reads the public claims only.
std::optional<std::chrono::system_clock::time_point> end_of_token(std::string_view authorization) {
  const std::vector<std::string> parts = split(authorization, '.');
  if (parts.size() != 3) return std::nullopt;
  std::string claims = parts[1];
  std::ranges::replace(claims, '-', '+');
  std::ranges::replace(claims, '_', '/');
  claims.append((4 - claims.size() % 4) % 4, '=');
  std::string text;
  if (!from_base64(claims, text)) return std::nullopt;
  const Result<Json> json = parse_json(text, "claims of the token");
  const long long end = json ? int_at(*json, {"exp"}) : 0;
  if (end <= 0) return std::nullopt;
  return std::chrono::system_clock::time_point(std::chrono::seconds(end));
}

}  // namespace

struct Credentials::State {
  const ClusterAccess& access;
  Clock& clock;
  std::mutex mutex{};
  std::optional<Identity> current{};
  std::optional<std::chrono::system_clock::time_point> expires{};
  int generation = 0;

  Result<Identity> make(const std::stop_token& stop);
};

Result<Identity> Credentials::State::make(const std::stop_token& stop) {
  Identity identity;
  expires.reset();
  if (!access.token_file.empty()) {
    CF_TRY(const std::string token, read_token(access.token_file));
    identity.authorization = bearer(token);
    expires = clock.wall() + token_file_lifetime;
  } else if (!access.token.empty()) {
    identity.authorization = bearer(access.token.reveal());
  } else if (!access.username.empty()) {
    identity.authorization = Secret("Basic " + to_base64(access.username + ":" + access.password.reveal()));
  } else if (access.exec) {
    CF_TRY(ExecCredential credential, run_exec_plugin(access, stop));
    if (!credential.token.empty()) identity.authorization = bearer(credential.token.reveal());
    identity.certificate = std::move(credential.certificate);
    identity.key = std::move(credential.key);
    expires = credential.expires;
  }
  identity.generation = ++generation;
  return identity;
}

Credentials::Credentials(const ClusterAccess& access, Clock& clock) : state_(std::make_unique<State>(access, clock)) {}
Credentials::~Credentials() = default;

Result<Identity> Credentials::identity(const std::stop_token& stop) {
  const std::scoped_lock lock(state_->mutex);
  const bool fresh = state_->current && (!state_->expires || state_->clock.wall() < *state_->expires);
  if (!fresh) {
    CF_TRY(state_->current, state_->make(stop));
  }
  return *state_->current;
}

bool Credentials::forget(const Identity& identity) {
  const bool renewable = !state_->access.token_file.empty() ||
                         (state_->access.token.empty() && state_->access.username.empty() && state_->access.exec);
  if (!renewable) return false;
  const std::scoped_lock lock(state_->mutex);
  // Another thread may have renewed it already.
  if (state_->current && state_->current->generation == identity.generation) state_->current.reset();
  return true;
}

std::string Credentials::refused_hint(const Identity& identity) const {
  const ClusterAccess& access = state_->access;
  const std::string who = access.user.empty()
                              ? "the service account of this pod"
                              : fmt::format("user {} of context {}", quote(access.user), quote(access.context));
  std::string with = "a client certificate";
  std::string then = "is it of this cluster, and still valid?";
  if (!access.token_file.empty()) {
    with = fmt::format("the token in {}", access.token_file);
    then = "write a new one there";
  } else if (!access.token.empty()) {
    with = "the token in the kubeconfig";
    then = "log in again, or choose another context";
  } else if (!access.username.empty()) {
    with = "a password";
    then = "is it right, and does this server still take passwords?";
  } else if (access.exec) {
    with = fmt::format("what {} printed", quote(access.exec->command));
    then = "log in again with the tool that it belongs to";
  } else if (access.tls.certificate_data.empty() && access.tls.certificate_file.empty()) {
    with = "no credentials at all";
    then = "the kubeconfig gives none for this user";
  }
  if (const auto end = end_of_token(identity.authorization.reveal()); end && *end < state_->clock.wall())
    with += fmt::format(", which ended at {}", rfc3339(*end));
  return fmt::format("the server does not know {}, who came with {}: {}", who, with, then);
}

}  // namespace cloudflow
