// Sends an image of a layout to a registry.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "cloudflow/result.h"
#include "sdk/image/layout.h"
#include "sdk/image/repository.h"

namespace cloudflow {

struct PushedImage {
  std::string digest{};  ///< of the manifest
  int sent = 0;          ///< layers
  int mounted = 0;       ///< layers that were taken from the base's repository
  int there = 0;         ///< layers that the registry had already
  long long bytes = 0;   ///< of what was sent
};

/// Sends what the registry has not: layers, configuration, then the manifest under the reference's tag, or, without
/// one, under its digest. `say` is told of each layer that is about to be sent.
Result<PushedImage> push_image(const Layout& layout, const HeldImage& image, const ImageReference& to,
                               Repository& repository, const std::function<void(std::string_view)>& say,
                               const std::stop_token& stop);

}  // namespace cloudflow
