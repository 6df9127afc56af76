// References to container images.
#include "planner/application/image_reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::size_t longest_registry = 253;
constexpr std::size_t longest_tag = 128;

bool is_letter_or_digit(char c, bool upper) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (upper && c >= 'A' && c <= 'Z');
}

bool is_host(std::string_view text) {
  return text.size() <= longest_registry && std::ranges::all_of(text, [](char c) {
           return is_letter_or_digit(c, true) || c == '-' || c == '.' || c == ':';
         });
}

bool is_path_step(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c, false) || c == '-' || c == '_' || c == '.';
  });
}

/// A tag, or a digest like sha256:00….
bool is_tag(std::string_view text) {
  constexpr std::string_view not_first = ".-:";
  if (text.empty() || text.size() > longest_tag || not_first.find(text.front()) != std::string_view::npos) return false;
  if (text.back() == ':' || std::ranges::count(text, ':') > 1) return false;
  return std::ranges::all_of(
      text, [](char c) { return is_letter_or_digit(c, true) || c == '-' || c == '_' || c == '.' || c == ':'; });
}

}  // namespace

bool is_image_reference(std::string_view text) {
  const auto slash = text.rfind('/');
  std::string_view name = text.substr(slash == std::string_view::npos ? 0 : slash + 1);
  if (const auto at = name.find('@'); at != std::string_view::npos) {
    if (!is_tag(name.substr(at + 1))) return false;
    name = name.substr(0, at);
  }
  if (const auto colon = name.find(':'); colon != std::string_view::npos) {
    if (!is_tag(name.substr(colon + 1))) return false;
    name = name.substr(0, colon);
  }
  if (!is_path_step(name)) return false;
  if (slash == std::string_view::npos) return true;
  const std::vector<std::string> path = split(text.substr(0, slash), '/');
  if (path.front().empty() || (!is_host(path.front()) && !is_path_step(path.front()))) return false;
  return std::all_of(path.begin() + 1, path.end(), is_path_step);
}

void check_image(const std::string& streamlet, const PlacedText& image, Diagnostics& problems) {
  if (is_image_reference(image.value)) return;
  const bool address = image.value.find("://") != std::string::npos;
  problems.error("invalid-image", image.where,
                 fmt::format("streamlet {} has the image {}, wanted [REGISTRY/][PATH/]NAME[:TAG][@DIGEST]",
                             quote(streamlet), quote(image.value)),
                 address ? "leave out what stands before the registry" : "path and name are in lower case");
}

std::string registry_of(std::string_view image) {
  const auto slash = image.find('/');
  if (slash == std::string_view::npos) return "";
  const std::string_view first = image.substr(0, slash);
  if (!is_host(first)) return "";
  const bool host = first.find_first_of(".:") != std::string_view::npos || first == "localhost";
  const bool has_repository = image.find('/', slash + 1) != std::string_view::npos;
  return host || has_repository ? std::string(first) : "";
}

std::string registry_of(const Application& application) {
  const auto first = std::ranges::min_element(application.streamlets, {}, &Streamlet::where);
  return first == application.streamlets.end() ? "" : registry_of(first->image);
}

}  // namespace cloudflow
