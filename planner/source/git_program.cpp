// The git program on one repository.
#include "planner/source/git_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "planner/source/git_names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

/// What a hook or an outer git says about another repository than the one that is asked for.
const std::vector<std::string>& other_repository() {
  static const std::vector<std::string> names = {"GIT_DIR",      "GIT_WORK_TREE",  "GIT_INDEX_FILE",
                                                 "GIT_PREFIX",   "GIT_COMMON_DIR", "GIT_IMPLICIT_WORK_TREE",
                                                 "GIT_NAMESPACE"};
  return names;
}

/// "fatal: detected … at 'x'\nTo add…" → "detected … at 'x'"; an extension's name stands in the second line.
std::string complaint(const ProcessOutput& output) {
  std::vector<std::string> lines = split(output.errors, '\n');
  std::erase_if(lines, [](const std::string& line) { return trimmed(line).empty() || line.starts_with("warning: "); });
  if (lines.empty()) return fmt::format("git ended with status {}", output.status);
  std::string out(trimmed(lines.front()));
  for (const std::string_view prefix : {"fatal: ", "error: "}) {
    if (out.starts_with(prefix)) out.erase(0, prefix.size());
  }
  for (std::size_t i = 1; i < lines.size() && out.ends_with(':'); ++i)
    out = fmt::format("{} {}", out, trimmed(lines[i]));
  return out;
}

std::unexpected<Error> program_failure(const std::string& doing, const ProcessOutput& output) {
  const std::string said = complaint(output);
  constexpr std::string_view dubious = "detected dubious ownership in repository at '";
  if (said.starts_with(dubious)) {
    const std::string path = said.substr(dubious.size(), said.rfind('\'') - dubious.size());
    return failure(ErrorKind::denied, fmt::format("the repository {} belongs to another user", quote(path)),
                   fmt::format("if you trust it: git config --global --add safe.directory {}", path));
  }
  if (said.starts_with("unknown repository extension") || said.find("repo version") != std::string::npos) {
    return failure(ErrorKind::unsupported, fmt::format("{}: {}", doing, said),
                   "the repository was made by a newer git: update the git program here (reftable needs 2.45)");
  }
  return failure(ErrorKind::invalid_input, fmt::format("{}: {}", doing, said));
}

GitKind kind_of(std::string_view mode) {
  if (mode == "040000") return GitKind::folder;
  if (mode == "120000") return GitKind::link;
  if (mode == "160000") return GitKind::submodule;
  return GitKind::file;
}

int lines_of(std::string_view text) {
  return static_cast<int>(std::ranges::count(text, '\n')) + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

int number(const std::string& text) {
  int out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

/// Line of the file → who wrote it, from `git blame --porcelain`, which describes each commit once.
std::map<int, Blame> read_porcelain(const std::string& text, const std::vector<std::string>& shallow) {
  std::map<std::string, Blame> commits;
  std::map<int, std::string> lines;
  std::string commit;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with('\t')) {
      commit.clear();
    } else if (commit.empty()) {
      const std::vector<std::string> words = split(line, ' ');
      if (words.size() < 3) continue;
      commit = words[0];
      lines[number(words[2])] = commit;
      Blame& blame = commits[commit];
      if (commit.find_first_not_of('0') == std::string::npos) {
        blame.uncommitted = true;
      } else if (std::ranges::find(shallow, commit) == shallow.end()) {
        blame.commit = commit.substr(0, 7);
      }
    } else if (line.starts_with("author ")) {
      commits[commit].author = line.substr(7);
    } else if (line.starts_with("summary ")) {
      commits[commit].subject = line.substr(8);
    }
  }
  std::map<int, Blame> out;
  for (const auto& [line, hash] : lines) {
    const Blame& blame = commits.at(hash);
    out[line] = blame.uncommitted ? Blame{.uncommitted = true} : blame.commit.empty() ? Blame{} : blame;
  }
  return out;
}

}  // namespace

Result<ProcessOutput> GitProgram::run(std::vector<std::string> arguments, std::string input) const {
  // Nothing is asked, nothing is written, and a path is a path.
  std::vector<std::string> command = {"git", "--no-optional-locks", "--literal-pathspecs", "-C", folder_};
  command.insert(command.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  return run_process({.command = std::move(command),
                      .environment = {{"LC_ALL", "C"}, {"GIT_TERMINAL_PROMPT", "0"}},
                      .without = other_repository(),
                      .input = std::move(input)},
                     {});
}

Result<std::string> GitProgram::ask(const std::string& doing, std::vector<std::string> arguments) const {
  CF_TRY(ProcessOutput output, run(std::move(arguments)));
  if (output.status != 0) return program_failure(doing, output);
  if (output.output.ends_with('\n')) output.output.pop_back();
  return std::move(output.output);
}

Result<std::shared_ptr<const GitProgram>> GitProgram::open(const std::string& path) {
  auto program = std::shared_ptr<GitProgram>(new GitProgram(path));
  const std::string doing = fmt::format("open repository {}", quote(path));
  CF_TRY(const std::string facts,
         program->ask(doing, {"rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--absolute-git-dir"}));
  const std::vector<std::string> lines = split(facts, '\n');
  if (lines.size() < 3) return failure(ErrorKind::unavailable, fmt::format("{}: git says {}", doing, quote(facts)));
  program->bare_ = lines[0] == "true";
  program->folder_ = lines[2];
  if (lines[1] == "true") {
    program->folder_ = path;
    CF_TRY(program->working_, program->ask(doing, {"rev-parse", "--show-toplevel"}));
    program->folder_ = program->working_;
  }
  return program;
}

Result<Revision> GitProgram::revision_of(const std::string& commit) const {
  Revision out{.commit = commit};
  // The first line is "commit HASH", which only newer gits leave out when asked to.
  CF_TRY(const std::string shown,
         ask(fmt::format("read commit {}", commit), {"rev-list", "-1", "--format=%s", commit}));
  if (const auto end = shown.find('\n'); end != std::string::npos) out.subject = shown.substr(end + 1);
  return out;
}

std::vector<std::string> GitProgram::reference_names(const std::vector<std::string>& prefixes) const {
  std::vector<std::string> arguments = {"for-each-ref", "--count=1000", "--format=%(refname:lstrip=2)"};
  arguments.insert(arguments.end(), prefixes.begin(), prefixes.end());
  const auto names = ask("list branches", std::move(arguments));
  return names ? split(*names, '\n') : std::vector<std::string>();
}

Result<Revision> GitProgram::resolve(const std::string& revision) const {
  const auto look = [&](const std::string& name) { return run({"rev-parse", "--verify", "--end-of-options", name}); };
  std::vector<NamedCommit> named;
  for (const std::string& name : possible_references(revision)) {
    CF_TRY(const ProcessOutput exists, run({"show-ref", "--verify", "--quiet", "--", name}));
    if (exists.status != 0) continue;
    CF_TRY(const ProcessOutput found, look(name + "^{commit}"));
    if (found.status == 0) named.push_back({name, std::string(trimmed(found.output))});
  }
  CF_CHECK(check_one_commit(revision, named));
  CF_TRY(const ProcessOutput commit, look(revision + "^{commit}"));
  if (commit.status != 0) {
    if (commit.errors.find("is ambiguous") != std::string::npos) {
      return failure(ErrorKind::invalid_input, fmt::format("{} names more than one commit", quote(revision)),
                     "write more digits of the hash");
    }
    // A whole hash is taken for an object without looking.
    CF_TRY(const ProcessOutput other, look(revision));
    CF_TRY(const ProcessOutput object, run({"cat-file", "-e", std::string(trimmed(other.output))}));
    if (other.status == 0 && object.status == 0)
      return failure(ErrorKind::invalid_input, fmt::format("{} is no commit", quote(revision)));
    return failure(ErrorKind::not_found, fmt::format("no branch, tag or commit {}", quote(revision)),
                   did_you_mean(revision, reference_names({"refs/heads", "refs/tags"})));
  }
  CF_TRY(Revision out, revision_of(std::string(trimmed(commit.output))));
  if (revision == "HEAD") {
    CF_TRY(const Revision checked_out, head());
    out.branch = checked_out.branch;
  } else {
    const std::string name = branch_part(revision);
    CF_TRY(const ProcessOutput branch, run({"show-ref", "--verify", "--quiet", "--", "refs/heads/" + name}));
    if (branch.status == 0) out.branch = name;
  }
  return out;
}

Result<Revision> GitProgram::resolve_branch(const std::string& name) const {
  // The whole name and no other: rev-parse would look for a tag of that name, too.
  CF_TRY(const ProcessOutput found, run({"show-ref", "--verify", "--hash", "refs/heads/" + name}));
  if (found.status != 0)
    return failure(ErrorKind::not_found, fmt::format("no branch {}", quote(name)),
                   did_you_mean(name, reference_names({"refs/heads"})));
  CF_TRY(Revision out, revision_of(std::string(trimmed(found.output))));
  out.branch = name;
  return out;
}

Result<Revision> GitProgram::head() const {
  CF_TRY(const ProcessOutput branch, run({"symbolic-ref", "--quiet", "HEAD"}));
  CF_TRY(const ProcessOutput commit, run({"rev-parse", "--verify", "--quiet", "HEAD^{commit}"}));
  Revision out;
  if (commit.status == 0) {
    CF_TRY(out, revision_of(std::string(trimmed(commit.output))));
  }
  const std::string_view name = trimmed(branch.output);
  out.branch = name.starts_with("refs/heads/") ? name.substr(11) : name;
  return out;
}

Result<bool> GitProgram::is_dirty(const std::string& folder) const {
  std::vector<std::string> arguments = {"status", "--porcelain", "-z", "--untracked-files=normal",
                                        "--ignore-submodules=all"};
  if (!folder.empty()) arguments.insert(arguments.end(), {"--", folder});
  CF_TRY(const std::string differs, ask("compare the working tree with the commit", std::move(arguments)));
  return !differs.empty();
}

Result<std::shared_ptr<const GitProgram::Nodes>> GitProgram::nodes(const std::string& commit) const {
  const std::scoped_lock lock(mutex_);
  std::shared_ptr<const Nodes>& known = commits_[commit];
  if (known != nullptr) return known;
  CF_TRY(const std::string listed,
         ask(fmt::format("read commit {}", commit), {"ls-tree", "-r", "-t", "-z", "--full-tree", commit}));
  auto found = std::make_shared<Nodes>();
  for (const std::string& entry : split(listed, '\0')) {
    const auto tab = entry.find('\t');
    if (tab == std::string::npos) continue;
    const std::vector<std::string> facts = split(std::string_view(entry).substr(0, tab), ' ');  // mode, type, hash
    if (facts.size() == 3) found->emplace(entry.substr(tab + 1), GitNode{kind_of(facts[0]), facts[2]});
  }
  known = std::move(found);
  return known;
}

Result<GitFound> GitProgram::walk(const std::string& commit, std::string_view path) const {
  CF_TRY(const std::shared_ptr<const Nodes> all, nodes(commit));
  const GitLookup lookup = {
      .node = [&](const std::string& at) -> Result<std::optional<GitNode>> {
        const auto found = all->find(at);
        return found == all->end() ? std::optional<GitNode>() : found->second;
      },
      .text = [this](const GitNode& node, std::string_view at) { return text(node, at); },
  };
  return walk_commit(lookup, path);
}

Result<std::string> GitProgram::text(const GitNode& node, std::string_view path) const {
  CF_TRY(ProcessOutput output, run({"cat-file", "blob", node.id}));
  if (output.status != 0) {
    const bool is_elsewhere = output.errors.find("promisor remote") != std::string::npos;
    return program_failure(
        fmt::format("read {}{}", quote(path),
                    is_elsewhere ? ": this partial clone does not have it, and git cannot fetch it" : ""),
        output);
  }
  return std::move(output.output);
}

Result<GitEntry> GitProgram::find(const std::string& commit, std::string_view path) const {
  CF_TRY(const GitFound found, walk(commit, path));
  return GitEntry{found.path, found.is_folder()};
}

Result<std::string> GitProgram::read(const std::string& commit, std::string_view path) const {
  CF_TRY(const GitFound found, walk(commit, path));
  if (found.is_folder()) return failure(ErrorKind::invalid_input, fmt::format("{} is a folder", quote(path)));
  return text(*found.node, path);
}

Result<std::vector<std::string>> GitProgram::list(const std::string& commit, std::string_view folder) const {
  const auto found = walk(commit, folder);
  std::vector<std::string> out;
  if (!found) {
    if (found.error().kind == ErrorKind::not_found) return out;
    return std::unexpected(found.error());
  }
  if (!found->is_folder()) return out;
  const std::string asked = resolve_path("", folder).value_or("");
  const std::string real = found->path.empty() ? "" : found->path + "/";
  CF_TRY(const std::shared_ptr<const Nodes> all, nodes(commit));
  for (auto at = all->lower_bound(real); at != all->end() && at->first.starts_with(real); ++at) {
    if (at->second.kind == GitKind::folder || at->second.kind == GitKind::submodule) continue;
    const std::string below = at->first.substr(real.size());
    out.push_back(asked.empty() ? below : asked + "/" + below);
  }
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> GitProgram::shallow_ends() const {
  const auto path = ask("find the shallow file", {"rev-parse", "--git-path", "shallow"});
  if (!path) return {};
  std::ifstream file(fs::path(folder_) / *path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return split(text, '\n');
}

Result<std::vector<Blame>> GitProgram::blame(const std::string& commit, const std::string& path,
                                             std::span<const int> lines, const std::string* content) const {
  std::vector<Blame> answers(lines.size());
  const auto committed = read(commit, path);
  if (!committed && (committed.error().kind != ErrorKind::not_found || content == nullptr)) {
    if (committed.error().kind == ErrorKind::not_found) return answers;
    return std::unexpected(committed.error());
  }
  const int last = lines_of(content != nullptr ? *content : *committed);
  // Settings may name a file of commits to pass over, which need not be there.
  std::vector<std::string> arguments = {"-c", "blame.ignoreRevsFile=", "blame", "--porcelain", "--no-textconv"};
  bool any = false;
  for (const int line : lines) {
    if (line < 1 || line > last) continue;
    arguments.push_back(fmt::format("-L{0},{0}", line));
    any = true;
  }
  if (!any) return answers;
  if (!committed) {
    for (std::size_t i = 0; i < lines.size(); ++i) answers[i].uncommitted = lines[i] >= 1 && lines[i] <= last;
    return answers;
  }
  // Without a commit the text is held against HEAD, which is what a working tree stands for.
  const bool edited = content != nullptr && *content != *committed;
  if (edited) {
    arguments.insert(arguments.end(), {"--contents", "-"});
  } else {
    arguments.push_back(commit);
  }
  arguments.insert(arguments.end(), {"--", path});
  CF_TRY(const ProcessOutput output, run(std::move(arguments), edited ? *content : ""));
  if (output.status != 0) return program_failure(fmt::format("find who wrote {}", path), output);
  const std::map<int, Blame> found = read_porcelain(output.output, shallow_ends());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (const auto one = found.find(lines[i]); one != found.end()) answers[i] = one->second;
  }
  return answers;
}

}  // namespace cloudflow
