// What is said of a plan in every form that people read: why something changes, what it costs, what it comes to.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/views/diagnostic_text.h"
#include "planner/plan/plan.h"

namespace cloudflow {

/// Words for places in files.
class Places {
 public:
  Places(const Plan& plan, const FileText& file_text);
  /// "app.conf:3:54", and of a document in one line "app.json:1:3988 (/spec/deployments/0/image)".
  std::string text(const SourcePos& where) const;

 private:
  void look_at(const SourcePos& where, const FileText& file_text);

  std::map<SourcePos, std::string> paths_{};
  std::map<std::string, std::string> texts_{};
};

/// A field as people are told of it.
struct FieldWords {
  std::string path{};
  std::string cause{};
  bool has_values = true;  ///< its values say something
};
FieldWords field_words(const Plan& plan, const Change& change, const FieldChange& field, const Places& places);

/// "+", "~", "-", "-/+"
std::string_view symbol_of(Action action);
/// "restarts 3 pods, loses data"; empty where it costs nothing.
std::string cost_text(const Change& change);
/// Why something is removed; empty for other changes, and where all is removed.
std::string removal_text(const Plan& plan, const Change& change);

/// What cloudflow keeps for itself says nothing of the application, unless something about it needs a person.
bool is_plain_record(const Plan& plan, const Change& change);
/// Who else changed these records, and what becomes of that.
std::string records_cause(const Plan& plan, const std::vector<const Change*>& records, const Places& places);

/// "3 to add, 1 to change, 0 to remove. Restarts 3 of 7 pods, loses no data."
std::string plan_footer(const Plan& plan);

/// What a plan comes to: "Plan:" and its numbers, or "No changes." and why.
struct Conclusion {
  std::string head{};
  std::string text{};
};
Conclusion conclusion_of(const Plan& plan);

}  // namespace cloudflow
