// Fingerprints of Avro schemas.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "planner/schema/avro/avro_schema.h"

namespace cloudflow {

enum class FingerprintAlgorithm { crc_64_avro, md5, sha_256 };

/// "crc-64-avro", "md5", "sha-256"; nothing for any other name.
std::optional<FingerprintAlgorithm> fingerprint_algorithm(std::string_view name);

/// The Rabin fingerprint of the Avro specification.
std::uint64_t crc_64_avro(std::string_view bytes);

/// Raw bytes: CRC-64-AVRO little endian (as in the single-object encoding), MD5 and SHA-256 as they are.
std::string fingerprint_bytes(FingerprintAlgorithm algorithm, std::string_view text);

/// Base64 SHA-256 of the canonical form: what a descriptor calls "fingerprint".
std::string avro_fingerprint(const AvroSchema& schema);
/// Base64 SHA-256 of the contract form: differs as soon as a default, an alias or a logical type does.
std::string avro_contract_fingerprint(const AvroSchema& schema);

}  // namespace cloudflow
