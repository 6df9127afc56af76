// Whether files of a folder have changed.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace cloudflow {

/// Looks when it is asked: at names, sizes, times and modes of what lies below a folder, without hidden folders and
/// those that builds and packages fill (build, target, node_modules, venv, __pycache__), and at files that are named.
/// Of a folder with more than 20,000 files only the first are seen.
class FileWatch {
 public:
  explicit FileWatch(std::string folder);

  /// Further files to look at, wherever they are, in place of those that were named before. Those that are new count
  /// from now on; what has changed of the others still counts.
  void name_files(std::set<std::string> files);
  /// Whether a file has changed since this was last true, and not again since it was last asked: an editor or a
  /// compiler may be in the middle of its work. Files that never rest, as logs do, hold up nothing.
  bool has_settled_change();

 private:
  struct Seen {
    std::filesystem::file_time_type time{};
    std::uintmax_t size = 0;
    std::filesystem::perms mode{};
    bool operator==(const Seen&) const = default;
  };
  using Snapshot = std::map<std::string, Seen>;
  Snapshot look() const;
  static void see(const std::string& path, Snapshot& out);

  std::string folder_;
  std::set<std::string> named_{};
  Snapshot known_{};
  Snapshot last_{};
};

}  // namespace cloudflow
