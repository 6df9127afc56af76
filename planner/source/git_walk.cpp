// Follows a path through the folders of a commit.
#include "planner/source/git_walk.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/source/source_tree.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int most_links = 40;  // as Linux: more is a loop

std::unexpected<Error> no_file(std::string_view path, const std::string& why = "") {
  return failure(ErrorKind::not_found, fmt::format("no file {}{}", quote(path), why));
}

/// The path with the link at `found.path`, which ends at `end` of it, replaced by where it leads.
Result<std::string> follow(const GitLookup& lookup, const GitFound& found, std::string_view path, std::size_t end,
                           std::string_view wanted) {
  CF_TRY(const std::string target, lookup.text(*found.node, found.path));
  const auto parent = resolve_path(found.path, "..");
  const auto next = resolve_path(parent.value_or(""), target);
  if (!next) return no_file(wanted, fmt::format(": the link {} leaves the repository", quote(found.path)));
  const auto whole = resolve_path(*next, path.substr(std::min(end + 1, path.size())));
  if (!whole) return no_file(wanted);
  return *whole;
}

}  // namespace

Result<GitFound> walk_commit(const GitLookup& lookup, std::string_view wanted) {
  const auto start = resolve_path("", wanted);
  if (!start) return no_file(wanted);
  std::string path = *start;
  std::string last_link;
  for (int links = 0; links < most_links; ++links) {
    if (path.empty()) return GitFound{};
    GitFound found;
    bool followed = false;
    std::size_t end = 0;
    while (end < path.size() && !followed) {
      end = std::min(path.find('/', end + 1), path.size());
      found.path = path.substr(0, end);
      CF_TRY(found.node, lookup.node(found.path));
      if (!found.node) {
        const std::string why = last_link.empty() ? ""
                                                  : fmt::format(": the link {} leads to {}, which is not there",
                                                                quote(last_link), quote(path));
        return no_file(wanted, why);
      }
      if (found.node->kind == GitKind::submodule)
        return no_file(wanted, fmt::format(": {} is a submodule", quote(found.path)));
      if (found.node->kind != GitKind::link) continue;
      last_link = found.path;
      CF_TRY(path, follow(lookup, found, path, end, wanted));
      followed = true;
    }
    if (!followed) return found;
  }
  return no_file(wanted, ": too many symbolic links");
}

}  // namespace cloudflow
