// Which commits brought the changes of a plan: each file is asked once, for all its lines.
#include "planner/plan/field_writers.h"

#include <set>

namespace cloudflow {

void find_writers(Plan& plan, const SourceTree& tree) {
  const Result<Revision> revision = tree.revision();
  if (!revision || revision->commit.empty()) return;
  std::map<std::string, std::set<int>> asked;
  for (const Change& change : plan.changes) {
    for (const FieldChange& field : change.fields) {
      if (field.cause == Cause::git && field.origin && field.origin->line > 0)
        asked[field.origin->file].insert(field.origin->line);
    }
  }
  for (const auto& [file, wanted] : asked) {
    const std::vector<int> lines(wanted.begin(), wanted.end());
    const Result<std::vector<Blame>> found = tree.blame(file, lines);
    if (!found) continue;  // what does not come from a file of the tree has no history
    for (std::size_t i = 0; i < lines.size() && i < found->size(); ++i) {
      const Blame& blame = (*found)[i];
      if (blame.uncommitted || !blame.commit.empty()) plan.writers.emplace(std::pair(file, lines[i]), blame);
    }
  }
}

}  // namespace cloudflow
