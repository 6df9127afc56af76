// Looks for keys that are called like credentials.
#include "cli/views/credentials_in_text.h"

#include <algorithm>
#include <array>
#include <string>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::array<std::string_view, 12> credential_words{"password", "passwd", "passphrase", "secret",
                                                            "token",    "jaas",   "credential", "private-key",
                                                            "api-key",  "apikey", "access-key", "pwd"};

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// A key in small letters and with dashes only: "SSL_KEY.Password" → "ssl-key-password".
std::string plain(std::string_view key) {
  std::string out = lower(key);
  std::ranges::replace_if(out, [](char c) { return c == '_' || c == '.'; }, '-');
  return out;
}

bool names_credential(std::string_view key) {
  const std::string name = plain(key);
  // Where a secret is, and not what it is.
  if (name.starts_with("from-") || name.ends_with("-name") || name.ends_with("-file")) return false;
  return std::ranges::any_of(credential_words, [&](std::string_view word) { return name.find(word) != npos; });
}

/// The value after a key that ends at `end`; npos where none stands there in plain text.
std::size_t value_after(std::string_view line, std::size_t end) {
  std::size_t at = end;
  const auto skip = [&](std::string_view characters) {
    at = std::min(line.find_first_not_of(characters, at), line.size());
  };
  skip("\\\"'");
  skip(" \t");
  if (line.substr(at).starts_with("+=")) ++at;
  if (at == line.size() || (line[at] != '=' && line[at] != ':')) return npos;
  ++at;
  skip(" \t");
  // An object may say where the value is; a substitution does.
  const bool nothing = at == line.size() || line[at] == '{' || line[at] == '#' || line.substr(at).starts_with("${");
  return nothing ? npos : at;
}

std::size_t url_password(std::string_view line) {
  for (std::size_t at = line.find("://"); at != npos; at = line.find("://", at + 3)) {
    const std::size_t end = std::min(line.find_first_of("/ \t\"'", at + 3), line.size());
    const std::size_t login = line.substr(0, end).find('@', at + 3);
    const std::size_t colon = line.find(':', at + 3);
    if (login != npos && colon < login) return colon + 1;
  }
  return npos;
}

}  // namespace

std::size_t find_credential(std::string_view line) {
  const std::size_t in_url = url_password(line);
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && is_key_character(line[end])) ++end;
    if (end > at && names_credential(line.substr(at, end - at))) {
      if (const std::size_t value = value_after(line, end); value != npos) return std::min(value, in_url);
    }
    at = std::max(end, at + 1);
  }
  return in_url;
}

}  // namespace cloudflow
