// What differs between a manifest and a live object, counting only what we ask for or own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloudflow/json.h"
#include "providers/kubernetes/ownership/owned_fields.h"
#include "providers/kubernetes/schema/known_schema.h"

namespace cloudflow {

/// One place where the live object is not what the manifest asks for.
struct Difference {
  std::string path{};                ///< for people: "spec.template.spec.containers[main].image"
  std::string pointer{};             ///< JSON pointer; list positions are those of the manifest
  std::vector<std::string> names{};  ///< the member names on the way, without list positions
  std::optional<Json> before{};      ///< empty: not there
  std::optional<Json> after{};       ///< empty: removed
  OwnedFields owned;                 ///< who owns this place
  bool left = false;                 ///< of its own: it was asked for once, or taken over, and is not any more
};

/// The differences in the order of the manifest's members. Fields of other managers that the manifest does not mention
/// are no differences; fields that we own and the manifest no longer has are. What only the server can tell (whether it
/// fills a value in, drops an empty one, or merges a list of a kind without a known schema) is a difference: its dry
/// run confirms or drops it. So nothing is overlooked. `owned` stands at the root of `live`, `schema` says what is
/// known of the kind. Fails when a value is nested too deeply.
Result<std::vector<Difference>> differences(const Json& desired, const Json& live, const OwnedFields& owned,
                                            const FieldSchema& schema);

/// What is not the same in two states of one live object, as the server keeps them. Positions in lists are those of
/// `after`; of what is gone, those of `before`. `owned` stands at the root of `before`.
std::vector<Difference> differences_of_states(const Json& before, const Json& after, const OwnedFields& owned,
                                              const FieldSchema& schema);

}  // namespace cloudflow
