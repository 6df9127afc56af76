// Git over ssh: `git-upload-pack` on the server, through the ssh program, as git itself does it. So everything counts
// that the user has set up for ssh: keys, agents, known hosts, ~/.ssh/config.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "planner/source/git_transport.h"
#include "sdk/support/child.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// For the shell on the server.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// A host of a URL without the brackets of an IPv6 address.
std::string bare(const std::string& host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

std::vector<std::string> command_for(const GitCall& call) {
  const GitCredentials& with = call.credentials;
  std::vector<std::string> out = {"ssh"};
  // The shell reads the command and hands the arguments on untouched.
  if (!with.ssh_command.empty()) out = {"/bin/sh", "-c", with.ssh_command + " \"$@\"", "ssh"};
  // Nobody is there to answer questions, and a connection that died must be noticed.
  for (const char* option : {"BatchMode=yes", "ConnectTimeout=15", "ServerAliveInterval=15"})
    out.insert(out.end(), {"-o", option});
  if (!with.ssh_key.empty()) out.insert(out.end(), {"-i", with.ssh_key, "-o", "IdentitiesOnly=yes"});
  if (!with.ssh_known_hosts.empty())
    out.insert(out.end(), {"-o", fmt::format("UserKnownHostsFile=\"{}\"", with.ssh_known_hosts)});
  if (!call.url.port.empty()) out.insert(out.end(), {"-p", call.url.port});
  out.push_back((call.url.user.empty() ? "" : call.url.user + "@") + bare(call.url.host));
  out.push_back("git-upload-pack " + shell_quoted(call.url.path));
  return out;
}

/// How a server and port are written in known_hosts.
std::string known_name(const GitUrl& url) {
  return url.port.empty() ? bare(url.host) : fmt::format("[{}]:{}", bare(url.host), url.port);
}

/// The lines of ssh and of the server that say something, and do nothing to a terminal.
std::vector<std::string> said(std::string_view errors) {
  std::vector<std::string> out;
  for (std::string& line : split(errors, '\n')) {
    for (char& c : line) {
      if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
    }
    const std::string_view text = trimmed(line);
    if (!text.empty() && !text.starts_with("Warning: Permanently added")) out.emplace_back(text);
  }
  return out;
}

/// Why ssh ended. Its own words are many and made for a terminal.
Error explained(int status, std::string_view errors, const GitCall& call) {
  const GitUrl& url = call.url;
  const std::string host = quote(url.host);
  const auto has = [&](std::string_view text) { return errors.find(text) != std::string_view::npos; };
  if (has("REMOTE HOST IDENTIFICATION HAS CHANGED")) {
    return {ErrorKind::denied,
            fmt::format("{} has another host key than the one that is known: it may be an impostor", host),
            std::nullopt, fmt::format("ask its owner; if the key was changed: ssh-keygen -R '{}'", known_name(url))};
  }
  if (has("Host key verification failed")) {
    const std::string port = url.port.empty() ? "" : fmt::format("-p {} ", url.port);
    return {ErrorKind::denied, fmt::format("the host key of {} is not known", host), std::nullopt,
            fmt::format(
                "compare what `ssh-keyscan {}{}` prints with what its owner publishes, and add it to {}", port,
                bare(url.host),
                call.credentials.ssh_known_hosts.empty() ? "~/.ssh/known_hosts" : call.credentials.ssh_known_hosts)};
  }
  if (has("UNPROTECTED PRIVATE KEY FILE")) {
    return {ErrorKind::denied,
            fmt::format("ssh does not use the key {}: others may read it", quote(call.credentials.ssh_key)),
            std::nullopt, "chmod 600 it; in a volume of a Secret: defaultMode: 0400"};
  }
  if (has("Permission denied (")) {
    return {
        ErrorKind::unauthenticated, fmt::format("{} refused our keys", host), std::nullopt,
        call.credentials.ssh_key.empty()
            ? "name one by CLOUDFLOW_GIT_SSH_KEY, or add it to the agent: ssh-add"
            : "is the key of CLOUDFLOW_GIT_SSH_KEY known to the server? one with a passphrase must be in the agent"};
  }
  const std::vector<std::string> lines = said(errors);
  const std::string words = lines.empty() ? fmt::format("ssh ended with status {}", status) : join(lines, "; ");
  if (status == 127) return {ErrorKind::not_found, words, std::nullopt, "is git installed on the server?"};
  if (status == 255) return {ErrorKind::unavailable, fmt::format("no connection to {}: {}", host, words)};
  return {ErrorKind::not_found, fmt::format("{} has no such repository, or hides it from us: {}", host, words)};
}

class Ssh final : public GitStream {
 public:
  Ssh(GitCall& call, Child child) : call_(call), child_(std::move(child)) {}
  ~Ssh() override {
    if (!status_) end_child(child_);
  }

  Result<void> write(std::string_view bytes) override {
    const std::string text(bytes);
    std::size_t sent = 0;
    while (sent < text.size()) {
      if (child_.input.number() < 0) return std::unexpected(why_ended());
      feed(child_.input, text, sent);
      if (sent < text.size()) CF_CHECK(wait(true));
    }
    return {};
  }

  Result<std::size_t> read(char* buffer, std::size_t room) override {
    constexpr std::size_t most = 65536;
    if (at_ == text_.size()) {
      text_.clear();
      at_ = 0;
    }
    while (text_.empty() && child_.output.number() >= 0) {
      drain(child_.output, text_, most);
      if (text_.empty() && child_.output.number() >= 0) CF_CHECK(wait(false));
    }
    // The server never ends a conversation; libgit2 does.
    if (text_.empty()) return std::unexpected(why_ended());
    const std::size_t size = text_.copy(buffer, room, at_);
    at_ += size;
    return size;
  }

 private:
  Result<void> wait(bool to_write) {
    if (call_.stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
    if (child_.errors.number() >= 0) drain(child_.errors, errors_);
    wait_for_pipes(child_, to_write);
    return {};
  }

  Error why_ended() {
    child_.input.close();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!status_ && std::chrono::steady_clock::now() < deadline) {
      status_ = exit_status(child_);
      if (child_.errors.number() >= 0) drain(child_.errors, errors_);
      if (!status_) wait_for_pipes(child_, false);
    }
    return explained(status_.value_or(0), errors_, call_);
  }

  GitCall& call_;
  Child child_;
  std::string text_{};
  std::size_t at_ = 0;
  std::string errors_{};
  std::optional<int> status_{};
};

class SshTransport final : public GitTransport {
 public:
  explicit SshTransport(GitCall& call) : call_(call) {}

  Result<std::unique_ptr<GitStream>> open(bool) override {
    const std::string& key = call_.credentials.ssh_key;
    std::error_code problem;
    if (!key.empty() && !std::filesystem::exists(key, problem)) {
      return failure(ErrorKind::not_found, fmt::format("the key {} of CLOUDFLOW_GIT_SSH_KEY is not there", quote(key)));
    }
    Result<Child> child = start_child({.command = command_for(call_)});
    if (!child && child.error().kind == ErrorKind::not_found)
      return failure(ErrorKind::not_found, child.error().message, "install OpenSSH's client, or use https");
    if (!child) return std::unexpected(child.error());
    return std::make_unique<Ssh>(call_, std::move(*child));
  }

 private:
  GitCall& call_;
};

}  // namespace

std::unique_ptr<GitTransport> make_ssh_transport(GitCall& call) { return std::make_unique<SshTransport>(call); }

}  // namespace cloudflow
