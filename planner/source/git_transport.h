// How libgit2 reaches servers: https through our own HTTP client, ssh through the ssh program.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "cloudflow/result.h"
#include "planner/source/git_credentials.h"
#include "planner/source/git_url.h"

struct git_remote;
struct git_transport;  // NOLINT(readability-identifier-naming): libgit2's

namespace cloudflow {

/// What one fetch needs to know, and why it failed, in our words. Outlives the remote.
struct GitCall {
  GitUrl url{};
  GitCredentials credentials{};
  std::stop_token stop{};
  std::optional<Error> error{};

  /// Keeps the first error; gives what libgit2 wants to hear of it.
  int fail(const Error& why);
};

/// One conversation: what we wrote is asked, what the server answers is read.
class GitStream {
 public:
  virtual ~GitStream() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  /// At most `room` bytes; 0 at the end.
  virtual Result<std::size_t> read(char* buffer, std::size_t room) = 0;
};

/// A way to a server.
class GitTransport {
 public:
  virtual ~GitTransport() = default;
  /// `references`: the server's list of them; else the exchange that ends with a pack.
  virtual Result<std::unique_ptr<GitStream>> open(bool references) = 0;
};

std::unique_ptr<GitTransport> make_web_transport(GitCall& call);
std::unique_ptr<GitTransport> make_ssh_transport(GitCall& call);

/// libgit2's git_transport_cb for http, https and ssh; `call` is a GitCall.
int make_transport(git_transport** out, git_remote* owner, void* call);

}  // namespace cloudflow
