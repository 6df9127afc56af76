// Configuration and manifest of an image.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "cloudflow/result.h"
#include "sdk/image/base_image.h"
#include "sdk/image/layer.h"
#include "sdk/image/layout.h"

namespace cloudflow {

/// How a container starts. What is empty is taken from the base.
struct ImageConfig {
  std::string architecture{};
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> environment{};
  std::vector<std::string> entrypoint{};
  std::vector<std::string> arguments{};
  std::string user{};
  std::string usual_user{};  ///< where neither this nor the base names one
  std::string work_folder{};
  long long time = 0;  ///< seconds since 1970
};

struct ImageDocuments {
  Blob config{};
  Blob manifest{};
};

/// Writes both documents into the layout: `layers` on top of the base.
Result<ImageDocuments> write_image(const ImageConfig& config, const BaseImage& base, std::span<const Layer> layers,
                                   const Layout& layout);

}  // namespace cloudflow
