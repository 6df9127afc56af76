#include "cli/sandbox/file_watch.h"

#include <catch2/catch_all.hpp>

#include "tests/support/temp_folder.h"

using namespace cloudflow;
using cloudflow::testing::TempFolder;

TEST_CASE("a change counts when it has settled, once", "[sandbox]") {
  const TempFolder folder;
  folder.write("a.conf", "one");
  folder.write("deep/down/b.conf", "one");
  FileWatch files(folder.path(""));
  CHECK_FALSE(files.has_settled_change());
  SECTION("another content") { folder.write("a.conf", "three"); }
  SECTION("a new file") { folder.write("deep/c.conf", ""); }
  SECTION("a file less") { std::filesystem::remove(folder.path("deep/down/b.conf")); }
  CHECK_FALSE(files.has_settled_change());  // it may go on
  CHECK(files.has_settled_change());
  CHECK_FALSE(files.has_settled_change());
}

TEST_CASE("what goes on changing is waited for, and holds up nothing else", "[sandbox]") {
  const TempFolder folder;
  folder.write("b", "one");
  FileWatch files(folder.path(""));
  auto change = [&, i = 1]() mutable { folder.write("log", std::string(static_cast<std::size_t>(i++), 'x')); };
  for (int i = 0; i < 4; ++i) {
    change();
    CHECK_FALSE(files.has_settled_change());
  }
  folder.write("b", "three");
  change();
  CHECK_FALSE(files.has_settled_change());
  change();
  CHECK(files.has_settled_change());  // b
  change();
  CHECK_FALSE(files.has_settled_change());
  CHECK(files.has_settled_change());  // the log rests
  CHECK_FALSE(files.has_settled_change());
}

TEST_CASE("builds and hidden folders are left out, but not files that are named", "[sandbox]") {
  const TempFolder folder;
  folder.write("build/program", "one");
  folder.write("node_modules/a/index.js", "one");
  FileWatch files(folder.path(""));
  folder.write("build/other", "");
  folder.write(".git/index", "");
  folder.write("node_modules/a/index.js", "three");
  CHECK_FALSE(files.has_settled_change());
  CHECK_FALSE(files.has_settled_change());
  files.name_files({folder.path("build/program")});
  folder.write("build/program", "three");
  CHECK_FALSE(files.has_settled_change());
  CHECK(files.has_settled_change());
}

TEST_CASE("naming files hides no change of others", "[sandbox]") {
  const TempFolder folder;
  folder.write("a", "one");
  folder.write("build/b", "one");
  FileWatch files(folder.path(""));
  folder.write("a", "three");
  files.name_files({folder.path("build/b"), folder.path("a")});
  CHECK_FALSE(files.has_settled_change());
  CHECK(files.has_settled_change());
  CHECK_FALSE(files.has_settled_change());
  files.name_files({});
  CHECK_FALSE(files.has_settled_change());
  CHECK_FALSE(files.has_settled_change());
}
