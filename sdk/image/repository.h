// One repository of a registry, by the OCI distribution specification: what is there, and sending and fetching it.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "cloudflow/result.h"
#include "sdk/image/blob.h"
#include "sdk/image/credentials.h"
#include "sdk/image/layout.h"
#include "sdk/image/reference.h"
#include "sdk/image/registry_auth.h"
#include "sdk/support/clock.h"
#include "sdk/support/http_client.h"

namespace cloudflow {

/// How patient one is with a registry.
struct RegistryPatience {
  std::size_t chunk = 16U << 20U;              ///< bytes of a large blob that are sent by one request
  int failures = 5;                            ///< so many in a row, without a byte getting through, are too many
  std::chrono::milliseconds first_pause{500};  ///< between two of them; doubles
  std::chrono::milliseconds answer = std::chrono::minutes(1);     ///< for a request that moves no blob
  std::chrono::milliseconds transfer = std::chrono::minutes(10);  ///< for one that does, or after which one is checked
};

/// A manifest as the registry has it.
struct FetchedManifest {
  Blob blob{};
  std::string bytes{};
};

/// Asks as whoever the logins say we are. Errors name what was done, the repository, and the registry's words:
/// unauthenticated, denied, not_found, unavailable, interrupted.
class Repository {
 public:
  /// All must outlive it. What `reference` has of tag and digest does not count.
  Repository(HttpClient& http, Clock& clock, const LoginFiles& logins, const ImageReference& reference,
             RegistryPatience patience = {});

  /// "registry.example.com/shop/orders"
  const std::string& name() const { return name_; }

  Result<bool> has(const Blob& blob, const std::stop_token& stop);
  /// Takes it from another repository of the same registry, without sending it. False where that cannot be done.
  Result<bool> mount(const Blob& blob, const std::string& from, const std::stop_token& stop);
  /// Sends a file. After a connection is lost, goes on where the registry says that it was.
  Result<void> upload(const Blob& blob, const std::filesystem::path& file, const std::stop_token& stop);
  /// `version` is a tag or a digest; "" for the tag "latest".
  Result<FetchedManifest> manifest(const std::string& version, const std::stop_token& stop);
  Result<void> put_manifest(const std::string& version, const Blob& blob, std::string_view bytes,
                            const std::stop_token& stop);
  /// Into the layout. After a connection is lost, goes on where it was.
  Result<void> fetch(const Blob& blob, const Layout& into, const std::stop_token& stop);

 private:
  struct Upload;
  enum class Step { done, again };

  std::string url(std::string_view rest) const;
  Result<HttpResponse> send(HttpRequest request, const std::stop_token& stop);
  Result<HttpResponse> follow(HttpRequest request, const std::stop_token& stop);
  Error refused(const HttpResponse& answer, std::string_view doing) const;
  Error lost(Error why, std::string_view doing) const;
  std::optional<std::string> location_of(const HttpResponse& answer) const;
  Result<void> begin(Upload& upload, const std::stop_token& stop);
  Result<void> send_chunks(Upload& upload, const std::stop_token& stop);
  Result<bool> send_chunk(Upload& upload, const std::stop_token& stop);
  Result<void> ask_where(Upload& upload, const std::stop_token& stop);
  Result<Step> finish(Upload& upload, const std::stop_token& stop);
  Result<bool> gives_ranges(const Blob& blob, const std::stop_token& stop);
  Result<void> wait(int failures, const std::stop_token& stop);

  HttpClient& http_;
  Clock& clock_;
  std::string registry_;
  std::string repository_;
  std::string name_;
  std::string base_url_;
  RegistryPatience patience_;
  RegistryAuth auth_;
};

}  // namespace cloudflow
