// A kind of objects that the API server fails at while it answers for others: no outage, which passes by waiting.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "cloudflow/result.h"
#include "providers/kubernetes/api/api_client.h"
#include "sdk/support/clock.h"

namespace cloudflow {

/// What this run has seen of kinds that fail. Safe from any thread.
class KindTrouble {
 public:
  /// `other` is an object of another kind that may be read, or be missing: how the server answers otherwise.
  KindTrouble(ApiClient& client, Clock& clock, ApiPath other, std::string other_kind);

  /// The kind was answered.
  void over(const std::string& kind);

  /// Notes that a kind failed. True once it has done so a few times and for a few seconds while the server answered for
  /// the other object. Never for errors of another kind than `unavailable`, which mean something else.
  bool is_lasting(const std::string& kind, const Error& error, const std::stop_token& stop);

  /// The error of such a kind, which is no outage any more.
  static Error told(Error error);

 private:
  struct Tries {
    int count = 0;
    std::chrono::steady_clock::time_point since{};
  };

  ApiClient& client_;
  Clock& clock_;
  const ApiPath other_;
  const std::string other_kind_;
  std::mutex mutex_{};
  std::map<std::string, Tries> tries_{};
};

}  // namespace cloudflow
