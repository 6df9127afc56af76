// User name and password for a git server over https.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "planner/source/git_credentials.h"
#include "planner/source/git_url.h"

namespace cloudflow {

struct GitLogin {
  std::string user{};
  Secret password{};
  std::string from{};  ///< "CLOUDFLOW_GIT_TOKEN", for messages

  Secret header() const;  ///< value of Authorization
};

/// From the URL, else the token, else what the git program knows (credential helpers, GIT_ASKPASS) without asking
/// anybody at the terminal.
std::optional<GitLogin> find_login(const GitUrl& url, const GitCredentials& credentials, const std::stop_token& stop);

}  // namespace cloudflow
