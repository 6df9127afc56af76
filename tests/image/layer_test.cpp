// Layers have nothing of the machine in them, and GNU tar reads them.
#include "sdk/image/layer.h"

#include <sys/stat.h>
#include <utime.h>

#include <catch2/catch_all.hpp>

#include "tests/image/reading.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

Layer layer_of(const LayerFiles& files, const TempFolder& folder, LayerFolders folders = LayerFolders::with_parents,
               long long time = 0) {
  const Result<Layout> layout = Layout::create(folder.path("layout"));
  REQUIRE(layout);
  const Result<Layer> out = write_layer(files, {.folders = folders, .time = time}, *layout, {});
  REQUIRE(out);
  return *out;
}

std::string file_of(const Layer& layer, const TempFolder& folder) {
  return folder.path("layout/blobs/sha256/" + layer.blob.digest.substr(7));
}

}  // namespace

TEST_CASE("a layer has sorted files of root, of one time, with two modes", "[image]") {
  const TempFolder folder;
  LayerFiles files;
  REQUIRE(files.add("/opt/b", folder.write_program("program", "#!/bin/sh\n")));
  REQUIRE(files.add("/opt/a", folder.write("data", "text")));
  ::chmod(folder.path("data").c_str(), 0600);
  files.add_folder("/tmp", 01777);
  const Layer layer = layer_of(files, folder, LayerFolders::with_parents, 1'700'000'000);
  CHECK(listed_by_tar(file_of(layer, folder)) ==
        std::map<std::string, std::string>{{"opt/", "drwxr-xr-x 0/0 0 2023-11-14 22:13:20"},
                                           {"opt/a", "-rw-r--r-- 0/0 4 2023-11-14 22:13:20"},
                                           {"opt/b", "-rwxr-xr-x 0/0 10 2023-11-14 22:13:20"},
                                           {"tmp/", "drwxrwxrwt 0/0 0 2023-11-14 22:13:20"}});
}

TEST_CASE("the same files give the same digests, whenever and in whatever order they were made", "[image]") {
  const TempFolder one;
  const TempFolder two;
  LayerFiles first;
  REQUIRE(first.add("/a", one.write("a", "A")));
  REQUIRE(first.add("/b", one.write("b", "B")));
  LayerFiles second;
  REQUIRE(second.add("/b", two.write("x/b", "B")));
  REQUIRE(second.add("/a", two.write("x/a", "A")));
  const utimbuf old{1000, 1000};
  ::utime(two.path("x/a").c_str(), &old);
  ::chmod(two.path("x/b").c_str(), 0640);
  const Layer a = layer_of(first, one);
  const Layer b = layer_of(second, two);
  CHECK(a.blob == b.blob);
  CHECK(a.diff_id == b.diff_id);
  CHECK(a.diff_id != a.blob.digest);
  CHECK(layer_of(first, one, LayerFolders::with_parents, 1).blob != a.blob);
}

TEST_CASE("on top of a base a layer has no folders that it was not asked for", "[image]") {
  const TempFolder folder;
  LayerFiles files;
  REQUIRE(files.add("/lib/x/a", folder.write("a", "A")));
  const Layer layer = layer_of(files, folder, LayerFolders::only_own);
  CHECK(listed_by_tar(file_of(layer, folder)).size() == 1);
  CHECK(listed_by_tar(file_of(layer, folder)).contains("lib/x/a"));
}

TEST_CASE("long names, names beyond ASCII and links come back as they were", "[image]") {
  const TempFolder folder;
  const std::string deep = std::string(90, 'd') + "/" + std::string(120, 'n');
  folder.write("tree/" + deep, "deep");
  folder.write("tree/größe.txt", "umlaut");
  std::filesystem::create_symlink("größe.txt", folder.path("tree/link"));
  std::filesystem::create_symlink(std::string(150, 't'), folder.path("tree/long-link"));
  LayerFiles files;
  REQUIRE(files.add_tree("/data", folder.path("tree")));
  const Layer layer = layer_of(files, folder);
  unpack(file_of(layer, folder), folder.path("out"));
  CHECK(folder.read("out/data/" + deep) == "deep");
  CHECK(folder.read("out/data/größe.txt") == "umlaut");
  CHECK(std::filesystem::read_symlink(folder.path("out/data/link")) == "größe.txt");
  CHECK(std::filesystem::read_symlink(folder.path("out/data/long-link")) == std::string(150, 't'));
}

TEST_CASE("sizes, times and names that old headers have no room for stand before them", "[image]") {
  const std::string large = tar_header({.path = "x", .size = 9LL << 30});
  CHECK(large.size() == 3 * 512);
  CHECK(large.find("19 size=9663676416\n") == 512);
  CHECK(tar_header({.path = std::string(100, 'n')}).size() == 512);
  CHECK(tar_header({.path = std::string(101, 'n')}).find("111 path=" + std::string(101, 'n') + "\n") == 512);
}

TEST_CASE("a file that is not there is named", "[image]") {
  const TempFolder folder;
  LayerFiles files;
  const Result<void> added = files.add("/a", folder.path("none"));
  REQUIRE_FALSE(added);
  CHECK(added.error().message == "cannot read \"" + folder.path("none") + "\": no such file");
  CHECK_FALSE(files.add("/a", folder.path("")));
}

TEST_CASE("a layer that is not wanted any more is not written to its end", "[image]") {
  const TempFolder folder;
  LayerFiles files;
  REQUIRE(files.add("/a", folder.write("a", "A")));
  const Result<Layout> layout = Layout::create(folder.path("layout"));
  REQUIRE(layout);
  std::stop_source source;
  source.request_stop();
  const Result<Layer> layer = write_layer(files, {}, *layout, source.get_token());
  REQUIRE_FALSE(layer);
  CHECK(layer.error().kind == ErrorKind::interrupted);
  CHECK(std::filesystem::is_empty(folder.path("layout/blobs/sha256")));
}
