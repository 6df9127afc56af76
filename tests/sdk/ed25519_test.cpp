#include "sdk/support/ed25519.h"

#include <catch2/catch_all.hpp>

#include "sdk/support/digest.h"
#include "sdk/support/text.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string bytes_of(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return out;
}

std::string pem(const std::string& kind, const std::string& der) {
  return "-----BEGIN " + kind + "-----\n" + to_base64(der) + "\n-----END " + kind + "-----\n";
}

// RFC 8032, 7.1, test 2; the DER forms are those of RFC 8410.
const std::string private_der = bytes_of("302e020100300506032b657004220420") +
                                bytes_of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const std::string public_der =
    bytes_of("302a300506032b6570032100") + bytes_of("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const std::string message = bytes_of("72");
const std::string expected = bytes_of(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

}  // namespace

TEST_CASE("a signature is that of RFC 8032", "[ed25519]") {
  const auto made = sign_ed25519(Secret(pem("PRIVATE KEY", private_der)), "key", message);
  REQUIRE(made);
  CHECK(made->value == expected);
  CHECK(made->public_key == sha256_hex(public_der));
  const auto keys = Ed25519Keys::read(pem("PUBLIC KEY", public_der), "pub");
  REQUIRE(keys);
  CHECK(keys->fingerprints() == std::vector{made->public_key});
  CHECK(keys->have_signed(message, expected));
  CHECK_FALSE(keys->have_signed("s", expected));
  CHECK_FALSE(keys->have_signed(message, ""));
  CHECK_FALSE(keys->have_signed(message, expected.substr(1)));
  std::string other = expected;
  other[5] = static_cast<char>(other[5] ^ 1);
  CHECK_FALSE(keys->have_signed(message, other));
}

TEST_CASE("what is no key is refused with what it is", "[ed25519]") {
  const auto not_private = [](const std::string& text) {
    const auto made = sign_ed25519(Secret(text), "k.pem", "");
    REQUIRE_FALSE(made);
    CHECK_THAT(made.error().hint, ContainsSubstring("openssl genpkey"));
    return made.error().message;
  };
  const std::string wanted = ", wanted an Ed25519 private key in PEM without a passphrase";
  CHECK(not_private("") == "\"k.pem\" holds no such key" + wanted);
  CHECK(not_private(pem("PUBLIC KEY", public_der)) == "\"k.pem\" holds a public key" + wanted);
  CHECK(not_private("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n") ==
        "\"k.pem\" holds a key of OpenSSH" + wanted);
  const auto not_public = [](const std::string& text) {
    const auto read = Ed25519Keys::read(text, "k.pub");
    REQUIRE_FALSE(read);
    return read.error().message;
  };
  CHECK_THAT(not_public(""), ContainsSubstring("holds no such key"));
  CHECK_THAT(not_public(pem("PRIVATE KEY", private_der)), ContainsSubstring("holds a private key"));
  CHECK_THAT(not_public(pem("PUBLIC KEY", public_der) + pem("PUBLIC KEY", "broken")),
             ContainsSubstring("holds something else, too"));
  const auto both = Ed25519Keys::read(pem("PUBLIC KEY", public_der) + pem("PUBLIC KEY", public_der), "k.pub");
  REQUIRE(both);
  CHECK(both->fingerprints().size() == 2);
}
