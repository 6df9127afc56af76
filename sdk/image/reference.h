// The name of an image in a registry.
#pragma once

#include <string>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// REGISTRY/REPOSITORY[:TAG][@DIGEST]
struct ImageReference {
  std::string registry{};    ///< "registry.example.com", "127.0.0.1:5000"
  std::string repository{};  ///< "shop/orders"
  std::string tag{};
  std::string digest{};

  /// "registry.example.com/shop/orders"
  std::string name() const { return registry + "/" + repository; }
  std::string text() const;
  /// What a registry is asked for: the digest, else the tag.
  const std::string& version() const { return digest.empty() ? tag : digest; }
};

/// invalid_input where it is none, or where it names no registry: there is none that is meant by default.
Result<ImageReference> parse_image_reference(std::string_view text);

struct TaggedName {
  std::string_view name{};
  std::string_view tag{};
};
/// A name without digest, whether the rest of it is a reference or not: "registry.example.com/shop/orders:1.0".
TaggedName split_tag(std::string_view text);

/// Whether a registry is on this machine: it is asked without TLS.
bool is_loopback(std::string_view registry);
/// "http://127.0.0.1:5000", "https://registry.example.com"
std::string registry_url(const std::string& registry);

}  // namespace cloudflow
