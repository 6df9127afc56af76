// The lock of an application: a Lease that its holder renews, and that others may take once they have seen it unchanged
// for as long as it lasts.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "providers/kubernetes/api/api_client.h"
#include "providers/kubernetes/ownership/lock_request.h"
#include "sdk/support/clock.h"

namespace cloudflow {

/// A Lease that is held. It is renewed from a thread of its own until it is destroyed, which gives it back.
/// Times are measured here alone and go on while this process or machine sleeps: no stamp of another machine counts.
class Lease {
 public:
  /// Takes the Lease `name` in the namespace `ns`, and waits for whoever has it. Conflict, naming the holder, when
  /// that takes longer than the request allows.
  static Result<Lease> take(ApiClient& client, Clock& clock, const std::string& ns, const std::string& name,
                            const LockRequest& request, std::stop_token stop);
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();

  /// False once somebody else has taken it, or it could not be renewed in time.
  bool held() const;
  /// Who has it after us, once held() is false; empty where nobody was seen to have it.
  std::string taken_by() const;
  /// Stops when held() turns false.
  std::stop_token lost() const;
  /// Succeeds when nobody else can have it for a while longer: renews it first where the last time was long ago.
  Result<void> confirm(const std::stop_token& stop);
  /// What this run is about, and how far it is; both go into the Lease with the next renewal.
  void about(const std::string& commit);
  void progress(const std::string& done);
  /// This run alone has it.
  const std::string& identity() const;
  /// How often it has changed hands since it was made.
  long long transitions() const;

 private:
  struct State;
  explicit Lease(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Who has the lock; nothing where nobody does.
Result<std::optional<LockSeen>> see_lock(ApiClient& client, const std::string& ns, const std::string& name,
                                         const std::stop_token& stop);
/// Whether the lock that was seen is renewed, or given back, while one looks at it for a little longer than a holder
/// needs for that.
Result<bool> is_alive(ApiClient& client, Clock& clock, const std::string& ns, const std::string& name,
                      const LockSeen& seen, const std::stop_token& stop);
/// Takes it away from the holder that was seen; whoever takes it next writes only when that holder has stopped for
/// certain. Conflict when it has another one by now.
Result<void> break_lock(ApiClient& client, const std::string& ns, const std::string& name, const LockSeen& seen,
                        const std::stop_token& stop);

}  // namespace cloudflow
