// The OCI image layout: what is whole is there, and nothing else.
#include "sdk/image/layout.h"

#include <catch2/catch_all.hpp>

#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

std::size_t files_in(const std::string& folder) {
  std::size_t out = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder)) ++out;
  return out;
}

}  // namespace

TEST_CASE("a blob is there when it is whole, under the digest of its bytes", "[image]") {
  const TempFolder folder;
  const Result<Layout> layout = Layout::create(folder.path("image"));
  REQUIRE(layout);
  const Result<Blob> blob = layout->put("hello", "text/plain");
  REQUIRE(blob);
  CHECK(blob->digest == "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  CHECK(blob->size == 5);
  CHECK(layout->has(*blob));
  CHECK(layout->read(*blob) == "hello");
  {
    Result<BlobWriter> writer = layout->begin();
    REQUIRE(writer);
    writer->add("half");
  }
  CHECK(files_in(folder.path("image/blobs/sha256")) == 1);
  Result<BlobWriter> writer = layout->begin();
  REQUIRE(writer);
  writer->add("other bytes");
  const Result<Blob> wrong = writer->commit("text/plain", blob->digest);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message ==
        "the bytes have the digest sha256:a3ead5eedad5df82318c51685dbc1c147a36d1ff8584fc82de6b08d0bf63a795, wanted " +
            blob->digest);
}

TEST_CASE("a damaged blob is not taken for itself", "[image]") {
  const TempFolder folder;
  const Result<Layout> layout = Layout::create(folder.path("image"));
  REQUIRE(layout);
  const Result<Blob> blob = layout->put("hello", "text/plain");
  REQUIRE(blob);
  folder.write("image/blobs/sha256/" + blob->digest.substr(7), "jello");
  const Result<std::string> read = layout->read(*blob);
  REQUIRE_FALSE(read);
  CHECK(read.error().hint == "the layout is damaged: remove it and build it again");
  const Result<Layout> other = Layout::create(folder.path("other"));
  REQUIRE(other);
  CHECK_FALSE(other->copy_from(*layout, *blob));
  CHECK_FALSE(other->has(*blob));
}

TEST_CASE("a layout holds one image, and only its blobs", "[image]") {
  const TempFolder folder;
  const Result<Layout> layout = Layout::create(folder.path("image"));
  REQUIRE(layout);
  const Blob old = layout->put("old", media::manifest).value();
  const Blob fresh = layout->put("new", media::manifest).value();
  const std::string written = folder.write("image/blobs/sha256/.unfinished-1", "another build writes it");
  const std::string left = folder.write("image/blobs/sha256/.unfinished-2", "a build that was killed wrote it");
  std::filesystem::last_write_time(left, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  REQUIRE(layout->hold({fresh, "registry.example.com:5000/shop/app:1.2"}, {fresh.digest}));
  CHECK_FALSE(layout->has(old));
  CHECK(std::filesystem::exists(written));
  CHECK_FALSE(std::filesystem::exists(left));
  const Result<Layout> again = Layout::open(folder.path("image"));
  REQUIRE(again);
  CHECK(again->held()->manifest == fresh);
  CHECK(again->held()->name == "registry.example.com:5000/shop/app:1.2");
  CHECK(again->held("1.2").has_value());
  CHECK(again->held("2").error().message == "\"" + folder.path("image") + "\" holds no image with the tag \"2\"");
  CHECK(Layout::open(folder.path("none")).error().kind == ErrorKind::not_found);
}

TEST_CASE("a file is replaced as a whole, and keeps its mode", "[image]") {
  const TempFolder folder;
  const std::string file = folder.write_program("file", "before");
  REQUIRE(write_whole_file(file, "after"));
  CHECK(folder.read("file") == "after");
  CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms::owner_all);
  CHECK(files_in(folder.path("")) == 1);
  CHECK_FALSE(write_whole_file(folder.path("none/file"), "x"));
}
