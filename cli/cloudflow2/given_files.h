// Files that were named one by one on a command line, or kept in the cluster, as a source tree.
#pragma once

#include <map>
#include <string>

#include "planner/source/source_tree.h"

namespace cloudflow::cloudflow2 {

/// No project around the files: nothing can be listed, so no templates/ and no kubernetes/ are found beside them.
/// Included files are read from where they are.
class GivenFiles final : public SourceTree {
 public:
  /// A file of this machine by its name as given; gives the path in this tree.
  std::string add_file(const std::string& name);
  /// A text that is no file; `name` is both its path and how messages call it.
  std::string add_text(const std::string& name, std::string text);

  Result<std::string> read(std::string_view path) const override;
  Result<std::vector<std::string>> list(std::string_view) const override { return std::vector<std::string>{}; }
  bool exists(std::string_view path) const override;
  Result<Revision> revision() const override { return revision_; }
  std::string display(std::string_view path) const override;

 private:
  std::map<std::string, std::string, std::less<>> names_{};  ///< path → as given
  std::map<std::string, std::string, std::less<>> texts_{};
  Revision revision_{};
};

/// Where a project would be, in a tree that has none.
inline constexpr std::string_view no_folder = ".no-project";

}  // namespace cloudflow::cloudflow2
