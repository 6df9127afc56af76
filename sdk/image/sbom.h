// What an image is made of, as a CycloneDX document.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

/// A file that was put into the image.
struct SbomFile {
  std::string path{};              ///< in the image
  std::filesystem::path source{};  ///< on this machine; empty where it was made
  std::string text{};              ///< its content then
};

/// Name, version and SHA-256 of each file, by CycloneDX 1.5: files that a Debian package of this machine owns name that
/// package, jars are read as NAME-VERSION.jar, others have no version. Layers of a base are not looked into. The same
/// files give the same document: it has no time and no serial number.
Result<std::string> make_sbom(const std::string& image, std::vector<SbomFile> files, const std::string& base,
                              const std::stop_token& stop);

}  // namespace cloudflow
