// Repositories as servers and CI have them: other owners, clones with parts left out, newer formats, pushes in
// progress.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <filesystem>

#include "planner/source/open_source.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/support/temp_folder.h"

namespace cloudflow {
namespace {
namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

/// A variable of this process while this object lives.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str())) before_ = before;
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Variable() {
    if (before_) {
      setenv(name_.c_str(), before_->c_str(), 1);
    } else {
      unsetenv(name_.c_str());
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_;
  std::optional<std::string> before_{};
};

/// Folders for repositories, and a user without settings.
class Place {
 public:
  std::string path(const std::string& name) const { return fs::canonical(folder_.path("")).string() + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const { return folder_.write(name, text); }
  /// Runs git in a folder, which has to work. What it prints, without the last line's end.
  std::string git(const std::string& folder, std::vector<std::string> arguments) const {
    std::vector<std::string> command = {
        "git", "-c",  "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "protocol.file.allow=always",
        "-C",  folder};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto ran = run_process({.command = command}, {});
    REQUIRE(ran);
    INFO(ran->errors);
    REQUIRE(ran->status == 0);
    return std::string(trimmed(ran->output));
  }
  /// Whether the git program knows references in tables.
  bool knows_tables() const {
    const auto ran = run_process({.command = {"git", "init", "-q", "--ref-format=reftable", path("tried")}}, {});
    REQUIRE(ran);
    return ran->status == 0;
  }
  /// Two commits on main: a.conf says first 1 and then 2 in its second line.
  std::string make(const std::string& name, const std::vector<std::string>& options = {}) const {
    fs::create_directories(path(name));
    std::vector<std::string> init = {"init", "-q", "-b", "main"};
    init.insert(init.end(), options.begin(), options.end());
    git(path(name), init);
    folder_.write(name + "/app/a.conf", "x = 1\ny = 1\n");
    folder_.write(name + "/other/b.conf", "z = 1\n");
    fs::create_symlink("a.conf", path(name + "/app/link.conf"));
    git(path(name), {"add", "-A"});
    git(path(name), {"commit", "-q", "-m", "start"});
    folder_.write(name + "/app/a.conf", "x = 1\ny = 2\n");
    git(path(name), {"commit", "-q", "-a", "-m", "more rate"});
    return path(name);
  }

 private:
  testing::TempFolder folder_{};
  Variable global_{"GIT_CONFIG_GLOBAL", folder_.write("gitconfig", "")};
  Variable system_{"GIT_CONFIG_NOSYSTEM", "1"};
};

/// Everything that a plan asks of a working tree and of its commits, with the answers that Place::make leads to.
void check_all_answers(const std::string& folder) {
  CAPTURE(folder);
  const auto tree = open_source({.folder = folder, .path = "app"});
  REQUIRE(tree);
  const auto revision = (*tree)->revision();
  REQUIRE(revision);
  CHECK(revision->subject == "more rate");
  CHECK(revision->branch == "main");
  CHECK_FALSE(revision->dirty);
  const auto blame = (*tree)->blame((*tree)->display("a.conf"), std::vector<int>{1, 2, 3});
  INFO((blame ? "" : blame.error().message));
  REQUIRE(blame);
  CHECK((*blame)[0].subject == "start");
  CHECK((*blame)[1].subject == "more rate");
  CHECK((*blame)[1].author == "Ada");
  CHECK((*blame)[1].commit == revision->commit.substr(0, 7));
  CHECK((*blame)[2].commit.empty());

  const auto past = open_source({.folder = folder, .revision = "HEAD~1", .path = "app"});
  REQUIRE(past);
  CHECK((*past)->read("a.conf") == "x = 1\ny = 1\n");
  CHECK((*past)->read("link.conf") == "x = 1\ny = 1\n");
  CHECK((*past)->list("") == std::vector<std::string>{"a.conf", "link.conf"});
  CHECK((*past)->read("none.conf").error().message == "no file \"app/none.conf\"");
  CHECK((*past)->read("../other/b.conf").error().message == "no file \"../other/b.conf\": the path leaves the folder");
  const auto named = open_source({.repository = folder, .revision = "main"});
  REQUIRE(named);
  CHECK((*named)->read("app/a.conf") == "x = 1\ny = 2\n");
  CHECK((*named)->read("app").error().message == "\"app\" is a folder");
  CHECK((*named)->list("") == std::vector<std::string>{"app/a.conf", "app/link.conf", "other/b.conf"});
  CHECK((*named)->revision()->commit == revision->commit);
  CHECK((*named)->revision()->branch == "main");
  const auto written = (*named)->blame("app/a.conf", std::vector<int>{2});
  REQUIRE(written);
  CHECK((*written)[0].subject == "more rate");
  const auto short_hash = open_source({.repository = folder, .revision = revision->commit.substr(0, 9)});
  REQUIRE(short_hash);
  CHECK((*short_hash)->revision()->commit == revision->commit);
  const auto unknown = open_source({.repository = folder, .revision = "mian"});
  CHECK(unknown.error().message == "no branch, tag or commit \"mian\"");
  CHECK(unknown.error().hint == "did you mean \"main\"?");
  CHECK(open_source({.repository = folder, .revision = "HEAD:app"}).error().message == "\"HEAD:app\" is no commit");
}

/// What an edited working tree says.
void check_edited(const Place& place, const std::string& name) {
  place.write(name + "/app/a.conf", "new\nx = 1\ny = 2\n");
  place.write(name + "/app/fresh.conf", "w = 1\n");
  const auto tree = open_source({.folder = place.path(name), .path = "app"});
  REQUIRE(tree);
  REQUIRE((*tree)->revision());
  CHECK((*tree)->revision()->dirty);
  const auto blame = (*tree)->blame((*tree)->display("a.conf"), std::vector<int>{1, 2, 3, 4});
  REQUIRE(blame);
  CHECK((*blame)[0].uncommitted);
  CHECK((*blame)[1].subject == "start");
  CHECK((*blame)[2].subject == "more rate");
  CHECK_FALSE((*blame)[3].uncommitted);
  const auto fresh = (*tree)->blame((*tree)->display("fresh.conf"), std::vector<int>{1});
  REQUIRE(fresh);
  CHECK((*fresh)[0].uncommitted);
}

TEST_CASE("the git program and libgit2 give the same answers", "[source][git]") {
  const Place place;
  const std::string plain = place.make("plain");
  check_all_answers(plain);
  SECTION("a SHA-256 repository") {
    const std::string folder = place.make("sha256", {"--object-format=sha256"});
    check_all_answers(folder);
    CHECK((*open_source({.folder = folder}))->revision()->commit.size() == 64);
    check_edited(place, "sha256");
    const auto copied = open_source({.repository = "file://" + folder, .cache = place.path("cache")});
    REQUIRE(copied);
    CHECK((*copied)->read("app/a.conf") == "x = 1\ny = 2\n");
  }
  SECTION("a bare SHA-256 repository") {
    place.git(place.path(""), {"clone", "-q", "--bare", place.make("sha256", {"--object-format=sha256"}), "bare.git"});
    const auto bare = open_source({.repository = place.path("bare.git"), .revision = "main", .path = "app"});
    REQUIRE(bare);
    CHECK((*bare)->read("a.conf") == "x = 1\ny = 2\n");
    CHECK((*bare)->revision()->branch == "main");
  }
  SECTION("a repository whose branches are in tables") {
    if (!place.knows_tables()) SKIP("git is older than 2.45 here, and knows no reftable");
    const std::string folder = place.make("tables", {"--ref-format=reftable"});
    REQUIRE(fs::exists(folder + "/.git/reftable/tables.list"));
    check_all_answers(folder);
    check_edited(place, "tables");
    place.git(place.path(""), {"clone", "-q", "--bare", "--ref-format=reftable", folder, "tables.git"});
    place.git(place.path("tables.git"), {"pack-refs", "--all"});
    place.git(place.path("tables.git"), {"tag", "-a", "v1", "-m", "first", "HEAD~1"});
    const auto bare = open_source({.repository = place.path("tables.git"), .revision = "v1", .path = "app"});
    REQUIRE(bare);
    CHECK((*bare)->read("a.conf") == "x = 1\ny = 1\n");
    const auto copied = open_source({.repository = "file://" + folder, .cache = place.path("cache")});
    REQUIRE(copied);
    CHECK((*copied)->read("app/a.conf") == "x = 1\ny = 2\n");
  }
  SECTION("a sparse clone without contents") {
    place.git(plain, {"config", "uploadpack.allowFilter", "true"});
    place.git(plain, {"config", "uploadpack.allowAnySHA1InWant", "true"});
    place.git(place.path(""),
              {"clone", "-q", "--filter=blob:none", "--sparse", "file://" + plain, place.path("sparse")});
    place.git(place.path("sparse"), {"sparse-checkout", "set", "app"});
    REQUIRE_FALSE(fs::exists(place.path("sparse/other/b.conf")));
    check_all_answers(place.path("sparse"));
    check_edited(place, "sparse");
    // What was never fetched cannot be had without the place that it was cloned from.
    place.git(place.path(""),
              {"clone", "-q", "--filter=blob:none", "--sparse", "file://" + plain, place.path("alone")});
    fs::rename(plain, place.path("gone"));
    const auto tree = open_source({.folder = place.path("alone"), .revision = "HEAD"});
    REQUIRE(tree);
    CHECK((*tree)->read("other/b.conf").error().message ==
          "read \"other/b.conf\": this partial clone does not have it, and git cannot fetch it: '" + plain +
              "' does not appear to be a git repository");
  }
  SECTION("an index in two parts") {
    place.git(plain, {"update-index", "--split-index"});
    check_all_answers(plain);
    check_edited(place, "plain");
  }
  SECTION("a linked working tree") {
    place.git(plain, {"config", "extensions.worktreeConfig", "true"});
    place.git(plain, {"config", "core.repositoryformatversion", "1"});
    place.git(plain, {"checkout", "-q", "--detach"});
    place.git(plain, {"worktree", "add", "-q", place.path("linked"), "main"});
    check_all_answers(place.path("linked"));
  }
}

/// The commit that a followed branch has.
std::string followed(const Place& place, const std::string& repository, const std::string& branch) {
  const auto tree = open_source({.repository = repository, .branch = branch, .cache = place.path("cache")});
  INFO((tree ? "" : tree.error().message));
  REQUIRE(tree);
  CHECK((*tree)->revision()->branch == "main");
  CHECK((*tree)->read("app/a.conf") == "x = 1\ny = 2\n");
  return (*tree)->revision()->commit;
}

TEST_CASE("a branch is followed and never a tag with its name", "[source][git]") {
  const Place place;
  // libgit2 reads the first, the git program the second.
  const std::string format = GENERATE("sha1", "sha256");
  const std::string folder = place.make("work", {"--object-format=" + format});
  const std::string tip = place.git(folder, {"rev-parse", "HEAD"});
  place.git(folder, {"tag", "-a", "main", "-m", "an old one", "HEAD~1"});
  place.git(folder, {"tag", "heads/main", "HEAD~1"});
  place.git(folder, {"tag", "refs/heads/main", "HEAD~1"});
  place.git(folder, {"tag", "refs/heads/gone", "HEAD~1"});
  place.git(place.path(""), {"clone", "-q", "--bare", folder, "bare.git"});
  CAPTURE(format);
  for (const std::string& repository : {folder, place.path("bare.git"), "file://" + place.path("bare.git")}) {
    CAPTURE(repository);
    CHECK(followed(place, repository, "main") == tip);
    CHECK(followed(place, repository, "refs/heads/main") == tip);
    const auto open = [&](const std::string& branch) {
      return open_source({.repository = repository, .branch = branch, .cache = place.path("cache")});
    };
    CHECK(open("mian").error().message == "no branch \"mian\"");
    CHECK(open("mian").error().hint == "did you mean \"main\"?");
    for (const std::string& none : {std::string("gone"), tip})
      CHECK(open(none).error().message == "no branch \"" + none + "\"");
    for (const std::string none : {"main~1", "a..b", "-x", "HEAD", "a b", "x.lock", "refs/heads/"})
      CHECK(open(none).error().message == "\"" + none + "\" cannot be the name of a branch");
    CHECK(open("refs/tags/main").error().message == "\"refs/tags/main\" is no branch");
  }
}

TEST_CASE("a name that means different commits names none", "[source][git]") {
  const Place place;
  // libgit2 reads the first, the git program the second.
  const std::string format = GENERATE("sha1", "sha256");
  CAPTURE(format);
  const std::string folder = place.make("work", {"--object-format=" + format});
  const std::string tip = place.git(folder, {"rev-parse", "HEAD"});
  const std::string old = place.git(folder, {"rev-parse", "HEAD~1"});
  const auto open = [&](const std::string& revision) { return open_source({.folder = folder, .revision = revision}); };
  const auto commit = [&](const std::string& revision) {
    const auto tree = open(revision);
    return tree ? (*tree)->revision()->commit : tree.error().message;
  };
  SECTION("a tag and a branch") {
    place.git(folder, {"tag", "-a", "main", "-m", "an old one", "HEAD~1"});
    for (const std::string after : {"", "~0", "^{commit}", "@{0}"}) {
      CHECK(commit("main" + after) == "\"main" + after + "\" names different commits: the tag refs/tags/main (" +
                                          old.substr(0, 7) + "), the branch refs/heads/main (" + tip.substr(0, 7) +
                                          ")");
      CHECK(open("main" + after).error().hint == "write the whole name: refs/heads/main" + after);
    }
    for (const std::string whole : {"refs/heads/main", "heads/main"}) {
      CHECK(commit(whole) == tip);
      CHECK((*open(whole))->revision()->branch == "main");
    }
    CHECK((*open("refs/tags/main"))->revision()->branch.empty());
    CHECK((*open(tip))->revision()->branch.empty());
    CHECK(commit("refs/tags/main") == old);
    CHECK(commit("tags/main~0") == old);
    CHECK(commit("HEAD") == tip);
    CHECK(commit("@") == tip);
    CHECK(commit(old) == old);
  }
  SECTION("a tag and the remote's branch") {
    place.git(folder, {"update-ref", "refs/remotes/origin/next", "HEAD"});
    place.git(folder, {"tag", "origin/next", "HEAD~1"});
    CHECK(open("origin/next").error().hint == "write the whole name: refs/tags/origin/next");
    CHECK(commit("refs/remotes/origin/next") == tip);
  }
  SECTION("two names of one commit") {
    place.git(folder, {"tag", "-a", "main", "-m", "the same", "HEAD"});
    CHECK(commit("main") == tip);
    CHECK((*open("main"))->revision()->branch == "main");
  }
  SECTION("a branch that is called like a whole hash") {
    place.git(folder, {"update-ref", "refs/heads/" + old, "HEAD"});
    CHECK(commit(old) == old);
    CHECK((*open(old))->revision()->branch.empty());
  }
}

TEST_CASE("a shallow clone does not know who wrote what came before it", "[source][git]") {
  const Place place;
  for (const std::string format : {"sha1", "sha256"}) {
    CAPTURE(format);
    const std::string whole = place.make("whole-" + format, {"--object-format=" + format});
    const std::string clone = place.path("shallow-" + format);
    place.git(place.path(""), {"clone", "-q", "--depth=1", "file://" + whole, clone});
    const auto tree = open_source({.folder = clone});
    REQUIRE(tree);
    CHECK((*tree)->revision()->subject == "more rate");
    const auto blame = (*tree)->blame((*tree)->display("app/a.conf"), std::vector<int>{1, 2});
    REQUIRE(blame);
    CHECK((*blame)[0].commit.empty());
    CHECK((*blame)[1].commit.empty());
  }
}

TEST_CASE("a repository without commits has none in any format", "[source][git]") {
  const Place place;
  for (const std::string format : {"sha1", "sha256"}) {
    fs::create_directories(place.path(format));
    place.git(place.path(format), {"init", "-q", "-b", "main", "--object-format=" + format});
    place.write(format + "/a.conf", "x = 1\n");
    const auto tree = open_source({.folder = place.path(format)});
    REQUIRE(tree);
    CHECK((*tree)->revision()->commit.empty());
    CHECK((*tree)->revision()->branch == "main");
    CHECK((*tree)->revision()->dirty);
  }
}

TEST_CASE("a format that nobody here knows is said with what reads it", "[source][git]") {
  const Place place;
  const std::string folder = place.make("reftable");
  place.git(folder, {"config", "core.repositoryformatversion", "1"});
  place.git(folder, {"config", "extensions.refStorage", "from-the-future"});
  const auto tree = open_source({.folder = folder});
  REQUIRE(tree);
  CHECK((*tree)->read("app/a.conf") == "x = 1\ny = 2\n");
  const auto revision = (*tree)->revision();
  REQUIRE_FALSE(revision);
  CHECK_THAT(revision.error().message, StartsWith("open repository \"" + folder + "\": "));
  SECTION("without the git program") {
    const Variable path("PATH", "/none");
    const auto alone = open_source({.repository = folder});
    CHECK(alone.error().kind == ErrorKind::unsupported);
    CHECK_THAT(alone.error().message, ContainsSubstring("extension") && ContainsSubstring("refstorage"));
    CHECK(alone.error().hint == "install the git program: it may know this format");
  }
}

TEST_CASE("git says whose repository is trusted", "[source][git]") {
  if (::geteuid() != 0) SKIP("only root can give files away");
  const Place place;
  const std::string folder = place.make("app");
  const std::string denied = "the repository \"" + folder + "\" belongs to another user";
  const std::string hint = "if you trust it: git config --global --add safe.directory " + folder;
  const Variable no_sudo("SUDO_UID", "");
  const auto give = [&](const std::string& path) { REQUIRE(::lchown(path.c_str(), 1234, 1234) == 0); };
  SECTION("the folder, or only what is in .git") {
    give(GENERATE(true, false) ? folder : folder + "/.git");
    const auto tree = open_source({.folder = folder});
    REQUIRE(tree);
    const auto revision = (*tree)->revision();
    REQUIRE_FALSE(revision);
    CHECK(revision.error().kind == ErrorKind::denied);
    CHECK(revision.error().message == denied);
    CHECK(revision.error().hint == hint);
    for (const SourceRequest& request :
         {SourceRequest{.repository = folder}, SourceRequest{.folder = folder, .revision = "main"},
          SourceRequest{.repository = "file://" + folder, .cache = place.path("cache")}}) {
      const auto opened = open_source(request);
      REQUIRE_FALSE(opened);
      CHECK(opened.error().message == denied);
    }
    const std::string trusted = GENERATE("*", "PATH");
    place.write("gitconfig", "[safe]\n\tdirectory = " + (trusted == "*" ? trusted : folder) + "\n");
    check_all_answers(folder);
    place.write("gitconfig", "[safe]\n\tdirectory = *\n\tdirectory =\n");
    CHECK(open_source({.repository = folder}).error().message == denied);
  }
  SECTION("trust that is given by the environment") {
    give(folder);
    const Variable count("GIT_CONFIG_COUNT", "1");
    const Variable key("GIT_CONFIG_KEY_0", "safe.directory");
    const Variable value("GIT_CONFIG_VALUE_0", "*");
    check_all_answers(folder);
  }
  SECTION("the user who called sudo") {
    give(folder);
    give(folder + "/.git");
    const Variable sudo("SUDO_UID", "1234");
    check_all_answers(folder);
  }
  SECTION("what the repository says of itself is no trust") {
    give(folder);
    place.git(place.path(""), {"config", "-f", folder + "/.git/config", "safe.directory", "*"});
    CHECK(open_source({.repository = folder}).error().message == denied);
  }
  SECTION("a bare repository") {
    place.git(place.path(""), {"clone", "-q", "--bare", folder, "bare.git"});
    give(place.path("bare.git"));
    const auto opened = open_source({.repository = place.path("bare.git")});
    CHECK(opened.error().message == "the repository \"" + place.path("bare.git") + "\" belongs to another user");
    place.write("gitconfig", "[safe]\n\tdirectory = " + place.path("bare.git") + "\n");
    CHECK(open_source({.repository = place.path("bare.git")}));
  }
  SECTION("without the git program nobody can be asked") {
    give(folder);
    const Variable path("PATH", "/none");
    CHECK(open_source({.repository = folder}).error().hint ==
          "install git; it reads safe.directory from the user's settings");
  }
}

TEST_CASE("an outer git's repository is not taken for the one that is named", "[source][git]") {
  const Place place;
  const std::string other = place.make("other");
  const Variable folder("GIT_DIR", other + "/.git");
  const Variable tree("GIT_WORK_TREE", other);
  const Variable index("GIT_INDEX_FILE", other + "/.git/none");
  place.write("mine/.keep", "");
  const Variable none("GIT_CEILING_DIRECTORIES", place.path(""));
  const std::string mine = [&] {
    unsetenv("GIT_DIR");
    unsetenv("GIT_WORK_TREE");
    unsetenv("GIT_INDEX_FILE");
    return place.make("sha256", {"--object-format=sha256"});
  }();
  const Variable again("GIT_DIR", other + "/.git");
  const Variable again_tree("GIT_WORK_TREE", other);
  check_all_answers(mine);
}

TEST_CASE("objects that a push brings are found before they are part of the repository", "[source][git]") {
  const Place place;
  for (const std::string format : {"sha1", "sha256"}) {
    CAPTURE(format);
    const std::string work = place.make("work-" + format, {"--object-format=" + format});
    const std::string bare = place.path("bare-" + format + ".git");
    place.git(place.path(""), {"clone", "-q", "--bare", work, bare});
    place.write("work-" + format + "/app/a.conf", "x = 3\n");
    place.git(work, {"commit", "-q", "-a", "-m", "pushed"});
    const std::string commit = place.git(work, {"rev-parse", "HEAD"});
    // As git receive-pack does it: the pushed objects in a folder of their own, the repository's as an alternate.
    const std::string quarantine = place.path("quarantine: \"" + format);
    fs::copy(work + "/.git/objects", quarantine, fs::copy_options::recursive);
    CHECK(open_source({.repository = bare, .revision = commit}).error().message ==
          "no branch, tag or commit \"" + commit + "\"");
    const Variable objects("GIT_OBJECT_DIRECTORY", quarantine);
    const Variable alternates("GIT_ALTERNATE_OBJECT_DIRECTORIES", bare + "/objects");
    const auto tree = open_source({.repository = bare, .revision = commit, .path = "app"});
    REQUIRE(tree);
    CHECK((*tree)->read("a.conf") == "x = 3\n");
    CHECK((*tree)->revision()->subject == "pushed");
    const auto blame = (*tree)->blame("app/a.conf", std::vector<int>{1});
    REQUIRE(blame);
    CHECK((*blame)[0].subject == "pushed");
  }
}

TEST_CASE("alternates with colons stand in quotes", "[source][git]") {
  const Place place;
  const std::string work = place.make("work");
  const std::string commit = place.git(work, {"rev-parse", "HEAD"});
  fs::create_directories(place.path("bare.git"));
  place.git(place.path("bare.git"), {"init", "-q", "--bare"});
  const std::string odd = place.path("a:b\"c");
  fs::copy(work + "/.git/objects", odd, fs::copy_options::recursive);
  const Variable alternates("GIT_ALTERNATE_OBJECT_DIRECTORIES",
                            "/none:\"" + place.path("a:b\\\"c") + "\":" + place.path("nothing"));
  CHECK(open_source({.repository = place.path("bare.git"), .revision = commit}));
}

}  // namespace
}  // namespace cloudflow
