// A bare copy of a repository on a server, in a cache folder.
#include <fcntl.h>
#include <fmt/format.h>
#include <git2.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "planner/source/git_error.h"
#include "planner/source/git_repository.h"
#include "planner/source/git_transport.h"
#include "sdk/support/clock.h"
#include "sdk/support/digest.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Remote = Handle<git_remote, git_remote_free>;
using Repository = Handle<git_repository, git_repository_free>;

int keep_going(const git_indexer_progress*, void* payload) {
  return static_cast<GitCall*>(payload)->stop.stop_requested() ? GIT_EUSER : 0;
}

int keep_listening(const char*, int, void* payload) {
  return static_cast<GitCall*>(payload)->stop.stop_requested() ? GIT_EUSER : 0;
}

/// Keeps other runs of ours from the same copy: libgit2 does not wait for a file that is locked, it fails.
class CopyLock {
 public:
  static Result<CopyLock> take(const std::string& file, const std::stop_token& stop) {
    CopyLock lock;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system's function
    lock.number_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (lock.number_ >= 0 && ::flock(lock.number_, LOCK_EX | LOCK_NB) != 0) {
      if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
      if (errno != EWOULDBLOCK && errno != EINTR) break;  // a file system without locks: as well as it goes
      real_clock().sleep(std::chrono::milliseconds(50), stop);
    }
    if (lock.number_ < 0)
      return failure(ErrorKind::denied,
                     fmt::format("open {}: {}", quote(file), std::generic_category().message(errno)));
    return lock;
  }
  CopyLock(CopyLock&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  CopyLock& operator=(CopyLock&&) = delete;
  ~CopyLock() {
    if (number_ >= 0) ::close(number_);
  }

 private:
  CopyLock() = default;
  int number_ = -1;
};

Result<Repository> open_copy(const std::string& folder) {
  Repository repository;
  if (git_repository_open_bare(Out(repository), folder.c_str()) == 0) return repository;
  if (const int code = git_repository_init(Out(repository), folder.c_str(), 1); code != 0) {
    return git_failure(fmt::format("make repository {}", quote(folder)), code);
  }
  return repository;
}

/// Points HEAD of the copy at the branch that the server calls its default.
void adopt_default_branch(git_repository* repository, git_remote* remote) {
  git_buf name = GIT_BUF_INIT;
  if (git_remote_default_branch(&name, remote) == 0) git_repository_set_head(repository, name.ptr);
  git_buf_dispose(&name);
}

/// The parts of the URL of a server that we reach ourselves; empty for others, as file://.
Result<GitUrl> reached_by_us(const std::string& url) {
  std::optional<GitUrl> parts = parse_git_url(url);
  if (parts && (parts->scheme == "https" || parts->scheme == "http" || parts->scheme == "ssh"))
    return std::move(*parts);
  if (url.starts_with("file://")) return GitUrl{};
  return failure(ErrorKind::invalid_input, fmt::format("{} is no URL of a repository", quote(without_credentials(url))),
                 "wanted https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or file:///PATH");
}

/// What went wrong: in our own words where we reached the server, else in libgit2's.
std::unexpected<Error> fetch_failure(const std::string& doing, int code, const GitCall& call) {
  if (call.stop.stop_requested()) return failure(ErrorKind::interrupted, doing + ": interrupted");
  if (call.error) return failure_in(doing, *call.error);
  return git_failure(doing, code);
}

}  // namespace

Result<GitRepository> GitRepository::fetch(const std::string& url, const std::string& cache,
                                           const GitCredentials& credentials, std::stop_token stop) {
  const GitLibrary library;
  const std::string shown = without_credentials(url);
  const std::string doing = fmt::format("fetch {}", shown);
  GitCall call{.credentials = credentials, .stop = std::move(stop)};
  CF_TRY(call.url, reached_by_us(url));
  if (url.starts_with("file://")) {
    // libgit2 looks into it by itself, without asking whose it is, and cannot where the git program is needed.
    Result<GitRepository> source = open(url.substr(std::string_view("file://").size()));
    if (source && source->program_) return source;
    if (!source && source.error().kind != ErrorKind::not_found) return source;
  }
  std::error_code problem;
  std::filesystem::create_directories(cache, problem);
  if (problem) return failure(ErrorKind::denied, fmt::format("make folder {}: {}", quote(cache), problem.message()));
  const std::string copy = (std::filesystem::path(cache) / sha256_hex(shown).substr(0, 16)).string();
  CF_TRY(const CopyLock lock, CopyLock::take(copy + ".lock", call.stop));
  CF_TRY(Repository repository, open_copy(copy + ".git"));

  Remote remote;
  if (const int code = git_remote_create_anonymous(Out(remote), repository.get(), url.c_str()); code != 0)
    return git_failure(doing, code);
  // The user's git configuration may say another place (url.….insteadOf).
  CF_TRY(call.url, reached_by_us(git_remote_url(remote.get())));
  git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
  if (!call.url.host.empty()) options.callbacks.transport = make_transport;
  options.callbacks.transfer_progress = keep_going;
  options.callbacks.sideband_progress = keep_listening;
  options.callbacks.payload = &call;
  options.prune = GIT_FETCH_PRUNE;
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_ALL;
  options.update_fetchhead = 0;  // it would keep the URL with its password

  if (const int code = git_remote_connect(remote.get(), GIT_DIRECTION_FETCH, &options.callbacks, nullptr, nullptr);
      code != 0)
    return fetch_failure(doing, code, call);
  std::string branches = "+refs/heads/*:refs/heads/*";
  std::string tags = "+refs/tags/*:refs/tags/*";
  char* specs[] = {branches.data(), tags.data()};
  const git_strarray refspecs{specs, 2};
  if (const int code = git_remote_fetch(remote.get(), &refspecs, &options, "fetch"); code != 0)
    return fetch_failure(doing, code, call);
  adopt_default_branch(repository.get(), remote.get());
  return GitRepository(repository.release());
}

}  // namespace cloudflow
