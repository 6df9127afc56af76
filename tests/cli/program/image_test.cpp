// The real binary builds and pushes images, and writes their digests into cloudflow.yaml.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cloudflow/json.h"
#include "sdk/support/child.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/cli/program/binary.h"
#include "tests/support/connect_proxy.h"
#include "tests/support/debian_registry.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_registry.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// A project with one streamlet, whose image is made of a file.
class ImageProjectFolder {
 public:
  ImageProjectFolder() {
    folder_.write(
        "project/blueprint.conf",
        "blueprint { streamlets { a { image = \"registry.example.com/none:1\", outlets { out = bytearray } }\n"
        "b { image = \"registry.example.com/none:1\", inlets { in = bytearray } } }\n"
        "topics { t { producers = [a.out], consumers = [b.in] } } }\n");
    folder_.write("project/main.sh", "echo hello");
    folder_.write("logins.json", "{}");
    write(
        "# a comment\napplication: shop\nversion: 1.0.0\nimages:\n  a: registry.example.com/shop/app:0.9 # old\n"
        "builds:\n  app:\n    image: registry.example.com/shop/app\n    for: [b]\n    files: {/main.sh: main.sh}\n"
        "    entrypoint: [sh, /main.sh]\n");
  }

  void write(const std::string& text) const { folder_.write("project/cloudflow.yaml", text); }
  std::string text() const { return folder_.read("project/cloudflow.yaml"); }
  const TempFolder& folder() const { return folder_; }

  ProcessOutput run(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {}) const {
    arguments.insert(arguments.begin(), cloudflow_binary());
    environment.emplace("REGISTRY_AUTH_FILE", folder_.path("logins.json"));
    environment.emplace("KAFKA_BOOTSTRAP", "127.0.0.1:9092");
    const auto ran = run_process(
        {.command = std::move(arguments), .environment = std::move(environment), .directory = folder_.path("project")},
        {});
    REQUIRE(ran);
    return *ran;
  }
  std::string digest() const {
    const Json index = Json::parse(folder_.read("project/build/images/app/index.json"));
    return index["manifests"][0]["digest"];
  }

 private:
  TempFolder folder_{};
};

}  // namespace

TEST_CASE("an image is built, pushed, and named by its digest in cloudflow.yaml", "[cli][image]") {
  const ImageProjectFolder project;
  FakeRegistry registry;
  const ProcessOutput built = project.run({"image", "build"});
  INFO(built.errors);
  REQUIRE(built.status == 0);
  CHECK(built.errors.empty());
  const std::string digest = project.digest();
  CHECK_THAT(built.output,
             ContainsSubstring(fmt::format("app  registry.example.com/shop/app:1.0.0@{}  linux/", digest)));
  const ProcessOutput again = project.run({"image", "build", "--output", project.folder().path("other"), "--json"});
  CHECK(Json::parse(again.output)["images"][0]["digest"] == digest);
  CHECK(Json::parse(project
                        .run({"image", "build", "--output", project.folder().path("other"), "--json"},
                             {{"SOURCE_DATE_EPOCH", "1700000000"}})
                        .output)["images"][0]["digest"] != digest);

  const ProcessOutput pushed = project.run({"image", "push", "app", "--registry", registry.host() + "/mine"});
  INFO(pushed.errors);
  REQUIRE(pushed.status == 0);
  const std::string image = fmt::format("{}/mine/shop/app:1.0.0@{}", registry.host(), digest);
  CHECK(pushed.output == image + "\n");
  CHECK_THAT(pushed.errors, ContainsSubstring("cloudflow.yaml names it now: a, b\n"));
  CHECK_FALSE(registry.manifest("mine/shop/app", "1.0.0").empty());
  CHECK(
      project.text() ==
      fmt::format(
          "# a comment\napplication: shop\nversion: 1.0.0\nimages:\n  b: {0}\n  a: {0} # old\n"
          "builds:\n  app:\n    image: registry.example.com/shop/app\n    for: [b]\n    files: {{/main.sh: main.sh}}\n"
          "    entrypoint: [sh, /main.sh]\n",
          image));
  const ProcessOutput valid = project.run({"validate"});
  INFO(valid.errors);
  CHECK(valid.status == 0);

  const std::string before = project.text();
  const ProcessOutput nothing = project.run({"image", "push", "--registry", registry.host() + "/mine", "--json"});
  CHECK(nothing.status == 0);
  CHECK(Json::parse(nothing.output) == Json{{"format_version", "1.0"},
                                            {"images",
                                             {{{"name", "app"},
                                               {"image", image},
                                               {"digest", digest},
                                               {"layers_sent", 0},
                                               {"bytes_sent", 0},
                                               {"layers_mounted", 0},
                                               {"layers_there", 2},
                                               {"written", false}}}}});
  CHECK(project.text() == before);
}

TEST_CASE("the builds in docs/images.md are valid", "[cli][image][documentation]") {
  std::ifstream in(fs::path(CLOUDFLOW_SOURCE_DIR) / "docs/images.md", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const std::size_t begin = page.find("```yaml\n") + 8;
  const std::string example = page.substr(begin, page.find("```", begin) - begin);
  REQUIRE(example.starts_with("builds:\n"));
  const ImageProjectFolder project;
  project.write("application: shop\nversion: 1.0.0\n" + example);
  const ProcessOutput valid = project.run({"validate"});
  CHECK(valid.errors.empty());
  CHECK(valid.status == 0);
}

TEST_CASE("what is wrong with a build is told before anything is sent", "[cli][image]") {
  const ImageProjectFolder project;
  FakeRegistry registry;
  const auto errors = [&](std::vector<std::string> arguments) {
    const ProcessOutput ran = project.run(std::move(arguments));
    CHECK(ran.status == 1);
    CHECK(ran.output.empty());
    return ran.errors;
  };
  CHECK(errors({"image", "push", "--registry", registry.host()}) ==
        "error: cannot push \"app\": \"build/images/app\" is no OCI image layout\n  hint: cloudflow image build app "
        "makes it\n");
  CHECK_THAT(errors({"image", "build", "ap"}), ContainsSubstring("the project has no build \"ap\"\n") &&
                                                   ContainsSubstring("  hint: did you mean \"app\"?\n"));
  const std::string head = "application: shop\nversion: 1.0.0\n";
  project.write(head);
  CHECK_THAT(errors({"image", "build"}),
             ContainsSubstring("the project has no builds: nothing says what an image is made of"));
  project.write(head + "builds: {app: {image: shop/app, files: {/a: main.sh}}}\n");
  CHECK_THAT(
      errors({"image", "build"}),
      ContainsSubstring("cloudflow.yaml:3:23: error: \"shop/app\" is no image in a registry: it names no registry\n"));
  project.write("application: shop\nversion: 1+2\nbuilds: {app: {image: r.example.com/app, files: {/a: main.sh}}}\n");
  CHECK_THAT(errors({"image", "build"}),
             ContainsSubstring("hint: the project's version is the tag: write another one behind the image\n"));
  project.write(head + "builds: {app: {image: r.example.com/app, files: {/a: none.sh}}}\n");
  CHECK_THAT(errors({"image", "build"}), ContainsSubstring("cannot build \"app\": cannot read \"") &&
                                             ContainsSubstring("none.sh\": no such file\n"));
  project.write(head + "builds: {app: {image: r.example.com/app, program: main.sh}}\n");
  CHECK_THAT(errors({"image", "build"}), ContainsSubstring("cannot ask \""));
  project.folder().write_program("project/main.sh", "#!/bin/sh\necho what >&2\nexit 3\n");
  CHECK_THAT(
      errors({"image", "build"}),
      ContainsSubstring("main.sh\" --describe ended with status 3: what\n") &&
          ContainsSubstring("  hint: write descriptors: FILE (a JSON list), or descriptors: none, into the build\n"));
  project.write(head + "builds: {app: {image: r.example.com/app, files: {/a: main.sh}}}\n");
  REQUIRE(project.run({"image", "build"}).status == 0);
  CHECK(errors({"image", "push", "--registry", registry.host()}) ==
        "error: cannot push \"app\": no entry of `images` names r.example.com/app: nothing says where its digest "
        "belongs\n"
        "  hint: write for: [STREAMLET, …] into the build, or push with --no-write\n");
  project.write("application: shop\nversion: 1.1.0\nbuilds: {app: {image: r.example.com/app, files: {/a: main.sh}}}\n");
  CHECK(errors({"image", "push", "--registry", registry.host()}) ==
        "error: cannot push \"app\": \"build/images/app\" holds \"r.example.com/app:1.0.0\", and the project asks for "
        "r.example.com/app:1.1.0\n  hint: cloudflow image build app\n");
  project.write(
      head + "builds: {app: {image: r.example.com/app, for: [a], files: {/a: main.sh}}}\nimages: {b: &x r/x, c: *x}\n");
  CHECK_THAT(errors({"image", "push", "--registry", registry.host()}),
             ContainsSubstring("cannot write the images into \"cloudflow.yaml\" without touching more"));
  CHECK(registry.server().count() == 0);
  CHECK(project.run({"image", "build"}, {{"SOURCE_DATE_EPOCH", "today"}}).errors ==
        "cloudflow.yaml:3:15: error: cannot build \"app\": SOURCE_DATE_EPOCH is \"today\", wanted seconds since 1970\n"
        "    3 | builds: {app: {image: r.example.com/app, for: [a], files: {/a: main.sh}}}\n"
        "      |               ^\n");
}

TEST_CASE("a password for a registry is nowhere in what is printed or kept", "[cli][image]") {
  const ImageProjectFolder project;
  FakeRegistry registry;
  project.folder().write("logins.json", fmt::format(R"({{"auths":{{"{}":{{"auth":"{}"}}}}}})", registry.host(),
                                                    to_base64("robot:hush-hush")));
  registry.before = [](const SeenRequest& request) -> std::optional<FaultAnswer> {
    if (request.header("authorization").empty())
      return FaultAnswer{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}};
    if (request.method != "PUT" || request.target.find("/manifests/") == std::string::npos) return std::nullopt;
    return FaultAnswer{.status = 403, .body = R"({"errors":[{"code":"DENIED","message":"no \u001b[2Jrights"}]})"};
  };
  REQUIRE(project.run({"image", "build"}).status == 0);
  const ProcessOutput pushed = project.run({"image", "push", "--registry", registry.host()});
  CHECK(pushed.status == 1);
  CHECK_THAT(pushed.errors, ContainsSubstring(fmt::format(
                                "error: cannot push \"app\": cannot write the manifest 1.0.0 of {}/shop/app: "
                                "HTTP status 403, DENIED: no \\x1b[2Jrights\n",
                                registry.host())));
  CHECK_THAT(pushed.errors, ContainsSubstring("the login of \"robot\" for "));
  CHECK_THAT(pushed.errors, !ContainsSubstring("hush"));
  CHECK_THAT(pushed.errors, !ContainsSubstring(to_base64("robot:hush-hush")));
  CHECK_THAT(project.text(), !ContainsSubstring(registry.host()));  // what was not pushed is not named
}

TEST_CASE("a registry on another machine is asked over TLS, and must show a certificate", "[cli][image]") {
  const ImageProjectFolder project;
  const TestCertificate certificate = make_certificate("registry.example.com", {"DNS:registry.example.com"});
  FakeRegistry registry(FaultTls{.server = certificate});
  const ConnectProxy proxy(registry.server().port());
  project.folder().write("logins.json", fmt::format(R"({{"auths":{{"registry.example.com":{{"auth":"{}"}}}}}})",
                                                    to_base64("robot:hush-hush")));
  registry.before = [](const SeenRequest& request) -> std::optional<FaultAnswer> {
    if (request.header("authorization") == "Basic " + to_base64("robot:hush-hush")) return std::nullopt;
    return FaultAnswer{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}};
  };
  REQUIRE(project.run({"image", "build"}).status == 0);
  const ProcessOutput stranger = project.run({"image", "push"}, {{"https_proxy", proxy.url()}});
  CHECK(stranger.status == 1);
  CHECK_THAT(stranger.errors, ContainsSubstring("the certificate of \"registry.example.com:443\" is not trusted: "));
  CHECK_THAT(stranger.errors,
             ContainsSubstring("  hint: SSL_CERT_FILE names a file with the certificate of who signed it\n"));
  CHECK(registry.server().count() == 0);
  const ProcessOutput pushed = project.run(
      {"image", "push"},
      {{"https_proxy", proxy.url()}, {"SSL_CERT_FILE", project.folder().write("ca.pem", certificate.certificate)}});
  INFO(pushed.errors);
  CHECK(pushed.status == 0);
  CHECK_FALSE(registry.manifest("shop/app", "1.0.0").empty());
  for (const std::string& asked : proxy.asked()) CHECK(asked == "registry.example.com:443");
}

TEST_CASE("a registry that refuses, is overloaded, fails or goes away is told in one message", "[cli][image][slow]") {
  const ImageProjectFolder project;
  REQUIRE(project.run({"image", "build"}).status == 0);
  const Json layers = Json::parse(project.run({"image", "build", "--json"}).output)["images"][0]["layers"];
  const std::string layer = layers[0]["digest"];
  struct Row {
    FaultAnswer answer{};
    std::string says{};
    std::string hint{};
  };
  const std::string look = "is HOST the registry, does it run, and is it reached from here?";
  const auto [answer, says, hint] = GENERATE_REF(values<Row>({
      {{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}},
       "HTTP status 401",
       "there is no login for HOST in LOGINS: skopeo login HOST (or docker, podman) writes one"},
      {{.status = 429, .body = R"({"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]})"},
       "HTTP status 429, TOOMANYREQUESTS: slow down",
       "the registry limits how much it is asked: try again later, or log in"},
      {{.status = 500, .body = R"({"errors":[{"code":"UNKNOWN","message":"no space left on device"}]})"},
       "HTTP status 500, UNKNOWN: no space left on device",
       "look at the log and the disk of the registry; pushing again sends only what is not there"},
      {{.fault = Fault::close_at_once}, "\"HOST\" closed the connection before it answered", look},
      {{.fault = Fault::reset}, "the connection to \"HOST\" was cut off: ", look},
      {{.fault = Fault::garbage}, "\"HOST\" does not speak HTTP", look},
  }));
  FakeRegistry registry;
  registry.server().on("POST", "*", {answer});
  const auto filled = [&](std::string text) {
    for (const auto& [word, value] :
         {std::pair{"HOST", registry.host()}, std::pair{"LOGINS", project.folder().path("logins.json")}}) {
      for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size()))
        text.replace(at, std::string_view(word).size(), value);
    }
    return text;
  };
  const ProcessOutput pushed = project.run({"image", "push", "--registry", registry.host()});
  CHECK(pushed.status == 1);
  CHECK(pushed.output.empty());
  CHECK_THAT(pushed.errors, ContainsSubstring(filled(fmt::format(
                                "error: cannot push \"app\": cannot send {} to HOST/shop/app: {}", layer, says))));
  CHECK_THAT(pushed.errors, ContainsSubstring(filled("\n  hint: " + hint + "\n")));
}

TEST_CASE("Ctrl-C ends a push, and the project file stays", "[cli][image]") {
  const ImageProjectFolder project;
  FakeRegistry registry;
  registry.server().on("*", "*", {{.fault = Fault::hang}});
  REQUIRE(project.run({"image", "build"}).status == 0);
  const std::string before = project.text();
  const Result<Child> child =
      start_child({.command = {cloudflow_binary(), "image", "push", "--registry", registry.host()},
                   .environment = {{"REGISTRY_AUTH_FILE", project.folder().path("none")}},
                   .directory = project.folder().path("project")});
  REQUIRE(child);
  CHECK(eventually([&] { return registry.server().count() > 0; }));
  ::kill(child->process, SIGINT);
  std::optional<int> status;
  CHECK(eventually([&] { return (status = exit_status(*child)).has_value(); }));
  if (!status) end_child(*child);
  CHECK(status == 130);
  CHECK(project.text() == before);
}

TEST_CASE("a full disk is told as such, and leaves nothing half", "[cli][image][slow]") {
  const ImageProjectFolder project;
  project.folder().write("project/main.sh", std::string(3'000'000, 'x'));
  std::string random(3'000'000, '\0');
  for (std::size_t n = 0; n < random.size(); ++n) random[n] = static_cast<char>((n * n * 2654435761U) >> 13U);
  project.folder().write("project/main.sh", random);
  const std::string disk = project.folder().path("disk");
  fs::create_directories(disk);
  const std::string script = fmt::format(
      "mount -t tmpfs -o size=1m none '{0}' || exit 77; '{1}' image build --output '{0}'; echo $?; find '{0}' -type f "
      "-size +0",
      disk, cloudflow_binary());
  const auto ran = run_process({.command = {"unshare", "--mount", "--map-root-user", "sh", "-c", script},
                                .directory = project.folder().path("project")},
                               {});
  REQUIRE(ran);
  if (ran->status == 77 || ran->errors.find("unshare") != std::string::npos) SKIP("no mounts of one's own here");
  INFO(ran->errors);
  CHECK_THAT(ran->errors,
             ContainsSubstring(fmt::format("error: cannot build \"app\": cannot write \"{}/app/blobs/sha256\": "
                                           "No space left on device\n",
                                           disk)));
  CHECK_THAT(ran->errors, ContainsSubstring("  hint: make room on this disk, or name another folder with --output\n"));
  CHECK_THAT(ran->output, ContainsSubstring(fmt::format("1\n{}/app/oci-layout\n", disk)));
  CHECK_THAT(ran->output, !ContainsSubstring("unfinished"));
  CHECK_THAT(ran->output, !ContainsSubstring("index.json"));
}

TEST_CASE("the example's image goes to Debian's registry, and its digest into what is rendered", "[cli][image][slow]") {
  if (!DebianRegistry::is_installed()) SKIP("docker-registry is not installed: scripts/bootstrap");
  const DebianRegistry registry;
  const TempFolder folder;
  fs::copy(fs::path(CLOUDFLOW_SOURCE_DIR) / "examples/sensor-data", folder.path("project"),
           fs::copy_options::recursive);
  fs::create_directories(folder.path("project/build"));
  fs::copy(CLOUDFLOW_SENSOR_DATA, folder.path("project/build/sensor-data"));
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), cloudflow_binary());
    const auto ran = run_process({.command = std::move(arguments),
                                  .environment = {{"KAFKA_BOOTSTRAP", "broker.example.com:9092"}},
                                  .directory = folder.path("project")},
                                 {});
    REQUIRE(ran);
    INFO(ran->errors);
    REQUIRE(ran->status == 0);
    return ran->output;
  };
  const Json built = Json::parse(run({"image", "build", "--json"}))["images"][0];
  const std::string image = fmt::format("{}/sensor-data:1.0.0@{}", registry.host(), built["digest"].get<std::string>());
  CHECK(run({"image", "push", "--registry", registry.host()}) == image + "\n");
  CHECK_THAT(run({"render"}),
             ContainsSubstring("image: " + image) || ContainsSubstring(fmt::format("image: \"{}\"", image)));
  const auto seen = run_process({.command = {"skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}",
                                             fmt::format("docker://{}/sensor-data:1.0.0", registry.host())}},
                                {});
  REQUIRE(seen);
  CHECK(seen->output == built["digest"].get<std::string>() + "\n");
}
