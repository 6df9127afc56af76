// Real git servers for tests: https and ssh on loopback, started once per process by tests/testbed/git/gitbed.
#pragma once

#include <string>
#include <vector>

#include "sdk/support/process.h"

namespace cloudflow::testing {

/// Running servers; they end with the process. What they serve is described in tests/testbed/git/README.md.
class Gitbed {
 public:
  /// The test fails, with the reason, when they do not start.
  static const Gitbed& shared();

  /// The path of a file of the servers: "ca.pem", "known_hosts", the key "ed25519".
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  /// The password that the private repositories want.
  std::string token() const { return text("token"); }
  /// "https://127.0.0.1:PORT/KIND/NAME.git"; KIND: "open", "private" and the troubles.
  std::string https(const std::string& kind, const std::string& name) const;
  /// "ssh://USER@127.0.0.1:PORT/…/NAME.git"
  std::string ssh(const std::string& name) const;
  /// Where one of the servers listens: "https", "http", "wrong-name", "proxy", "ssh".
  std::string port(const std::string& server) const { return text(server + ".port"); }
  /// The path of the bare repository NAME, for pushes.
  std::string repository(const std::string& name) const { return file("repositories/" + name + ".git"); }
  /// Makes it, empty.
  void create(const std::string& name) const;
  /// What the web servers and the proxy were asked, as "SERVER METHOD TARGET USER:…", for targets with this text.
  std::vector<std::string> requests(const std::string& about) const;
  /// Where this process's user is told to ssh.
  std::string user() const { return text("user"); }

 private:
  Gitbed();
  std::string text(const std::string& name) const;
  std::string folder_{};
};

/// Runs git, which must succeed, without anybody's settings.
void run_git(const std::string& folder, std::vector<std::string> arguments);

}  // namespace cloudflow::testing
