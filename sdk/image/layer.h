// Files of an image, and the layer that they become.
#pragma once

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "cloudflow/result.h"
#include "sdk/image/blob.h"
#include "sdk/image/layout.h"
#include "sdk/image/tar.h"

namespace cloudflow {

/// A file of an image, and where its bytes come from.
struct LayerFile {
  TarEntry::Kind kind = TarEntry::Kind::file;
  unsigned mode = 0644;
  std::filesystem::path source{};  ///< empty: `text` is its content
  std::string text{};
  std::string target{};  ///< of a symbolic link
};

/// The files of a layer by their paths in the image, which begin with a slash.
class LayerFiles {
 public:
  /// A file, executable where its source is. A symbolic link as `source` is followed.
  Result<void> add(const std::string& path, const std::filesystem::path& source);
  /// A folder with all that is in it, or a single file. Symbolic links in it stay what they are.
  Result<void> add_tree(const std::string& path, const std::filesystem::path& source);
  void add_text(const std::string& path, std::string text, unsigned mode = 0644);
  void add_folder(const std::string& path, unsigned mode);

  bool empty() const { return files_.empty(); }
  const std::map<std::string, LayerFile>& all() const { return files_; }

 private:
  std::map<std::string, LayerFile> files_{};
};

struct Layer {
  Blob blob{};
  std::string diff_id{};  ///< the digest before compression
};

/// Whether the folders on the way to a file are entries, too. On top of another image they must not be: where that has
/// a link in place of a folder (/lib → usr/lib), the folder would take the link's place.
enum class LayerFolders { with_parents, only_own };

struct LayerOptions {
  LayerFolders folders = LayerFolders::with_parents;
  long long time = 0;                   ///< of all entries, in seconds since 1970
  std::map<std::string, Blob> known{};  ///< layers of an earlier build by their digests before compression
};

/// Writes them into the layout, sorted, owned by root. One that is known is not compressed again.
Result<Layer> write_layer(const LayerFiles& files, const LayerOptions& options, const Layout& layout,
                          const std::stop_token& stop);

}  // namespace cloudflow
