// A SourceTree from literals.
#pragma once

#include <map>

#include "planner/source/source_tree.h"

namespace cloudflow::testing {

class MemoryTree final : public SourceTree {
 public:
  explicit MemoryTree(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  Result<std::string> read(std::string_view path) const override {
    const auto found = files_.find(std::string(path));
    if (found == files_.end()) return failure(ErrorKind::not_found, "no file \"" + std::string(path) + "\"");
    return found->second;
  }
  Result<std::vector<std::string>> list(std::string_view folder) const override {
    std::vector<std::string> out;
    const std::string prefix = folder.empty() ? "" : std::string(folder) + "/";
    for (const auto& [path, text] : files_) {
      if (path.starts_with(prefix)) out.push_back(path);
    }
    return out;
  }
  bool exists(std::string_view path) const override { return files_.contains(std::string(path)); }
  Result<Revision> revision() const override { return revision_; }
  std::string display(std::string_view path) const override { return std::string(path); }

 private:
  std::map<std::string, std::string> files_;
  Revision revision_{};
};

}  // namespace cloudflow::testing
