// Starts the program as a child and polls for its file `ready`.
#include "tests/support/bed.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/eventually.h"

extern char** environ;

namespace cloudflow::testing {

namespace fs = std::filesystem;

Bed::~Bed() {
  if (process_ <= 0) return;
  stop();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Bed::stop() {
  if (process_ <= 0) return;
  kill(process_, SIGTERM);
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  std::error_code ignored;
  fs::remove(folder_ / "ready", ignored);
}

std::string Bed::start(const fs::path& program, const std::string& kind, std::vector<std::string> arguments) {
  folder_ = fs::temp_directory_path() / fmt::format("cloudflow-{}-{}", kind, getpid());
  arguments.insert(arguments.begin(),
                   {program.string(), "--dir", folder_.string(), "--parent", std::to_string(getpid())});
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", 1 /* O_WRONLY */, 0);
  const int failed = posix_spawn(&process_, program.c_str(), &files, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    process_ = -1;
    return fmt::format("cannot start {}", program.string());
  }
  bool ended = false;
  const bool settled = eventually([&] {
    int status = 0;
    ended = waitpid(process_, &status, WNOHANG) == process_;
    return ended || fs::exists(folder_ / "ready");
  });
  if (ended) process_ = -1;  // its folder stays, with its logs
  if (settled && !ended) return "";
  return fmt::format("{} did not become ready; see {}/log", program.string(), folder_.string());
}

}  // namespace cloudflow::testing
