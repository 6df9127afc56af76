// Read-only files at one revision: a folder, a commit, or a test's literals.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

/// The commit that a tree stands for.
struct Revision {
  std::string commit{};   ///< full hash; empty outside git
  std::string branch{};   ///< "main"; empty when unknown
  std::string subject{};  ///< first line of the message
  bool dirty = false;     ///< the working tree differs from the commit
};

/// Who wrote a line last. Without commit and not uncommitted: too long ago to look for, or no such line.
struct Blame {
  std::string commit{};      ///< short hash
  bool uncommitted = false;  ///< changed in the working tree
  std::string subject{};     ///< first line of the commit's message
  std::string author{};
};

/// Files below one root. Paths are relative, with '/', without "..": a path that leaves the tree is not_found.
class SourceTree {
 public:
  virtual ~SourceTree() = default;
  virtual Result<std::string> read(std::string_view path) const = 0;
  /// Every file below `folder` (recursive), sorted. Empty when there is no such folder.
  virtual Result<std::vector<std::string>> list(std::string_view folder) const = 0;
  virtual bool exists(std::string_view path) const = 0;
  /// What the files are those of; nothing is in it outside git. May have to wait for git.
  virtual Result<Revision> revision() const = 0;
  /// How the tree is called in messages: a path's own name in diagnostics is `display(path)`.
  virtual std::string display(std::string_view path) const = 0;
  /// Who wrote these lines of a file, which is called as display() calls it; unsupported outside git.
  virtual Result<std::vector<Blame>> blame(std::string_view file, std::span<const int> lines) const;
};

/// Why a file cannot be read, for a message that names it: a link that leads nowhere or out of the folder, a FIFO, a
/// folder, no right to. Empty when it can be, and when simply nothing is there.
std::string obstacle_at(const SourceTree& tree, std::string_view path);
/// "there is no blueprint "x"", or "cannot read the blueprint "x": …" with the obstacle.
std::string missing_text(const SourceTree& tree, std::string_view path, std::string_view what);

/// "a/b" + "../c" → "a/c". Nothing when it would leave the root.
std::optional<std::string> resolve_path(std::string_view folder, std::string_view relative);

}  // namespace cloudflow
