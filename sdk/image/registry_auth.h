// How a registry is told who we are: by a password, or by a token that it sends us for.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/result.h"
#include "sdk/image/credentials.h"
#include "sdk/support/http_client.h"

namespace cloudflow {

/// What a WWW-Authenticate header asks for.
struct AuthChallenge {
  std::string scheme{};                             ///< in lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters{};  ///< keys in lower case
};

/// All challenges of the header, which may hold several.
std::vector<AuthChallenge> parse_challenges(std::string_view header);

/// The authorization for requests to one repository.
class RegistryAuth {
 public:
  /// `repository` with its registry: "registry.example.com/shop/orders". All three must outlive it.
  RegistryAuth(HttpClient& http, const LoginFiles& logins, std::string repository)
      : http_(http), logins_(logins), repository_(std::move(repository)) {}

  /// A further scope that tokens are asked for: "repository:shop/base:pull".
  void also(std::string scope);
  /// The value of the header; empty as long as the registry has not asked for one.
  const Secret& header() const { return header_; }
  /// Does what the answer 401 asks for; a request that gets another 401 afterwards will not be let in. False where
  /// there is nothing to be done.
  Result<bool> satisfy(const HttpResponse& refusal, const std::stop_token& stop);
  /// What to do where the registry does not take who we are.
  std::string hint() const;

 private:
  Result<void> fetch_token(const AuthChallenge& challenge, const std::stop_token& stop);

  HttpClient& http_;
  const LoginFiles& logins_;
  std::string repository_;
  std::vector<std::string> scopes_{};
  std::optional<RegistryLogin> login_{};
  Secret header_{};
};

}  // namespace cloudflow
