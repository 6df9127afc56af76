// Addresses of repositories on servers.
#include "planner/source/git_url.h"

#include <algorithm>
#include <charconv>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// "%40" → "@". What is no escape stays as it is.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Where "user:password@host:port" begins and ends in a URL with a scheme.
struct Authority {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t at = std::string_view::npos;  ///< the '@', if there is one
};

std::optional<Authority> authority_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  Authority out{.begin = scheme + 3, .end = std::min(url.find_first_of("/?#", scheme + 3), url.size())};
  const auto at = url.substr(out.begin, out.end - out.begin).rfind('@');
  if (at != std::string_view::npos) out.at = out.begin + at;
  return out;
}

void split_host(std::string_view host, GitUrl& out) {
  const auto colon = host.find(':', host.starts_with('[') ? std::min(host.find(']'), host.size()) : 0);
  out.host = host.substr(0, colon);
  if (colon != std::string_view::npos) out.port = host.substr(colon + 1);
}

/// Neither a host nor a user of ours begins like an option or holds what a shell or a protocol would read.
bool is_plain(std::string_view text) {
  return !text.starts_with('-') && text.find_first_of(" \t\r\n\"'`$\\;&|<>") == std::string_view::npos;
}

}  // namespace

std::string GitUrl::origin() const { return scheme + "://" + host + (port.empty() ? "" : ":" + port); }

std::optional<GitUrl> parse_git_url(std::string_view url) {
  GitUrl out;
  if (const auto authority = authority_of(url)) {
    out.scheme = lower(url.substr(0, authority->begin - 3));
    std::size_t host = authority->begin;
    if (authority->at != std::string_view::npos) {
      const std::string_view user = url.substr(host, authority->at - host);
      out.user = unescaped(user.substr(0, user.find(':')));
      if (const auto colon = user.find(':'); colon != std::string_view::npos)
        out.password = Secret(unescaped(user.substr(colon + 1)));
      host = authority->at + 1;
    }
    split_host(url.substr(host, authority->end - host), out);
    out.path = url.substr(authority->end);
    // Equal servers look equal.
    if (out.scheme == "https" || out.scheme == "http") {
      out.host = lower(out.host);
      if (out.port == (out.scheme == "https" ? "443" : "80")) out.port.clear();
    }
    if (out.scheme == "git+ssh" || out.scheme == "ssh+git") out.scheme = "ssh";
    if (out.scheme == "ssh") {
      out.path = unescaped(out.path);
      // "/~ada/app.git" is below her home folder, as for git.
      if (out.path.starts_with("/~")) out.path.erase(0, 1);
    }
  } else if (is_git_url(url)) {
    const auto colon = url.find(':', url.find(']') == std::string_view::npos ? 0 : url.find(']'));
    const std::string_view server = url.substr(0, colon);
    const auto at = server.rfind('@');
    out.scheme = "ssh";
    if (at != std::string_view::npos) out.user = server.substr(0, at);
    out.host = at == std::string_view::npos ? server : server.substr(at + 1);
    out.path = colon == std::string_view::npos ? "" : url.substr(colon + 1);
  }
  const bool usable = !out.host.empty() && is_plain(out.host) && is_plain(out.port) && is_plain(out.user) &&
                      !out.path.empty() && !out.path.starts_with('-') &&
                      out.path.find_first_of("\r\n") == std::string::npos;
  if (!usable) return std::nullopt;
  return out;
}

std::string without_credentials(std::string_view url) {
  const auto authority = authority_of(url);
  if (!authority || authority->at == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, authority->begin)) + std::string(url.substr(authority->at + 1));
}

bool is_git_url(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return true;
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 && text.substr(0, colon).find('/') == std::string_view::npos;
}

}  // namespace cloudflow
