// What a layer, a configuration, a manifest is to those that refer to it: type, digest and size.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/json.h"

namespace cloudflow {

/// Types of what an image consists of.
namespace media {
inline constexpr std::string_view manifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view index = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view config = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view layer = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view docker_index = "application/vnd.docker.distribution.manifest.list.v2+json";
}  // namespace media

/// A reference to bytes by their digest (OCI calls it a descriptor).
struct Blob {
  std::string media_type{};
  std::string digest{};  ///< "sha256:" and 64 hex digits
  long long size = 0;    ///< bytes

  bool operator==(const Blob&) const = default;
};

/// "sha256:" and 64 hex digits: what may become part of a file's name.
bool is_digest(std::string_view text);

Json to_json(const Blob& blob);
/// Nothing where it is none.
std::optional<Blob> blob_from(const Json& value);

}  // namespace cloudflow
