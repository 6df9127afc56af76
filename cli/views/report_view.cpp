// The view that makes documents of a plan.
#include "cli/views/report_view.h"

#include <algorithm>

#include "cli/views/plan_html.h"
#include "cli/views/plan_json.h"
#include "cli/views/plan_markdown.h"
#include "cli/views/plan_text.h"

namespace cloudflow {

void ReportView::diagnostics(const Diagnostics& diagnostics) {
  inner_->read_files_with(file_text_);
  inner_->diagnostics(diagnostics);
}

void ReportView::error(const Error& error) {
  inner_->read_files_with(file_text_);
  inner_->error(error);
}

bool ReportView::draws() const {
  return std::ranges::find(reports_, PlanFormat::html, &Report::format) != reports_.end();
}

void ReportView::plan(const Plan& plan) {
  inner_->read_files_with(file_text_);
  if (inner_answers_) inner_->plan(plan);
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
    }
  }
}

}  // namespace cloudflow
