// One repository of a registry, by the OCI distribution specification.
#include "sdk/image/repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <utility>

#include "sdk/image/registry_words.h"
#include "sdk/support/digest.h"
#include "sdk/support/log.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// How often an upload is begun from its first byte.
constexpr int most_uploads = 5;
constexpr int most_redirects = 5;

std::string header_of(const HttpResponse& answer, const std::string& key) {
  const auto found = answer.headers.find(key);
  return found == answer.headers.end() ? "" : found->second;
}

/// "https://host:port" of a URL.
std::string origin_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  return scheme == std::string::npos ? "" : url.substr(0, url.find('/', scheme + 3));
}

/// The bytes that are there by a header "Range: 0-1023". "0-0" is said of none as well as of one: it is taken for none,
/// and one byte that is there nevertheless shows in the digest.
std::optional<long long> bytes_in_range(std::string_view range) {
  const std::size_t dash = range.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  long long last = 0;
  const std::string_view digits = range.substr(dash + 1);
  if (std::from_chars(digits.data(), digits.data() + digits.size(), last).ec != std::errc() || last < 0)
    return std::nullopt;
  return last == 0 ? 0 : last + 1;
}

/// The server's own trouble, or too much asked of it: the same may go well later.
bool may_pass(int status) { return status == 429 || status >= 500; }

std::string some_accepted_types() {
  // Registries compare a manifest's type with this list letter by letter: Debian's (distribution 2.8) answers 404 for
  // an OCI manifest where only "*/*" is accepted.
  return fmt::format("{}, {}, {}, {}", media::manifest, media::index, media::docker_manifest, media::docker_index);
}

}  // namespace

/// One blob on its way into the registry.
struct Repository::Upload {
  Blob blob{};
  std::filesystem::path file{};
  std::string location{};
  long long sent = 0;
  std::size_t chunk = 0;
  int failures = 0;  ///< in a row
  std::string doing{};
  Error last{};            ///< the last trouble
  bool elsewhere = false;  ///< the registry says that it is at another byte
  bool lost = false;       ///< the registry knows nothing of this upload any more

  Result<std::string> next_bytes() const;
};

Result<std::string> Repository::Upload::next_bytes() const {
  std::ifstream in(file, std::ios::binary);
  const auto wanted = std::min<long long>(static_cast<long long>(chunk), blob.size - sent);
  std::string out(static_cast<std::size_t>(wanted), '\0');
  in.seekg(sent);
  if (!in.read(out.data(), wanted))
    return failure(ErrorKind::not_found, fmt::format("cannot read {}", quote(file.string())),
                   "the layout is not whole: build it again");
  return out;
}

Repository::Repository(HttpClient& http, Clock& clock, const LoginFiles& logins, const ImageReference& reference,
                       RegistryPatience patience)
    : http_(http),
      clock_(clock),
      registry_(reference.registry),
      repository_(reference.repository),
      name_(reference.name()),
      base_url_(registry_url(reference.registry)),
      patience_(patience),
      auth_(http, logins, reference.name()) {}

std::string Repository::url(std::string_view rest) const {
  return fmt::format("{}/v2/{}/{}", base_url_, repository_, rest);
}

Result<HttpResponse> Repository::send(HttpRequest request, const std::stop_token& stop) {
  const bool moves = request.sink || request.method == "PATCH" || request.method == "PUT";
  request.deadline = moves ? patience_.transfer : patience_.answer;
  if (request.body.empty() && request.method != "GET" && request.method != "HEAD")
    request.headers.emplace("Content-Length", "0");  // some proxies refuse a request without it
  const bool ours = origin_of(request.url) == base_url_;
  if (ours) request.authorization = auth_.header();
  Result<HttpResponse> answer = http_.send(request, stop);
  if (!answer || answer->status != 401 || !ours) return answer;
  CF_TRY(const bool again, auth_.satisfy(*answer, stop));
  if (!again) return answer;
  request.authorization = auth_.header();
  return http_.send(request, stop);
}

/// Goes where the registry sends for a blob, without telling others who we are.
Result<HttpResponse> Repository::follow(HttpRequest request, const std::stop_token& stop) {
  for (int n = 0;; ++n) {
    Result<HttpResponse> answer = send(request, stop);
    if (!answer || answer->status < 301 || answer->status > 308 || answer->status == 304 || n == most_redirects)
      return answer;
    const std::optional<std::string> next = location_of(*answer);
    if (!next) return answer;
    request.url = *next;
  }
}

Error Repository::refused(const HttpResponse& answer, std::string_view doing) const {
  Error out = refusal_of(answer, doing);
  if (answer.status == 401 || answer.status == 403) out.hint = auth_.hint();
  return out;
}

/// There was no answer: why, and what to look at.
Error Repository::lost(Error why, std::string_view doing) const {
  why.message = fmt::format("{}: {}", doing, why.message);
  if (why.message.find("is not trusted") != std::string::npos) {
    why.hint = "SSL_CERT_FILE names a file with the certificate of who signed it";
  } else if (why.hint.empty() && why.kind != ErrorKind::interrupted) {
    why.hint = fmt::format("is {} the registry, does it run, and is it reached from here?", registry_);
  }
  return why;
}

std::optional<std::string> Repository::location_of(const HttpResponse& answer) const {
  std::string location = header_of(answer, "location");
  if (location.empty()) return std::nullopt;
  if (location.starts_with('/')) return base_url_ + location;
  // A registry behind a proxy that ends TLS may think that it is asked without.
  if (location.starts_with("http://" + registry_ + "/")) return base_url_ + location.substr(origin_of(location).size());
  // What came over TLS goes on over TLS.
  const bool fine = location.starts_with("https://") || (is_loopback(registry_) && location.starts_with("http://"));
  if (!fine) return std::nullopt;
  return location;
}

Result<void> Repository::wait(int failures, const std::stop_token& stop) {
  constexpr std::chrono::milliseconds longest = std::chrono::seconds(10);
  clock_.sleep(
      std::min<std::chrono::milliseconds>(patience_.first_pause * (1LL << std::clamp(failures - 1, 0, 10)), longest),
      stop);
  if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  return {};
}

Result<bool> Repository::has(const Blob& blob, const std::stop_token& stop) {
  const std::string doing = fmt::format("cannot ask {} for {}", name_, blob.digest);
  const Result<HttpResponse> answer =
      follow({.method = "HEAD", .url = url("blobs/" + blob.digest), .idempotent = true}, stop);
  if (!answer) return std::unexpected(lost(answer.error(), doing));
  if (answer->status == 200) return true;
  if (answer->status == 404) return false;
  return std::unexpected(refused(*answer, doing));
}

Result<bool> Repository::mount(const Blob& blob, const std::string& from, const std::stop_token& stop) {
  auth_.also(fmt::format("repository:{}:pull,push", repository_));
  auth_.also(fmt::format("repository:{}:pull", from));
  const Result<HttpResponse> answer =
      send({.method = "POST",
            .url = url(fmt::format("blobs/uploads/?mount={}&from={}", blob.digest, from)),
            .idempotent = true},
           stop);
  if (!answer) return std::unexpected(lost(answer.error(), fmt::format("cannot mount {} in {}", blob.digest, name_)));
  if (answer->status == 201) return true;
  // It has begun an upload in place of that, which nobody needs.
  if (answer->status == 202) {
    if (const std::optional<std::string> upload = location_of(*answer))
      std::ignore = send({.method = "DELETE", .url = *upload}, stop);
  }
  return false;
}

Result<void> Repository::begin(Upload& upload, const std::stop_token& stop) {
  const Result<HttpResponse> answer = send({.method = "POST", .url = url("blobs/uploads/"), .idempotent = true}, stop);
  if (!answer) return std::unexpected(lost(answer.error(), upload.doing));
  if (answer->status != 202) return std::unexpected(refused(*answer, upload.doing));
  const std::optional<std::string> location = location_of(*answer);
  if (!location) return failure(ErrorKind::unavailable, upload.doing + ": the registry does not say where to send it");
  upload.location = *location;
  upload.sent = 0;
  upload.lost = false;
  constexpr long long most = 512LL << 20;  // a chunk is in memory
  const long long least = std::atoll(header_of(*answer, "oci-chunk-min-length").c_str());
  upload.chunk = std::max(patience_.chunk, static_cast<std::size_t>(std::clamp(least, 0LL, most)));
  return {};
}

/// False where the chunk did not get through and the upload may go on nevertheless; `last` then says why.
Result<bool> Repository::send_chunk(Upload& upload, const std::stop_token& stop) {
  CF_TRY(std::string bytes, upload.next_bytes());
  const auto size = static_cast<long long>(bytes.size());
  HttpRequest request{.method = "PATCH", .url = upload.location, .body = std::move(bytes)};
  request.headers = {{"Content-Type", "application/octet-stream"},
                     {"Content-Range", fmt::format("{}-{}", upload.sent, upload.sent + size - 1)}};
  const Result<HttpResponse> answer = send(std::move(request), stop);
  if (!answer) {
    upload.last = lost(answer.error(), upload.doing);
    if (answer.error().kind == ErrorKind::interrupted) return std::unexpected(upload.last);
    return false;
  }
  if (answer->status < 300) {
    if (const std::optional<std::string> location = location_of(*answer)) upload.location = *location;
    upload.sent = bytes_in_range(header_of(*answer, "range")).value_or(upload.sent + size);
    return true;
  }
  upload.last = refused(*answer, upload.doing);
  upload.lost = answer->status == 404;
  upload.elsewhere = answer->status == 416;
  if (upload.lost || upload.elsewhere || may_pass(answer->status)) return false;
  return std::unexpected(upload.last);
}

/// How much the registry has of an upload whose fate is unknown.
Result<void> Repository::ask_where(Upload& upload, const std::stop_token& stop) {
  const Result<HttpResponse> answer = send({.url = upload.location, .idempotent = true}, stop);
  if (!answer) {
    if (answer.error().kind == ErrorKind::interrupted) return std::unexpected(answer.error());
    upload.last = lost(answer.error(), upload.doing);
    return {};
  }
  const std::optional<long long> there = bytes_in_range(header_of(*answer, "range"));
  if (answer->status == 204 && there && *there <= upload.blob.size) {
    log::info(fmt::format("registry: {} goes on at byte {} of {}", upload.blob.digest, *there, upload.blob.size));
    // Where it says the same byte nevertheless, nothing but a new beginning helps.
    upload.lost = std::exchange(upload.elsewhere, false) && upload.sent == *there;
    upload.sent = *there;
    if (const std::optional<std::string> location = location_of(*answer)) upload.location = *location;
  } else if (!may_pass(answer->status)) {
    upload.lost = true;
  }
  return {};
}

Result<void> Repository::send_chunks(Upload& upload, const std::stop_token& stop) {
  while (upload.sent < upload.blob.size && !upload.lost) {
    const long long before = upload.sent;
    CF_TRY(const bool through, send_chunk(upload, stop));
    if (!through && !upload.lost) {
      CF_CHECK(wait(upload.failures + 1, stop));
      CF_CHECK(ask_where(upload, stop));
    }
    upload.failures = upload.sent > before ? 0 : upload.failures + 1;
    if (upload.failures >= patience_.failures) return std::unexpected(upload.last);
  }
  return {};
}

/// Makes a blob of what was sent. `again` where the registry has other bytes, or has lost them.
Result<Repository::Step> Repository::finish(Upload& upload, const std::stop_token& stop) {
  std::string digest = upload.blob.digest;
  digest.replace(digest.find(':'), 1, "%3A");
  const char joint = upload.location.find('?') == std::string::npos ? '?' : '&';
  const Result<HttpResponse> answer =
      send({.method = "PUT", .url = fmt::format("{}{}digest={}", upload.location, joint, digest)}, stop);
  if (answer && (answer->status == 201 || answer->status == 204)) return Step::done;
  upload.last = answer ? refused(*answer, upload.doing) : lost(answer.error(), upload.doing);
  const bool final =
      answer && !may_pass(answer->status) && answer->status != 404 && answer->status != 400 && answer->status != 416;
  if (final || upload.last.kind == ErrorKind::interrupted) return std::unexpected(upload.last);
  // It may have been made before the connection was lost.
  CF_CHECK(wait(1, stop));
  const Result<bool> there = has(upload.blob, stop);
  return there && *there ? Step::done : Step::again;
}

Result<void> Repository::upload(const Blob& blob, const std::filesystem::path& file, const std::stop_token& stop) {
  auth_.also(fmt::format("repository:{}:pull,push", repository_));
  Upload upload{.blob = blob, .file = file, .doing = fmt::format("cannot send {} to {}", blob.digest, name_)};
  for (int n = 0; n < most_uploads; ++n) {
    CF_CHECK(begin(upload, stop));
    CF_CHECK(send_chunks(upload, stop));
    if (upload.lost) {
      log::info(fmt::format("registry: {} begins anew: {}", blob.digest, upload.last.message));
      continue;
    }
    CF_TRY(const Step step, finish(upload, stop));
    if (step == Step::done) return {};
  }
  if (upload.last.hint.empty()) upload.last.hint = "the layout may be damaged: remove it and build it again";
  return std::unexpected(upload.last);
}

Result<FetchedManifest> Repository::manifest(const std::string& version, const std::stop_token& stop) {
  const std::string wanted = version.empty() ? "latest" : version;
  const std::string doing = fmt::format("cannot read the manifest {} of {}", wanted, name_);
  HttpRequest request{.url = url("manifests/" + wanted), .idempotent = true, .largest_body = 8U << 20U};
  request.headers = {{"Accept", some_accepted_types()}};
  Result<HttpResponse> answer = follow(std::move(request), stop);
  if (!answer) return std::unexpected(lost(answer.error(), doing));
  if (answer->status != 200) return std::unexpected(refused(*answer, doing));
  const std::string digest = "sha256:" + sha256_hex(answer->body);
  if (is_digest(version) && digest != version)
    return failure(ErrorKind::invalid_input, fmt::format("{}: its bytes have the digest {}", doing, digest),
                   "the registry, or something on the way, changed it");
  std::string type = header_of(*answer, "content-type");
  type = type.substr(0, type.find(';'));
  return FetchedManifest{{type, digest, static_cast<long long>(answer->body.size())}, std::move(answer->body)};
}

Result<void> Repository::put_manifest(const std::string& version, const Blob& blob, std::string_view bytes,
                                      const std::stop_token& stop) {
  auth_.also(fmt::format("repository:{}:pull,push", repository_));
  const std::string doing = fmt::format("cannot write the manifest {} of {}", version, name_);
  HttpRequest request{
      .method = "PUT", .url = url("manifests/" + version), .body = std::string(bytes), .idempotent = true};
  request.headers = {{"Content-Type", blob.media_type}};
  const Result<HttpResponse> answer = send(std::move(request), stop);
  if (!answer) return std::unexpected(lost(answer.error(), doing));
  if (answer->status != 201 && answer->status != 200 && answer->status != 202)
    return std::unexpected(refused(*answer, doing));
  const std::string digest = header_of(*answer, "docker-content-digest");
  if (digest.empty() || digest == blob.digest) return {};
  return failure(ErrorKind::unavailable,
                 fmt::format("{}: the registry made it {}, sent was {}", doing, digest, blob.digest),
                 "the registry changes manifests: the image cannot be known by its digest");
}

/// Whether a part of a blob can be had: else an answer begins at the first byte.
Result<bool> Repository::gives_ranges(const Blob& blob, const std::stop_token& stop) {
  HttpRequest request{.url = url("blobs/" + blob.digest), .idempotent = true, .largest_body = 1U << 10U};
  request.headers = {{"Range", "bytes=0-0"}};
  const Result<HttpResponse> answer = follow(std::move(request), stop);
  if (!answer && answer.error().kind == ErrorKind::interrupted) return std::unexpected(answer.error());
  return answer && answer->status == 206;
}

Result<void> Repository::fetch(const Blob& blob, const Layout& into, const std::stop_token& stop) {
  const std::string doing = fmt::format("cannot fetch {} of {}", blob.digest, name_);
  CF_TRY(BlobWriter writer, into.begin());
  for (int failures = 0;;) {
    const long long before = writer.size();
    HttpRequest request{.url = url("blobs/" + blob.digest), .idempotent = true};
    if (before > 0) request.headers = {{"Range", fmt::format("bytes={}-", before)}};
    request.sink = [&](std::string_view bytes) {
      if (writer.size() <= blob.size) writer.add(bytes);  // what is too long need not be kept to be known as wrong
    };
    const Result<HttpResponse> answer = follow(std::move(request), stop);
    if (answer && answer->status < 300) break;
    const Error why = answer ? refused(*answer, doing) : lost(answer.error(), doing);
    failures = writer.size() > before ? 1 : failures + 1;
    const bool passes = answer ? may_pass(answer->status) : why.kind != ErrorKind::interrupted;
    if (!passes || failures >= patience_.failures) return std::unexpected(why);
    CF_CHECK(wait(failures, stop));
    if (writer.size() == 0) continue;
    CF_TRY(const bool goes_on, gives_ranges(blob, stop));
    if (!goes_on) CF_CHECK(writer.restart());
  }
  const Result<Blob> done = writer.commit(blob.media_type, blob.digest);
  if (!done) return failure_in(doing, done.error());
  return {};
}

}  // namespace cloudflow
