// The digest in which descriptors write fingerprints.
#include "sdk/streamlet/fingerprint.h"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace cloudflow::streamlet {

std::string base64_sha256(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  std::size_t size = 0;
  if (EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(), digest.data(), &size) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  std::array<unsigned char, 45> encoded{};  // 44 characters and a zero byte
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return {encoded.begin(), encoded.begin() + length};
}

}  // namespace cloudflow::streamlet
