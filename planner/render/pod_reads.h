// Which ConfigMaps, Secrets, claims, service accounts and classes pods need that the application does not make itself.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cloudflow/resource.h"

namespace cloudflow {

/// A pod that cannot start without this object.
struct PodRead {
  ResourceId what{};
  const Resource* reader = nullptr;
  std::string pointer{};  ///< into the reader's spec, where the object is named
};

/// "read", or of what is no file "use".
std::string_view verb_of(const PodRead& read);

/// "secret/keys"; "secret/(secret)" where the configuration took the name from the environment.
std::string printable_name(const PodRead& read);

/// For every workload, and every object that is not itself among `desired`, the first place that names it. What is
/// marked optional is left out. In the order of `desired`, which must outlive the result.
std::vector<PodRead> pod_reads(std::span<const Resource> desired);

/// Whether anything may make further objects: a resource of a kind that Kubernetes itself does not know.
bool may_make_others(std::span<const Resource> desired);

}  // namespace cloudflow
