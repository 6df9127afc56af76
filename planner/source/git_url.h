// Addresses of repositories on servers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sdk/support/secret.h"

namespace cloudflow {

/// "https://ada:pw@host:8443/team/app.git", "ssh://git@host/app.git" or "git@host:app.git", in parts.
struct GitUrl {
  std::string scheme{};  ///< lower case; "ssh" for "git@host:path"
  std::string user{};
  Secret password{};
  std::string host{};  ///< an IPv6 address stands in brackets
  std::string port{};  ///< empty: the scheme's
  std::string path{};  ///< for http with the leading slash, for ssh as the server is to see it

  /// "https://host:8443": who is talked to.
  std::string origin() const;
};

/// Nothing for what has no host, or a part that a program could take for an option.
std::optional<GitUrl> parse_git_url(std::string_view url);

/// The URL without user name and password, as it may be shown.
std::string without_credentials(std::string_view url);
/// Whether the text names a repository on a server rather than on this machine ("https://…", "ssh://…",
/// "git@host:path").
bool is_git_url(std::string_view text);

}  // namespace cloudflow
