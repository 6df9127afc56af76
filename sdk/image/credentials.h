// Who we are to registries, as docker, podman and skopeo keep it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/result.h"
#include "sdk/support/secret.h"

namespace cloudflow {

struct RegistryLogin {
  std::string username{};
  Secret password{};
  Secret identity_token{};  ///< in place of both: what a token service takes
};

/// Reads logins from files like docker's config.json: `auths`, and programs that `credHelpers` and `credsStore` name.
class LoginFiles {
 public:
  /// The first that has a login for a registry counts; a file that is not there is none.
  explicit LoginFiles(std::vector<std::filesystem::path> files) : files_(std::move(files)) {}

  /// The login for a repository ("registry.example.com/shop/orders"): of the longest part of its name that has one.
  /// Nothing where there is none. Errors: a file that cannot be understood, a program that fails.
  Result<std::optional<RegistryLogin>> find(const std::string& repository, const std::stop_token& stop) const;
  /// Where it looks, for messages.
  std::string places() const;

 private:
  std::vector<std::filesystem::path> files_;
};

}  // namespace cloudflow
