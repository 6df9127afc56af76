// What a request carries to say who we are, kept fresh.
#include "providers/kubernetes/credentials.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <mutex>

#include "providers/kubernetes/exec_plugin.h"
#include "sdk/base/text.h"

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

}  // namespace cloudflow
