// What leaves a manifest and the server would keep all the same.
#pragma once

#include <optional>
#include <string_view>

#include "cloudflow/change.h"

namespace cloudflow {

/// The manifest with what makes the server let go: a pod's service account is kept under its older name, too. Nothing
/// where the manifest is enough.
std::optional<Json> with_let_go(const Json& desired, const Json& live);

/// Whether a difference drops what the server keeps silently for as long as the object lives: a Service without an
/// address stays without.
bool is_kept_by_server(std::string_view kind, std::string_view pointer, const std::optional<Json>& before,
                       const std::optional<Json>& after);
/// Whether a change that replaces an object does so because of such a field.
bool is_kept_by_server(const Change& change);

/// A namespace as it is asked for, where several applications may share it: the labels that name an owner stay as they
/// are.
Json with_shared_labels(const Json& desired, const Json& live);

/// Who set the replicas of a live object that nobody owns: whoever used its scale subresource, as the server then takes
/// them from their owner and does not say who did it, nor when. Of one it cannot be told: it is also what the server
/// fills in where nobody ever asked for a number. Nor can it be of a kind that somebody defined, whose objects may be
/// scaled by any number in them. Empty for other fields.
std::string_view unowned_scaler(std::string_view kind, const Json& live, const FieldChange& field);
/// What unowned_scaler() says where it cannot be told.
inline constexpr std::string_view scale_or_git = "git or somebody's scale";

}  // namespace cloudflow
