// The class that runs streamlets of Cloudflow 2 outside of their container.
#include "providers/sandbox/java_launcher.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "providers/sandbox/java_program.h"
#include "sdk/support/process.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

/// The compiler that came with a program "java".
std::string compiler_of(const std::string& java) {
  return java.find('/') == std::string::npos ? java_program("javac")
                                             : (fs::path(java).parent_path() / "javac").string();
}

}  // namespace

Result<std::string> JavaLauncher::folder(const std::string& java, const std::stop_token& stop) {
  const std::scoped_lock lock(mutex_);
  if (is_made_) return folder_;
  std::error_code trouble;
  fs::create_directories(folder_, trouble);
  const std::string source = folder_ + "/Launch.java";
  std::ofstream(source, std::ios::binary) << java_file("Launch.java");
  // For every Java from 8 on, whichever compiles it: processes may run on different ones.
  const Result<ProcessOutput> run = run_process({.command = {compiler_of(java), "-source", "8", "-target", "8",
                                                             "-nowarn", "-Xlint:-options", "-d", folder_, source}},
                                                stop);
  if (!run) {
    if (run.error().kind != ErrorKind::not_found) return std::unexpected(run.error());
    return failure(ErrorKind::not_found, fmt::format("a class path needs Java, and there is no {}", compiler_of(java)),
                   "install a JDK, or set JAVA_HOME to one");
  }
  if (run->status != 0)
    return failure(ErrorKind::invalid_input, fmt::format("{} does not compile what runs streamlets of Cloudflow 2: {}",
                                                         compiler_of(java), java_trouble(run->errors)));
  is_made_ = true;
  return folder_;
}

}  // namespace cloudflow
