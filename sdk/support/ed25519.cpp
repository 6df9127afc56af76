// Signatures over OpenSSL.
#include "sdk/support/ed25519.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "sdk/support/digest.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Memory = Handle<BIO, BIO_free_all>;
using Context = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;

constexpr std::size_t key_size = 32;
constexpr std::size_t signature_size = 64;
constexpr std::string_view how_to_make =
    "make a pair: openssl genpkey -algorithm ed25519 -out plan.key; "
    "openssl pkey -in plan.key -pubout -out plan.pub";

/// Nobody is asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::string fingerprint_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return "";
  std::string out = sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return out;
}

std::unexpected<Error> no_key(const std::string& name, std::string_view wanted, std::string_view found) {
  return failure(ErrorKind::invalid_input, fmt::format("{} holds {}, wanted {}", quote(name), found, wanted),
                 std::string(how_to_make));
}

}  // namespace

Result<Ed25519Signature> sign_ed25519(const Secret& pem, const std::string& name, std::string_view bytes) {
  constexpr std::string_view wanted = "an Ed25519 private key in PEM without a passphrase";
  const Memory memory(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())));
  const Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr));
  if (key.get() == nullptr) {
    const bool is_ssh = pem.reveal().contains("BEGIN OPENSSH PRIVATE KEY");
    const bool is_public = pem.reveal().contains("BEGIN PUBLIC KEY");
    return no_key(name, wanted, is_ssh ? "a key of OpenSSH" : is_public ? "a public key" : "no such key");
  }
  if (EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) return no_key(name, wanted, "a key of another kind");
  const Context context(EVP_MD_CTX_new());
  std::array<unsigned char, signature_size> out{};
  std::size_t size = out.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), out.data(), &size, raw(bytes), bytes.size()) != 1)
    return failure(ErrorKind::unsupported, fmt::format("OpenSSL could not sign with the key in {}", quote(name)));
  return Ed25519Signature{.value = {reinterpret_cast<const char*>(out.data()), size},
                          .public_key = fingerprint_of(key.get())};
}

Result<Ed25519Keys> Ed25519Keys::read(std::string_view pem, const std::string& name) {
  constexpr std::string_view wanted = "Ed25519 public keys in PEM";
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Ed25519Keys out;
  while (true) {
    const Key key(PEM_read_bio_PUBKEY(memory.get(), nullptr, no_passphrase, nullptr));
    if (key.get() == nullptr) break;
    std::string bytes(key_size, '\0');
    std::size_t size = bytes.size();
    if (EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size) != 1)
      return no_key(name, wanted, "a key of another kind");
    out.raw_.push_back(std::move(bytes));
  }
  // A key that cannot be read must not be passed over: it may be the one that was meant.
  const auto begun = [&] {
    std::size_t count = 0;
    for (std::size_t at = pem.find("-----BEGIN"); at != std::string_view::npos; at = pem.find("-----BEGIN", at + 1))
      ++count;
    return count;
  }();
  if (out.raw_.empty() || begun != out.raw_.size()) {
    return no_key(name, wanted,
                  pem.contains("PRIVATE KEY") ? "a private key"
                  : out.raw_.empty()          ? "no such key"
                                              : "something else, too");
  }
  return out;
}

bool Ed25519Keys::have_signed(std::string_view bytes, std::string_view signature) const {
  return std::ranges::any_of(raw_, [&](const std::string& one) {
    const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(one), one.size()));
    const Context context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(bytes), bytes.size()) == 1;
  });
}

std::vector<std::string> Ed25519Keys::fingerprints() const {
  std::vector<std::string> out;
  for (const std::string& one : raw_) {
    const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(one), one.size()));
    out.push_back(fingerprint_of(key.get()));
  }
  return out;
}

}  // namespace cloudflow
