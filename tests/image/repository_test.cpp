// What goes to a registry and comes from it, whatever happens on the way.
#include "sdk/image/repository.h"

#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "sdk/image/push_image.h"
#include "sdk/support/digest.h"
#include "sdk/support/text.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_registry.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A fake registry, and the repository shop/app in it as we see it.
struct Place {
  explicit Place(const std::string& logins_json = "{}") : logins({folder.write("config.json", logins_json)}) {}

  Blob blob_of(const std::string& bytes) { return layout.put(bytes, media::layer).value(); }
  Result<void> upload(const Blob& blob) { return repository.upload(blob, layout.path_of(blob), {}); }

  TempFolder folder{};
  FakeRegistry registry{};
  FakeClock clock{};
  HttpClient http{{.attempts = 3, .backoff = std::chrono::milliseconds(1)}, clock};
  LoginFiles logins;
  ImageReference reference = parse_image_reference(registry.host() + "/shop/app:1").value();
  RegistryPatience patience{.chunk = 1000, .failures = 3, .first_pause = std::chrono::milliseconds(1)};
  Repository repository{http, clock, logins, reference, patience};
  Layout layout = Layout::create(folder.path("layout")).value();
};

std::string text_of_size(std::size_t size) {
  std::string out;
  while (out.size() < size) out += fmt::format("{} ", out.size());
  out.resize(size);
  return out;
}

}  // namespace

TEST_CASE("a blob is sent in chunks, and is there then", "[image][registry]") {
  Place place;
  const Blob blob = place.blob_of(text_of_size(2500));
  CHECK(place.repository.has(blob, {}) == false);
  REQUIRE(place.upload(blob));
  CHECK(place.repository.has(blob, {}) == true);
  CHECK(place.registry.server().count("PATCH") == 3);
}

TEST_CASE("a registry may want larger chunks", "[image][registry]") {
  Place place;
  place.registry.least_chunk = 2000;
  const Blob blob = place.blob_of(text_of_size(2500));
  REQUIRE(place.upload(blob));
  CHECK(place.registry.server().count("PATCH") == 2);
}

TEST_CASE("a registry must say where an upload goes, and not to a file", "[image][registry]") {
  Place place;
  const std::string location = GENERATE("", "file:///etc/passwd", "uploads/1", "example.com/x");
  place.registry.server().on("POST", "*", {{.status = 202, .headers = {{"Location", location}}}});
  const Result<void> sent = place.upload(place.blob_of("bytes"));
  REQUIRE_FALSE(sent);
  CHECK_THAT(sent.error().message, ContainsSubstring(": the registry does not say where to send it"));
  CHECK(place.registry.server().count() == 1);
}

TEST_CASE("an upload goes on at the byte that the registry has", "[image][registry]") {
  Place place;
  const Blob blob = place.blob_of(text_of_size(2500));
  place.registry.drops = 2;
  place.registry.kept_of_dropped = 400;
  REQUIRE(place.upload(blob));
  CHECK(place.registry.has_blob("shop/app", blob.digest));
  CHECK(place.registry.begun() == 1);
  std::vector<std::string> ranges;
  for (const SeenRequest& request : place.registry.server().seen()) {
    // libcurl sends a request once more by itself where a connection that was used before ends without an answer.
    if (request.method != "PATCH" || (!ranges.empty() && ranges.back() == request.header("content-range"))) continue;
    ranges.push_back(request.header("content-range"));
  }
  CHECK(ranges == std::vector<std::string>{"0-999", "400-1399", "800-1799", "1800-2499"});
}

TEST_CASE("an upload that the registry has lost begins anew", "[image][registry]") {
  Place place;
  const Blob blob = place.blob_of(text_of_size(2500));
  place.registry.drops = 1;
  place.registry.kept_of_dropped = 400;
  place.registry.knows_uploads = false;
  REQUIRE(place.upload(blob));
  CHECK(place.registry.has_blob("shop/app", blob.digest));
  CHECK(place.registry.begun() == 2);
}

TEST_CASE("one byte that the registry has and does not tell of shows in the digest", "[image][registry]") {
  Place place;
  const Blob blob = place.blob_of(text_of_size(1500));
  place.registry.drops = 1;
  place.registry.kept_of_dropped = 1;
  REQUIRE(place.upload(blob));
  CHECK(place.registry.has_blob("shop/app", blob.digest));
}

TEST_CASE("a layer that was damaged on this machine is refused by its digest", "[image][registry]") {
  Place place;
  const Blob blob = place.blob_of("bytes");
  place.folder.write("layout/blobs/sha256/" + blob.digest.substr(7), "bytez");
  const Result<void> sent = place.upload(blob);
  REQUIRE_FALSE(sent);
  CHECK_THAT(sent.error().message, ContainsSubstring("HTTP status 400, DIGEST_INVALID"));
  CHECK(sent.error().hint == "the layout may be damaged: remove it and build it again");
}

TEST_CASE("a connection that is always lost is an error after some tries", "[image][registry]") {
  Place place;
  const Blob blob = place.blob_of(text_of_size(2500));
  place.registry.drops = 1000;
  const Result<void> sent = place.upload(blob);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().kind == ErrorKind::unavailable);
  CHECK_THAT(sent.error().message,
             ContainsSubstring(fmt::format("cannot send {} to {}/shop/app: ", blob.digest, place.registry.host())));
  CHECK(sent.error().hint ==
        fmt::format("is {} the registry, does it run, and is it reached from here?", place.registry.host()));
  CHECK(place.registry.server().count("GET") == 3);
}

TEST_CASE("a blob whose last answer was lost is not sent again", "[image][registry]") {
  Place place;
  place.registry.lost_commits = 1;
  const Blob blob = place.blob_of(text_of_size(100));
  REQUIRE(place.upload(blob));
  CHECK(place.registry.has_blob("shop/app", blob.digest));
  CHECK(place.registry.begun() == 1);
}

TEST_CASE("a blob that was not made before the connection was lost is sent again", "[image][registry]") {
  Place place;
  int lost = 0;
  place.registry.before = [&](const SeenRequest& request) -> std::optional<FaultAnswer> {
    if (request.method != "PUT" || ++lost > 2) return std::nullopt;  // libcurl itself tries twice
    return FaultAnswer{.fault = Fault::close_at_once};
  };
  const Blob blob = place.blob_of(text_of_size(100));
  REQUIRE(place.upload(blob));
  CHECK(place.registry.has_blob("shop/app", blob.digest));
  CHECK(place.registry.begun() == 2);
}

TEST_CASE("what a registry refuses is told in its words, with what to do", "[image][registry]") {
  const std::string login = "there is no login for HOST in FILE: skopeo login HOST (or docker, podman) writes one";
  const auto [status, body, kind, words, wanted] =
      GENERATE_REF(table<int, std::string, ErrorKind, std::string, std::string>({
          {401, R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]})",
           ErrorKind::unauthenticated, "HTTP status 401, UNAUTHORIZED: authentication required", login},
          {403, R"({"errors":[{"code":"DENIED","detail":"read only"}]})", ErrorKind::denied,
           "HTTP status 403, DENIED (read only)", login},
          {404, "nothing here\nreally", ErrorKind::not_found, "HTTP status 404, nothing here",
           "look at the names of registry and repository; some registries want a repository to be made first"},
          {413, "<html>no</html>", ErrorKind::invalid_input, "HTTP status 413",
           "a proxy in front of the registry limits the size of requests"},
          {429, R"({"details":"slow down"})", ErrorKind::unavailable, "HTTP status 429, slow down",
           "the registry limits how much it is asked: try again later, or log in"},
          {500, R"({"errors":[{"code":"UNKNOWN","message":"\u001b[31mno space left","detail":{"Path":"/data"}}]})",
           ErrorKind::unavailable, R"(HTTP status 500, UNKNOWN: \x1b[31mno space left ({"Path":"/data"}))",
           "look at the log and the disk of the registry; pushing again sends only what is not there"},
      }));
  Place place;
  std::string hint = wanted;
  if (hint == login)
    hint = fmt::format("there is no login for {0} in {1}: skopeo login {0} (or docker, podman) writes one",
                       place.registry.host(), place.folder.path("config.json"));
  place.registry.server().on("POST", "*", {{.status = status, .body = body}});
  const Blob blob = place.blob_of("bytes");
  const Result<void> sent = place.upload(blob);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().kind == kind);
  CHECK(sent.error().message ==
        fmt::format("cannot send {} to {}/shop/app: {}", blob.digest, place.registry.host(), words));
  CHECK(sent.error().hint == hint);
}

TEST_CASE("a registry that limits requests is asked again when it says", "[image][registry]") {
  Place place;
  const Blob blob = place.blob_of("bytes");
  int refused = 0;
  place.registry.before = [&](const SeenRequest&) -> std::optional<FaultAnswer> {
    if (++refused > 1) return std::nullopt;
    return FaultAnswer{.status = 429, .headers = {{"Retry-After", "7"}}};
  };
  const auto before = place.clock.now();
  CHECK(place.repository.has(blob, {}) == false);
  CHECK(place.clock.now() - before >= std::chrono::seconds(7));
}

TEST_CASE("an answer of 500 in the middle of an upload is not its end", "[image][registry]") {
  Place place;
  const Blob blob = place.blob_of(text_of_size(2500));
  int patches = 0;
  place.registry.before = [&](const SeenRequest& request) -> std::optional<FaultAnswer> {
    if (request.method != "PATCH" || ++patches != 2) return std::nullopt;
    return FaultAnswer{.status = 500};
  };
  REQUIRE(place.upload(blob));
  CHECK(place.registry.has_blob("shop/app", blob.digest));
  CHECK(place.registry.begun() == 1);
}

TEST_CASE("a password is shown to the registry that asks for one, and to no other", "[image][registry]") {
  FakeRegistry elsewhere;
  elsewhere.add_blob("shop/app", "moved");
  Place place;
  const std::string auth = to_base64("robot:pass:word");
  place.folder.write("config.json",
                     fmt::format(R"({{"auths":{{"https://{}/v1/":{{"auth":"{}"}}}}}})", place.registry.host(), auth));
  place.registry.before = [&](const SeenRequest& request) -> std::optional<FaultAnswer> {
    if (request.header("authorization").empty())
      return FaultAnswer{.status = 401, .headers = {{"WWW-Authenticate", R"(Basic realm="a, \"b\"")"}}};
    if (request.method == "GET" && request.target.find("/blobs/sha256:") != std::string::npos)
      return FaultAnswer{.status = 307, .headers = {{"Location", elsewhere.server().url() + request.target}}};
    return std::nullopt;
  };
  const Blob sent = place.blob_of("bytes");
  REQUIRE(place.upload(sent));
  CHECK(place.registry.server().seen().back().header("authorization") == "Basic " + auth);
  const Blob moved{std::string(media::layer), "sha256:" + sha256_hex("moved"), 5};
  REQUIRE(place.repository.fetch(moved, place.layout, {}));
  CHECK(place.layout.read(moved) == "moved");
  REQUIRE(elsewhere.server().count() > 0);
  for (const SeenRequest& request : elsewhere.server().seen()) CHECK(request.header("authorization").empty());
}

TEST_CASE("a password that is refused is not in the message", "[image][registry]") {
  Place place;
  place.folder.write("config.json", fmt::format(R"({{"auths":{{"{}":{{"auth":"{}"}}}}}})", place.registry.host(),
                                                to_base64("robot:hush-hush")));
  place.registry.server().on("*", "*", {{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}}});
  const Result<bool> there = place.repository.has(place.blob_of("bytes"), {});
  REQUIRE_FALSE(there);
  CHECK(there.error().kind == ErrorKind::unauthenticated);
  CHECK(there.error().hint ==
        fmt::format("the login of \"robot\" for {} was not taken, or may not do this: look at its "
                    "rights, or log in again",
                    place.registry.host()));
  CHECK(place.registry.server().count() == 2);
  CHECK_THAT(there.error().message, !ContainsSubstring("hush"));
}

TEST_CASE("a token is fetched with the password, for what is to be done, and anew when it has ended",
          "[image][registry]") {
  Place place;
  place.folder.write("config.json", fmt::format(R"({{"auths":{{"{}/shop":{{"auth":"{}"}}}}}})", place.registry.host(),
                                                to_base64("robot:secret")));
  int tokens = 0;
  place.registry.before = [&](const SeenRequest& request) -> std::optional<FaultAnswer> {
    if (request.target.starts_with("/token")) {
      if (request.header("authorization") != "Basic " + to_base64("robot:secret")) return FaultAnswer{.status = 401};
      return FaultAnswer{.body = fmt::format(R"({{"token":"t{}"}})", ++tokens)};
    }
    const std::string wanted = fmt::format("Bearer t{}", request.method == "PUT" ? 2 : std::max(tokens, 1));
    if (request.header("authorization") == wanted) return std::nullopt;
    return FaultAnswer{
        .status = 401,
        .headers = {
            {"WWW-Authenticate",
             fmt::format(R"(Bearer realm="{}/token",service="a registry",scope="repository:shop/app:pull,push")",
                         place.registry.server().url())}}};
  };
  const Blob blob = place.blob_of("bytes");
  REQUIRE(place.upload(blob));
  CHECK(tokens == 2);
  CHECK(place.registry.server().count("GET", "/token?service=a%20registry&scope=repository:shop/app:pull,push") == 2);
}

TEST_CASE("no password goes to a token service without TLS on another machine", "[image][registry]") {
  Place place;
  place.registry.server().on(
      "*", "*", {{.status = 401, .headers = {{"WWW-Authenticate", "Bearer realm=\"http://token.example.com/\""}}}});
  const Result<bool> there = place.repository.has(place.blob_of("bytes"), {});
  REQUIRE_FALSE(there);
  CHECK_THAT(there.error().message,
             ContainsSubstring("sends for a token to \"http://token.example.com/\", which is not https"));
}

TEST_CASE("a blob that is fetched goes on where the connection was lost", "[image][registry]") {
  Place place;
  const std::string bytes = text_of_size(5000);
  place.registry.add_blob("shop/app", bytes);
  const Blob blob{std::string(media::layer), "sha256:" + sha256_hex(bytes), 5000};
  place.registry.cut_fetches = 2;
  place.registry.knows_ranges = GENERATE(true, false);
  REQUIRE(place.repository.fetch(blob, place.layout, {}));
  CHECK(place.layout.read(blob) == bytes);
}

TEST_CASE("bytes that are not those of the digest are not kept", "[image][registry]") {
  Place place;
  const Blob blob{std::string(media::layer), "sha256:" + sha256_hex("true"), 4};
  place.registry.server().on("GET", "*", {{.body = "fals"}});
  const Result<void> fetched = place.repository.fetch(blob, place.layout, {});
  REQUIRE_FALSE(fetched);
  CHECK_THAT(fetched.error().message, ContainsSubstring("the bytes have the digest sha256:"));
  CHECK_FALSE(place.layout.has(blob));
  const Result<FetchedManifest> manifest = place.repository.manifest(blob.digest, {});
  REQUIRE_FALSE(manifest);
  CHECK(manifest.error().kind == ErrorKind::invalid_input);
}

TEST_CASE("layers of the base are taken from its repository, and only what is missing is sent", "[image][registry]") {
  Place place;
  place.registry.add_blob("base/jdk", "base layer");
  const Blob base = place.blob_of("base layer");
  const Blob own = place.blob_of("own layer");
  const Blob config = place.layout.put("{}", media::config).value();
  const Json manifest = {
      {"schemaVersion", 2},
      {"config", to_json(config)},
      {"layers", {to_json(base), to_json(own)}},
      {"annotations", {{"org.opencontainers.image.base.name", place.registry.host() + "/base/jdk:17"}}}};
  const Blob blob = place.layout.put(dump(manifest), media::manifest).value();
  const HeldImage held{blob, ""};
  std::vector<std::string> said;
  const auto say = [&](std::string_view line) { said.emplace_back(line); };
  const Result<PushedImage> pushed = push_image(place.layout, held, place.reference, place.repository, say, {});
  REQUIRE(pushed);
  CHECK(pushed->mounted == 1);
  CHECK(pushed->sent == 1);
  CHECK(pushed->there == 0);
  CHECK(said.size() == 1);
  CHECK(place.registry.manifest("shop/app", "1") == dump(manifest));
  CHECK(place.registry.manifest("shop/app", blob.digest) == dump(manifest));
  const Result<PushedImage> again = push_image(place.layout, held, place.reference, place.repository, say, {});
  REQUIRE(again);
  CHECK(again->there == 2);
  CHECK(again->sent == 0);
}

TEST_CASE("a registry that never answers is given up", "[image][registry]") {
  Place place;
  place.registry.server().on("*", "*", {{.fault = Fault::hang}});
  Repository repository(place.http, real_clock(), place.logins, place.reference,
                        {.answer = std::chrono::milliseconds(100)});
  const Result<bool> there = repository.has(place.blob_of("bytes"), {});
  REQUIRE_FALSE(there);
  CHECK(there.error().kind == ErrorKind::timeout);
}

TEST_CASE("a run that is stopped does not send", "[image][registry]") {
  Place place;
  std::stop_source source;
  source.request_stop();
  const Blob blob = place.blob_of("bytes");
  const Result<void> sent = place.repository.upload(blob, place.layout.path_of(blob), source.get_token());
  REQUIRE_FALSE(sent);
  CHECK(sent.error().kind == ErrorKind::interrupted);
}
