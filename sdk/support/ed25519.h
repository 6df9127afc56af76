// Signatures over OpenSSL: Ed25519 (RFC 8032) with keys in PEM (RFC 8410).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/result.h"
#include "sdk/support/secret.h"

namespace cloudflow {

struct Ed25519Signature {
  std::string value{};       ///< 64 raw bytes
  std::string public_key{};  ///< SHA-256 of the key's DER form (SubjectPublicKeyInfo), hex: tells keys apart
};

/// `pem`: a private key without a passphrase. `name`: how messages call its file.
Result<Ed25519Signature> sign_ed25519(const Secret& pem, const std::string& name, std::string_view bytes);

/// The public keys in a text, one or several. `name`: how messages call its file.
class Ed25519Keys {
 public:
  static Result<Ed25519Keys> read(std::string_view pem, const std::string& name);

  /// Whether one of them has signed these bytes.
  bool have_signed(std::string_view bytes, std::string_view signature) const;
  /// As Ed25519Signature::public_key, of each.
  std::vector<std::string> fingerprints() const;

 private:
  std::vector<std::string> raw_{};  ///< 32 bytes each
};

}  // namespace cloudflow
