// The view that makes documents of a plan.
#include "cli/views/report_view.h"

#include <algorithm>

#include "cli/views/findings_junit.h"
#include "cli/views/findings_sarif.h"
#include "cli/views/plan_html.h"
#include "cli/views/plan_json.h"
#include "cli/views/plan_markdown.h"
#include "cli/views/plan_text.h"

namespace cloudflow {

void ReportView::diagnostics(const Diagnostics& diagnostics) {
  inner_->read_files_with(file_text_);
  inner_->diagnostics(diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.all()) found_.problems.add(diagnostic);
}

void ReportView::error(const Error& error) {
  inner_->read_files_with(file_text_);
  inner_->error(error);
  found_.errors.push_back(error);
}

bool ReportView::draws() const {
  return std::ranges::find(reports_, PlanFormat::html, &Report::format) != reports_.end();
}

void ReportView::plan(const Plan& plan) {
  inner_->read_files_with(file_text_);
  if (inner_answers_) inner_->plan(plan);
  found_.plan = &plan;
  for (Report& report : reports_) {
    switch (report.format) {
      case PlanFormat::text:
        report.text = plan_text(plan, file_text_, {.full = options_.full});
        break;
      case PlanFormat::json:
        report.text = plan_json(plan);
        break;
      case PlanFormat::markdown:
        report.text = plan_markdown(plan, file_text_, {.full = options_.full});
        break;
      case PlanFormat::html:
        report.text = plan_html(plan, file_text_, picture_);
        break;
      case PlanFormat::junit:
      case PlanFormat::sarif:
        report.text = text_of_findings(report.format);
        break;
    }
  }
  found_.plan = nullptr;
}

std::string ReportView::text_of_findings(PlanFormat format) const {
  return format == PlanFormat::sarif ? findings_sarif(found_) : findings_junit(found_, file_text_);
}

const std::vector<Report>& ReportView::reports() {
  for (Report& report : reports_) {
    const bool says_why = report.format == PlanFormat::junit || report.format == PlanFormat::sarif;
    if (!report.text && says_why) report.text = text_of_findings(report.format);
  }
  return reports_;
}

}  // namespace cloudflow
