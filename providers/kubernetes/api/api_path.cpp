// Where one kind, object or collection lives in the API, and how messages call it.
#include "providers/kubernetes/api/api_path.h"

#include <fmt/format.h>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string root_of(const ApiResource& resource) {
  if (resource.group.empty()) return fmt::format("/api/{}", resource.version);
  return fmt::format("/apis/{}/{}", resource.group, resource.version);
}

std::string in_namespace(std::string_view ns) { return ns.empty() ? "" : fmt::format(" in namespace {}", quote(ns)); }

}  // namespace

std::string ApiResource::api_version() const { return group.empty() ? version : fmt::format("{}/{}", group, version); }

std::string ApiResource::id_kind() const { return group.empty() ? kind : fmt::format("{}.{}", kind, group); }

ApiPath ApiResource::object(std::string_view ns, std::string_view name) const {
  ApiPath whole = collection(namespaced ? ns : "");
  whole.path += fmt::format("/{}", url_escaped(name));
  whole.thing = fmt::format("{} {}{}", lower(kind), quote(name), in_namespace(namespaced ? ns : ""));
  return whole;
}

ApiPath ApiResource::collection(std::string_view ns) const {
  const std::string_view within = namespaced ? ns : "";
  const std::string middle = within.empty() ? "" : fmt::format("/namespaces/{}", url_escaped(within));
  return {fmt::format("{}{}/{}", root_of(*this), middle, plural), plural + in_namespace(within)};
}

std::string url_escaped(std::string_view text) {
  static constexpr std::string_view plain = "-._~";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace cloudflow
