// What all source trees share.
#include "planner/source/source_tree.h"

#include <fmt/format.h>

#include "sdk/support/text.h"

namespace cloudflow {

Result<std::vector<Blame>> SourceTree::blame(std::string_view, std::span<const int>) const {
  return failure(ErrorKind::unsupported, "the source is not in a git repository");
}

std::string obstacle_at(const SourceTree& tree, std::string_view path) {
  const Result<std::string> text = tree.read(path);
  if (text) return "";
  const std::string& message = text.error().message;
  if (text.error().kind != ErrorKind::not_found) return message;
  const auto reason = message.find("\": ");
  return reason == std::string::npos ? "" : message.substr(reason + 3);
}

std::string missing_text(const SourceTree& tree, std::string_view path, std::string_view what) {
  const std::string why = obstacle_at(tree, path);
  return why.empty() ? fmt::format("there is no {} {}", what, quote(tree.display(path)))
                     : fmt::format("cannot read the {} {}: {}", what, quote(tree.display(path)), why);
}

std::optional<std::string> resolve_path(std::string_view folder, std::string_view relative) {
  if (relative.starts_with('/') || folder.starts_with('/')) return std::nullopt;
  if (relative.find('\0') != std::string_view::npos) return std::nullopt;
  std::vector<std::string> steps;
  for (const std::string_view part : {folder, relative}) {
    for (std::string& step : split(part, '/')) {
      if (step.empty() || step == ".") continue;
      if (step != "..") {
        steps.push_back(std::move(step));
      } else if (steps.empty()) {
        return std::nullopt;
      } else {
        steps.pop_back();
      }
    }
  }
  return join(steps, "/");
}

}  // namespace cloudflow
