// The digest in which descriptors write fingerprints.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow::streamlet {

/// Base64 of the SHA-256 of a text.
std::string base64_sha256(std::string_view text);

}  // namespace cloudflow::streamlet
