// `builds:` of cloudflow.yaml.
#include "planner/project/read_builds.h"

#include <catch2/catch_all.hpp>

#include "planner/config/yaml_reader.h"

using namespace cloudflow;

namespace {

struct ReadBuilds {
  std::map<std::string, ImageBuild> builds{};
  std::vector<std::string> problems{};
};

ReadBuilds builds_of(const std::string& text) {
  Diagnostics problems;
  const ConfigValue root = read_yaml({.text = text, .name = "f"}, YamlKeys::names, problems);
  Fields fields(root, "the project", problems);
  ReadBuilds out{.builds = read_builds(fields, problems)};
  fields.finish();
  for (const Diagnostic& each : problems.all()) out.problems.push_back(each.where.text() + " " + each.message);
  return out;
}

}  // namespace

TEST_CASE("a build says what an image is made of", "[project]") {
  const ReadBuilds read = builds_of(R"(builds:
  app:
    image: r.example.com/app
    for: [a, b]
    base: r.example.com/jdk:17
    class-path: [target/a.jar, target/b.jar]
    main-class: A
    files: {/etc/a: a, /b: b}
    labels: {x.y: 1}
    environment: {A: b}
    entrypoint: []
    arguments: -v
    user: 1000
)");
  CHECK(read.problems.empty());
  const ImageBuild& build = read.builds.at("app");
  CHECK(build.image.value == "r.example.com/app");
  CHECK(build.streamlets == std::vector<std::string>{"a", "b"});
  CHECK(build.class_path.size() == 2);
  CHECK(build.files.at("/etc/a").value == "a");
  CHECK(build.labels.at("x.y") == "1");
  CHECK(build.entrypoint == std::vector<std::string>{});
  CHECK(build.arguments == std::vector<std::string>{"-v"});
  CHECK(build.user == "1000");
}

TEST_CASE("what is wrong in a build is told, all of it", "[project]") {
  CHECK(builds_of("builds: {a: {}, b: {image: r/b, progam: x}, c: {image: r/c, program: x, class-path: y}, "
                  "d: {image: r/d, files: {etc/x: a, /x/../y: b, /: c}}}")
            .problems ==
        std::vector<std::string>{
            "f:1:13 the build \"a\" has no \"image\"",
            "f:1:13 the build \"a\" does not say what is in the image",
            "f:1:41 the build \"b\" has no member \"progam\"",
            "f:1:20 the build \"b\" does not say what is in the image",
            "f:1:70 the build \"c\" has \"program\" and \"class-path\", wanted one of them",
            "f:1:48 the build \"c\" has a class path and no \"base\"",
            "f:1:138 the build \"d\" has the path \"/\" in the image, wanted an absolute one such as /opt/app",
            "f:1:132 the build \"d\" has the path \"/x/../y\" in the image, wanted an absolute one such as /opt/app",
            "f:1:120 the build \"d\" has the path \"etc/x\" in the image, wanted an absolute one such as /opt/app",
        });
}
