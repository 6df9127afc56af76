// The real binary and repositories on real servers: https and ssh, with everything that can be wrong about them.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <map>
#include <random>

#include "sdk/support/child.h"
#include "sdk/support/process.h"
#include "tests/cli/program/binary.h"
#include "tests/support/eventually.h"
#include "tests/support/gitbed.h"
#include "tests/support/temp_folder.h"

namespace cloudflow {
namespace {

using testing::Gitbed;
using testing::run_git;
using testing::TempFolder;
using Variables = std::map<std::string, std::string>;

/// Bytes that do not pack well, so that a pack does not come in one piece.
std::string noise(std::size_t size) {
  std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): the same every time
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

/// A user with a repository on the servers, and with nobody's settings.
class User {
 public:
  explicit User(std::string name) : name_(std::move(name)) {
    bed_.create(name_);
    folder_.write("work/a.conf", "x = 1\n");
    folder_.write("work/noise", noise(std::size_t{3} << 20U));
    folder_.write("no_hosts", "");
    run_git(work(), {"init", "-q", "-b", "main", "."});
    publish("One");
  }

  void publish(const std::string& message) const {
    run_git(work(), {"add", "-A"});
    run_git(work(), {"commit", "-q", "-m", message});
    run_git(work(), {"push", "-q", bed_.repository(name_), "HEAD"});
  }

  /// Every setting that a developer's machine may have is out of the way.
  ProcessRequest request(std::vector<std::string> arguments, const Variables& variables) const {
    arguments.insert(arguments.begin(), testing::cloudflow_binary());
    ProcessRequest out{.command = std::move(arguments),
                       .environment = {{"HOME", folder_.path("home")},
                                       {"CLOUDFLOW_CACHE", folder_.path("cache")},
                                       {"NO_COLOR", "1"},
                                       {"GIT_CONFIG_NOSYSTEM", "1"},
                                       {"GIT_CONFIG_GLOBAL", folder_.path("home/.gitconfig")},
                                       {"CLOUDFLOW_GIT_KNOWN_HOSTS", bed_.file("known_hosts")},
                                       {"GIT_SSH_COMMAND", "ssh -F none"},
                                       {"CLOUDFLOW_GIT_CA", bed_.file("ca.pem")}}};
    for (const char* name : {"GIT_SSL_CAINFO", "SSL_CERT_FILE", "GIT_ASKPASS", "SSH_ASKPASS", "SSH_AUTH_SOCK",
                             "CLOUDFLOW_GIT_TOKEN", "CLOUDFLOW_GIT_USERNAME", "CLOUDFLOW_GIT_SSH_KEY", "http_proxy",
                             "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"})
      out.environment.emplace(name, "");
    for (const auto& [name, value] : variables) out.environment.insert_or_assign(name, value);
    return out;
  }

  ProcessOutput run(const std::vector<std::string>& arguments, const Variables& variables) const {
    const auto output = run_process(request(arguments, variables), {});
    REQUIRE(output);
    // Whatever happens: nothing that was printed or kept holds the password.
    CHECK(output->output.find(bed_.token()) == std::string::npos);
    CHECK(output->errors.find(bed_.token()) == std::string::npos);
    const auto kept = run_process({.command = {"grep", "-rqsF", bed_.token(), folder_.path("cache")}}, {});
    REQUIRE(kept);
    CHECK(kept->status != 0);
    return *output;
  }

  /// What `config resolve` says of a.conf at the URL: the answer, or the error.
  std::string read(const std::string& url, const Variables& variables, const std::string& revision = "") const {
    std::vector<std::string> arguments = {"config", "resolve", "a.conf", "--flat", "--repository", url};
    if (!revision.empty()) arguments.insert(arguments.end(), {"--revision", revision});
    const ProcessOutput output = run(arguments, variables);
    CHECK(output.status == (output.errors.empty() ? 0 : 1));
    CHECK(output.output.empty() != output.errors.empty());
    return output.output + output.errors;
  }

  std::string work() const { return folder_.path("work"); }
  const TempFolder& folder() const { return folder_; }
  const Gitbed& bed() const { return bed_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  const Gitbed& bed_ = Gitbed::shared();
  TempFolder folder_{};
};

/// An agent that ends with this object.
class Agent {
 public:
  Agent(const User& user, const std::string& key) : socket_(user.folder().path("agent")) {
    auto child = start_child({.command = {"ssh-agent", "-D", "-a", socket_}});
    REQUIRE(child);
    child_ = std::move(*child);
    REQUIRE(testing::eventually([&] { return std::filesystem::exists(socket_); }));
    const auto added = run_process(
        {.command = {"ssh-add", "-q", user.bed().file(key)}, .environment = {{"SSH_AUTH_SOCK", socket_}}}, {});
    REQUIRE(added);
    REQUIRE(added->status == 0);
  }
  ~Agent() { end_child(child_); }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  const std::string& socket() const { return socket_; }

 private:
  std::string socket_;
  Child child_{};
};

TEST_CASE("a repository is read over https", "[git][slow]") {
  const User user("https");
  const Gitbed& bed = user.bed();
  const std::string url = bed.https("private", "https");
  const std::string askpass = user.folder().write_program(
      "askpass", fmt::format("#!/bin/sh\ncase $1 in User*) echo ada ;; *) cat {} ;; esac\n", bed.file("token")));
  user.folder().write(
      "home/.gitconfig",
      fmt::format("[url \"https://ada:{0}@127.0.0.1:{1}/private/\"]\n\tinsteadOf = https://git.example.com/\n"
                  "[credential]\n\thelper = \"!f() {{ echo username=helped; echo password=$(cat {2}); }}; f\"\n",
                  bed.token(), bed.port("https"), bed.file("token")));
  const std::string with_password = "https://ada:" + bed.token() + "@" + url.substr(std::string("https://").size());
  struct Row {
    std::string url;
    Variables variables;
    std::string last;  ///< what the server heard last
  };
  const std::string pack = "https POST /private/https.git/git-upload-pack ";
  const std::vector<Row> rows = {
      {bed.https("open", "https"), {}, "https POST /open/https.git/git-upload-pack -"},
      {url, {{"CLOUDFLOW_GIT_TOKEN", bed.token()}}, pack + "git:…"},
      {url, {{"CLOUDFLOW_GIT_TOKEN", bed.token()}, {"CLOUDFLOW_GIT_USERNAME", "bob"}}, pack + "bob:…"},
      {with_password, {{"CLOUDFLOW_GIT_TOKEN", "another"}}, pack + "ada:…"},
      {url, {}, pack + "helped:…"},
      {url, {{"GIT_ASKPASS", askpass}, {"GIT_CONFIG_GLOBAL", "/dev/null"}}, pack + "ada:…"},
      {url,
       {{"CLOUDFLOW_GIT_TOKEN", bed.token()}, {"CLOUDFLOW_GIT_CA", ""}, {"GIT_SSL_CAINFO", bed.file("ca.pem")}},
       pack + "git:…"},
      {url,
       {{"CLOUDFLOW_GIT_TOKEN", bed.token()}, {"CLOUDFLOW_GIT_CA", ""}, {"SSL_CERT_FILE", bed.file("ca.pem")}},
       pack + "git:…"},
      {"https://git.example.com/https.git", {}, pack + "ada:…"},
      {bed.https("moved", "https"), {{"CLOUDFLOW_GIT_TOKEN", bed.token()}}, pack + "git:…"},
      {bed.https("hidden", "https"),
       {{"CLOUDFLOW_GIT_TOKEN", bed.token()}},
       "https POST /hidden/https.git/git-upload-pack git:…"},
      {bed.https("listed", "https"),
       {{"CLOUDFLOW_GIT_TOKEN", bed.token()}},
       "https POST /listed/https.git/git-upload-pack git:…"},
      {"https://localhost:" + bed.port("https") + "/private/https.git/",
       {{"CLOUDFLOW_GIT_TOKEN", bed.token()}},
       pack + "git:…"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url, row.variables);
    std::filesystem::remove_all(user.folder().path("cache"));
    CHECK(user.read(row.url, row.variables) == "x = 1\n");
    CHECK(bed.requests("/https.git").back() == row.last);
  }
}

TEST_CASE("what is new on a server is seen, and what is unknown is said", "[git][slow]") {
  const User user("news");
  const std::string url = user.bed().https("open", "news");
  CHECK(user.read(url, {}) == "x = 1\n");
  user.folder().write("work/a.conf", "x = 2\n");
  user.publish("Two");
  run_git(user.work(), {"push", "-q", user.bed().repository("news"), "HEAD:production"});
  CHECK(user.read(url, {}) == "x = 2\n");
  CHECK(user.read(url, {}, "production") == "x = 2\n");
  CHECK(user.read(url, {}, "main~1") == "x = 1\n");
  CHECK(user.read(url, {}, "producton") ==
        "error: no branch, tag or commit \"producton\"\n  hint: did you mean \"production\"?\n");
}

TEST_CASE("many runs at once share one copy", "[git][slow]") {
  const User user("many");
  const std::vector<std::string> arguments = {"config", "resolve",      "a.conf",
                                              "--flat", "--repository", user.bed().https("open", "many")};
  std::vector<Child> children;
  for (int i = 0; i < 8; ++i) {
    auto child = start_child(user.request(arguments, {}));
    REQUIRE(child);
    children.push_back(std::move(*child));
  }
  for (Child& child : children) {
    std::optional<int> status;
    REQUIRE(testing::eventually([&] { return (status = exit_status(child)).has_value(); }));
    std::string output;
    std::string errors;
    drain(child.output, output);
    drain(child.errors, errors);
    CHECK(errors.empty());
    CHECK(output == "x = 1\n");
    CHECK(status == 0);
  }
}

TEST_CASE("the way to a server may lead through a proxy", "[git][slow]") {
  const User user("proxied");
  const std::string server = "localhost:" + user.bed().port("https");
  CHECK(user.read("https://" + server + "/private/proxied.git",
                  {{"CLOUDFLOW_GIT_TOKEN", user.bed().token()},
                   {"https_proxy", "http://127.0.0.1:" + user.bed().port("proxy")}}) == "x = 1\n");
  CHECK_FALSE(user.bed().requests("proxy CONNECT " + server).empty());
}

TEST_CASE("what is wrong with a server over https is said in words", "[git][slow]") {
  const User user("refused");
  const Gitbed& bed = user.bed();
  const std::string& token = bed.token();
  const auto url = [&](const std::string& kind) { return bed.https(kind, "refused"); };
  const std::string here = "127.0.0.1:" + bed.port("https");
  const std::string plain = "http://127.0.0.1:" + bed.port("http");
  const std::string wrong_name = "127.0.0.1:" + bed.port("wrong-name");
  struct Row {
    std::string url;
    Variables variables;
    std::string says;  ///< after "error: fetch URL: "
  };
  const std::vector<Row> rows = {
      {url("private"),
       {},
       "\"127.0.0.1\" wants credentials\n  hint: set CLOUDFLOW_GIT_TOKEN; git's credential helper and GIT_ASKPASS know "
       "none\n"},
      {url("private"),
       {{"CLOUDFLOW_GIT_TOKEN", "wrong"}},
       "\"127.0.0.1\" refused the credentials of CLOUDFLOW_GIT_TOKEN\n  hint: has the token expired, and may it read "
       "this repository?\n"},
      {url("listed"),
       {},
       "\"127.0.0.1\" wants credentials\n  hint: set CLOUDFLOW_GIT_TOKEN; git's credential helper and GIT_ASKPASS know "
       "none\n"},
      {url("listed"),
       {{"CLOUDFLOW_GIT_TOKEN", "wrong"}},
       "\"127.0.0.1\" refused the credentials of CLOUDFLOW_GIT_TOKEN\n  hint: has the token expired, and may it read "
       "this repository?\n"},
      {url("forbidden"),
       {{"CLOUDFLOW_GIT_TOKEN", token}},
       "\"127.0.0.1\" forbids reading the repository\n  hint: the credentials of CLOUDFLOW_GIT_TOKEN need the right to "
       "read it\n"},
      {url("forbidden"),
       {},
       "\"127.0.0.1\" forbids reading the repository\n  hint: set CLOUDFLOW_GIT_TOKEN to a token that may read it\n"},
      {bed.https("private", "nothing"),
       {{"CLOUDFLOW_GIT_TOKEN", token}},
       "\"127.0.0.1\" has no such repository, or hides it from us\n  hint: is the URL right, and may the credentials "
       "of CLOUDFLOW_GIT_TOKEN read it?\n"},
      {bed.https("open", "nothing"),
       {},
       "\"127.0.0.1\" has no such repository, or hides it from us\n  hint: is the URL right? a private one needs "
       "CLOUDFLOW_GIT_TOKEN\n"},
      {url("away"),
       {{"CLOUDFLOW_GIT_TOKEN", token}},
       fmt::format("\"127.0.0.1\" redirects to https://localhost:{}, which wants credentials\n  hint: credentials are "
                   "only sent to the server that --repository names: name the other one\n",
                   bed.port("https"))},
      {url("downgrade"), {}, fmt::format("\"127.0.0.1\" redirects to {}, which is not encrypted\n", plain)},
      {url("circle"), {}, "\"127.0.0.1\" redirects without end\n"},
      {url("broken"), {}, "\"127.0.0.1\" answered with status 500\n"},
      {url("page"),
       {},
       "what answers is no git repository\n  hint: is it the URL for cloning, and not that of a page?\n"},
      {plain + "/private/refused.git",
       {{"CLOUDFLOW_GIT_TOKEN", token}},
       "\"127.0.0.1\" wants credentials\n  hint: they are only sent over https\n"},
      {url("open"),
       {{"CLOUDFLOW_GIT_CA", "/dev/null/none"}},
       fmt::format("the CA for \"{0}\" cannot be read: error setting certificate file: /dev/null/none\n", here)},
      {url("open"),
       {{"CLOUDFLOW_GIT_CA", ""}},
       fmt::format("the certificate of \"{}\" is not trusted: unable to get local issuer certificate\n  hint: a "
                   "private CA is named by CLOUDFLOW_GIT_CA or GIT_SSL_CAINFO: the path of a PEM file\n",
                   here)},
      {"https://" + wrong_name + "/open/refused.git",
       {},
       fmt::format("the certificate of \"{}\" is not trusted: no alternative certificate subject name matches target "
                   "host name '127.0.0.1'\n  hint: the certificate is for other names: write one of them in the URL\n",
                   wrong_name)},
      {"https://127.0.0.1:1/refused.git", {}, "cannot connect to \"127.0.0.1:1\": connection refused\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url, row.variables);
    CHECK(user.read(row.url, row.variables) == fmt::format("error: fetch {}: {}", row.url, row.says));
  }
  // The name and password of a URL are not shown either, and what was meant for one server goes to no other.
  const std::string secret_url = "https://ada:" + token + "@" + here + "/away/refused.git";
  CHECK(user.read(secret_url, {}).starts_with(fmt::format("error: fetch https://{}/away/refused.git: ", here)));
  CHECK(user.read("https://ada:hush@" + here + "/private/refused.git", {}) ==
        fmt::format("error: fetch {}: \"127.0.0.1\" refused the credentials of the URL\n  hint: has the token expired, "
                    "and may it read this repository?\n",
                    url("private")));
}

TEST_CASE("a server that never answers can be interrupted", "[git][slow]") {
  const User user("silent");
  auto child = start_child(user.request({"plan", "--repository", user.bed().https("hang", "silent")}, {}));
  REQUIRE(child);
  REQUIRE(testing::eventually([&] { return !user.bed().requests("/hang/silent.git").empty(); }));
  kill(child->process, SIGINT);
  std::optional<int> status;
  REQUIRE(testing::eventually([&] { return (status = exit_status(*child)).has_value(); }, std::chrono::seconds(20)));
  CHECK(status == 130);
}

TEST_CASE("a repository is read over ssh", "[git][slow]") {
  const User user("ssh");
  const Gitbed& bed = user.bed();
  const std::string url = bed.ssh("ssh");
  const Agent agent(user, "ed25519");
  const std::string config = user.folder().write(
      "ssh_config", fmt::format("Host shelf\n  HostName 127.0.0.1\n  Port {}\n  User {}\n  IdentityFile {}\n",
                                bed.port("ssh"), bed.user(), bed.file("rsa")));
  const std::vector<std::pair<std::string, Variables>> rows = {
      {url, {{"CLOUDFLOW_GIT_SSH_KEY", bed.file("ed25519")}}},
      {url, {{"CLOUDFLOW_GIT_SSH_KEY", bed.file("ecdsa")}}},
      {url, {{"CLOUDFLOW_GIT_SSH_KEY", bed.file("rsa")}}},
      {url, {{"SSH_AUTH_SOCK", agent.socket()}}},
      {url, {{"SSH_AUTH_SOCK", agent.socket()}, {"GIT_SSH_COMMAND", ""}}},
      {"shelf:" + bed.repository("ssh"), {{"GIT_SSH_COMMAND", fmt::format("ssh -F '{}'", config)}}},
  };
  for (const auto& [address, variables] : rows) {
    CAPTURE(address, variables);
    std::filesystem::remove_all(user.folder().path("cache"));
    CHECK(user.read(address, variables) == "x = 1\n");
  }
  user.folder().write("work/a.conf", "x = 2\n");
  user.publish("Two");
  CHECK(user.read(url, rows.front().second) == "x = 2\n");
  CHECK(user.read(url, rows.front().second, "nosuch") == "error: no branch, tag or commit \"nosuch\"\n");
}

TEST_CASE("what is wrong with a server over ssh is said in words", "[git][slow]") {
  const User user("locked-out");
  const Gitbed& bed = user.bed();
  const std::string url = bed.ssh("locked-out");
  const std::string shown = url.substr(0, 6) + url.substr(url.find('@') + 1);
  const std::string open_key = user.folder().path("open_key");
  std::filesystem::copy_file(bed.file("ed25519"), open_key);
  std::filesystem::permissions(open_key, std::filesystem::perms(0644));
  const std::string no_hosts = user.folder().path("no_hosts");
  const Variables key = {{"CLOUDFLOW_GIT_SSH_KEY", bed.file("ed25519")}};
  const auto with = [&](const std::string& name, const std::string& value) {
    Variables out = key;
    out.insert_or_assign(name, value);
    return out;
  };
  const std::string refused =
      "\"127.0.0.1\" refused our keys\n  hint: is the key of CLOUDFLOW_GIT_SSH_KEY known to the server? one with a "
      "passphrase must be in the agent\n";
  struct Row {
    std::string url;
    std::string shown;
    Variables variables;
    std::string says;
  };
  const std::vector<Row> rows = {
      {url, shown, with("CLOUDFLOW_GIT_KNOWN_HOSTS", no_hosts),
       fmt::format(
           "the host key of \"127.0.0.1\" is not known\n  hint: compare what `ssh-keyscan -p {} 127.0.0.1` prints "
           "with what its owner publishes, and add it to {}\n",
           bed.port("ssh"), no_hosts)},
      {url, shown, with("CLOUDFLOW_GIT_KNOWN_HOSTS", bed.file("changed_hosts")),
       fmt::format(
           "\"127.0.0.1\" has another host key than the one that is known: it may be an impostor\n  hint: ask its "
           "owner; if the key was changed: ssh-keygen -R '[127.0.0.1]:{}'\n",
           bed.port("ssh"))},
      {url, shown, {{"CLOUDFLOW_GIT_SSH_KEY", bed.file("stranger")}}, refused},
      {url, shown, {{"CLOUDFLOW_GIT_SSH_KEY", bed.file("locked")}}, refused},
      {url, shown, {{"CLOUDFLOW_GIT_SSH_KEY", "/none"}}, "the key \"/none\" of CLOUDFLOW_GIT_SSH_KEY is not there\n"},
      {url,
       shown,
       {{"CLOUDFLOW_GIT_SSH_KEY", open_key}},
       fmt::format(
           "ssh does not use the key \"{}\": others may read it\n  hint: chmod 600 it; in a volume of a Secret: "
           "defaultMode: 0400\n",
           open_key)},
      {url,
       shown,
       {{"GIT_SSH_COMMAND", "ssh -F none -o IdentityFile=none"}},
       "\"127.0.0.1\" refused our keys\n  hint: name one by CLOUDFLOW_GIT_SSH_KEY, or add it to the agent: ssh-add\n"},
      {bed.ssh("nothing"), "ssh://" + bed.ssh("nothing").substr(bed.ssh("nothing").find('@') + 1), key,
       fmt::format("\"127.0.0.1\" has no such repository, or hides it from us: fatal: '{}' does not appear to be a git "
                   "repository\n",
                   bed.repository("nothing"))},
      {"ssh://127.0.0.1:1/x", "ssh://127.0.0.1:1/x", key,
       "no connection to \"127.0.0.1\": ssh: connect to host 127.0.0.1 port 1: Connection refused\n"},
      {url,
       shown,
       {{"PATH", "/none"}, {"GIT_SSH_COMMAND", ""}},
       "cannot run \"ssh\": No such file or directory\n  hint: install OpenSSH's client, or use https\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url, row.variables);
    CHECK(user.read(row.url, row.variables) == fmt::format("error: fetch {}: {}", row.shown, row.says));
  }
}

/// The call-records example in a repository, beside a bare one that it is pushed to.
class Pushed {
 public:
  Pushed() {
    std::filesystem::copy(CLOUDFLOW_SOURCE_DIR "/examples/call-records-akka", folder_.path("work"),
                          std::filesystem::copy_options::recursive);
    run_git(folder_.path("work"), {"init", "-q", "-b", "main", "."});
    std::filesystem::create_directories(folder_.path("bare.git"));
    run_git(folder_.path("bare.git"), {"init", "-q", "--bare", "-b", "main"});
  }

  ProcessOutput install(std::vector<std::string> options) const {
    options.insert(options.begin(),
                   {testing::cloudflow_binary(), "sync", "install-hook", "--repository", folder_.path("bare.git")});
    const auto ran = run_process({.command = std::move(options)}, {});
    REQUIRE(ran);
    return *ran;
  }

  void commit(const std::string& message) const {
    run_git(folder_.path("work"), {"add", "-A"});
    run_git(folder_.path("work"), {"commit", "-q", "--allow-empty", "-m", message});
  }

  /// `git push`, with what the hooks say to the pusher.
  ProcessOutput push(const std::string& to = "main") const {
    const auto ran = run_process({.command = {"git", "push", "-q", folder_.path("bare.git"), "HEAD:refs/heads/" + to},
                                  .environment = {{"LC_ALL", "C"}, {"NO_COLOR", "1"}},
                                  .directory = folder_.path("work")},
                                 {});
    REQUIRE(ran);
    return *ran;
  }

  /// Replaces in the blueprint.
  void edit(const std::string& from, const std::string& to) const {
    std::string text = folder_.read("work/blueprint.conf");
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    folder_.write("work/blueprint.conf", text.replace(at, from.size(), to));
  }

  const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_{};
};

TEST_CASE("a push that does not validate is refused with every mistake, and a good one is taken", "[git][hook][slow]") {
  using Catch::Matchers::ContainsSubstring;
  const Pushed pushed;
  CHECK(pushed.install({"--check", "validate"}).status == 0);
  // What the second hook does is tried with a real cluster, in tests/e2e.
  std::filesystem::remove(pushed.folder().path("bare.git/hooks/post-receive"));
  pushed.commit("Good");
  const ProcessOutput good = pushed.push();
  CHECK(good.status == 0);
  CHECK(good.errors.empty());

  pushed.edit("callrecords.CallRecordIngress", "callrecords.CallRecordIngres");
  pushed.commit("Bad");
  const ProcessOutput bad = pushed.push();
  CHECK(bad.status != 0);
  CHECK_THAT(bad.errors, ContainsSubstring("remote: blueprint.conf:3:18: error: no descriptor explains class") &&
                             ContainsSubstring("did you mean \"callrecords.CallRecordIngress\"?") &&
                             ContainsSubstring("the push to main is refused: exit code 1 of validate") &&
                             ContainsSubstring("pre-receive hook declined"));
  CHECK(pushed.push("another-branch").status == 0);
  pushed.edit("callrecords.CallRecordIngres", "callrecords.CallRecordIngress");
  pushed.commit("Mended");
  CHECK(pushed.push().status == 0);
}

TEST_CASE("a push that cannot be planned is refused with the reason", "[git][hook][slow]") {
  using Catch::Matchers::ContainsSubstring;
  const Pushed pushed;
  const std::string kubeconfig = pushed.folder().write("kubeconfig", R"(apiVersion: v1
kind: Config
current-context: gone
contexts: [{name: gone, context: {cluster: gone, user: nobody}}]
clusters: [{name: gone, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: nobody, user: {token: t}}]
)");
  const std::string check = GENERATE("plan", "strict");
  CHECK(pushed.install({"--check", check, "--kubeconfig", kubeconfig}).status == 0);
  pushed.commit("Good");
  const ProcessOutput refused = pushed.push();
  INFO(refused.errors);
  CHECK(refused.status != 0);
  CHECK_THAT(refused.errors, ContainsSubstring("remote: error: ") && ContainsSubstring("127.0.0.1:1") &&
                                 ContainsSubstring("the push to main is refused: exit code 1 of plan") &&
                                 ContainsSubstring("pre-receive hook declined"));
}

TEST_CASE("a hook of somebody else is not overwritten without a word", "[git][hook][slow]") {
  const Pushed pushed;
  const std::string hook = pushed.folder().write("bare.git/hooks/pre-receive", "#!/bin/sh\nexit 0\n");
  const ProcessOutput refused = pushed.install({});
  CHECK(refused.status == 1);
  CHECK(refused.errors == fmt::format("error: \"{}\" exists and is not ours\n  hint: call both from one script of your "
                                      "own, or overwrite it with --force\n",
                                      hook));
  CHECK(pushed.folder().read("bare.git/hooks/pre-receive") == "#!/bin/sh\nexit 0\n");
  CHECK(pushed.install({"--force"}).status == 0);
  CHECK(pushed.install({"--check", "off"}).status == 0);
}

TEST_CASE("a hook acts on the branch that is meant, however it is written", "[git][hook][slow]") {
  const Pushed pushed;
  const ProcessOutput installed = pushed.install({"--check", "validate", "--branch", "refs/heads/main"});
  CHECK(installed.status == 0);
  CHECK_THAT(installed.output, Catch::Matchers::EndsWith("post-receive deploys main after each push\n"));
  std::filesystem::remove(pushed.folder().path("bare.git/hooks/post-receive"));
  pushed.edit("callrecords.CallRecordIngress", "callrecords.CallRecordIngres");
  pushed.commit("Bad");
  CHECK_THAT(pushed.push().errors, Catch::Matchers::ContainsSubstring("the push to main is refused"));
  CHECK(pushed.push("another").status == 0);
  for (const std::string branch : {"a b", "main~1", "x..y", "-x", "main.lock", "HEAD", "refs/heads/"}) {
    CAPTURE(branch);
    const ProcessOutput refused = pushed.install({"--branch=" + branch});
    CHECK(refused.status == 1);
    CHECK(refused.errors == fmt::format("error: \"{}\" cannot be the name of a branch\n"
                                        "  hint: write it as `git branch` shows it: main\n",
                                        branch));
  }
  CHECK(pushed.install({"--branch", "refs/tags/main"}).status == 1);
  CHECK_FALSE(std::filesystem::exists(pushed.folder().path("bare.git/hooks/post-receive")));
}

TEST_CASE("hooks go where git looks for them, and never where other repositories do", "[git][hook][slow]") {
  const Pushed pushed;
  const std::string work = pushed.folder().path("work");
  const std::string bare = pushed.folder().path("bare.git");
  pushed.commit("First");
  const auto install_into = [](const std::string& repository) {
    const auto ran = run_process({.command = {testing::cloudflow_binary(), "sync", "install-hook", "--check", "off",
                                              "--repository", repository}},
                                 {});
    REQUIRE(ran);
    return *ran;
  };
  CHECK(install_into(work).output == fmt::format("{}/.git/hooks/post-receive deploys main after each push\n", work));

  run_git(work, {"worktree", "add", "-q", "--detach", pushed.folder().path("linked")});
  CHECK(install_into(pushed.folder().path("linked")).output ==
        fmt::format("{}/.git/hooks/post-receive deploys main after each push\n", work));

  run_git(bare, {"config", "core.hooksPath", "own-hooks"});
  CHECK(install_into(bare).output == fmt::format("{}/own-hooks/post-receive deploys main after each push\n", bare));

  const std::string shared = pushed.folder().path("shared-hooks");
  run_git(bare, {"config", "core.hooksPath", shared});
  const ProcessOutput refused = install_into(bare);
  CHECK(refused.status == 1);
  CHECK(refused.errors == fmt::format("error: git runs the hooks in \"{0}\" for \"{1}\", and for others\n"
                                      "  hint: core.hooksPath says so; give this repository hooks of its own: "
                                      "git -C '{1}' config core.hooksPath '{1}/hooks'\n",
                                      shared, bare));
  CHECK_FALSE(std::filesystem::exists(shared));
}

TEST_CASE("what is no address of a repository is said before anything is asked", "[git][slow]") {
  const User user("nowhere");
  for (const char* url : {"ssh://-oProxyCommand=x/y", "git://127.0.0.1/x.git", "https:///x.git"}) {
    CHECK(
        user.read(url, {}) ==
        fmt::format("error: \"{}\" is no URL of a repository\n  hint: wanted https://HOST/PATH, ssh://USER@HOST/PATH, "
                    "USER@HOST:PATH or file:///PATH\n",
                    url));
  }
}

}  // namespace
}  // namespace cloudflow
