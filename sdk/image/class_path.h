// The jars of a JVM program, from what its build says.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "cloudflow/result.h"
#include "sdk/image/layer.h"

namespace cloudflow {

/// The jars by layer: those of others change seldom, and are not sent again with every build.
struct ClassPathLayers {
  LayerFiles dependencies{};
  LayerFiles own{};
};

/// `entries` are jars, folders with jars, folders with classes (which become a jar), and text files that list such
/// (separated by line ends, ':' or '@', as sbt, Maven and Cloudflow's plugin write them). What lies below `project` is
/// its own. Jars go to `folder` of the image; two different ones with the same name keep both, the second under a name
/// with a part of its digest.
Result<ClassPathLayers> read_class_path(std::span<const std::filesystem::path> entries,
                                        const std::filesystem::path& project, const std::string& folder);

}  // namespace cloudflow
