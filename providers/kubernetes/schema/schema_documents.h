// The schemas that a server publishes, and the check of manifests that it cannot be asked about yet.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cloudflow/change.h"
#include "providers/kubernetes/api/api_client.h"

namespace cloudflow {

/// The documents of /openapi/v3, each asked for once and only when an object of its group and version is checked. Safe
/// from any thread.
class SchemaDocuments {
 public:
  /// `client` must outlive it.
  explicit SchemaDocuments(ApiClient& client) : client_(client) {}

  /// The document of a group and version; null when the server has none or does not show it.
  std::shared_ptr<const Json> document(const std::string& api_version, const std::stop_token& stop);

 private:
  struct Entry {
    std::once_flag once{};
    std::shared_ptr<const Json> document{};
  };
  ApiClient& client_;
  std::mutex mutex_{};
  std::map<std::string, std::shared_ptr<Entry>> entries_{};
};

/// What is wrong with the object of a change by the schema of its kind: that of a CustomResourceDefinition among
/// `definitions`, or the server's. Nothing when no schema is known.
std::optional<std::vector<Error>> check_locally(const Change& change, std::span<const Change> definitions,
                                                SchemaDocuments& documents, const std::stop_token& stop);

/// Where the source asks for what is at the pointer; for what is not there, its closest neighbour in the same object.
std::optional<SourcePos> place_near(const Resource& desired, std::string_view pointer);

}  // namespace cloudflow
