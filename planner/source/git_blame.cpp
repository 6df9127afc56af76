// Who wrote a line last.
#include <fmt/format.h>
#include <git2.h>

#include "planner/source/git_error.h"
#include "planner/source/git_repository.h"
#include "sdk/base/handle.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

using BlameHandle = Handle<git_blame, git_blame_free>;
using Commit = Handle<git_commit, git_commit_free>;

}  // namespace

Result<Blame> GitRepository::blame(const std::string& commit, const std::string& path, int line,
                                   const std::string* content) const {
  const auto row = static_cast<std::size_t>(line);
  const std::string doing = fmt::format("find who wrote {}:{}", path, line);
  git_blame_options options = GIT_BLAME_OPTIONS_INIT;
  if (const int code = git_oid_fromstr(&options.newest_commit, commit.c_str()); code != 0)
    return git_failure(doing, code);
  if (content == nullptr) options.min_line = options.max_line = row;
  BlameHandle committed;
  if (const int code = git_blame_file(Out(committed), repository_.get(), path.c_str(), &options); code != 0)
    return git_failure(doing, code);
  BlameHandle edited;
  if (content != nullptr) {
    if (const int code = git_blame_buffer(Out(edited), committed.get(), content->data(), content->size()); code != 0)
      return git_failure(doing, code);
  }
  const git_blame_hunk* hunk = git_blame_get_hunk_byline(edited ? edited.get() : committed.get(), row);
  if (hunk == nullptr) return failure(ErrorKind::not_found, fmt::format("{}: no such line", doing));
  Blame out;
  if (git_oid_is_zero(&hunk->final_commit_id) != 0) return out;
  Commit author;
  if (const int code = git_commit_lookup(Out(author), repository_.get(), &hunk->final_commit_id); code != 0)
    return git_failure(doing, code);
  char text[8] = {};
  git_oid_tostr(text, sizeof text, &hunk->final_commit_id);
  out.commit = text;
  if (const char* summary = git_commit_summary(author.get()); summary != nullptr) out.subject = summary;
  if (const git_signature* who = git_commit_author(author.get()); who != nullptr && who->name != nullptr)
    out.author = who->name;
  return out;
}

}  // namespace cloudflow
