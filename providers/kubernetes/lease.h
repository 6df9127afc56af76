// The lock of an application: a Lease that its holder renews, and that expires when the holder is gone.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "providers/kubernetes/api_client.h"
#include "sdk/base/clock.h"

namespace cloudflow {

/// A Lease that is held. It is renewed from a thread of its own until it is destroyed, which gives it back.
class Lease {
 public:
  /// Takes the Lease `name` in the namespace `space`. Conflict, naming holder and times, while another holds it.
  static Result<Lease> take(ApiClient& client, Clock& clock, const std::string& space, const std::string& name,
                            const std::string& holder, std::stop_token stop);
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();

  /// False once somebody else has taken it, or it could not be renewed in time.
  bool held() const;
  /// Stops when held() turns false.
  std::stop_token lost() const;

 private:
  struct State;
  explicit Lease(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow
