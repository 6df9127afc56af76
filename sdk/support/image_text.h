// An image as people tell it from another.
#pragma once

#include <string>

namespace cloudflow {

/// The image with a digest cut to its first 12 digits: "app@sha256:0bbb09687f39…". JSON output keeps all of it.
inline std::string short_image(const std::string& image) {
  const std::size_t digest = image.find("@sha256:");
  const std::size_t shown = digest + 8 + 12;
  return digest == std::string::npos || image.size() <= shown ? image : image.substr(0, shown) + "…";
}

}  // namespace cloudflow
