// Files that a command line names by any path.
#include <sys/stat.h>

#include <catch2/catch_all.hpp>
#include <filesystem>

#include "sdk/support/process.h"
#include "tests/cli/program/binary.h"
#include "tests/support/gitbed.h"
#include "tests/support/temp_folder.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;
using testing::TempFolder;

/// A project in work/app, with other files beside it.
struct Files {
  Files() {
    folder.write("work/app/a.conf", "a = 1\n");
    folder.write("work/shared/b.conf", "include \"c.conf\"\nb = 2\n");
    folder.write("work/shared/c.conf", "c = 3\n");
    folder.write("work/shared/one.avsc", R"({"type":"record","name":"R","fields":[{"name":"x","type":"int"}]})");
    fs::copy(CLOUDFLOW_SOURCE_DIR "/examples/call-records-akka", folder.path("work/records"),
             fs::copy_options::recursive);
  }

  std::string run(const std::string& command, const std::string& from = "work/app") const {
    const auto ran = run_process({.command = {"sh", "-c", "$CLOUDFLOW " + command},
                                  .environment = {{"CLOUDFLOW", testing::cloudflow_binary()}, {"NO_COLOR", "1"}},
                                  .directory = folder.path(from)},
                                 {});
    REQUIRE(ran);
    return ran->output + ran->errors;
  }

  TempFolder folder{};
};

TEST_CASE("files on the command line are found by any path, and called as they were", "[cli][files]") {
  const Files files;
  const std::string shared = fs::canonical(files.folder.path("work/shared")).string();
  CHECK(files.run("config resolve --flat a.conf") == "a = 1\n");
  CHECK(files.run("config resolve --flat $PWD/a.conf ../shared/b.conf") == "a = 1\nb = 2\nc = 3\n");
  CHECK(files.run("config resolve --flat --origin ../shared/c.conf") == "c = 3  # ../shared/c.conf:1:5\n");
  CHECK(files.run("config resolve --flat --origin " + shared + "/b.conf") ==
        "b = 2  # " + shared + "/b.conf:2:5\nc = 3  # " + shared + "/c.conf:1:5\n");
  CHECK(files.run("config resolve --flat -C app ../shared/c.conf", "work") == "c = 3\n");
  CHECK(files.run("config resolve " + shared + "/none.conf") ==
        shared + "/none.conf: error: there is no file \"" + shared + "/none.conf\"\n1 error\n");
  CHECK(files.run("schema check --reader ../shared/one.avsc --writer " + shared + "/one.avsc") ==
        "compatible: ../shared/one.avsc reads what " + shared + "/one.avsc writes\n");
  CHECK(files.run("validate --blueprint ../records/blueprint.conf --descriptors ../records/descriptors/") ==
        "../records/blueprint.conf: 6 streamlets on 4 topics: valid\n");
  for (const std::string& name : {std::string("../records"), fs::canonical(files.folder.path("work/records")).string()})
    CHECK(files.run("validate -f " + name + "/cloudflow.yaml") == files.run("validate", "work/records"));
}

TEST_CASE("a path that leaves the folder and comes back is inside", "[cli][files]") {
  const Files files;
  CHECK(files.run("config resolve --flat --origin ../app/a.conf") == "a = 1  # a.conf:1:5\n");
  CHECK(files.run("config resolve --flat ../../work/app/a.conf ../shared/c.conf") == "a = 1\nc = 3\n");
  CHECK(files.run("config resolve --flat -C ../app ../../work/./app/../app/a.conf") == "a = 1\n");
  const std::string valid = "../records/blueprint.conf: 6 streamlets on 4 topics: valid\n";
  for (const std::string descriptors : {"../records/descriptors/", "../records/descriptors", "descriptors/"}) {
    CAPTURE(descriptors);
    CHECK(files.run("validate --blueprint ../records/blueprint.conf --descriptors " + descriptors, "work/records") ==
          valid);
  }
  CHECK(files.run("validate -f ../records/cloudflow.yaml", "work/records") == files.run("validate", "work/records"));
  CHECK(files.run("schema check --reader ../shared/one.avsc --writer one.avsc", "work/shared") ==
        "compatible: ../shared/one.avsc reads what one.avsc writes\n");
}

TEST_CASE("files on the command line are found by any path in a commit, too", "[cli][files]") {
  const Files files;
  const std::string work = files.folder.path("work");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"init", "-q", "-b", "main", "."}, {"add", "-A"}, {"commit", "-q", "-m", "One"}})
    testing::run_git(work, arguments);
  files.folder.write("work/app/a.conf", "a = changed\n");
  files.folder.write("work/shared/c.conf", "c = changed\n");
  const std::string shared = fs::canonical(files.folder.path("work/shared")).string();
  CHECK(files.run("config resolve --flat --revision HEAD a.conf") == "a = 1\n");
  CHECK(files.run("config resolve --flat --revision HEAD ../app/a.conf") == "a = 1\n");
  CHECK(files.run("config resolve --flat --revision HEAD $PWD/a.conf ../shared/c.conf") == "a = 1\nc = 3\n");
  CHECK(files.run("config resolve --flat --origin --revision HEAD " + shared + "/c.conf") ==
        "c = 3  # shared/c.conf:1:5\n");
  CHECK(files.run("config resolve --flat --revision HEAD ../../outside.conf") ==
        "error: \"../..\" is in no git repository, so there is no revision \"HEAD\"\n");
}

TEST_CASE("a link or a FIFO is named as what it is", "[cli][files]") {
  const Files files;
  fs::create_symlink("/nowhere/x.conf", files.folder.path("work/app/dangling.conf"));
  fs::create_symlink("../shared/c.conf", files.folder.path("work/app/outside.conf"));
  fs::create_symlink("round.conf", files.folder.path("work/app/round.conf"));
  REQUIRE(::mkfifo(files.folder.path("work/app/fifo.conf").c_str(), 0600) == 0);
  CHECK(files.run("config resolve dangling.conf") ==
        "dangling.conf: error: cannot read the file \"dangling.conf\": the symbolic link \"dangling.conf\" leads to "
        "\"/nowhere/x.conf\", which is not there\n1 error\n");
  CHECK(files.run("config resolve outside.conf") ==
        "outside.conf: error: cannot read the file \"outside.conf\": a symbolic link leaves the folder\n1 error\n");
  CHECK(files.run("config resolve round.conf") ==
        "round.conf: error: cannot read the file \"round.conf\": too many symbolic links\n1 error\n");
  CHECK(files.run("config resolve fifo.conf") ==
        "fifo.conf: error: cannot read the file \"fifo.conf\": \"fifo.conf\" is a FIFO, not a file with text\n1 "
        "error\n");
}

TEST_CASE("a template behind a link that leaves the project is not left out in silence", "[cli][files]") {
  const Files files;
  fs::create_directories(files.folder.path("elsewhere"));
  fs::create_directories(files.folder.path("work/records/templates"));
  fs::create_directory_symlink("../../../elsewhere", files.folder.path("work/records/templates/akka"));
  fs::copy(CLOUDFLOW_SOURCE_DIR "/templates/akka", files.folder.path("elsewhere"), fs::copy_options::recursive);
  const std::string said = files.run("render", "work/records");
  CHECK(
      said.starts_with("templates/akka/runtime.yaml: error: cannot read the template "
                       "\"templates/akka/runtime.yaml\": a symbolic link leaves the folder\n"));
}

}  // namespace
}  // namespace cloudflow
