// The runtimes: folders of templates, the user's own over those in the binary.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// One file of a runtime: a resource, and the condition under which it is made (empty: always).
struct RuntimeFile {
  ConfigValue tree{};
  std::string condition{};
};

/// A claim that all streamlets of a runtime have, unless the user mounts something at its path.
struct SharedStorage {
  std::string claim{};
  std::string path{};         ///< in every container
  std::string access_mode{};  ///< that the claim has to have, e.g. ReadWriteMany
};

/// What the templates of a runtime read of the configuration.
struct RuntimeNeeds {
  std::vector<std::string> pods{};  ///< names under kubernetes.pods; empty: not declared, so that any may be read
  std::optional<SharedStorage> storage{};
};

/// What runtime.yaml of a folder declares.
struct Runtime {
  std::vector<RuntimeFile> application{};  ///< made once when any streamlet has this runtime
  std::vector<RuntimeFile> streamlet{};    ///< made for each of its streamlets
  ConfigValue settings{};  ///< what an environment may set → a list of values, the first being the default
  ConfigValue values{};    ///< a list of maps: names for what templates compute, each seeing those before
  ConfigValue warnings{};  ///< a list of {if, say, hint}: what a user is told of a streamlet
};

/// Template files: those of the tree's templates/ folder win over the built-in ones.
class TemplateFiles {
 public:
  /// `folder` is where cloudflow.yaml is; the tree has to outlive this.
  TemplateFiles(const SourceTree& tree, std::string folder) : tree_(&tree), folder_(std::move(folder)) {}

  /// The parsed file at a path such as "akka/deployment.yaml"; null, with an error, when it cannot be read.
  ConfigValue parse(const std::string& path, Diagnostics& problems) const;
  /// Names of all runtimes, sorted.
  std::vector<std::string> runtimes() const;
  /// What runtime.yaml declares of the configuration. What is wrong with the file runtime() says.
  RuntimeNeeds needs(const std::string& name) const;
  /// A runtime by its name. Problems name the place in its files.
  Runtime runtime(const std::string& name, Diagnostics& problems) const;

 private:
  std::string in_tree(const std::string& path) const;
  std::vector<RuntimeFile> files(const std::string& runtime, const ConfigValue* list, Diagnostics& problems) const;

  const SourceTree* tree_;
  std::string folder_;
};

}  // namespace cloudflow
