// Digests over bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace cloudflow {

std::string sha256(std::string_view bytes);      ///< 32 raw bytes
std::string sha256_hex(std::string_view bytes);  ///< 64 hex digits
std::string md5(std::string_view bytes);         ///< 16 raw bytes; for Avro fingerprints only
std::string hex(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);  ///< 32 raw bytes

/// The SHA-256 of bytes that come piece by piece, as of files that are larger than memory.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&& other) noexcept;
  Sha256& operator=(Sha256&& other) noexcept;

  void add(std::string_view bytes);
  /// 64 hex digits of all that was added; to be asked once.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow
