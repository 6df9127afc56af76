// The Secret with the credentials of registries, which others may fill, too.
#pragma once

#include <optional>
#include <string_view>

#include "cloudflow/json.h"

namespace cloudflow {

// As planner/render/secret_resources.cpp writes them, which a provider does not see.
inline constexpr std::string_view pull_secret_name = "cloudflow-image-pull-secret";
inline constexpr const char* pull_key = ".dockerconfigjson";
/// The annotation with the registry whose credentials the last apply wrote.
inline constexpr const char* registry_annotation = "cloudflow/registry";

/// Registry → credentials, of the base64 text under pull_key; nothing where it holds none.
std::optional<Json> registries_in(std::string_view encoded);

}  // namespace cloudflow
