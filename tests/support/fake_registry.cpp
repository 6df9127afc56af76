// A registry in memory that can misbehave in the middle of what it does.
#include "tests/support/fake_registry.h"

#include <fmt/format.h>

#include "sdk/support/digest.h"

namespace cloudflow::testing {
namespace {

FaultAnswer refusal(int status, const std::string& code) {
  return {.status = status, .body = fmt::format(R"({{"errors":[{{"code":"{}","message":"{}"}}]}})", code, code)};
}

/// What follows `name=` in a query, with %3A undone.
std::string parameter(const std::string& query, const std::string& name) {
  const std::size_t at = query.find(name + "=");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 1;
  std::string out = query.substr(begin, query.find('&', begin) - begin);
  if (const std::size_t colon = out.find("%3A"); colon != std::string::npos) out.replace(colon, 3, ":");
  return out;
}

std::string digest_of(const std::string& bytes) { return "sha256:" + sha256_hex(bytes); }

std::string range_of(const std::string& bytes) { return fmt::format("0-{}", bytes.empty() ? 0 : bytes.size() - 1); }

}  // namespace

FakeRegistry::FakeRegistry() : server_() { listen(); }
FakeRegistry::FakeRegistry(const FaultTls& tls) : server_(tls) { listen(); }

void FakeRegistry::listen() {
  server_.otherwise([this](const SeenRequest& request) { return answer(request); });
}

void FakeRegistry::add_blob(const std::string& repository, const std::string& bytes) {
  const std::scoped_lock lock(mutex_);
  blobs_[repository + " " + digest_of(bytes)] = bytes;
}

void FakeRegistry::add_manifest(const std::string& repository, const std::string& version, const std::string& type,
                                const std::string& bytes) {
  const std::scoped_lock lock(mutex_);
  manifests_[repository + " " + version] = {type, bytes};
  manifests_[repository + " " + digest_of(bytes)] = {type, bytes};
}

bool FakeRegistry::has_blob(const std::string& repository, const std::string& digest) const {
  const std::scoped_lock lock(mutex_);
  return blobs_.contains(repository + " " + digest);
}

std::string FakeRegistry::manifest(const std::string& repository, const std::string& version) const {
  const std::scoped_lock lock(mutex_);
  const auto found = manifests_.find(repository + " " + version);
  return found == manifests_.end() ? "" : found->second.bytes;
}

int FakeRegistry::begun() const {
  const std::scoped_lock lock(mutex_);
  return begun_;
}

FaultAnswer FakeRegistry::answer(const SeenRequest& request) {
  const std::scoped_lock lock(mutex_);
  if (before) {
    if (std::optional<FaultAnswer> given = before(request)) return *std::move(given);
  }
  const std::size_t question = request.target.find('?');
  const std::string path = request.target.substr(0, question);
  const std::string query = question == std::string::npos ? "" : request.target.substr(question + 1);
  for (const std::string kind : {"/blobs/uploads/", "/blobs/", "/manifests/"}) {
    const std::size_t at = path.find(kind);
    if (at == std::string::npos) continue;
    const std::string repository = path.substr(4, at - 4);
    const std::string rest = path.substr(at + kind.size());
    if (kind == "/manifests/") return manifest_request(request, repository, rest);
    if (kind == "/blobs/") return blob(request, repository, rest);
    return rest.empty() ? begin(repository, query) : upload(request, repository, rest, query);
  }
  return {.body = "{}"};
}

FaultAnswer FakeRegistry::begin(const std::string& repository, const std::string& query) {
  const std::string wanted = parameter(query, "mount");
  if (const auto from = blobs_.find(parameter(query, "from") + " " + wanted); from != blobs_.end()) {
    blobs_[repository + " " + wanted] = from->second;
    return {.status = 201};
  }
  const std::string id = fmt::format("upload-{}", ++begun_);
  uploads_[id] = "";
  FaultAnswer out{
      .status = 202,
      .headers = {{"Location", fmt::format("/v2/{}/blobs/uploads/{}?state=0", repository, id)}, {"Range", "0-0"}}};
  if (least_chunk > 0) out.headers.emplace_back("OCI-Chunk-Min-Length", std::to_string(least_chunk));
  return out;
}

FaultAnswer FakeRegistry::upload(const SeenRequest& request, const std::string& repository, const std::string& id,
                                 const std::string& query) {
  const auto found = uploads_.find(id);
  if (found == uploads_.end()) return refusal(404, "BLOB_UPLOAD_UNKNOWN");
  std::string& bytes = found->second;
  FaultAnswer out{
      .headers = {{"Location", fmt::format("/v2/{}/blobs/uploads/{}?state={}", repository, id, bytes.size())}}};
  if (request.method == "PATCH") {
    if (request.header("content-range").substr(0, request.header("content-range").find('-')) !=
        std::to_string(bytes.size()))
      return refusal(416, "RANGE_INVALID");
    if (drops > 0) {
      --drops;
      bytes += request.body.substr(0, kept_of_dropped);
      if (!knows_uploads) uploads_.erase(found);
      return {.fault = Fault::reset};
    }
    bytes += request.body;
    out.status = 202;
    out.headers.emplace_back("Range", range_of(bytes));
    return out;
  }
  if (request.method == "GET") {
    out.status = 204;
    out.headers.emplace_back("Range", range_of(bytes));
    return out;
  }
  if (request.method == "DELETE") {
    uploads_.erase(found);
    return {.status = 204};
  }
  const std::string wanted = parameter(query, "digest");
  if (digest_of(bytes) != wanted) return refusal(400, "DIGEST_INVALID");
  blobs_[repository + " " + wanted] = bytes;
  uploads_.erase(found);
  if (lost_commits > 0) {
    --lost_commits;
    return {.fault = Fault::reset};
  }
  return {.status = 201};
}

FaultAnswer FakeRegistry::blob(const SeenRequest& request, const std::string& repository, const std::string& digest) {
  const auto found = blobs_.find(repository + " " + digest);
  if (found == blobs_.end()) return refusal(404, "BLOB_UNKNOWN");
  FaultAnswer out{.body = found->second};
  if (const std::string range = request.header("range"); !range.empty() && knows_ranges) {
    const std::size_t dash = range.find('-');
    const std::size_t from = std::stoul(range.substr(6));
    const std::size_t to = dash + 1 == range.size() ? out.body.size() - 1 : std::stoul(range.substr(dash + 1));
    out.status = 206;
    out.body = out.body.substr(from, to - from + 1);
  }
  if (cut_fetches > 0 && request.method == "GET" && out.body.size() > 1) {
    --cut_fetches;
    out.fault = Fault::cut_body;
  }
  return out;
}

FaultAnswer FakeRegistry::manifest_request(const SeenRequest& request, const std::string& repository,
                                           const std::string& version) {
  if (request.method == "PUT") {
    const std::string digest = digest_of(request.body);
    for (const std::string& each : {version, digest})
      manifests_[repository + " " + each] = {request.header("content-type"), request.body};
    return {.status = 201, .headers = {{"Docker-Content-Digest", digest}}};
  }
  const auto found = manifests_.find(repository + " " + version);
  // As Debian's registry: an OCI manifest only for who accepts exactly its type.
  if (found == manifests_.end() || request.header("accept").find(found->second.type) == std::string::npos)
    return refusal(404, "MANIFEST_UNKNOWN");
  return {.body = found->second.bytes, .headers = {{"Content-Type", found->second.type}}};
}

}  // namespace cloudflow::testing
