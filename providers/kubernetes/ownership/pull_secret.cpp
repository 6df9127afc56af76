// Reads Docker's configuration file.
#include "providers/kubernetes/ownership/pull_secret.h"

#include <string>

#include "sdk/support/text.h"

namespace cloudflow {

std::optional<Json> registries_in(std::string_view encoded) {
  // What Docker writes has three levels; without a limit a deep one would be too much for the stack.
  constexpr int max_depth = 50;
  std::string bytes;
  if (!from_base64(encoded, bytes)) return std::nullopt;
  const auto within = [](int depth, Json::parse_event_t, const Json&) { return depth < max_depth; };
  const Json document = Json::parse(bytes, within, false);
  const Json* auths = find(document, {"auths"});
  return auths != nullptr && auths->is_object() ? std::optional(*auths) : std::nullopt;
}

}  // namespace cloudflow
