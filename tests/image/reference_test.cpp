// Names of images in registries.
#include "sdk/image/reference.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

TEST_CASE("an image reference has a registry, a repository, a tag and a digest", "[image]") {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const auto whole = parse_image_reference("registry.example.com:5000/shop/orders:1.0@" + digest);
  REQUIRE(whole);
  CHECK(whole->registry == "registry.example.com:5000");
  CHECK(whole->repository == "shop/orders");
  CHECK(whole->tag == "1.0");
  CHECK(whole->digest == digest);
  CHECK(whole->version() == digest);
  CHECK(whole->text() == "registry.example.com:5000/shop/orders:1.0@" + digest);
  const auto plain = parse_image_reference("127.0.0.1:5000/a");
  REQUIRE(plain);
  CHECK(plain->text() == "127.0.0.1:5000/a");
}

TEST_CASE("what is no image in a registry is told why", "[image]") {
  const auto [text, why] = GENERATE(table<std::string, std::string>({
      {"orders:1", "it names no registry"},
      {"shop/orders:1", "it names no registry"},
      {"r.example.com/Orders", "path and name are in lower case, with digits, dots, dashes and underscores"},
      {"r.example.com/a//b", "path and name are in lower case, with digits, dots, dashes and underscores"},
      {"r.example.com/a/../b", "path and name are in lower case, with digits, dots, dashes and underscores"},
      {"r.example.com/a:1+2", "its tag has other characters than letters, digits, dots, dashes and underscores"},
      {"r.example.com/a@sha256:12", "its digest is not sha256: and 64 hex digits"},
      {"https://r.example.com/a", "it names no registry"},
      {"", "it names no registry"},
  }));
  const auto parsed = parse_image_reference(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message == "\"" + text + "\" is no image in a registry: " + why);
}

TEST_CASE("only this machine is asked without TLS", "[image]") {
  CHECK(registry_url("127.0.0.1:5000") == "http://127.0.0.1:5000");
  CHECK(registry_url("localhost:5000") == "http://localhost:5000");
  CHECK(registry_url("[::1]:5000") == "http://[::1]:5000");
  CHECK(registry_url("registry.example.com") == "https://registry.example.com");
  CHECK(registry_url("127.a.b.com:80") == "https://127.a.b.com:80");
  CHECK(registry_url("127.0.0.1.example.com") == "https://127.0.0.1.example.com");
  CHECK(registry_url("localhost.example.com:80") == "https://localhost.example.com:80");
}
