// The key under which workloads carry the digest of what they read: without it nobody can test a guess of a secret.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/provider.h"
#include "providers/kubernetes/ownership/applyset.h"

namespace cloudflow {

/// The key of one application in one namespace.
struct DigestKey {
  std::string bytes{};  ///< empty: not read yet
  std::string uid{};    ///< of its Secret, where it is stored
  bool stored = false;  ///< in the cluster; else made by this run, and stored before the first workload is written
  bool hidden = false;  ///< its Secret may not be read
};

/// The name of the Secret that holds it.
std::string digest_key_name(const ApplySet& set);

/// 32 random bytes.
std::string random_key();

/// The Secret; it never changes.
Json digest_key_secret(const ApplySet& set, const std::string& bytes);

/// The key in such a Secret; nothing where there is none.
std::optional<std::string> key_in(const Json& secret);

/// Whether manifests of this kind ("Deployment.apps") may carry a digest: every kind but those that surely run no pods.
bool may_carry_digest(std::string_view kind);

/// Whether the manifest carries a digest anywhere.
bool carries_digest(const Json& manifest);

/// The resource as it is compared and applied: each digest under the key, and never shown. What is live stays where it
/// means the same: also the digest without a key that older versions wrote, so that upgrading restarts nothing. Nothing
/// when the resource carries no digest, or no key was read.
std::optional<Resource> with_keyed_digests(const Resource& desired, const Live* live, const DigestKey& key);

/// Digest under a key → the one that it was made of.
using PlainDigests = std::map<std::string, std::string>;

/// Those of a resource and of what with_keyed_digests made of it.
PlainDigests plain_digests(const Resource& desired, const Resource& keyed);

/// A resource whose digests are under a key of which nobody else knows, under this one instead.
Resource with_digests_under(Resource keyed, const PlainDigests& plain, const DigestKey& key);

}  // namespace cloudflow
