// Tells a kind's own trouble (a conversion webhook, an aggregated API that is broken) from an outage of the server.
#include "providers/kubernetes/api/kind_trouble.h"

#include <utility>

namespace cloudflow {
namespace {

using namespace std::chrono_literals;

/// An API server that starts, or whose storage changes its leader, fails for a moment, too.
constexpr int enough_tries = 3;
constexpr std::chrono::seconds long_enough = 5s;

}  // namespace

KindTrouble::KindTrouble(ApiClient& client, Clock& clock, ApiPath other, std::string other_kind)
    : client_(client), clock_(clock), other_(std::move(other)), other_kind_(std::move(other_kind)) {}

void KindTrouble::over(const std::string& kind) {
  const std::scoped_lock lock(mutex_);
  tries_.erase(kind);
}

bool KindTrouble::is_lasting(const std::string& kind, const Error& error, const std::stop_token& stop) {
  if (error.kind != ErrorKind::unavailable || kind == other_kind_) return false;
  const auto other = client_.get(other_, stop);
  if (!other && other.error().kind != ErrorKind::not_found) {
    over(kind);
    return false;
  }
  const auto now = clock_.now();
  const std::scoped_lock lock(mutex_);
  Tries& tries = tries_.try_emplace(kind, Tries{.count = 0, .since = now}).first->second;
  return ++tries.count >= enough_tries && now - tries.since >= long_enough;
}

Error KindTrouble::told(Error error) {
  error.kind = ErrorKind::unsupported;
  if (error.hint.empty()) error.hint = "the server answers for other kinds: look at what serves or converts this one";
  return error;
}

}  // namespace cloudflow
