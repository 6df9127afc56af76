// The name of an image in a registry.
#include "sdk/image/reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/image/blob.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

bool is_small(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// A name with a dot, or with a port, or this machine: anything else is the first step of a path.
bool is_host(std::string_view text) {
  const std::size_t colon = text.starts_with('[') ? text.find(':', text.find(']')) : text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  const bool named = name.find('.') != std::string_view::npos || name == "localhost" || name.starts_with('[');
  const bool has_port = !port.empty() && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  if (name.empty() || (colon != std::string_view::npos && !has_port) || (!named && !has_port)) return false;
  return std::ranges::all_of(name, [](char c) {
    return is_small(c) || (c >= 'A' && c <= 'Z') || std::string_view(".:-[]").find(c) != std::string_view::npos;
  });
}

bool is_repository(std::string_view text) {
  const std::vector<std::string> steps = split(text, '/');
  return std::ranges::all_of(steps, [](const std::string& step) {
    return !step.empty() && is_small(step.front()) && is_small(step.back()) &&
           std::ranges::all_of(step, [](char c) { return is_small(c) || c == '-' || c == '_' || c == '.'; });
  });
}

bool is_tag(std::string_view text) {
  constexpr std::size_t longest = 128;
  return !text.empty() && text.size() <= longest && text.front() != '.' && text.front() != '-' &&
         std::ranges::all_of(
             text, [](char c) { return is_small(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

std::string ImageReference::text() const {
  std::string out = name();
  if (!tag.empty()) out += ":" + tag;
  if (!digest.empty()) out += "@" + digest;
  return out;
}

Result<ImageReference> parse_image_reference(std::string_view text) {
  const auto wrong = [&](std::string_view why, std::string hint = "wanted REGISTRY/[PATH/]NAME[:TAG][@sha256:DIGEST]") {
    return failure(ErrorKind::invalid_input, fmt::format("{} is no image in a registry: {}", quote(text), why),
                   std::move(hint));
  };
  ImageReference out;
  std::string_view rest = text;
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    out.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(out.digest)) return wrong("its digest is not sha256: and 64 hex digits");
  }
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || !is_host(rest.substr(0, slash)))
    return wrong("it names no registry", "write it with the registry in front: registry.example.com/shop/orders");
  out.registry = rest.substr(0, slash);
  rest = rest.substr(slash + 1);
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
    out.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_tag(out.tag))
      return wrong("its tag has other characters than letters, digits, dots, dashes and underscores");
  }
  out.repository = rest;
  if (!is_repository(rest)) return wrong("path and name are in lower case, with digits, dots, dashes and underscores");
  return out;
}

TaggedName split_tag(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::size_t slash = text.rfind('/');  // a colon before it is that of a port
  const bool has_tag = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  return has_tag ? TaggedName{text.substr(0, colon), text.substr(colon + 1)} : TaggedName{text, {}};
}

bool is_loopback(std::string_view registry) {
  const std::string_view host =
      registry.starts_with('[') ? registry.substr(0, registry.find(']') + 1) : registry.substr(0, registry.find(':'));
  const bool is_number = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "[::1]" || (is_number && host.starts_with("127."));
}

std::string registry_url(const std::string& registry) {
  return (is_loopback(registry) ? "http://" : "https://") + registry;
}

}  // namespace cloudflow
