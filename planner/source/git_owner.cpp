// Whose repository it is.
#include "planner/source/git_owner.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "planner/source/git_program.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Who called sudo: git lets root work with that user's repositories.
std::optional<uid_t> caller_of_sudo() {
  const char* text = std::getenv("SUDO_UID");  // NOLINT(concurrency-mt-unsafe): nothing of ours sets variables
  if (text == nullptr) return std::nullopt;
  const std::string_view digits(text);
  uid_t out = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return problem == std::errc() && end == digits.data() + digits.size() ? std::optional(out) : std::nullopt;
}

bool is_ours(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) != 0) return true;  // not there, so nobody's
  const uid_t we = ::geteuid();
  if (facts.st_uid == we) return true;
  return we == 0 && facts.st_uid == caller_of_sudo();
}

}  // namespace

Result<void> check_owner(const std::string& path, std::span<const std::string> owned) {
  if (std::ranges::all_of(owned, is_ours)) return {};
  const auto program = GitProgram::open(path);
  if (program) return {};
  if (program.error().kind != ErrorKind::not_found) return std::unexpected(program.error());
  return failure(ErrorKind::denied,
                 fmt::format("open repository {}: it belongs to another user, and there is no git program to ask "
                             "whether it is trusted",
                             quote(path)),
                 "install git; it reads safe.directory from the user's settings");
}

}  // namespace cloudflow
