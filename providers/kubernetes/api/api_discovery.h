// Which path serves a kind: a table for the usual ones, the server's own list for the rest.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "providers/kubernetes/api/api_client.h"

namespace cloudflow {

/// A kind that every cluster serves; nothing for others. `kind` as in ResourceId ("Deployment.apps", "ConfigMap");
/// `api_version` empty, or as in a manifest.
std::optional<ApiResource> well_known_resource(std::string_view kind, std::string_view api_version = "");

/// All well-known kinds in which an application may have objects of its own.
std::vector<ApiResource> usual_resources();

/// The kinds of one server. Asks it at most once, and only for kinds that are not well known. Safe from any thread.
class ApiDiscovery {
 public:
  /// `client` must outlive it.
  explicit ApiDiscovery(ApiClient& client);
  ~ApiDiscovery();
  ApiDiscovery(const ApiDiscovery&) = delete;
  ApiDiscovery& operator=(const ApiDiscovery&) = delete;

  /// The resource of a kind, in the version that `api_version` names or else the server prefers.
  /// not_found, with a suggestion, when the server has none: its CRD may not be installed yet. unavailable, when the
  /// group's own server does not answer.
  Result<ApiResource> resource(std::string_view kind, std::string_view api_version, const std::stop_token& stop);

  /// All kinds, each in the version that the server prefers; with what the groups are called whose own server does not
  /// answer, or not for each version: their kinds are missing.
  struct All {
    std::vector<ApiResource> kinds{};
    std::set<std::string> silent{};
  };
  Result<All> all(const std::stop_token& stop);
  /// All kinds that live in namespaces, each in the version that the server prefers; those of groups whose own server
  /// does not answer are missing.
  Result<std::vector<ApiResource>> namespaced(const std::stop_token& stop);

  /// Asks again next time: after a CRD was made.
  void forget();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow
