// One desired manifest against one live object: the change between them.
#pragma once

#include "cloudflow/change.h"
#include "providers/kubernetes/ownership/applyset.h"
#include "providers/kubernetes/ownership/owned_fields.h"
#include "providers/kubernetes/schema/known_schema.h"

namespace cloudflow {

/// Of an object that was adopted by name and differs in nothing.
inline constexpr std::string_view as_it_is_note =
    "is as asked for, and was made by others: from now on what leaves the source leaves it, too";

/// as_it_is_note, unless somebody keeps what is asked for: then who it is.
std::string note_of_taking(const std::vector<FieldOwner>& owners, const Json& body);

/// Provider::compare. Creations list no fields: Change::desired says everything. With Action::none it says only what is
/// meant (id, after, streamlet), not its content.
Result<Change> compare_object(const Resource* desired, const Live* live, const ApplySet& set);

/// The same without the quick look at whether anything differs at all.
Result<Change> compare_thoroughly(const Resource* desired, const Live* live, const ApplySet& set);

/// What the schema of a manifest's kind says.
const FieldSchema& schema_of_resource(const Resource& resource);

/// The fields of a change as the server's dry run makes it of the live object: those of the comparison that it
/// confirms, with its values where they say more, and what else it changes of what we ask for or own. What follows from
/// them is left out. `before` and `after` are the live object and the prediction without what every write moves.
std::vector<FieldChange> predicted_fields(const Change& change, const Json& before, const Json& after, const Json& live,
                                          const ApplySet& set);

/// {"uid", "resourceVersion"} of a live object.
Json precondition_of(const Json& live);

}  // namespace cloudflow
