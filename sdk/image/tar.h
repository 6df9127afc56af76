// The parts of a tar file that has nothing of the machine in it.
#pragma once

#include <string>

namespace cloudflow {

/// What an entry is, without its bytes. Its owner is root.
struct TarEntry {
  enum class Kind { file, folder, link };

  Kind kind = Kind::file;
  std::string path{};  ///< without a slash in front
  unsigned mode = 0644;
  long long size = 0;    ///< bytes of a file
  std::string target{};  ///< of a symbolic link
  long long time = 0;    ///< seconds since 1970
};

/// Everything before the bytes of the entry, with what old headers have no room for in front.
std::string tar_header(const TarEntry& entry);
/// What follows so many bytes.
std::string tar_padding(long long size);
/// The end of the file.
std::string tar_end();

}  // namespace cloudflow
