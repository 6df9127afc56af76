// A bare copy of a repository on a server, in a cache folder.
#include <fmt/format.h>
#include <git2.h>

#include <filesystem>

#include "planner/source/git_error.h"
#include "planner/source/git_repository.h"
#include "sdk/base/digest.h"
#include "sdk/base/handle.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

using Remote = Handle<git_remote, git_remote_free>;
using Repository = Handle<git_repository, git_repository_free>;

/// What libgit2's callbacks need. Each way to log in is tried once: servers ask again after a refusal.
struct Session {
  const GitCredentials* credentials = nullptr;
  std::stop_token stop{};
  bool tried_token = false;
  bool tried_key = false;
  bool tried_agent = false;
};

int log_in(git_credential** out, const char*, const char* user_in_url, unsigned allowed, void* payload) {
  auto& session = *static_cast<Session*>(payload);
  const GitCredentials& with = *session.credentials;
  const std::string user = user_in_url != nullptr ? user_in_url : with.username;
  if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) != 0 && !with.token.empty() && !session.tried_token) {
    session.tried_token = true;
    return git_credential_userpass_plaintext_new(out, user.empty() ? "git" : user.c_str(), with.token.reveal().c_str());
  }
  if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0 && !with.ssh_key.empty() && !session.tried_key) {
    session.tried_key = true;
    return git_credential_ssh_key_new(out, user.empty() ? "git" : user.c_str(), nullptr, with.ssh_key.c_str(),
                                      with.ssh_passphrase.reveal().c_str());
  }
  if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0 && !session.tried_agent) {
    session.tried_agent = true;
    return git_credential_ssh_key_from_agent(out, user.empty() ? "git" : user.c_str());
  }
  if ((allowed & GIT_CREDENTIAL_USERNAME) != 0)
    return git_credential_username_new(out, user.empty() ? "git" : user.c_str());
  git_error_set_str(GIT_ERROR_HTTP, session.tried_token || session.tried_key ? "the server refused the credentials"
                                                                             : "the server wants credentials");
  return GIT_EAUTH;
}

int keep_going(const git_indexer_progress*, void* payload) {
  return static_cast<Session*>(payload)->stop.stop_requested() ? GIT_EUSER : 0;
}

int keep_listening(const char*, int, void* payload) {
  return static_cast<Session*>(payload)->stop.stop_requested() ? GIT_EUSER : 0;
}

Result<Repository> open_cache(const std::string& folder) {
  Repository repository;
  if (git_repository_open_bare(Out(repository), folder.c_str()) == 0) return repository;
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) return failure(ErrorKind::denied, fmt::format("make folder {}: {}", quote(folder), problem.message()));
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

}  // namespace

std::string without_credentials(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const auto host = scheme + 3;
  const auto end = std::min(url.find('/', host), url.size());
  const auto at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < host) return std::string(url);
  return std::string(url.substr(0, host)) + std::string(url.substr(at + 1));
}

bool is_git_url(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return true;
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 && text.substr(0, colon).find('/') == std::string_view::npos;
}

Result<GitRepository> GitRepository::fetch(const std::string& url, const std::string& cache,
                                           const GitCredentials& credentials, std::stop_token stop) {
  const GitLibrary library;
  const std::string shown = without_credentials(url);
  const std::string doing = fmt::format("fetch {}", shown);
  const std::string userinfo =
      shown.size() < url.size() ? url.substr(url.find("://") + 3, url.size() - shown.size() - 1) : "";
  CF_TRY(Repository repository,
         open_cache((std::filesystem::path(cache) / (sha256_hex(shown).substr(0, 16) + ".git")).string()));

  Remote remote;
  if (const int code = git_remote_create_anonymous(Out(remote), repository.get(), url.c_str()); code != 0)
    return git_failure(doing, code, userinfo);
  Session session{&credentials, std::move(stop)};
  git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
  options.callbacks.credentials = log_in;
  options.callbacks.transfer_progress = keep_going;
  options.callbacks.sideband_progress = keep_listening;
  options.callbacks.payload = &session;
  options.prune = GIT_FETCH_PRUNE;
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_ALL;
  options.proxy_opts.type = GIT_PROXY_AUTO;

  if (const int code =
          git_remote_connect(remote.get(), GIT_DIRECTION_FETCH, &options.callbacks, &options.proxy_opts, nullptr);
      code != 0) {
    return git_failure(doing, code, userinfo);
  }
  std::string branches = "+refs/heads/*:refs/heads/*";
  std::string tags = "+refs/tags/*:refs/tags/*";
  char* specs[] = {branches.data(), tags.data()};
  const git_strarray refspecs{specs, 2};
  const int code = git_remote_fetch(remote.get(), &refspecs, &options, nullptr);
  if (code != 0 && session.stop.stop_requested()) return failure(ErrorKind::interrupted, doing + ": interrupted");
  if (code != 0) return git_failure(doing, code, userinfo);
  adopt_default_branch(repository.get(), remote.get());
  return GitRepository(repository.release());
}

}  // namespace cloudflow
