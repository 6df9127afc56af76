// Kubernetes manifests as resources.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "cloudflow/resource.h"
#include "planner/config/config_value.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// What every manifest of one application has in common.
struct ManifestContext {
  std::string ns{};                       ///< namespace of manifests that name none
  std::string application{};              ///< value of the ownership label
  std::set<std::string> cluster_kinds{};  ///< "Kind.group" without a namespace, besides the built-in ones
};

/// Whether objects of a kind that Kubernetes itself has, "Kind.group", are in no namespace.
bool is_cluster_scoped(std::string_view kind);

/// The resource that a manifest describes, with namespace and ownership labels filled in; every leaf has its origin.
/// Nothing, with an error, when it is no manifest.
std::optional<Resource> manifest_resource(const ConfigValue& manifest, const ManifestContext& context,
                                          Diagnostics& problems);

/// The manifests in kubernetes/*.yaml below `folder`; lists are taken apart.
std::vector<Resource> extra_manifests(const SourceTree& tree, std::string_view folder, ManifestContext context,
                                      Diagnostics& problems);

}  // namespace cloudflow
