// Which rights in a cluster an application's plans and applies need, and as which rules of RBAC they are written.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "cloudflow/change.h"
#include "cloudflow/resource.h"
#include "providers/kubernetes/ownership/applyset.h"

namespace cloudflow {

/// That one verb may be used on one kind of resource.
struct Right {
  std::string ns{};  ///< empty: in the whole cluster, or of a kind outside namespaces
  std::string group{};
  std::string resource{};  ///< plural, with a subresource: "secrets", "services/proxy"
  std::string verb{};
  std::string name{};  ///< of the one object that it is about; empty: of all

  auto operator<=>(const Right&) const = default;
  /// "patch on deployments.apps in namespace prod"
  std::string text() const;
};
using Rights = std::set<Right>;

/// For the whole life of what is desired: plan, apply, status, history, rollback and destroy. Of a kind that is neither
/// usual nor defined among the manifests the name of its resource is derived from its kind; these go to `guessed`.
/// `makes_namespace`: the application's namespace is not there before.
Rights rights_of_life(std::span<const Resource> desired, const ApplySet& set, bool makes_namespace,
                      std::set<std::string>& guessed);
/// For the changes of one plan, with what is written down of them: lock, record, history and key.
Rights rights_of_changes(std::span<const Change> changes, const ApplySet& set);

/// The rules of a Role (ClusterRole where `ns` is empty) with exactly the rights in that namespace.
std::vector<Json> rules_of(const Rights& rights, const std::string& ns);

}  // namespace cloudflow
