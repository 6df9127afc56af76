// Trees over a folder, a commit and a fetched repository.
#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "planner/source/open_source.h"

namespace cloudflow {
namespace {
namespace fs = std::filesystem;

/// A repository in a folder of its own, made with the git program.
class TestRepository {
 public:
  TestRepository() {
    std::string name = (fs::temp_directory_path() / "cloudflow-source-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = fs::canonical(name);
    fs::create_directories(root_ / "work");
    git("init -q -b main .");
  }
  ~TestRepository() { fs::remove_all(root_); }
  TestRepository(const TestRepository&) = delete;
  TestRepository& operator=(const TestRepository&) = delete;

  void git(const std::string& arguments) const {
    const std::string command =
        "cd " + work() +
        " && GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -c user.name=Ada -c user.email=ada@example.com " +
        arguments + " >/dev/null 2>&1";
    REQUIRE(std::system(command.c_str()) == 0);
  }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / "work" / path).parent_path());
    std::ofstream(root_ / "work" / path) << text;
  }
  void commit(const std::string& message) const {
    git("add -A");
    git("commit -q -m '" + message + "'");
  }
  std::string work() const { return (root_ / "work").string(); }
  fs::path root() const { return root_; }

 private:
  fs::path root_{};
};

TEST_CASE("paths are resolved inside the root", "[source]") {
  struct Row {
    const char* folder;
    const char* relative;
    std::optional<std::string> result;
  };
  const auto row = GENERATE(values<Row>({
      {"a/b", "../c", "a/c"},
      {"", "x/./y//z", "x/y/z"},
      {"a", "..", ""},
      {"a", "../..", std::nullopt},
      {"", "../x", std::nullopt},
      {"", "/etc/passwd", std::nullopt},
      {"a", "", "a"},
      {"a", "b/../../c", "c"},
  }));
  CAPTURE(row.folder, row.relative);
  CHECK(resolve_path(row.folder, row.relative) == row.result);
}

TEST_CASE("a folder outside git has files and no revision", "[source]") {
  const TestRepository repository;
  fs::remove_all(repository.root() / "work" / ".git");
  repository.write("cloudflow.yaml", "application: a\n");
  repository.write("config/a.conf", "x = 1\n");
  const auto tree = open_source({.folder = repository.work()});
  REQUIRE(tree.has_value());
  CHECK((*tree)->read("config/a.conf") == "x = 1\n");
  CHECK((*tree)->list("") == std::vector<std::string>{"cloudflow.yaml", "config/a.conf"});
  CHECK((*tree)->list("config") == std::vector<std::string>{"config/a.conf"});
  CHECK((*tree)->list("nothing") == std::vector<std::string>{});
  CHECK((*tree)->exists("config/a.conf"));
  CHECK_FALSE((*tree)->exists("config/b.conf"));
  CHECK((*tree)->revision()->commit.empty());
  CHECK((*tree)->display("config/a.conf") == repository.work() + "/config/a.conf");
  CHECK((*tree)->read("config").error().message == "\"" + repository.work() + "/config\" is a folder");
  CHECK((*tree)->blame("config/a.conf", std::vector<int>{1}).error().message ==
        "the source is not in a git repository");
}

TEST_CASE("a path or a link out of the folder is an error", "[source]") {
  const TestRepository repository;
  fs::create_symlink("nowhere", fs::path(repository.work()) / "dangling.conf");
  std::ofstream(repository.root() / "outside.conf") << "secret\n";
  repository.write("a.conf", "x = 1\n");
  fs::create_symlink("../outside.conf", fs::path(repository.work()) / "link.conf");
  fs::create_symlink("a.conf", fs::path(repository.work()) / "inside.conf");
  fs::create_directory_symlink("..", fs::path(repository.work()) / "up");
  repository.commit("links");
  SECTION("on disk") {
    const auto tree = open_source({.folder = repository.work()});
    REQUIRE(tree.has_value());
    CHECK((*tree)->read("inside.conf") == "x = 1\n");
    CHECK((*tree)->list("")->size() >= 4);
    CHECK((*tree)->read("../outside.conf").error().message ==
          "no file \"../outside.conf\": the path leaves the folder");
    CHECK((*tree)->read("link.conf").error().message ==
          "no file \"" + repository.work() + "/link.conf\": a symbolic link leaves the folder");
    CHECK((*tree)->read("up/outside.conf").error().kind == ErrorKind::not_found);
  }
  SECTION("in a commit") {
    const auto tree = open_source({.repository = repository.work()});
    REQUIRE(tree.has_value());
    CHECK((*tree)->read("inside.conf") == "x = 1\n");
    CHECK((*tree)->list("")->size() >= 4);
    CHECK((*tree)->read("../outside.conf").error().message ==
          "no file \"../outside.conf\": the path leaves the folder");
    CHECK((*tree)->read("link.conf").error().message ==
          "no file \"link.conf\": the link \"link.conf\" leaves the repository");
    CHECK((*tree)->read("up/outside.conf").error().message ==
          "no file \"up/outside.conf\": the link \"up\" leaves the repository");
  }
}

TEST_CASE("links that lead to each other end", "[source]") {
  const TestRepository repository;
  fs::create_symlink("b", fs::path(repository.work()) / "a");
  fs::create_symlink("a", fs::path(repository.work()) / "b");
  repository.commit("loop");
  CHECK((*open_source({.repository = repository.work()}))->read("a").error().message ==
        "no file \"a\": too many symbolic links");
  CHECK((*open_source({.folder = repository.work()}))->read("a").error().kind == ErrorKind::not_found);
}

TEST_CASE("the working tree knows its commit, branch and whether it differs", "[source]") {
  const TestRepository repository;
  SECTION("before the first commit") {
    const auto tree = open_source({.folder = repository.work()});
    REQUIRE(tree.has_value());
    CHECK((*tree)->revision()->commit.empty());
    CHECK((*tree)->revision()->branch == "main");
  }
  repository.write("app/a.conf", "x = 1\n");
  repository.write("other/b.conf", "x = 1\n");
  repository.write(".gitignore", "target\n");
  repository.commit("first line");
  SECTION("clean") {
    const auto tree = open_source({.folder = repository.work()});
    REQUIRE(tree.has_value());
    CHECK((*tree)->revision()->commit.size() == 40);
    CHECK((*tree)->revision()->subject == "first line");
    CHECK_FALSE((*tree)->revision()->dirty);
    CHECK((*tree)->list("") == std::vector<std::string>{".gitignore", "app/a.conf", "other/b.conf"});
  }
  SECTION("only what is below the folder counts") {
    repository.write("other/b.conf", "x = 2\n");
    CHECK((*open_source({.folder = repository.work()}))->revision()->dirty);
    CHECK_FALSE((*open_source({.folder = repository.work(), .path = "app"}))->revision()->dirty);
  }
  SECTION("a new file counts, an ignored one does not") {
    repository.write("target/x.json", "{}");
    CHECK_FALSE((*open_source({.folder = repository.work()}))->revision()->dirty);
    repository.write("app/new.conf", "");
    CHECK((*open_source({.folder = repository.work()}))->revision()->dirty);
  }
}

TEST_CASE("a commit is read without a checkout", "[source]") {
  const TestRepository repository;
  repository.write("app/a.conf", "x = 1\n");
  repository.commit("one");
  repository.git("tag v1");
  repository.git("checkout -q -b more-rate");
  repository.write("app/a.conf", "x = 2\n");
  repository.write("app/deep/b.conf", "y = 1\n");
  repository.commit("two");
  repository.write("app/a.conf", "x = 3\n");

  const auto past = open_source({.repository = repository.work(), .revision = "v1", .path = "app"});
  REQUIRE(past.has_value());
  CHECK((*past)->read("a.conf") == "x = 1\n");
  CHECK((*past)->revision()->subject == "one");
  CHECK((*past)->revision()->branch.empty());
  CHECK((*past)->display("a.conf") == "app/a.conf");
  CHECK((*past)->list("") == std::vector<std::string>{"a.conf"});

  const auto head = open_source({.repository = repository.work()});
  REQUIRE(head.has_value());
  CHECK((*head)->read("app/a.conf") == "x = 2\n");
  CHECK((*head)->revision()->branch == "more-rate");
  CHECK((*head)->list("app") == std::vector<std::string>{"app/a.conf", "app/deep/b.conf"});
  CHECK_FALSE((*head)->revision()->dirty);

  const auto here = open_source({.folder = repository.work() + "/app", .revision = "main"});
  REQUIRE(here.has_value());
  CHECK((*here)->read("a.conf") == "x = 1\n");
  CHECK((*here)->revision()->branch == "main");

  const auto by_hash =
      open_source({.repository = repository.work(), .revision = (*past)->revision()->commit.substr(0, 10)});
  REQUIRE(by_hash.has_value());
  CHECK((*by_hash)->revision()->commit == (*past)->revision()->commit);
}

TEST_CASE("what cannot be opened is said in words", "[source]") {
  const TestRepository repository;
  repository.write("a.conf", "");
  repository.commit("one");
  repository.git("branch production");
  const auto unknown = open_source({.repository = repository.work(), .revision = "producton"});
  CHECK(unknown.error().message == "no branch, tag or commit \"producton\"");
  CHECK(unknown.error().hint == "did you mean \"production\"?");
  CHECK(open_source({.repository = repository.work(), .path = "app"})
            .error()
            .message.starts_with("no folder \"app\" in commit "));
  CHECK(open_source({.repository = repository.work(), .path = "../x"}).error().message ==
        "folder \"../x\" is outside the repository");
  CHECK(open_source({.repository = (repository.root() / "none").string()}).error().message ==
        "\"" + (repository.root() / "none").string() + "\" is no git repository");
  CHECK(open_source({.folder = (repository.root() / "none").string()}).error().message ==
        "open folder \"" + (repository.root() / "none").string() + "\": No such file or directory");
  CHECK(open_source({.repository = repository.work(), .revision = "HEAD:a.conf"}).error().message ==
        "\"HEAD:a.conf\" is no commit");
}

TEST_CASE("a repository with a URL is copied into the cache and kept up to date", "[source]") {
  const TestRepository repository;
  const std::string cache = (repository.root() / "cache").string();
  const std::string url = "file://" + repository.work();
  repository.write("a.conf", "x = 1\n");
  repository.commit("one");
  const auto first = open_source({.repository = url, .cache = cache});
  REQUIRE(first.has_value());
  CHECK((*first)->read("a.conf") == "x = 1\n");
  CHECK((*first)->revision()->branch == "main");
  repository.write("a.conf", "x = 2\n");
  repository.commit("two");
  repository.git("branch side");
  CHECK((*open_source({.repository = url, .revision = "main", .cache = cache}))->read("a.conf") == "x = 2\n");
  CHECK(open_source({.repository = url, .revision = "side", .cache = cache}).has_value());
  repository.git("branch -D side");
  CHECK(open_source({.repository = url, .revision = "side", .cache = cache}).error().message ==
        "no branch, tag or commit \"side\"");
  CHECK((*first)->read("a.conf") == "x = 1\n");
  CHECK(open_source({.repository = url}).error().message == "no cache folder for repositories on servers");
}

TEST_CASE("credentials never show", "[source]") {
  CHECK(without_credentials("https://ada:s3cret@git.example.com/x.git") == "https://git.example.com/x.git");
  CHECK(without_credentials("https://git.example.com/a@b.git") == "https://git.example.com/a@b.git");
  CHECK(without_credentials("git@git.example.com:x.git") == "git@git.example.com:x.git");
  CHECK(is_git_url("git@git.example.com:x.git"));
  CHECK(is_git_url("ssh://git.example.com/x.git"));
  CHECK_FALSE(is_git_url("../other:thing"));
  const TestRepository repository;
  const auto tree = open_source(
      {.repository = "https://ada:s3cret@127.0.0.1:1/x.git", .cache = (repository.root() / "cache").string()});
  REQUIRE_FALSE(tree.has_value());
  CHECK(tree.error().kind == ErrorKind::unavailable);
  CHECK(tree.error().message.starts_with("fetch https://127.0.0.1:1/x.git: "));
  CHECK(tree.error().message.find("s3cret") == std::string::npos);
}

std::vector<std::string> subjects(const std::vector<Blame>& blames) {
  std::vector<std::string> out;
  for (const Blame& one : blames)
    out.push_back(one.uncommitted ? "uncommitted" : one.commit.empty() ? "?" : one.subject);
  return out;
}

TEST_CASE("a line knows who wrote it", "[source]") {
  const TestRepository repository;
  repository.write("app/a.conf", "x = 1\ny = 1\n");
  repository.commit("start");
  repository.write("app/a.conf", "x = 1\ny = 2\n");
  repository.commit("more rate");
  const auto commit = open_source({.repository = repository.work(), .path = "app"});
  REQUIRE(commit.has_value());
  const auto committed = (*commit)->blame("app/a.conf", std::vector<int>{2, 1, 9});
  REQUIRE(committed.has_value());
  CHECK(subjects(*committed) == std::vector<std::string>{"more rate", "start", "?"});
  CHECK((*committed)[0].author == "Ada");
  CHECK((*committed)[0].commit == (*commit)->revision()->commit.substr(0, 7));

  repository.write("app/a.conf", "new\nx = 1\ny = 2\n");
  const auto disk = open_source({.folder = repository.work() + "/app"});
  REQUIRE(disk.has_value());
  const auto edited = (*disk)->blame((*disk)->display("a.conf"), std::vector<int>{1, 2, 3, 4});
  REQUIRE(edited.has_value());
  CHECK(subjects(*edited) == std::vector<std::string>{"uncommitted", "start", "more rate", "?"});
  repository.write("app/b.conf", "x = 1\n");
  const auto fresh = (*disk)->blame((*disk)->display("b.conf"), std::vector<int>{1});
  REQUIRE(fresh.has_value());
  CHECK(subjects(*fresh) == std::vector<std::string>{"uncommitted"});
}

TEST_CASE("lines keep their writer through insertions, removals and merges", "[source]") {
  const TestRepository repository;
  repository.write("a.conf", "a\nb\nc\nd\ne\n");
  repository.commit("start");
  repository.git("checkout -q -b side");
  repository.write("a.conf", "a\nb\nc\nd\nE\n");
  repository.commit("side");
  repository.git("checkout -q main");
  repository.write("a.conf", "0\na\nc\nd\ne\n");
  repository.commit("main");
  repository.write("other", "x\n");
  repository.commit("nothing of interest");
  repository.git("merge -q -m together side");
  const auto tree = open_source({.folder = repository.work()});
  REQUIRE(tree.has_value());
  const auto blamed = (*tree)->blame((*tree)->display("a.conf"), std::vector<int>{1, 2, 3, 4, 5});
  REQUIRE(blamed.has_value());
  CHECK(subjects(*blamed) == std::vector<std::string>{"main", "start", "start", "start", "side"});
}

}  // namespace
}  // namespace cloudflow
