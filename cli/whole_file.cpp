// Files that are written whole or not at all.
#include "cli/whole_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace cloudflow {
namespace fs = std::filesystem;

Result<void> write_whole(const std::string& file, std::string_view text, std::optional<fs::perms> permissions) {
  std::error_code problem;
  const bool is_special = fs::exists(file, problem) && !fs::is_regular_file(file, problem);
  const std::string whole = fs::is_symlink(file, problem) ? fs::weakly_canonical(file, problem).string() : file;
  const std::string fresh = is_special ? file : fmt::format("{}.{}.new", whole, ::getpid());
  const auto failed = [&](const std::string& why) {
    std::error_code ignored;
    if (!is_special) fs::remove(fresh, ignored);
    return failure(ErrorKind::denied, why);
  };
  errno = 0;
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  if (out && permissions) fs::permissions(fresh, *permissions, problem);
  out << text;
  out.close();
  if (!out) return failed(std::generic_category().message(errno == 0 ? EIO : errno));
  if (is_special) return {};
  fs::rename(fresh, whole, problem);
  if (problem) return failed(problem.message());
  return {};
}

}  // namespace cloudflow
