// What a short name may mean to git.
#include "planner/source/git_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// "main" of "main~1", "main^{commit}", "main@{1}" and "main:a.conf".
std::string base_name(const std::string& revision) {
  const std::size_t mark = revision.find_first_of("~^:");
  return revision.substr(0, std::min(mark, revision.find("@{")));
}

bool is_whole_hash(std::string_view name) {
  return (name.size() == 40 || name.size() == 64) &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

/// "the tag refs/tags/main (9216edf)"
std::string described(const NamedCommit& one) {
  const std::string_view kind = one.name.starts_with("refs/tags/")      ? "the tag "
                                : one.name.starts_with("refs/heads/")   ? "the branch "
                                : one.name.starts_with("refs/remotes/") ? "the remote's branch "
                                                                        : "";
  return fmt::format("{}{} ({})", kind, one.name, one.commit.substr(0, 7));
}

}  // namespace

std::vector<std::string> possible_references(const std::string& revision) {
  const std::string name = base_name(revision);
  if (name.empty() || name == "HEAD" || name == "@" || name.starts_with("refs/") || is_whole_hash(name)) return {};
  return {"refs/" + name, "refs/tags/" + name, "refs/heads/" + name, "refs/remotes/" + name,
          "refs/remotes/" + name + "/HEAD"};
}

std::string branch_part(std::string_view revision) {
  if (is_whole_hash(revision)) return "";
  for (const std::string_view prefix : {"refs/heads/", "heads/"}) {
    if (revision.starts_with(prefix)) return std::string(revision.substr(prefix.size()));
  }
  return std::string(revision);
}

Result<void> check_one_commit(const std::string& revision, std::span<const NamedCommit> found) {
  if (std::ranges::all_of(found, [&](const NamedCommit& one) { return one.commit == found.front().commit; })) return {};
  std::vector<std::string> meanings;
  for (const NamedCommit& one : found) meanings.push_back(described(one));
  // The branch is what most people mean.
  const auto branch =
      std::ranges::find_if(found, [](const NamedCommit& one) { return one.name.starts_with("refs/heads/"); });
  const std::string& whole = branch != found.end() ? branch->name : found.front().name;
  return failure(ErrorKind::invalid_input,
                 fmt::format("{} names different commits: {}", quote(revision), join(meanings, ", ")),
                 fmt::format("write the whole name: {}{}", whole, revision.substr(base_name(revision).size())));
}

}  // namespace cloudflow
