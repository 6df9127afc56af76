// Fingerprints of Avro schemas.
#include "planner/schema/avro/avro_fingerprint.h"

#include <array>

#include "planner/schema/avro/avro_canonical.h"
#include "sdk/support/digest.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::uint64_t empty_crc = 0xc15d213aa4d7a795U;

constexpr std::array<std::uint64_t, 256> crc_table() {
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t i = 0; i < 256; ++i) {
    std::uint64_t value = i;
    for (int round = 0; round < 8; ++round) value = (value >> 1U) ^ ((value & 1U) != 0 ? empty_crc : 0);
    table[i] = value;
  }
  return table;
}

}  // namespace

std::optional<FingerprintAlgorithm> fingerprint_algorithm(std::string_view name) {
  if (name == "crc-64-avro") return FingerprintAlgorithm::crc_64_avro;
  if (name == "md5") return FingerprintAlgorithm::md5;
  if (name == "sha-256") return FingerprintAlgorithm::sha_256;
  return std::nullopt;
}

std::uint64_t crc_64_avro(std::string_view bytes) {
  static constexpr std::array<std::uint64_t, 256> table = crc_table();
  std::uint64_t crc = empty_crc;
  for (const char c : bytes) crc = (crc >> 8U) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
  return crc;
}

std::string fingerprint_bytes(FingerprintAlgorithm algorithm, std::string_view text) {
  switch (algorithm) {
    case FingerprintAlgorithm::md5:
      return md5(text);
    case FingerprintAlgorithm::sha_256:
      return sha256(text);
    case FingerprintAlgorithm::crc_64_avro:
      break;
  }
  std::uint64_t crc = crc_64_avro(text);
  std::string out;
  for (int i = 0; i < 8; ++i, crc >>= 8U) out += static_cast<char>(static_cast<unsigned char>(crc & 0xFFU));
  return out;
}

std::string avro_fingerprint(const AvroSchema& schema) { return to_base64(sha256(avro_canonical_form(schema))); }

std::string avro_contract_fingerprint(const AvroSchema& schema) {
  return to_base64(sha256(avro_contract_form(schema)));
}

}  // namespace cloudflow
