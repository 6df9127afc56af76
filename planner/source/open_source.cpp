// Opens the source that a command asks for.
#include "planner/source/open_source.h"

#include <fmt/format.h>

#include <filesystem>

#include "planner/source/directory_tree.h"
#include "planner/source/git_tree.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

Result<std::unique_ptr<SourceTree>> open_commit(GitRepository repository, const SourceRequest& request,
                                                const std::string& folder) {
  CF_TRY(Revision revision, request.branch.empty()
                                ? repository.resolve(request.revision.empty() ? "HEAD" : request.revision)
                                : repository.resolve_branch(request.branch));
  CF_TRY(std::unique_ptr<SourceTree> tree, GitTree::open(std::move(repository), std::move(revision), folder));
  return tree;
}

/// A revision of the repository that we stand in: the same folder, at another commit.
Result<std::unique_ptr<SourceTree>> open_past(const SourceRequest& request) {
  std::error_code problem;
  const fs::path here = fs::canonical(request.folder.empty() ? "." : request.folder, problem);
  if (problem)
    return failure(ErrorKind::not_found, fmt::format("open folder {}: {}", quote(request.folder), problem.message()));
  CF_TRY(std::optional<GitRepository> repository, GitRepository::discover(here.string()));
  if (!repository) {
    return failure(ErrorKind::not_found, fmt::format("{} is in no git repository, so there is no revision {}",
                                                     quote(request.folder), quote(request.revision)));
  }
  const fs::path working = fs::canonical(repository->working_folder(), problem);
  std::string folder = here.lexically_relative(working).generic_string();
  const auto whole = resolve_path(folder, request.path);
  if (!whole)
    return failure(ErrorKind::invalid_input, fmt::format("folder {} is outside the repository", quote(request.path)));
  return open_commit(std::move(*repository), request, *whole);
}

}  // namespace

Result<std::unique_ptr<SourceTree>> open_source(const SourceRequest& request) {
  if (request.repository.empty() && !request.revision.empty()) return open_past(request);
  if (request.repository.empty()) {
    const std::string folder = request.folder.empty() ? "." : request.folder;
    CF_TRY(std::unique_ptr<SourceTree> tree,
           DirectoryTree::open(request.path.empty() ? folder
                                                    : (fs::path(folder) / request.path).lexically_normal().string()));
    return tree;
  }
  std::error_code problem;
  if (is_git_url(request.repository) && !fs::exists(request.repository, problem)) {
    if (request.cache.empty()) return failure(ErrorKind::invalid_input, "no cache folder for repositories on servers");
    CF_TRY(GitRepository repository,
           GitRepository::fetch(request.repository, request.cache, request.credentials, request.stop));
    return open_commit(std::move(repository), request, request.path);
  }
  CF_TRY(GitRepository repository, GitRepository::open(request.repository));
  return open_commit(std::move(repository), request, request.path);
}

}  // namespace cloudflow
