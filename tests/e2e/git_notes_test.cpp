// Repositories as CI and servers have them, at the command line: a plan names its commit, or says why it names none.
#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <filesystem>

#include "sdk/support/text.h"
#include "tests/e2e/world.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// An application in a repository of its own, and a git that has nobody's settings.
struct Project {
  explicit Project(const std::string& hint) : world(hint) {
    world.make_lonely();
    world.set("GIT_CONFIG_GLOBAL", world.write_beside("gitconfig", ""));
    world.set("GIT_CONFIG_NOSYSTEM", "1");
  }

  std::string beside(const std::string& name) const { return (fs::path(world.folder()).parent_path() / name).string(); }
  /// What git prints, without the last line's end; nothing, when that is allowed, where it fails.
  std::optional<std::string> try_git(std::vector<std::string> arguments) const {
    std::vector<std::string> command = {"git",
                                        "-c",
                                        "user.name=Ada",
                                        "-c",
                                        "user.email=ada@example.com",
                                        "-c",
                                        "protocol.file.allow=always",
                                        "-c",
                                        "safe.directory=*"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto ran = run_process(
        {.command = command,
         .environment = {{"GIT_CONFIG_GLOBAL", beside("gitconfig")}, {"GIT_CONFIG_NOSYSTEM", "1"}, {"LC_ALL", "C"}},
         .directory = world.folder()},
        {});
    REQUIRE(ran);
    UNSCOPED_INFO(ran->errors);
    return ran->status == 0 ? std::optional(std::string(trimmed(ran->output))) : std::nullopt;
  }
  std::string git(std::vector<std::string> arguments) const {
    const auto answer = try_git(std::move(arguments));
    REQUIRE(answer);
    return *answer;
  }

  /// The plan of this folder names HEAD in its heading.
  void check_named(const std::string& folder) const {
    CAPTURE(folder);
    const std::string commit = git({"-C", folder, "rev-parse", "--short=7", "HEAD"});
    const std::string plan = world.expect(0, {"plan", "-C", folder}).output;
    CHECK_THAT(plan, ContainsSubstring(fmt::format("{} 1.0.0 @ {} (main, clean) → ", world.application(), commit)) &&
                         ContainsSubstring("+ deployment/") && !ContainsSubstring("no commit is named"));
  }
  /// The plan names none and says why, and what needs the commit ends with that reason.
  void check_unnamed(const std::string& why, const std::string& error, const std::string& hint = "") const {
    const ProcessOutput plan = world.expect(0, {"plan"});
    CHECK_THAT(plan.output, ContainsSubstring(fmt::format("{} 1.0.0 → ", world.application())) &&
                                ContainsSubstring("+ deployment/") &&
                                ContainsSubstring("note: no commit is named: " + why + "\n"));
    CHECK(plan.errors == "");
    const Json document = world.plan();
    CHECK(document.at("revision").at("commit") == "");
    const std::string said = hint.empty() ? "" : "  hint: " + hint + "\n";
    CHECK_THAT(world.expect(1, {"plan", "--revision", "HEAD"}).errors, ContainsSubstring(error + "\n" + said));
    CHECK_THAT(world.expect(1, {"sync", "-e", "test", "--once", "--repository", world.folder()}).errors,
               ContainsSubstring("error: ") && ContainsSubstring(said));
  }

  World world;
};

}  // namespace

TEST_CASE("a plan of a folder outside git says so", "[e2e][servers][git]") {
  const Project project("nogit");
  fs::remove_all(project.world.folder() + "/.git");
  project.check_unnamed("the folder is not in a git repository",
                        fmt::format("error: {} is in no git repository, so there is no revision \"HEAD\"", quote(".")));
  project.world.expect(0, {"apply", "--yes"});
  CHECK_THAT(project.world.expect(0, {"status"}).output, ContainsSubstring("\napplied at "));
}

TEST_CASE("a plan of a branch without commits says so", "[e2e][servers][git]") {
  const Project project("unborn");
  fs::remove_all(project.world.folder() + "/.git");
  project.git({"init", "-q", "-b", "main", "."});
  project.check_unnamed("the branch \"main\" has none yet", "error: no branch, tag or commit \"HEAD\"");
}

TEST_CASE("a repository of another owner is read as git reads it", "[e2e][servers][git]") {
  if (::geteuid() != 0) SKIP("only root can give a repository to somebody else");
  Project project("owner");
  constexpr uid_t somebody = 12345;
  const std::string folder = project.world.folder();
  for (const std::string& path : {folder, folder + "/.git"}) REQUIRE(::chown(path.c_str(), somebody, somebody) == 0);
  const std::string real = fs::canonical(folder).string();
  const std::string denied = fmt::format("the repository {} belongs to another user", quote(real));
  const std::string hint = "if you trust it: git config --global --add safe.directory " + real;
  project.check_unnamed(fmt::format("{} ({})", denied, hint), "error: " + denied, hint);
  // As images for CI set it, and as the hint says.
  for (const std::string& trusted : {std::string("*"), real}) {
    project.world.set("GIT_CONFIG_COUNT", "1");
    project.world.set("GIT_CONFIG_KEY_0", "safe.directory");
    project.world.set("GIT_CONFIG_VALUE_0", trusted);
    project.check_named(folder);
    CHECK_THAT(project.world.expect(0, {"plan", "--revision", "HEAD"}).output, ContainsSubstring(" (main, clean) → "));
  }
}

TEST_CASE("clones and formats that only the git program reads have their commits in plans", "[e2e][servers][git]") {
  Project project("formats");
  World& world = project.world;
  world.write("other/big.txt", "not needed\n");
  world.commit("Another folder");
  const std::string url = "file://" + world.folder();
  project.git({"config", "uploadpack.allowFilter", "true"});

  SECTION("a sparse clone without contents") {
    const std::string clone = project.beside("sparse");
    project.git({"clone", "-q", "--filter=blob:none", "--sparse", url, clone});
    REQUIRE_FALSE(fs::exists(clone + "/other/big.txt"));
    project.check_named(clone);
    CHECK_THAT(world.expect(0, {"plan", "-C", clone, "--revision", "HEAD~1"}).output,
               ContainsSubstring("+ deployment/"));
  }
  SECTION("a shallow clone") {
    project.git({"clone", "-q", "--depth=1", url, project.beside("shallow")});
    project.check_named(project.beside("shallow"));
  }
  SECTION("SHA-256") {
    const std::string folder = project.beside("sha256");
    fs::copy(world.folder(), folder, fs::copy_options::recursive);
    fs::remove_all(folder + "/.git");
    project.git({"-C", folder, "init", "-q", "-b", "main", "--object-format=sha256"});
    project.git({"-C", folder, "add", "-A"});
    project.git({"-C", folder, "commit", "-q", "-m", "In another format"});
    project.check_named(folder);
    // The same on a machine without git.
    world.set("PATH", "/nonexistent");
    CHECK_THAT(world.expect(0, {"plan", "-C", folder}).output,
               ContainsSubstring("note: no commit is named: ") &&
                   ContainsSubstring("(install the git program: it may know this format)\n"));
    CHECK_THAT(world.expect(1, {"plan", "-C", folder, "--revision", "HEAD"}).errors,
               ContainsSubstring("  hint: install the git program: it may know this format\n"));
  }
  SECTION("references in tables") {
    const std::string folder = project.beside("tables");
    if (project.try_git({"clone", "-q", "--ref-format=reftable", url, folder})) {
      project.check_named(folder);
      return;
    }
    // An older git: what a newer one has made is not read, and the note says what is missing.
    project.git({"config", "core.repositoryformatversion", "1"});
    project.git({"config", "extensions.refstorage", "reftable"});
    const std::string hint =
        "the repository was made by a newer git: update the git program here (reftable needs 2.45)";
    CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring("note: no commit is named: ") &&
                                                     ContainsSubstring(fmt::format(" ({})\n", hint)) &&
                                                     ContainsSubstring("+ deployment/"));
    CHECK_THAT(world.expect(1, {"plan", "--revision", "HEAD"}).errors,
               ContainsSubstring("refstorage") && ContainsSubstring("  hint: " + hint + "\n"));
  }
}
