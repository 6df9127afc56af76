// The image that another one stands on.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/result.h"
#include "sdk/image/blob.h"
#include "sdk/image/layout.h"
#include "sdk/image/repository.h"

namespace cloudflow {

/// What of it becomes part of ours. Without a base all is empty.
struct BaseImage {
  Json config{};  ///< the whole configuration document
  std::vector<Blob> layers{};
  std::string name{};    ///< "registry.example.com/jdk:17"; empty where it comes from a folder
  std::string digest{};  ///< of its manifest
};

/// Opens the repository of an image.
using OpenRepository = std::function<Repository(const ImageReference&)>;

/// Takes a base into `into`, which keeps layers of an earlier build. `text` is an image in a registry, or
/// `oci:FOLDER[:TAG]`. Of an image for several platforms the one for linux and `architecture` counts.
/// unsupported where there is none for it.
Result<BaseImage> take_base(const std::string& text, const std::string& architecture, const OpenRepository& open,
                            const Layout& into, const std::stop_token& stop);

}  // namespace cloudflow
