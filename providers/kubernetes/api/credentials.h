// What a request carries to say who we are, kept fresh.
#pragma once

#include <memory>
#include <stop_token>

#include "providers/kubernetes/api/kubeconfig.h"
#include "sdk/support/clock.h"

namespace cloudflow {

/// One way to authenticate, good until it expires or is refused.
struct Identity {
  Secret authorization{};     ///< header value; empty when a client certificate says it all
  std::string certificate{};  ///< PEM from an exec plugin; empty: as in ClusterAccess::tls
  Secret key{};
  int generation = 0;  ///< differs between two identities of one Credentials
};

/// The identity of one ClusterAccess. Safe from any thread: the plugin runs once, however many wait for it.
class Credentials {
 public:
  Credentials(const ClusterAccess& access, Clock& clock);
  ~Credentials();
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  /// The current identity; reads the token file or runs the plugin when there is none or it has expired.
  Result<Identity> identity(const std::stop_token& stop);

  /// The server has refused `identity`: the next call of identity() gets a new one. False when there is no way to.
  bool forget(const Identity& identity);

  /// What to try when the server does not know who we are: who we said to be, where that comes from, whether it is past
  /// its end. Holds no secret.
  std::string refused_hint(const Identity& identity) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow
