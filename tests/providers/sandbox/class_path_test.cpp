// What a class path names.
#include "providers/sandbox/class_path.h"

#include <catch2/catch_all.hpp>

#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

using Paths = std::vector<std::string>;

TEST_CASE("the entries of a class path are those of the list, then those of the file", "[sandbox]") {
  const TempFolder folder;
  folder.write("cp.txt", "/m2/a.jar:/m2/b.jar@c.jar\n");
  Json spec{{"folder", folder.path("")}, {"class-path", {"classes", "lib/*:x"}}, {"class-path-file", "cp.txt"}};
  CHECK(class_path_entries(spec).value() == Paths{folder.path("classes"), folder.path("lib/*"), folder.path("x"),
                                                  "/m2/a.jar", "/m2/b.jar", folder.path("c.jar")});
  spec["class-path-file"] = "none.txt";
  CHECK(class_path_entries(spec).error().kind == ErrorKind::not_found);
  CHECK(class_path_entries({{"folder", "/"}, {"class-path", Json::array()}}).error().kind == ErrorKind::invalid_input);
}

TEST_CASE("the files of a class path are its jars and what is in its folders, once all is there", "[sandbox]") {
  const TempFolder folder;
  folder.write("lib/a.jar", "");
  folder.write("lib/notes.txt", "");
  folder.write("classes/shop/A.class", "");
  folder.write("classes/application.conf", "");
  const Json spec{{"folder", folder.path("")}, {"class-path", {"lib/*", "classes", "b.jar"}}};
  CHECK(class_path_files(spec).empty());  // b.jar is about to be built
  folder.write("b.jar", "");
  CHECK(class_path_files(spec) == Paths{folder.path("b.jar"), folder.path("classes/application.conf"),
                                        folder.path("classes/shop/A.class"), folder.path("lib/a.jar")});
}
