// What differs between a manifest and a live object, counting only what we ask for or own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloudflow/json.h"
#include "providers/kubernetes/owned_fields.h"

namespace cloudflow {

/// One place where the live object is not what the manifest asks for.
struct Difference {
  std::string path{};                ///< for people: "spec.template.spec.containers[main].image"
  std::string pointer{};             ///< JSON pointer; list positions are those of the manifest
  std::vector<std::string> names{};  ///< the member names on the way, without list positions
  std::optional<Json> before{};      ///< empty: not there
  std::optional<Json> after{};       ///< empty: removed
  OwnedFields owned;                 ///< who owns this place
};

/// The differences in the order of the manifest's members. Fields of other managers that the manifest does not mention
/// and what the server fills in are no differences; fields that we own and the manifest no longer has are.
/// `owned` stands at the root of `live`. Fails when a value is nested too deeply.
Result<std::vector<Difference>> differences(const Json& desired, const Json& live, const OwnedFields& owned);

}  // namespace cloudflow
