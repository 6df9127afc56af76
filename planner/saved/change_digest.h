// Digests of what a change does, in which no secret can be guessed.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cloudflow/change.h"

namespace cloudflow {

/// With what changes are digested.
struct Digester {
  /// A resource as it may be shown to anybody: secret values masked.
  std::function<Json(const Resource&)> without_secrets{};
  /// Under which secret values are digested; empty: they are not.
  std::string key{};
};

/// Two changes with equal digests do the same to the same.
struct ChangeDigest {
  std::string open{};  ///< SHA-256, hex: action, desired resource, differences, each without secret values
  bool has_secrets = false;
  /// HMAC-SHA-256, hex, of the secret values, too. Empty: there are none, or there is no key.
  std::string secrets{};
};

ChangeDigest digest_of(const Change& change, const Digester& with);

/// Whether what is removed stays all the same, whole or with what others have in it, and only goes out of our hands.
bool stays_though_removed(const Change& change);

/// Which live thing the provider saw: uid or topic id. Empty where none was there.
std::string identity_of(const Json& precondition);
/// Which state of it: the generation where it has one, else the version. Empty where none was there.
std::string revision_of(const Json& precondition);

}  // namespace cloudflow
