// An object that can be tried beside the one that it is to replace.
#pragma once

#include <string>
#include <vector>

#include "cloudflow/resource.h"

namespace cloudflow {

struct StandIn {
  Json body{};
  std::string name{};                   ///< of the stand-in
  std::string original{};               ///< the name for which it stands
  std::vector<std::string> left_out{};  ///< what two objects cannot both have, so that it could not be tried
};

/// The manifest by another name, without what has to be unique in a cluster; where names are prescribed (definitions,
/// API services), what prescribes them is renamed too. The cluster is never asked to keep it.
StandIn stand_in_for(const ResourceId& id, const Json& body);

}  // namespace cloudflow
