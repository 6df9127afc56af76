// What a layer, a configuration, a manifest is to those that refer to it.
#include "sdk/image/blob.h"

#include <algorithm>

namespace cloudflow {

bool is_digest(std::string_view text) {
  constexpr std::string_view prefix = "sha256:";
  constexpr std::size_t digits = 64;
  if (!text.starts_with(prefix) || text.size() != prefix.size() + digits) return false;
  return std::ranges::all_of(text.substr(prefix.size()),
                             [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Json to_json(const Blob& blob) {
  return {{"mediaType", blob.media_type}, {"digest", blob.digest}, {"size", blob.size}};
}

std::optional<Blob> blob_from(const Json& value) {
  Blob out{string_at(value, {"mediaType"}), string_at(value, {"digest"}), int_at(value, {"size"}, -1)};
  if (!is_digest(out.digest) || out.size < 0) return std::nullopt;
  return out;
}

}  // namespace cloudflow
