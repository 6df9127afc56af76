// A plan as a comment on a change that is reviewed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/views/diagnostic_text.h"
#include "planner/plan/plan.h"

namespace cloudflow {

/// What a comment on GitHub may have is 65,536; the rest is left for a line or two of whoever posts it.
inline constexpr std::size_t longest_comment = 64'512;

struct PlanMarkdownOptions {
  bool full = false;                      ///< also every field of what is created, and all of long values
  std::size_t longest = longest_comment;  ///< by comment_length(); what does not fit is counted instead. At least 8,000
};

/// GitHub's Markdown: what is refused or lost first, then numbers, then the changes, folded. All foreign text is inert:
/// it makes no heading, link, mention, reference or tag.
std::string plan_markdown(const Plan& plan, const FileText& file_text, const PlanMarkdownOptions& options);

/// Characters of Unicode, with two for a line break: forms send them as two.
std::size_t comment_length(std::string_view text);

/// Foreign text in one line of Markdown or HTML, as text and nothing else.
std::string markdown_text(std::string_view text);
/// The same in the font of code.
std::string markdown_code(std::string_view text);

}  // namespace cloudflow
