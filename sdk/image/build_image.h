// From a program, a class path or files to an image in a layout.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/result.h"
#include "sdk/image/base_image.h"
#include "sdk/image/layout.h"

namespace cloudflow {

/// What an image is made of. Paths are on this machine, or, where it says so, in the image.
struct ImageRecipe {
  std::string name{};          ///< "registry.example.com/shop/orders:1.0.0"
  std::string base{};          ///< as take_base() reads it; empty: the image has nothing but what is named here
  std::string architecture{};  ///< empty: the program's, else this machine's
  std::filesystem::path program{};
  std::vector<std::filesystem::path> class_path{};
  std::vector<std::filesystem::path> dependencies{};     ///< of the class path, too
  std::string jar_folder = "/opt/cloudflow";             ///< in the image
  std::string main_class{};                              ///< of the class path
  std::map<std::string, std::filesystem::path> files{};  ///< by their paths in the image
  std::filesystem::path project{};                       ///< the folder whose jars change often
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> environment{};
  std::optional<std::vector<std::string>> entrypoint{};
  std::vector<std::string> arguments{};
  std::string user{};         ///< empty: the base's, else 185, whom Cloudflow gives volumes to
  std::string work_folder{};  ///< in the image
  std::string descriptors{};  ///< a JSON list; empty: none
  long long time = 0;         ///< of all that is in it, in seconds since 1970
};

/// An image as it lies in the layout.
struct BuiltImage {
  Blob manifest{};
  std::string architecture{};
  std::size_t base_layers = 0;  ///< of the layers, how many are the base's
  std::vector<Blob> layers{};
};

/// The same recipe and the same files give the same digest. Writes the layout's index last.
Result<BuiltImage> build_image(const ImageRecipe& recipe, const Layout& layout, const OpenRepository& open,
                               const std::stop_token& stop);

}  // namespace cloudflow
