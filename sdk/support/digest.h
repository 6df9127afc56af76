// Digests over bytes.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow {

std::string sha256(std::string_view bytes);      ///< 32 raw bytes
std::string sha256_hex(std::string_view bytes);  ///< 64 hex digits
std::string md5(std::string_view bytes);         ///< 16 raw bytes; for Avro fingerprints only
std::string hex(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);  ///< 32 raw bytes

}  // namespace cloudflow
