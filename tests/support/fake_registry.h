// A registry in memory that can misbehave in the middle of what it does.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "tests/support/fault_server.h"

namespace cloudflow::testing {

/// Knows blobs, uploads in chunks, mounts and manifests of any repository. What FaultServer::on() scripts wins.
class FakeRegistry {
 public:
  FakeRegistry();
  explicit FakeRegistry(const FaultTls& tls);

  FaultServer& server() { return server_; }
  /// "127.0.0.1:PORT"
  std::string host() const { return server_.url().substr(7); }

  /// Asked before each request; what it gives is the answer. It must not call this object.
  std::function<std::optional<FaultAnswer>(const SeenRequest&)> before{};
  /// Of the next so many PATCH requests only these bytes are kept, and then the connection is reset.
  int drops = 0;
  std::size_t kept_of_dropped = 0;
  bool knows_uploads = true;  ///< false: as distribution 2.8, says 404 of an upload that was interrupted
  int least_chunk = 0;        ///< bytes; more than 0: said where an upload begins
  int lost_commits = 0;       ///< the next so many blobs are made, and nobody is told
  bool knows_ranges = true;   ///< of blobs that are fetched
  int cut_fetches = 0;        ///< the next so many blobs end after half of what was asked for

  void add_blob(const std::string& repository, const std::string& bytes);
  void add_manifest(const std::string& repository, const std::string& version, const std::string& type,
                    const std::string& bytes);
  bool has_blob(const std::string& repository, const std::string& digest) const;
  std::string manifest(const std::string& repository, const std::string& version) const;
  int begun() const;  ///< uploads

 private:
  struct Manifest {
    std::string type{};
    std::string bytes{};
  };

  void listen();
  FaultAnswer answer(const SeenRequest& request);
  FaultAnswer begin(const std::string& repository, const std::string& query);
  FaultAnswer upload(const SeenRequest& request, const std::string& repository, const std::string& id,
                     const std::string& query);
  FaultAnswer blob(const SeenRequest& request, const std::string& repository, const std::string& digest);
  FaultAnswer manifest_request(const SeenRequest& request, const std::string& repository, const std::string& version);

  mutable std::mutex mutex_{};
  std::map<std::string, std::string> blobs_{};  ///< "repository digest" → bytes
  std::map<std::string, std::string> uploads_{};
  std::map<std::string, Manifest> manifests_{};
  int begun_ = 0;
  FaultServer server_;  ///< last: its threads use what is above
};

}  // namespace cloudflow::testing
