// Reads back what was written: tar files and gzip, by the rules and not by our own code.
#pragma once

#include <map>
#include <string>

#include "sdk/image/layout.h"

namespace cloudflow::testing {

/// An entry as `tar` lists it: "-rw-r--r-- 0/0 4 1970-01-01 00:00:00 opt/app", by path.
std::map<std::string, std::string> listed_by_tar(const std::string& file);
/// Unpacks a compressed layer into a folder, by `tar`.
void unpack(const std::string& file, const std::string& folder);
/// The manifest and configuration of the image that a layout holds.
Json manifest_of(const Layout& layout);
Json config_of(const Layout& layout);
/// The files of its layers from `from` on, all in one folder.
void unpack_layers(const Layout& layout, const std::string& folder, std::size_t from = 0);

}  // namespace cloudflow::testing
