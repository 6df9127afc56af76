// Where one kind, object or collection lives in the API, and how messages call it.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow {

/// An address within the API server.
struct ApiPath {
  std::string path{};   ///< "/apis/apps/v1/namespaces/shop/deployments/web"
  std::string thing{};  ///< `deployment "web" in namespace "shop"`
};

/// One kind as a server serves it.
struct ApiResource {
  std::string group{};  ///< empty for core
  std::string version{};
  std::string kind{};
  std::string plural{};
  bool namespaced = true;

  std::string api_version() const;  ///< "apps/v1", "v1"
  std::string id_kind() const;      ///< as in ResourceId::kind: "Deployment.apps", "ConfigMap"
  /// `ns` is left out for a kind outside namespaces.
  ApiPath object(std::string_view ns, std::string_view name) const;
  /// All of one namespace, or of the whole cluster when `ns` is empty.
  ApiPath collection(std::string_view ns) const;
};

/// `text` with everything that has a meaning in a path or query escaped.
std::string url_escaped(std::string_view text);

}  // namespace cloudflow
