// Opening repositories and resolving revisions.
#include "planner/source/git_repository.h"

#include <fmt/format.h>
#include <git2.h>

#include <vector>

#include "planner/source/git_error.h"
#include "planner/source/git_names.h"
#include "planner/source/git_owner.h"
#include "planner/source/git_program.h"
#include "planner/source/git_pushed.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Object = Handle<git_object, git_object_free>;
using Commit = Handle<git_commit, git_commit_free>;
using Reference = Handle<git_reference, git_reference_free>;
using Repository = Handle<git_repository, git_repository_free>;

Revision revision_of(const git_commit& commit) {
  Revision out;
  char text[GIT_OID_HEXSZ + 1] = {};
  git_oid_tostr(text, sizeof text, git_commit_id(&commit));
  out.commit = text;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the summary is cached in the commit
  if (const char* summary = git_commit_summary(const_cast<git_commit*>(&commit)); summary != nullptr)
    out.subject = summary;
  return out;
}

/// Some names that exist, for the suggestion.
std::vector<std::string> reference_names(git_repository* repository, const std::vector<std::string_view>& prefixes) {
  std::vector<std::string> names;
  git_strarray found{};
  if (git_reference_list(&found, repository) != 0) return names;
  for (std::size_t i = 0; i < found.count && i < 1000; ++i) {
    std::string_view name = found.strings[i];
    for (const std::string_view prefix : prefixes) {
      if (name.starts_with(prefix)) names.emplace_back(name.substr(prefix.size()));
    }
  }
  git_strarray_dispose(&found);
  return names;
}

/// What git looks at to know whose a repository is.
std::vector<std::string> owned_paths(git_repository* repository) {
  std::vector<std::string> out = {git_repository_path(repository)};
  if (const char* working = git_repository_workdir(repository); working != nullptr) {
    out.emplace_back(working);
    out.push_back(out.back() + ".git");  // a file in a linked working tree
  }
  return out;
}

/// The commits of those references that exist.
std::vector<NamedCommit> commits_of(git_repository* repository, const std::vector<std::string>& names) {
  std::vector<NamedCommit> out;
  for (const std::string& name : names) {
    Reference reference;
    Object commit;
    if (git_reference_lookup(Out(reference), repository, name.c_str()) != 0) continue;
    if (git_reference_peel(Out(commit), reference.get(), GIT_OBJECT_COMMIT) != 0) continue;
    char hash[GIT_OID_HEXSZ + 1] = {};
    git_oid_tostr(hash, sizeof hash, git_object_id(commit.get()));
    out.push_back({name, hash});
  }
  return out;
}

/// A branch of this name, for the revision's own branch.
bool is_branch(git_repository* repository, const std::string& name) {
  Reference branch;
  return git_branch_lookup(Out(branch), repository, name.c_str(), GIT_BRANCH_LOCAL) == 0;
}

}  // namespace

GitLibrary::GitLibrary() {
  git_libgit2_init();
  // libgit2's own rule is not git's: it knows no safe.directory=*, and without any it finds no repository at all.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the library's function
  static const int told = git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  static_cast<void>(told);
}
GitLibrary::GitLibrary(const GitLibrary&) { git_libgit2_init(); }
GitLibrary::~GitLibrary() { git_libgit2_shutdown(); }

GitRepository::GitRepository(git_repository* owned) : repository_(owned, git_repository_free) {}

Result<std::optional<GitRepository>> GitRepository::open_with(const std::string& path, unsigned flags) {
  const GitLibrary library;
  Repository repository;
  const int code = git_repository_open_ext(Out(repository), path.c_str(), flags, nullptr);
  if (code == GIT_ENOTFOUND) return std::optional<GitRepository>();
  if (code != 0) {
    const Error refused = git_failure(fmt::format("open repository {}", quote(path)), code).error();
    Result<std::shared_ptr<const GitProgram>> program = GitProgram::open(path);
    if (program) return std::optional(GitRepository(std::move(*program)));
    if (program.error().kind != ErrorKind::not_found) return std::unexpected(std::move(program).error());
    return failure(ErrorKind::unsupported, refused.message, "install the git program: it may know this format");
  }
  CF_CHECK(check_owner(path, owned_paths(repository.get())));
  add_pushed_objects(repository.get());
  return std::optional(GitRepository(repository.release()));
}

Result<GitRepository> GitRepository::open(const std::string& path) {
  CF_TRY(std::optional<GitRepository> found, open_with(path, GIT_REPOSITORY_OPEN_NO_SEARCH));
  if (!found) return failure(ErrorKind::not_found, fmt::format("{} is no git repository", quote(path)));
  return *std::move(found);
}

Result<std::optional<GitRepository>> GitRepository::discover(const std::string& path) {
  CF_TRY(std::optional<GitRepository> found, open_with(path, 0));
  if (found && found->working_folder().empty()) return std::optional<GitRepository>();
  return found;
}

std::string GitRepository::working_folder() const {
  if (program_) return program_->working_folder();
  const char* folder = git_repository_workdir(repository_.get());
  return folder == nullptr ? "" : folder;
}

Result<Revision> GitRepository::resolve(const std::string& revision) const {
  if (program_) return program_->resolve(revision);
  CF_CHECK(check_one_commit(revision, commits_of(repository_.get(), possible_references(revision))));
  Object object;
  const int code = git_revparse_single(Out(object), repository_.get(), revision.c_str());
  if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC || code == GIT_EUNBORNBRANCH) {
    return failure(ErrorKind::not_found, fmt::format("no branch, tag or commit {}", quote(revision)),
                   did_you_mean(revision, reference_names(repository_.get(), {"refs/heads/", "refs/tags/"})));
  }
  if (code == GIT_EAMBIGUOUS) {
    return failure(ErrorKind::invalid_input, fmt::format("{} names more than one commit", quote(revision)),
                   "write more digits of the hash");
  }
  if (code != 0) return git_failure(fmt::format("find revision {}", quote(revision)), code);
  Object peeled;
  if (git_object_peel(Out(peeled), object.get(), GIT_OBJECT_COMMIT) != 0) {
    return failure(ErrorKind::invalid_input, fmt::format("{} is no commit", quote(revision)));
  }
  Commit commit;
  if (const int found = git_commit_lookup(Out(commit), repository_.get(), git_object_id(peeled.get())); found != 0) {
    return git_failure(fmt::format("read commit {}", quote(revision)), found);
  }
  Revision out = revision_of(*commit);
  if (revision == "HEAD") {
    CF_TRY(const Revision checked_out, head());
    out.branch = checked_out.branch;
  } else if (const std::string branch = branch_part(revision); is_branch(repository_.get(), branch)) {
    out.branch = branch;
  }
  return out;
}

Result<std::string> GitRepository::branch_name(const std::string& text) {
  const GitLibrary library;
  constexpr std::string_view full = "refs/heads/";
  std::string name = text.starts_with(full) ? text.substr(full.size()) : text;
  int valid = 0;
  if (git_branch_name_is_valid(&valid, name.c_str()) != 0 || valid == 0 || name.starts_with('-') || name == "HEAD")
    return failure(ErrorKind::invalid_input, fmt::format("{} cannot be the name of a branch", quote(text)),
                   "write it as `git branch` shows it: main");
  // It would be a branch whose name is the whole name of something else.
  if (name.starts_with("refs/"))
    return failure(ErrorKind::invalid_input, fmt::format("{} is no branch", quote(text)),
                   "a branch is followed, no tag and no other reference: write the branch's name");
  return name;
}

Result<Revision> GitRepository::resolve_branch(const std::string& name) const {
  CF_TRY(const std::string branch, branch_name(name));
  if (program_) return program_->resolve_branch(branch);
  Reference reference;
  const int code = git_branch_lookup(Out(reference), repository_.get(), branch.c_str(), GIT_BRANCH_LOCAL);
  if (code == GIT_ENOTFOUND)
    return failure(ErrorKind::not_found, fmt::format("no branch {}", quote(branch)),
                   did_you_mean(branch, reference_names(repository_.get(), {"refs/heads/"})));
  if (code != 0) return git_failure(fmt::format("find branch {}", quote(branch)), code);
  Object commit;
  if (const int found = git_reference_peel(Out(commit), reference.get(), GIT_OBJECT_COMMIT); found != 0)
    return git_failure(fmt::format("read the commit of branch {}", quote(branch)), found);
  Commit tip;
  if (const int found = git_commit_lookup(Out(tip), repository_.get(), git_object_id(commit.get())); found != 0)
    return git_failure(fmt::format("read the commit of branch {}", quote(branch)), found);
  Revision out = revision_of(*tip);
  out.branch = branch;
  return out;
}

Result<Revision> GitRepository::head() const {
  if (program_) return program_->head();
  Reference symbolic;
  Revision out;
  if (const int code = git_reference_lookup(Out(symbolic), repository_.get(), "HEAD"); code != 0)
    return git_failure("read HEAD", code);
  std::string branch;
  if (const char* target = git_reference_symbolic_target(symbolic.get()); target != nullptr) {
    const std::string_view name = target;
    branch = name.starts_with("refs/heads/") ? name.substr(11) : name;
  }
  Object object;
  if (git_revparse_single(Out(object), repository_.get(), "HEAD^{commit}") == 0) {
    Commit commit;
    if (const int code = git_commit_lookup(Out(commit), repository_.get(), git_object_id(object.get())); code != 0) {
      return git_failure("read the commit at HEAD", code);
    }
    out = revision_of(*commit);
  }
  out.branch = branch;
  return out;
}

Result<bool> GitRepository::is_dirty(const std::string& folder) const {
  if (program_) return program_->is_dirty(folder);
  git_status_options options = GIT_STATUS_OPTIONS_INIT;
  options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
  options.flags =
      GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_EXCLUDE_SUBMODULES | GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH;
  std::string spec = folder;
  char* specs[] = {spec.data()};
  if (!folder.empty()) options.pathspec = {specs, 1};
  // The first difference is enough: a callback that returns non-zero ends the walk.
  const auto stop_at_first = [](const char*, unsigned, void*) { return 1; };
  const int code = git_status_foreach_ext(repository_.get(), &options, stop_at_first, nullptr);
  if (code > 0) return true;
  if (code < 0) {
    const Error refused = git_failure("compare the working tree with the commit", code).error();
    // The index has formats of its own that libgit2 does not know: split, sparse.
    const auto program = GitProgram::open(working_folder());
    return program ? (*program)->is_dirty(folder) : std::unexpected(refused);
  }
  return false;
}

}  // namespace cloudflow
