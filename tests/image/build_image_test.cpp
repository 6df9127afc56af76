// What images are made of: programs that run from nothing else, class paths, files, and bases.
#include "sdk/image/build_image.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <catch2/catch_all.hpp>

#include "sdk/image/program.h"
#include "sdk/support/digest.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/image/reading.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_registry.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// Where images are built, with a registry for bases.
struct Workshop {
  Result<BuiltImage> build(const ImageRecipe& recipe, const std::string& name = "layout") {
    const Result<Layout> made = Layout::create(folder.path(name));
    REQUIRE(made);
    return build_image(recipe, *made,
                       [this](const ImageReference& image) { return Repository(http, clock, logins, image); }, {});
  }
  Layout layout(const std::string& name = "layout") const { return Layout::open(folder.path(name)).value(); }

  /// A base with one layer, in a layout of its own.
  std::string make_base(const Json& config = {{"Env", {"PATH=/bin", "A=1"}}, {"Cmd", {"sh"}}}) const {
    const Layout out = Layout::create(folder.path("base")).value();
    const Blob layer = out.put("not really a layer", media::layer).value();
    const Json document = {{"architecture", this_architecture()},
                           {"os", "linux"},
                           {"config", config},
                           {"rootfs", {{"type", "layers"}, {"diff_ids", {"sha256:" + std::string(64, '1')}}}}};
    const Blob config_blob = out.put(dump(document), media::config).value();
    const Json manifest = {{"schemaVersion", 2}, {"config", to_json(config_blob)}, {"layers", {to_json(layer)}}};
    const Blob blob = out.put(dump(manifest), media::manifest).value();
    REQUIRE(out.hold({blob, "base:1"}, {blob.digest, config_blob.digest, layer.digest}));
    return "oci:" + folder.path("base");
  }

  TempFolder folder{};
  FakeRegistry registry{};
  FakeClock clock{};
  HttpClient http{{}, clock};
  LoginFiles logins{{}};
};

ImageRecipe program_recipe(const fs::path& program) {
  return {.name = "r.example.com/app:1", .program = program, .descriptors = R"([{"class_name":"A"}])"};
}

}  // namespace

TEST_CASE("a program comes with the libraries and the loader that it needs, and the same input gives the same digest",
          "[image]") {
  Workshop shop;
  const Result<BuiltImage> built = shop.build(program_recipe(CLOUDFLOW_SENSOR_DATA));
  REQUIRE(built);
  CHECK(built->layers.size() == 2);
  const Result<BuiltImage> again = shop.build(program_recipe(CLOUDFLOW_SENSOR_DATA), "elsewhere");
  REQUIRE(again);
  CHECK(again->manifest == built->manifest);

  const Json config = config_of(shop.layout());
  CHECK(config["architecture"] == this_architecture());
  CHECK(config["created"] == "1970-01-01T00:00:00Z");
  CHECK(config["config"]["User"] == "185");
  const Json entrypoint = config["config"]["Entrypoint"];
  REQUIRE(entrypoint.size() == 4);
  CHECK(entrypoint[1] == "--library-path");
  CHECK(entrypoint[3] == "/opt/cloudflow/bin/sensor_data");
  unpack_layers(shop.layout(), shop.folder.path("root"));
  CHECK(fs::exists(shop.folder.path("root" + entrypoint[0].get<std::string>())));
  CHECK(fs::exists(shop.folder.path("root/opt/cloudflow/lib/libc.so.6")));
  CHECK(fs::status(shop.folder.path("root/tmp")).permissions() == (fs::perms::all | fs::perms::sticky_bit));
  CHECK(shop.folder.read("root/opt/cloudflow/descriptors.json") == "[{\"class_name\":\"A\"}]\n");
}

TEST_CASE("a layer that has not changed is not made again, one that has is", "[image]") {
  Workshop shop;
  const std::string program = shop.folder.write("program", "");
  fs::copy_file("/bin/true", program, fs::copy_options::overwrite_existing);
  REQUIRE(shop.build(program_recipe(program)));
  const std::vector<Blob> before = shop.build(program_recipe(program))->layers;
  const auto written = [&](const Blob& blob) { return fs::last_write_time(shop.layout().path_of(blob)); };
  const fs::file_time_type old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const Blob& layer : before) fs::last_write_time(shop.layout().path_of(layer), old);
  CHECK(shop.build(program_recipe(program))->layers == before);
  CHECK(written(before[0]) == old);
  CHECK(written(before[1]) == old);
  ImageRecipe recipe = program_recipe(program);
  recipe.files = {{"/x", shop.folder.write("x", "x")}};
  const std::vector<Blob> after = shop.build(recipe)->layers;
  CHECK(after[0] == before[0]);
  CHECK(written(after[0]) == old);
  CHECK(after[1] != before[1]);
  // One that was damaged in its size is made again.
  fs::resize_file(shop.layout().path_of(after[0]), 10);
  CHECK(shop.build(recipe)->layers == after);
  CHECK(shop.layout().has(after[0]));
}

TEST_CASE("descriptors are in the label in the form that Cloudflow's plugins gave it", "[image]") {
  Workshop shop;
  REQUIRE(shop.build(program_recipe("/bin/true")));
  const std::string label =
      config_of(shop.layout())["config"]["Labels"]["com.lightbend.cloudflow.streamlet-descriptors"];
  // Python's zlib, which is not ours to change.
  const Result<ProcessOutput> read = run_process(
      {.command = {"/usr/bin/python3", "-c",
                   "import sys,zlib,base64;print(zlib.decompress(base64.b64decode(sys.stdin.read())).decode())"},
       .input = label},
      {});
  REQUIRE(read);
  CHECK(read->output == "{\"streamlet-descriptors\":[{\"class_name\":\"A\"}]}\n");
}

TEST_CASE("the bill of materials names every file, its digest and the package that has it", "[image]") {
  Workshop shop;
  REQUIRE(shop.build(program_recipe("/bin/true")));
  unpack_layers(shop.layout(), shop.folder.path("root"));
  const Json document = Json::parse(shop.folder.read("root/opt/cloudflow/sbom.cdx.json"));
  CHECK(document["bomFormat"] == "CycloneDX");
  CHECK(document["metadata"]["component"]["name"] == "r.example.com/app:1");
  std::size_t libraries = 0;
  bool has_c_library = false;
  for (const Json& component : document["components"]) {
    const std::string path = component["evidence"]["occurrences"][0]["location"];
    CAPTURE(path);
    CHECK(component["hashes"][0]["content"] == sha256_hex(shop.folder.read("root" + path)));
    if (path.find("/lib/") != std::string::npos) ++libraries;
    if (!path.ends_with("/libc.so.6")) continue;
    has_c_library = true;
    CHECK(component["name"] == "libc6");
    CHECK_THAT(component["purl"].get<std::string>(), ContainsSubstring("pkg:deb/debian/libc6@"));
  }
  CHECK(has_c_library);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : fs::directory_iterator(shop.folder.path("root/opt/cloudflow/lib"))) ++files;
  CHECK(libraries == files);
}

TEST_CASE("what is no program for this machine is told why", "[image]") {
  Workshop shop;
  const std::string script = shop.folder.write_program("script", "#!/bin/sh\n");
  const Result<BuiltImage> built = shop.build(program_recipe(script));
  REQUIRE_FALSE(built);
  CHECK(built.error().message == fmt::format("\"{}\" is no native program for Linux on a 64-bit machine", script));
  CHECK(built.error().hint == "for a script write `files:` and a `base:` that has its interpreter");
  CHECK(shop.build(program_recipe(shop.folder.path("none"))).error().message ==
        fmt::format("the program \"{}\" is not there", shop.folder.path("none")));
  // The same program for another machine: only one number in its head differs.
  std::string other =
      "\x7f"
      "ELF";
  {
    std::ifstream in("/bin/true", std::ios::binary);
    other.assign(std::istreambuf_iterator<char>(in), {});
  }
  constexpr char riscv = '\xf3';
  other[18] = riscv;
  other[19] = 0;
  const std::string foreign = shop.folder.write_program("foreign", other);
  CHECK(shop.build(program_recipe(foreign)).error().message ==
        fmt::format("\"{}\" is for riscv64, and this machine is {}: only its own loader knows which libraries it takes",
                    foreign, this_architecture()));
  for (const std::size_t size : {std::size_t{10}, std::size_t{64}, other.size() / 2}) {
    // A file that was cut is no program, or one whose loader says so; never a crash.
    std::string cut = other;
    cut[18] = '\x3e';
    CHECK_FALSE(shop.build(program_recipe(shop.folder.write_program("cut", cut.substr(0, size)))));
  }
}

TEST_CASE("a program that is linked statically is started directly", "[image]") {
  Workshop shop;
  const std::string source = shop.folder.write("main.cpp", "int main() { return 7; }\n");
  const std::string program = shop.folder.path("program");
  const auto compiled = run_process({.command = {"g++", "-static", "-o", program, source}}, {});
  REQUIRE(compiled);
  INFO(compiled->errors);
  REQUIRE(compiled->status == 0);
  REQUIRE(shop.build(program_recipe(program)));
  CHECK(config_of(shop.layout())["config"]["Entrypoint"] == Json{"/opt/cloudflow/bin/program"});
  unpack_layers(shop.layout(), shop.folder.path("root"));
  CHECK_FALSE(fs::exists(shop.folder.path("root/opt/cloudflow/lib")));
}

TEST_CASE("of a library with variants the one for any processor is taken", "[image]") {
  if (this_architecture() != "amd64") SKIP("variants are those of x86-64");
  const Result<ProgramParts> usual = parts_of_program("/usr/bin/curl", {});
  REQUIRE(usual);
  REQUIRE(usual->needs.contains("libz.so.1"));
  const TempFolder folder;
  const std::string variants = folder.path("glibc-hwcaps/x86-64-v2");
  fs::create_directories(variants);
  fs::copy_file(usual->needs.at("libz.so.1"), variants + "/libz.so.1");
  const auto taken = [&] {
    ::setenv("LD_LIBRARY_PATH", folder.path("").c_str(), 1);
    const Result<ProgramParts> parts = parts_of_program("/usr/bin/curl", {});
    ::unsetenv("LD_LIBRARY_PATH");
    REQUIRE(parts);
    return fs::weakly_canonical(parts->needs.at("libz.so.1"));
  };
  CHECK(taken() == fs::weakly_canonical(variants + "/libz.so.1"));  // there is no other
  fs::copy_file(usual->needs.at("libz.so.1"), folder.path("libz.so.1"));
  CHECK(taken() == fs::weakly_canonical(folder.path("libz.so.1")));
}

TEST_CASE("files stand on a base, and keep what it says", "[image]") {
  Workshop shop;
  shop.folder.write("app/main.py", "print()");
  shop.folder.write("app/lib/x.py", "x");
  const ImageRecipe recipe{.name = "r.example.com/app:1",
                           .base = shop.make_base(),
                           .files = {{"/app", shop.folder.path("app")}},
                           .labels = {{"l", "v"}},
                           .environment = {{"A", "2"}, {"B", "3"}},
                           .arguments = {"-v"},
                           .user = "1000:1000",
                           .work_folder = "/app"};
  const Result<BuiltImage> built = shop.build(recipe);
  REQUIRE(built);
  CHECK(built->base_layers == 1);
  CHECK(config_of(shop.layout())["config"] == Json{{"Env", {"PATH=/bin", "A=2", "B=3"}},
                                                   {"Cmd", {"-v"}},
                                                   {"User", "1000:1000"},
                                                   {"WorkingDir", "/app"},
                                                   {"Labels", {{"l", "v"}}}});
  const Json manifest = manifest_of(shop.layout());
  CHECK(manifest["layers"].size() == 2);
  CHECK(config_of(shop.layout())["rootfs"]["diff_ids"].size() == 2);
  CHECK(manifest["annotations"].contains("org.opencontainers.image.base.digest"));
  unpack_layers(shop.layout(), shop.folder.path("root"), 1);
  CHECK(shop.folder.read("root/app/lib/x.py") == "x");
  CHECK_THAT(shop.folder.read("root/opt/cloudflow/sbom.cdx.json"),
             ContainsSubstring(manifest["annotations"]["org.opencontainers.image.base.digest"].get<std::string>()));
  CHECK_FALSE(fs::exists(shop.folder.path("root/etc")));
}

TEST_CASE("a class path becomes two layers of jars, started by the base or by Java", "[image]") {
  Workshop shop;
  shop.folder.write("project/target/own-1.0.jar", "own");
  shop.folder.write("project/target/classes/a/A.class", "class");
  shop.folder.write("repository/x/dep-2.0.jar", "one");
  shop.folder.write("repository/y/dep-2.0.jar", "two");
  shop.folder.write(
      "project/target/classpath.txt",
      fmt::format("{0}/x/dep-2.0.jar:{0}/y/dep-2.0.jar:own-1.0.jar@classes\n", shop.folder.path("repository")));
  ImageRecipe recipe{.name = "r.example.com/app:1",
                     .base = shop.make_base(),
                     .class_path = {shop.folder.path("project/target/classpath.txt")},
                     .project = shop.folder.path("project")};
  REQUIRE(shop.build(recipe));
  CHECK(config_of(shop.layout())["config"]["Entrypoint"] == Json{"/bin/sh", "/opt/cloudflow/run-java.sh"});
  CHECK_FALSE(config_of(shop.layout())["config"].contains("Cmd"));
  const Json layers = manifest_of(shop.layout())["layers"];
  REQUIRE(layers.size() == 3);
  std::vector<std::string> names;
  for (std::size_t n = 1; n < 3; ++n) {
    for (const auto& [path, line] : listed_by_tar(shop.layout().path_of(*blob_from(layers[n])).string()))
      names.push_back(fmt::format("{} {}", n, path));
  }
  CHECK(names == std::vector<std::string>{fmt::format("1 opt/cloudflow/dep-2.0-{}.jar", sha256_hex("two").substr(0, 8)),
                                          "1 opt/cloudflow/dep-2.0.jar", names[2], "2 opt/cloudflow/own-1.0.jar",
                                          "2 opt/cloudflow/run-java.sh", "2 opt/cloudflow/sbom.cdx.json"});
  REQUIRE(names[2].starts_with("2 opt/cloudflow/classes-"));
  unpack_layers(shop.layout(), shop.folder.path("root"), 1);
  const Result<ProcessOutput> jar = run_process(
      {.command =
           {"/usr/bin/python3", "-c",
            "import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);z.testzip();print(z.namelist(),z.read('a/A.class'))",
            shop.folder.path("root/" + names[2].substr(2))}},
      {});
  REQUIRE(jar);
  CHECK(jar->output == "['a/A.class'] b'class'\n");
  std::map<std::string, std::string> versions;
  const Json document = Json::parse(shop.folder.read("root/opt/cloudflow/sbom.cdx.json"));
  for (const Json& component : document["components"]) {
    if (component.contains("version")) versions[component["name"]] = component["version"];
  }
  CHECK(versions["own"] == "1.0");
  CHECK(versions["dep"].starts_with("2.0"));

  recipe.dependencies = {shop.folder.path("project/target/*")};
  REQUIRE(shop.build(recipe));
  CHECK(listed_by_tar(shop.layout().path_of(*blob_from(manifest_of(shop.layout())["layers"][1])).string())
            .contains("opt/cloudflow/own-1.0.jar"));

  recipe.main_class = "com.example.Main";
  recipe.jar_folder = "/opt/flink/usrlib";
  REQUIRE(shop.build(recipe));
  unpack_layers(shop.layout(), shop.folder.path("flink"), 1);
  CHECK_THAT(shop.folder.read("flink/opt/cloudflow/run-java.sh"),
             ContainsSubstring("-cp '/opt/flink/usrlib/*' com.example.Main \"$@\"\n"));
  CHECK(shop.folder.read("flink/opt/flink/usrlib/own-1.0.jar") == "own");
  recipe.main_class.clear();
  recipe.base = shop.make_base({{"Entrypoint", {"bash", "/opt/akka-entrypoint.sh"}}, {"User", "cloudflow"}});
  REQUIRE(shop.build(recipe));
  CHECK(config_of(shop.layout())["config"]["Entrypoint"] == Json{"bash", "/opt/akka-entrypoint.sh"});
  CHECK(config_of(shop.layout())["config"]["User"] == "cloudflow");
  recipe.class_path = {shop.folder.path("project/target/classes/*")};
  CHECK(shop.build(recipe).error().message == fmt::format("the class path names the jars in \"{}\", where none are",
                                                          shop.folder.path("project/target/classes")));
  recipe.class_path = {shop.folder.path("project/target/none.jar")};
  CHECK(shop.build(recipe).error().message ==
        fmt::format("the class path names \"{}\", which is not there", shop.folder.path("project/target/none.jar")));
}

TEST_CASE("of a base for several platforms the one for this machine is taken, and kept for the next build", "[image]") {
  Workshop shop;
  const std::string layer = "base layer";
  shop.registry.add_blob("lib/base", layer);
  const std::string config =
      dump({{"architecture", this_architecture()}, {"rootfs", {{"diff_ids", {"sha256:" + std::string(64, '1')}}}}});
  shop.registry.add_blob("lib/base", config);
  const auto blob = [](std::string_view type, const std::string& bytes) {
    return to_json({std::string(type), "sha256:" + sha256_hex(bytes), static_cast<long long>(bytes.size())});
  };
  const std::string manifest = dump({{"schemaVersion", 2},
                                     {"config", blob("application/vnd.docker.container.image.v1+json", config)},
                                     {"layers", {blob("application/vnd.docker.image.rootfs.diff.tar.gzip", layer)}}});
  shop.registry.add_manifest("lib/base", "x", std::string(media::docker_manifest), manifest);
  Json mine = blob(media::docker_manifest, manifest);
  mine["platform"] = {{"os", "linux"}, {"architecture", this_architecture()}};
  Json other = blob(media::docker_manifest, "other");
  other["platform"] = {{"os", "linux"}, {"architecture", "mips"}};
  shop.registry.add_manifest("lib/base", "1", std::string(media::docker_index), dump({{"manifests", {other, mine}}}));
  shop.registry.add_manifest("lib/base", "2", std::string(media::index), dump({{"manifests", {other}}}));

  ImageRecipe recipe{.name = "r.example.com/app:1",
                     .base = shop.registry.host() + "/lib/base:1",
                     .files = {{"/x", shop.folder.write("x", "x")}}};
  REQUIRE(shop.build(recipe));
  const Json built = manifest_of(shop.layout());
  CHECK(built["layers"][0]["mediaType"] == media::layer);
  CHECK(built["layers"][0]["digest"] == "sha256:" + sha256_hex(layer));
  CHECK(built["annotations"]["org.opencontainers.image.base.name"] == recipe.base);
  REQUIRE(shop.build(recipe));
  CHECK(shop.registry.server().count("GET", "/v2/lib/base/blobs/sha256:" + sha256_hex(layer)) == 1);
  recipe.base = shop.registry.host() + "/lib/base:2";
  const Result<BuiltImage> none = shop.build(recipe);
  REQUIRE_FALSE(none);
  CHECK(none.error().message ==
        fmt::format("the base \"{}\" has no image for linux/{}", recipe.base, this_architecture()));
  CHECK(none.error().hint == "it has: linux/mips");
  recipe.base = shop.registry.host() + "/lib/base:3";
  CHECK_THAT(shop.build(recipe).error().message, ContainsSubstring("cannot read the manifest 3 of "));
}
