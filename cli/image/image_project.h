// The builds of a project, and where on this machine they are.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/host.h"
#include "cli/pipeline/source.h"
#include "cli/views/view.h"
#include "planner/project/project.h"
#include "sdk/image/build_image.h"
#include "sdk/image/reference.h"

namespace cloudflow {

/// One build that was asked for.
struct ChosenBuild {
  std::string name{};
  ImageBuild build{};
  ImageReference image{};          ///< with a tag: the build's own, else the project's version
  std::filesystem::path layout{};  ///< the folder of its layout
};

struct ImageProject {
  Project project{};
  std::filesystem::path file{};  ///< cloudflow.yaml
  std::vector<ChosenBuild> chosen{};

  std::filesystem::path folder() const { return file.parent_path(); }
};

/// What `image build` and `image push` both take.
struct ImageOptions {
  SourceOptions source{};
  std::vector<std::string> names{};  ///< of builds; empty: all
  std::string output{};              ///< folder of layouts; empty: build/images in the project
};

/// Reads the project file, not the application: what that lacks may come with the images. Nothing, shown, where
/// something is wrong.
std::optional<ImageProject> read_image_project(ImageOptions options, const Host& host, View& view);

/// What to make the image of. Asks a program for its descriptors.
Result<ImageRecipe> recipe_of(const ChosenBuild& chosen, const ImageProject& project, const std::stop_token& stop);

}  // namespace cloudflow
