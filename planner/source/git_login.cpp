// User name and password for a git server over https.
#include "planner/source/git_login.h"

#include <fmt/format.h>

#include "sdk/support/process.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// What `git credential fill` prints: lines KEY=VALUE.
std::optional<GitLogin> ask_git(const GitUrl& url, const std::string& user, const std::stop_token& stop) {
  // From outside any repository: what runs is the user's business, not that of a folder somebody else made.
  ProcessRequest request{
      .command = {"git", "credential", "fill"}, .environment = {{"GIT_TERMINAL_PROMPT", "0"}}, .directory = "/"};
  request.input = fmt::format("protocol={}\nhost={}\n", url.scheme, url.origin().substr(url.scheme.size() + 3));
  if (url.path.size() > 1) request.input += fmt::format("path={}\n", url.path.substr(1));
  if (!user.empty()) request.input += fmt::format("username={}\n", user);
  request.input += "\n";
  const Result<ProcessOutput> told = run_process(request, stop);
  if (!told || told->status != 0) return std::nullopt;
  GitLogin out{.from = "git's credential helper"};
  for (const std::string& line : split(told->output, '\n')) {
    if (line.starts_with("username=")) out.user = line.substr(9);
    if (line.starts_with("password=")) out.password = Secret(line.substr(9));
  }
  if (out.password.empty()) return std::nullopt;
  return out;
}

}  // namespace

Secret GitLogin::header() const { return Secret("Basic " + to_base64(user + ":" + password.reveal())); }

std::optional<GitLogin> find_login(const GitUrl& url, const GitCredentials& credentials, const std::stop_token& stop) {
  const std::string user = url.user.empty() ? credentials.username : url.user;
  const std::string any = user.empty() ? "git" : user;  // servers look at the token alone, but want a name
  if (!url.password.empty()) return GitLogin{any, url.password, "the URL"};
  if (!credentials.token.empty()) return GitLogin{any, credentials.token, "CLOUDFLOW_GIT_TOKEN"};
  return ask_git(url, user, stop);
}

}  // namespace cloudflow
