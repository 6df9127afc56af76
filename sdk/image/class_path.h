// The jars of a JVM program, from what its build says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cloudflow/result.h"
#include "sdk/image/layer.h"

namespace cloudflow {

/// The jars by layer: those of others change seldom, and are not sent again with every build.
struct ClassPathLayers {
  LayerFiles dependencies{};
  LayerFiles own{};
};

/// Entries are jars, folders with jars (with "/*" behind them or without), folders with classes (which become a jar),
/// and text files that list such (separated by line ends, ':' or '@', as sbt, Maven and Cloudflow's plugin write them).
struct ClassPathSource {
  const std::vector<std::filesystem::path>& entries;       ///< what lies below `project` is its own
  const std::vector<std::filesystem::path>& dependencies;  ///< never its own
  const std::filesystem::path& project;
  const std::string& folder;  ///< of the image, where jars go
};

/// Two different jars with the same name are both kept, the second under a name with a part of its digest.
Result<ClassPathLayers> read_class_path(const ClassPathSource& source);

}  // namespace cloudflow
