// Which texts are references to images, and the registry in them.
#include "planner/application/image_reference.h"

#include <catch2/catch_test_macros.hpp>

namespace cloudflow {
namespace {

TEST_CASE("references to images", "[model]") {
  const std::string digest = "sha256:" + std::string(64, '0');
  for (const std::string& good :
       {std::string("image"), std::string("image:Test_1.2-3"), std::string("team/image"),
        std::string("registry/repo_1.2-45/image_with-1.2_some-dashes"),
        std::string("Registry.example.com:1234/repo/image"), std::string("ok_as_repository/repo/image:test"),
        std::string("reg/a/b/c/image:1"), "r.example.com/a/b@" + digest, "r.example.com/a/b:1@" + digest,
        "a:" + std::string(128, 'x')}) {
    CAPTURE(good);
    CHECK(is_image_reference(good));
  }
  for (const std::string& bad : {std::string(""),
                                 std::string("  "),
                                 std::string("!$&%**tests$%&%$&"),
                                 std::string(" :test: "),
                                 std::string("test:"),
                                 std::string(":test"),
                                 std::string("a:b:c:d"),
                                 std::string("test::test"),
                                 std::string("test:.test"),
                                 std::string("test:-test"),
                                 std::string("http://registry/repo:test"),
                                 std::string("https://registry/repo:test"),
                                 std::string("registry/repo/:test"),
                                 std::string("registry/repo*repo/image:test"),
                                 std::string("a b"),
                                 std::string("r.example.com/Team/image"),
                                 std::string("a/Image"),
                                 std::string("/a"),
                                 std::string("a//b"),
                                 std::string("a@"),
                                 "a:" + std::string(129, 'x')}) {
    CAPTURE(bad);
    CHECK_FALSE(is_image_reference(bad));
  }
}

TEST_CASE("the registry of an image", "[model]") {
  CHECK(registry_of("image:1") == "");
  CHECK(registry_of("repository/image") == "");
  CHECK(registry_of("no_registry/repository/image") == "");
  CHECK(registry_of("registry.example.com/image") == "registry.example.com");
  CHECK(registry_of("registry:5000/repository/image@sha256:00") == "registry:5000");
}

TEST_CASE("credentials are for the registry of the streamlet that was written first", "[model]") {
  Application application;
  application.streamlets = {{.name = "a", .image = "one.example.com/a/b", .where = {"app.json", 1, 900}},
                            {.name = "b", .image = "two.example.com/a/b", .where = {"app.json", 1, 500}}};
  CHECK(registry_of(application) == "two.example.com");
  CHECK(registry_of(Application()) == "");
}

}  // namespace
}  // namespace cloudflow
