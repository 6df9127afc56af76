// Who wrote lines last. libgit2's own blame compares whole trees at every commit, which takes seconds in a repository
// of some age; this one follows the lines it is asked for and looks only at the file.
#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <map>

#include "planner/source/git_error.h"
#include "planner/source/git_program.h"
#include "planner/source/git_repository.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Commit = Handle<git_commit, git_commit_free>;
using Tree = Handle<git_tree, git_tree_free>;
using TreeEntry = Handle<git_tree_entry, git_tree_entry_free>;
using Blob = Handle<git_blob, git_blob_free>;

/// A line that is looked for: where it is in this version of the file, and which question it answers.
struct Tracked {
  int line = 0;
  std::size_t question = 0;
};

/// One stretch of lines that are not the same in two versions of a file.
struct Hunk {
  int old_start = 0;
  int old_lines = 0;
  int new_start = 0;
  int new_lines = 0;
};
using Hunks = std::vector<Hunk>;

int collect(const git_diff_delta*, const git_diff_hunk* hunk, void* out) {
  static_cast<Hunks*>(out)->push_back({hunk->old_start, hunk->old_lines, hunk->new_start, hunk->new_lines});
  return 0;
}

git_diff_options bare_diff() {
  git_diff_options options{};
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.context_lines = 0;
  options.interhunk_lines = 0;
  options.flags = GIT_DIFF_FORCE_TEXT;
  return options;
}

/// Where the line was in the old version; nothing when the new one brought it.
std::optional<int> line_before(const Hunks& hunks, int line) {
  int shift = 0;
  for (const Hunk& hunk : hunks) {
    // Where nothing is left, git counts from the line before.
    const int start = hunk.new_lines == 0 ? hunk.new_start + 1 : hunk.new_start;
    if (line < start) break;
    if (line < start + hunk.new_lines) return std::nullopt;
    shift += hunk.old_lines - hunk.new_lines;
  }
  return line + shift;
}

/// Takes from `lines` those that the old version has, too.
std::vector<Tracked> take_old(std::vector<Tracked>& lines, const Hunks& hunks) {
  std::vector<Tracked> old;
  std::vector<Tracked> left;
  for (const Tracked& one : lines) {
    const std::optional<int> before = line_before(hunks, one.line);
    if (before) {
      old.push_back({*before, one.question});
    } else {
      left.push_back(one);
    }
  }
  lines = std::move(left);
  return old;
}

/// The id of the file at a commit; nothing when it is not there.
std::optional<git_oid> file_at(const git_commit* commit, const std::string& path) {
  Tree tree;
  if (git_commit_tree(Out(tree), commit) != 0) return std::nullopt;
  TreeEntry entry;
  if (git_tree_entry_bypath(Out(entry), tree.get(), path.c_str()) != 0) return std::nullopt;
  return *git_tree_entry_id(entry.get());
}

int lines_of(std::string_view text) {
  return static_cast<int>(std::ranges::count(text, '\n')) + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

/// Goes back through the commits, newest first, until every line has met the commit that brought it.
class Search {
 public:
  Search(git_repository* repository, const std::string& path, std::vector<Blame>& answers)
      : repository_(repository), path_(path), answers_(answers) {}

  /// The commit with the lines to look for, as they are in it.
  int start(const git_oid& commit, std::vector<Tracked> lines) { return push(commit, std::move(lines)); }

  int run() {
    // What lies further back is of no use to a reader, and looking there takes time.
    constexpr int most = 10'000;
    for (int steps = 0; steps < most && !open_.empty(); ++steps) {
      auto first = open_.extract(open_.begin());
      if (const int code = step(first.mapped()); code != 0) return code;
    }
    return 0;
  }

 private:
  struct Visit {
    Commit commit{};
    std::vector<Tracked> lines{};
  };

  int push(const git_oid& id, std::vector<Tracked> lines) {
    if (lines.empty()) return 0;
    Commit commit;
    // A shallow copy ends somewhere: what is older stays unanswered.
    const int code = git_commit_lookup(Out(commit), repository_, &id);
    if (code != 0) return code == GIT_ENOTFOUND ? 0 : code;
    char hash[GIT_OID_HEXSZ + 1] = {};
    git_oid_tostr(hash, sizeof hash, &id);
    Visit& visit = open_[{-git_commit_time(commit.get()), hash}];
    visit.commit = std::move(commit);
    visit.lines.insert(visit.lines.end(), lines.begin(), lines.end());
    return 0;
  }

  int step(Visit& visit) {
    const git_commit* commit = visit.commit.get();
    const std::optional<git_oid> here = file_at(commit, path_);
    if (!here) return 0;
    const unsigned parents = git_commit_parentcount(commit);
    std::vector<std::pair<git_oid, git_oid>> changed;  // parent, its file
    for (unsigned i = 0; i < parents; ++i) {
      const git_oid& id = *git_commit_parent_id(commit, i);
      Commit parent;
      if (git_commit_lookup(Out(parent), repository_, &id) != 0) return 0;
      const std::optional<git_oid> file = file_at(parent.get(), path_);
      if (file && git_oid_equal(&*file, &*here) != 0) return push(id, std::move(visit.lines));
      if (file) changed.emplace_back(id, *file);
    }
    for (const auto& [id, file] : changed) {
      Hunks hunks;
      if (const int code = compare(file, *here, hunks); code != 0) return code;
      if (const int code = push(id, take_old(visit.lines, hunks)); code != 0) return code;
    }
    for (const Tracked& one : visit.lines) answer(one, commit);
    return 0;
  }

  int compare(const git_oid& before, const git_oid& after, Hunks& hunks) {
    Blob old;
    Blob now;
    if (const int code = git_blob_lookup(Out(old), repository_, &before); code != 0) return code;
    if (const int code = git_blob_lookup(Out(now), repository_, &after); code != 0) return code;
    const git_diff_options options = bare_diff();
    return git_diff_blobs(old.get(), nullptr, now.get(), nullptr, &options, nullptr, nullptr, collect, nullptr, &hunks);
  }

  void answer(const Tracked& one, const git_commit* commit) {
    Blame& out = answers_[one.question];
    char hash[8] = {};
    git_oid_tostr(hash, sizeof hash, git_commit_id(commit));
    out.commit = hash;
    // git_commit_summary wants to keep what it computes.
    const std::string_view message = git_commit_message(commit);
    out.subject = message.substr(0, message.find('\n'));
    if (const git_signature* who = git_commit_author(commit); who != nullptr && who->name != nullptr)
      out.author = who->name;
  }

  git_repository* repository_;
  const std::string& path_;
  std::vector<Blame>& answers_;
  std::map<std::pair<git_time_t, std::string>, Visit> open_{};  ///< newest first
};

Result<std::vector<Blame>> library_blame(git_repository* repository, const std::string& commit, const std::string& path,
                                         std::span<const int> lines, const std::string* content) {
  const std::string doing = fmt::format("find who wrote {}", path);
  git_oid id;
  if (const int code = git_oid_fromstr(&id, commit.c_str()); code != 0) return git_failure(doing, code);
  Commit start;
  if (const int code = git_commit_lookup(Out(start), repository, &id); code != 0) return git_failure(doing, code);
  const std::optional<git_oid> file = file_at(start.get(), path);
  std::vector<Blame> answers(lines.size());
  Blob blob;
  if (file) {
    if (const int code = git_blob_lookup(Out(blob), repository, &*file); code != 0) return git_failure(doing, code);
  }
  const std::string_view committed =
      blob ? std::string_view(static_cast<const char*>(git_blob_rawcontent(blob.get())), git_blob_rawsize(blob.get()))
           : std::string_view();
  const int last = lines_of(content != nullptr ? std::string_view(*content) : committed);
  std::vector<Tracked> tracked;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] >= 1 && lines[i] <= last) tracked.push_back({lines[i], i});
  }
  if (content != nullptr && *content != committed) {
    Hunks hunks;
    const git_diff_options options = bare_diff();
    if (const int code = git_diff_blob_to_buffer(blob.get(), nullptr, content->data(), content->size(), nullptr,
                                                 &options, nullptr, nullptr, collect, nullptr, &hunks);
        code != 0)
      return git_failure(doing, code);
    std::vector<Tracked> old = take_old(tracked, hunks);
    for (const Tracked& one : tracked) answers[one.question].uncommitted = true;
    tracked = std::move(old);
  }
  Search search(repository, path, answers);
  int code = search.start(id, std::move(tracked));
  if (code == 0) code = search.run();
  if (code != 0) return git_failure(doing, code);
  return answers;
}

}  // namespace

Result<std::vector<Blame>> GitRepository::blame(const std::string& commit, const std::string& path,
                                                std::span<const int> lines, const std::string* content) const {
  if (program_) return program_->blame(commit, path, lines, content);
  Result<std::vector<Blame>> found = library_blame(repository_.get(), commit, path, lines, content);
  if (found) return found;
  // Comparing texts reads the index, which may have a form that libgit2 does not know.
  const std::string working = working_folder();
  const auto program = GitProgram::open(working.empty() ? git_repository_path(repository_.get()) : working);
  return program ? (*program)->blame(commit, path, lines, content) : found;
}

}  // namespace cloudflow
